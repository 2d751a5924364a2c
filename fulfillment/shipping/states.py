"""The life of a label."""

from django.db import models

from oms.core.flows import Flow


class LabelState(models.TextChoices):
    """How far the purchase is. `pending` and `voiding` are intents whose outcome is not known yet."""

    PENDING = "pending", "being bought"
    BOUGHT = "bought", "bought"
    FAILED = "failed", "failed"
    VOIDING = "voiding", "being voided"
    VOIDED = "voided", "voided"


LABEL = Flow(
    "label",
    initial=LabelState.PENDING,
    table={
        (LabelState.PENDING, "buy"): LabelState.BOUGHT,
        (LabelState.PENDING, "fail"): LabelState.FAILED,
        (LabelState.BOUGHT, "request_void"): LabelState.VOIDING,
        (LabelState.VOIDING, "void"): LabelState.VOIDED,
        (LabelState.VOIDING, "keep"): LabelState.BOUGHT,
    },
    final=frozenset({LabelState.FAILED, LabelState.VOIDED}),
    field="state",
)

LIVE = (LabelState.PENDING, LabelState.BOUGHT, LabelState.VOIDING)
UNSETTLED = (LabelState.PENDING, LabelState.VOIDING)
