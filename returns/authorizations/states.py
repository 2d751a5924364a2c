"""The life of a return."""

from django.db import models

from oms.core.flows import Flow


class ReturnStatus(models.TextChoices):
    """Where the return stands."""

    REQUESTED = "requested", "requested"
    APPROVED = "approved", "approved"
    DECLINED = "declined", "declined"
    IN_TRANSIT = "in_transit", "in transit"
    PARTIALLY_RECEIVED = "partially_received", "partially received"
    RECEIVED = "received", "received"
    CLOSED = "closed", "closed"
    CANCELLED = "cancelled", "cancelled"


# Of which goods may still come in.
EXPECTED = (ReturnStatus.APPROVED, ReturnStatus.IN_TRANSIT, ReturnStatus.PARTIALLY_RECEIVED)


class ReturnReason(models.TextChoices):
    """Why goods come back."""

    NOT_WANTED = "not_wanted", "not wanted"
    WRONG_SIZE = "wrong_size", "wrong size"
    DAMAGED = "damaged", "arrived damaged"
    DEFECTIVE = "defective", "defective"
    WRONG_ITEM = "wrong_item", "wrong item"
    LATE = "late", "arrived too late"
    OTHER = "other", "other"


RETURN = Flow(
    "return",
    initial=ReturnStatus.REQUESTED,
    table={
        (ReturnStatus.REQUESTED, "approve"): ReturnStatus.APPROVED,
        (ReturnStatus.REQUESTED, "decline"): ReturnStatus.DECLINED,
        (ReturnStatus.REQUESTED, "cancel"): ReturnStatus.CANCELLED,
        (ReturnStatus.APPROVED, "send"): ReturnStatus.IN_TRANSIT,
        (ReturnStatus.APPROVED, "cancel"): ReturnStatus.CANCELLED,
        (ReturnStatus.APPROVED, "receive_part"): ReturnStatus.PARTIALLY_RECEIVED,
        (ReturnStatus.APPROVED, "receive_all"): ReturnStatus.RECEIVED,
        (ReturnStatus.IN_TRANSIT, "receive_part"): ReturnStatus.PARTIALLY_RECEIVED,
        (ReturnStatus.IN_TRANSIT, "receive_all"): ReturnStatus.RECEIVED,
        (ReturnStatus.PARTIALLY_RECEIVED, "receive_all"): ReturnStatus.RECEIVED,
        (ReturnStatus.PARTIALLY_RECEIVED, "close"): ReturnStatus.CLOSED,
        (ReturnStatus.RECEIVED, "close"): ReturnStatus.CLOSED,
    },
    final=frozenset({ReturnStatus.DECLINED, ReturnStatus.CLOSED, ReturnStatus.CANCELLED}),
)
