"""The life of a purchase order."""

from django.db import models

from oms.core.flows import Flow


class OrderFile(models.TextChoices):
    """What goes to the supplier's machines beside the paper; the value is the suffix of the file."""

    X12 = "x12", "X12 850"
    UBL = "xml", "UBL 2.1"


class PurchaseStatus(models.TextChoices):
    """Where the purchase order stands."""

    DRAFT = "draft", "draft"
    PLACED = "placed", "placed"
    ACKNOWLEDGED = "acknowledged", "acknowledged"
    PARTIALLY_RECEIVED = "partially_received", "partially received"
    RECEIVED = "received", "received"
    CLOSED = "closed", "closed"
    CANCELLED = "cancelled", "cancelled"


# Something is still to come.
OPEN = (
    PurchaseStatus.PLACED,
    PurchaseStatus.ACKNOWLEDGED,
    PurchaseStatus.PARTIALLY_RECEIVED,
)

PURCHASE_ORDER = Flow(
    "purchase order",
    initial=PurchaseStatus.DRAFT,
    table={
        (PurchaseStatus.DRAFT, "place"): PurchaseStatus.PLACED,
        (PurchaseStatus.DRAFT, "cancel"): PurchaseStatus.CANCELLED,
        (PurchaseStatus.PLACED, "acknowledge"): PurchaseStatus.ACKNOWLEDGED,
        (PurchaseStatus.PLACED, "receive_part"): PurchaseStatus.PARTIALLY_RECEIVED,
        (PurchaseStatus.PLACED, "receive_all"): PurchaseStatus.RECEIVED,
        (PurchaseStatus.PLACED, "cancel"): PurchaseStatus.CANCELLED,
        (PurchaseStatus.ACKNOWLEDGED, "receive_part"): PurchaseStatus.PARTIALLY_RECEIVED,
        (PurchaseStatus.ACKNOWLEDGED, "receive_all"): PurchaseStatus.RECEIVED,
        (PurchaseStatus.ACKNOWLEDGED, "cancel"): PurchaseStatus.CANCELLED,
        (PurchaseStatus.PARTIALLY_RECEIVED, "receive_all"): PurchaseStatus.RECEIVED,
        # The rest was cancelled: all that is still ordered has come.
        (PurchaseStatus.PARTIALLY_RECEIVED, "cancel_rest"): PurchaseStatus.RECEIVED,
        (PurchaseStatus.PARTIALLY_RECEIVED, "close"): PurchaseStatus.CLOSED,
        (PurchaseStatus.RECEIVED, "close"): PurchaseStatus.CLOSED,
        # A receipt was a mistake.
        (PurchaseStatus.RECEIVED, "undo_part"): PurchaseStatus.PARTIALLY_RECEIVED,
        (PurchaseStatus.RECEIVED, "undo_to_placed"): PurchaseStatus.PLACED,
        (PurchaseStatus.RECEIVED, "undo_to_acknowledged"): PurchaseStatus.ACKNOWLEDGED,
        (PurchaseStatus.PARTIALLY_RECEIVED, "undo_to_placed"): PurchaseStatus.PLACED,
        (PurchaseStatus.PARTIALLY_RECEIVED, "undo_to_acknowledged"): PurchaseStatus.ACKNOWLEDGED,
    },
    final=frozenset({PurchaseStatus.CLOSED, PurchaseStatus.CANCELLED}),
)
