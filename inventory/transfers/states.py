"""The life of a transfer."""

from django.db import models

from oms.core.flows import Flow


class TransferStatus(models.TextChoices):
    """Where the transfer stands. `received`: nothing more comes, and a difference is to be settled."""

    DRAFT = "draft", "draft"
    RELEASED = "released", "released"
    IN_TRANSIT = "in_transit", "in transit"
    RECEIVED = "received", "received, to settle"
    CLOSED = "closed", "closed"
    CANCELLED = "cancelled", "cancelled"


class StepKind(models.TextChoices):
    """What happened to units of a line."""

    SHIPPED = "shipped", "shipped"
    RECEIVED = "received", "received"
    FOUND = "found", "more than shipped"
    LOST = "lost", "lost"
    FOUND_AT_SOURCE = "found_at_source", "found at source"


TRANSFER = Flow(
    "transfer",
    initial=TransferStatus.DRAFT,
    table={
        (TransferStatus.DRAFT, "edit"): TransferStatus.DRAFT,
        (TransferStatus.DRAFT, "release"): TransferStatus.RELEASED,
        (TransferStatus.DRAFT, "cancel"): TransferStatus.CANCELLED,
        (TransferStatus.RELEASED, "ship"): TransferStatus.IN_TRANSIT,
        (TransferStatus.RELEASED, "cancel"): TransferStatus.CANCELLED,
        (TransferStatus.IN_TRANSIT, "ship"): TransferStatus.IN_TRANSIT,
        (TransferStatus.IN_TRANSIT, "cancel_rest"): TransferStatus.IN_TRANSIT,
        (TransferStatus.IN_TRANSIT, "receive"): TransferStatus.IN_TRANSIT,
        (TransferStatus.IN_TRANSIT, "settle"): TransferStatus.IN_TRANSIT,
        (TransferStatus.IN_TRANSIT, "complete"): TransferStatus.RECEIVED,
        (TransferStatus.IN_TRANSIT, "close"): TransferStatus.CLOSED,
        (TransferStatus.RECEIVED, "ship"): TransferStatus.IN_TRANSIT,
        (TransferStatus.RECEIVED, "cancel_rest"): TransferStatus.RECEIVED,
        (TransferStatus.RECEIVED, "receive"): TransferStatus.RECEIVED,
        (TransferStatus.RECEIVED, "settle"): TransferStatus.RECEIVED,
        (TransferStatus.RECEIVED, "close"): TransferStatus.CLOSED,
    },
    final=frozenset({TransferStatus.CLOSED, TransferStatus.CANCELLED}),
)
