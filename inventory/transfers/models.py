"""Transfer tables."""

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from inventory.catalog.models import Sku
from inventory.locations.models import Location
from inventory.stock.states import Bucket
from inventory.transfers.states import StepKind, TransferStatus
from oms.core.clock import now
from oms.core.ids import uuid7

UNDER_WAY = (TransferStatus.RELEASED, TransferStatus.IN_TRANSIT, TransferStatus.RECEIVED)


class TransferQuerySet(models.QuerySet["TransferOrder"]):
    """Reads of transfers."""

    def at(self, location_ids: frozenset[int] | None) -> "TransferQuerySet":
        """Keep the transfers of which one end is among the locations; None keeps all."""
        if location_ids is None:
            return self
        return self.filter(Q(source__in=location_ids) | Q(destination__in=location_ids))

    def to_ship(self) -> "TransferQuerySet":
        """Keep those of which the source still has something to send."""
        return self.filter(to_ship())

    def to_receive(self) -> "TransferQuerySet":
        """Keep those of which something is on its way to the destination."""
        return self.filter(to_receive())

    def to_settle(self) -> "TransferQuerySet":
        """Keep those whose difference waits for a decision."""
        return self.filter(status=TransferStatus.RECEIVED)


class TransferOrder(models.Model):
    """Goods that are to be moved from one location to another."""

    uuid = models.UUIDField(default=uuid7, unique=True)
    number = models.CharField(max_length=24, unique=True)
    source = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    destination = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(
        max_length=12, choices=TransferStatus.choices, default=TransferStatus.DRAFT
    )
    version = models.PositiveIntegerField(default=1)
    note = models.CharField(max_length=500, blank=True)
    wanted_on = models.DateField(
        null=True, blank=True, help_text="When it is wanted at the destination."
    )
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(default=now)
    released_at = models.DateTimeField(null=True, blank=True)
    shipped_at = models.DateTimeField(null=True, blank=True, help_text="When the last units left.")
    received_at = models.DateTimeField(
        null=True, blank=True, help_text="When the last units arrived."
    )
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = TransferQuerySet.as_manager()

    class Meta:
        verbose_name = "transfer"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(source=F("destination")), name="transferorder_moves"
            ),
        ]
        indexes = [
            models.Index(
                fields=["-id"],
                condition=~Q(status__in=["closed", "cancelled"]),
                name="transferorder_open",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class TransferLine(models.Model):
    """Units of one SKU in a transfer, and how far they have come."""

    transfer = models.ForeignKey(TransferOrder, on_delete=models.PROTECT, related_name="lines")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()
    cancelled = models.PositiveIntegerField(default=0)
    shipped = models.PositiveIntegerField(default=0)
    received = models.PositiveIntegerField(default=0)
    lost = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["transfer", "sku"], name="transferline_unique"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="transferline_positive"),
            models.CheckConstraint(
                condition=Q(quantity__gte=F("cancelled") + F("shipped")),
                name="transferline_shipped_within_quantity",
            ),
            models.CheckConstraint(
                condition=Q(shipped__gte=F("received") + F("lost")),
                name="transferline_received_within_shipped",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.sku_id}"

    @property
    def open(self) -> int:
        """Units that are still to be shipped."""
        return self.quantity - self.cancelled - self.shipped

    @property
    def in_transit(self) -> int:
        """Units that have left the source and are nowhere else yet."""
        return self.shipped - self.received - self.lost


class TransferStep(models.Model):
    """Units of a line that one act moved. Never changed."""

    line = models.ForeignKey(TransferLine, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=16, choices=StepKind.choices)
    bucket = models.CharField(max_length=16, choices=Bucket.choices, blank=True)
    quantity = models.PositiveIntegerField()
    key = models.CharField(max_length=60, help_text="Names the one call that moved them.")
    actor = models.CharField(max_length=150)
    reason = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="transferstep_positive"),
            models.UniqueConstraint(
                fields=["key", "line", "kind", "bucket"], name="transferstep_once_per_call"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.kind}"


def to_ship() -> Q:
    """Return the condition of a transfer of which something is open at the source."""
    lines = TransferLine.objects.filter(
        transfer=OuterRef("pk"), quantity__gt=F("cancelled") + F("shipped")
    )
    return Q(status__in=UNDER_WAY) & Q(Exists(lines))


def to_receive() -> Q:
    """Return the condition of a transfer of which something is expected to arrive."""
    lines = TransferLine.objects.filter(
        transfer=OuterRef("pk"), shipped__gt=F("received") + F("lost")
    )
    return Q(status=TransferStatus.IN_TRANSIT) & Q(Exists(lines))
