"""The life of a fulfillment order."""

from django.db import models

from oms.core.flows import Flow


class WorkStatus(models.TextChoices):
    """Where the work stands."""

    OPEN = "open", "open"
    SCHEDULED = "scheduled", "scheduled"
    ON_HOLD = "on_hold", "on hold"
    IN_PROGRESS = "in_progress", "in progress"
    INCOMPLETE = "incomplete", "incomplete"
    CLOSED = "closed", "closed"
    CANCELLED = "cancelled", "cancelled"


# On which something is still to be done, now or later.
UNFINISHED = (WorkStatus.OPEN, WorkStatus.SCHEDULED, WorkStatus.ON_HOLD, WorkStatus.IN_PROGRESS)

FULFILLMENT_ORDER = Flow(
    "fulfillment order",
    initial=WorkStatus.OPEN,
    table={
        (WorkStatus.OPEN, "start"): WorkStatus.IN_PROGRESS,
        (WorkStatus.OPEN, "schedule"): WorkStatus.SCHEDULED,
        (WorkStatus.SCHEDULED, "start"): WorkStatus.IN_PROGRESS,
        (WorkStatus.OPEN, "hold"): WorkStatus.ON_HOLD,
        (WorkStatus.SCHEDULED, "hold"): WorkStatus.ON_HOLD,
        (WorkStatus.ON_HOLD, "resume"): WorkStatus.OPEN,
        (WorkStatus.OPEN, "cancel"): WorkStatus.CANCELLED,
        (WorkStatus.SCHEDULED, "cancel"): WorkStatus.CANCELLED,
        (WorkStatus.ON_HOLD, "cancel"): WorkStatus.CANCELLED,
        (WorkStatus.IN_PROGRESS, "cancel"): WorkStatus.CANCELLED,
        (WorkStatus.IN_PROGRESS, "close"): WorkStatus.CLOSED,
        (WorkStatus.IN_PROGRESS, "close_incomplete"): WorkStatus.INCOMPLETE,
    },
    final=frozenset({WorkStatus.CLOSED, WorkStatus.INCOMPLETE, WorkStatus.CANCELLED}),
)
