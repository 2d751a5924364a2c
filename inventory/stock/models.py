"""Stock tables."""

from django.db import models
from django.db.models import F, Q

from inventory.bins.models import Bin
from inventory.catalog.models import Sku
from inventory.locations.models import Location
from inventory.lots.models import Lot
from inventory.stock.states import OWNED, BinMoveKind, Bucket, Condition, MovementKind
from oms.core.clock import now


class Level(models.Model):
    """Units of one SKU at one location, by bucket."""

    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="levels")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="levels")
    on_hand = models.PositiveIntegerField(default=0)
    committed = models.PositiveIntegerField(default=0)
    reserved = models.PositiveIntegerField(default=0)
    damaged = models.PositiveIntegerField(default=0)
    quality_control = models.PositiveIntegerField(default=0)
    incoming = models.PositiveIntegerField(default=0)
    safety_stock = models.PositiveIntegerField(default=0, help_text="Never promised to a channel.")
    bin_code = models.CharField(
        max_length=30, blank=True, help_text="Where it lies; pick lists walk in this order."
    )

    class Meta:
        verbose_name = "stock level"
        ordering = ["sku", "location"]
        constraints = [
            models.UniqueConstraint(fields=["sku", "location"], name="level_unique"),
            models.CheckConstraint(condition=Q(on_hand__gte=0), name="level_on_hand_not_negative"),
            models.CheckConstraint(
                condition=Q(committed__gte=0), name="level_committed_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(reserved__gte=0), name="level_reserved_not_negative"
            ),
            models.CheckConstraint(condition=Q(damaged__gte=0), name="level_damaged_not_negative"),
            models.CheckConstraint(
                condition=Q(quality_control__gte=0), name="level_quality_control_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(incoming__gte=0), name="level_incoming_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(
                    on_hand__gte=F("committed")
                    + F("reserved")
                    + F("damaged")
                    + F("quality_control")
                ),
                name="level_available_not_negative",
            ),
        ]
        indexes = [models.Index(fields=["location", "bin_code"], name="level_walk")]

    def __str__(self) -> str:
        if {"sku", "location"} <= self._state.fields_cache.keys():  # at hand, so no query
            return f"{self.sku.code} at {self.location.name}"
        return f"{self.sku_id} at {self.location_id}: {self.on_hand}"

    @property
    def available(self) -> int:
        """Units that can be promised, in base units."""
        return self.on_hand - self.committed - self.reserved - self.damaged - self.quality_control


_OURS_BEFORE, _OURS_AFTER = Q(source__in=sorted(OWNED)), Q(target__in=sorted(OWNED))


class Movement(models.Model):
    """`quantity` units of one level moved from bucket `source` to bucket `target`. Never changed."""

    level = models.ForeignKey(
        Level,
        on_delete=models.PROTECT,
        related_name="movements",
        db_index=False,  # the first column of `movement_level_in_time`
    )
    kind = models.CharField(max_length=20, choices=MovementKind.choices)
    source = models.CharField(max_length=16, choices=Bucket.choices)
    target = models.CharField(max_length=16, choices=Bucket.choices)
    quantity = models.PositiveIntegerField()
    document = models.CharField(max_length=60, help_text="Number of the document that caused it.")
    cause = models.CharField(max_length=120, help_text="Key of the one act and line that moved it.")
    actor = models.CharField(max_length=150)
    reason = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["cause"], name="movement_cause_unique"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="movement_quantity_positive"),
            models.CheckConstraint(condition=~Q(source=F("target")), name="movement_moves"),
        ]
        indexes = [
            models.Index(fields=["level", "at", "id"], name="movement_level_in_time"),
            models.Index(fields=["document"], name="movement_document"),
            # What makes our stock more or less, which is what costs are folded from.
            models.Index(
                fields=["level", "id"],
                condition=(_OURS_BEFORE & ~_OURS_AFTER) | (~_OURS_BEFORE & _OURS_AFTER),
                name="movement_owned",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.source} -> {self.target}"


class Content(models.Model):
    """Units of one level that lie in one bin, of one lot and in one condition. The row goes with the last of them.

    Changed only by who holds the lock of the level.
    """

    level = models.ForeignKey(Level, on_delete=models.PROTECT, related_name="contents")
    bin = models.ForeignKey(Bin, on_delete=models.PROTECT, related_name="contents")
    lot = models.ForeignKey(
        Lot, on_delete=models.PROTECT, null=True, blank=True, related_name="contents"
    )
    condition = models.CharField(max_length=16, choices=Condition.choices, default=Condition.GOOD)
    quantity = models.PositiveIntegerField()
    is_serial = models.BooleanField(default=False, help_text="The lot is a single unit.")
    since = models.DateTimeField(default=now, help_text="When the first of them came here.")

    class Meta:
        ordering = ["bin", "level"]
        constraints = [
            models.UniqueConstraint(
                fields=["level", "bin", "condition"],
                condition=Q(lot=None),
                name="content_unique_without_lot",
            ),
            models.UniqueConstraint(
                fields=["level", "bin", "lot", "condition"],
                condition=Q(lot__isnull=False),
                name="content_unique_with_lot",
            ),
            models.UniqueConstraint(
                fields=["lot"], condition=Q(is_serial=True), name="content_serial_in_one_place"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="content_quantity_positive"),
            models.CheckConstraint(
                condition=Q(is_serial=False) | Q(quantity=1), name="content_serial_is_one_unit"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.level_id} in {self.bin_id}"


class Claim(models.Model):
    """Units of a lot that are taken from the shelf of a level for a demand line, and have not left yet.

    Which lot they are is certain from then on. Lot None: it is known of nobody.
    """

    level = models.ForeignKey(Level, on_delete=models.PROTECT, related_name="claims")
    lot = models.ForeignKey(
        Lot, on_delete=models.PROTECT, null=True, blank=True, related_name="claims"
    )
    demand = models.CharField(max_length=30, help_text="Kind of line: fulfillment.fulfillmentline.")
    demand_id = models.BigIntegerField()
    quantity = models.PositiveIntegerField()
    is_serial = models.BooleanField(default=False, help_text="The lot is a single unit.")
    claimed_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["demand", "demand_id", "level"],
                condition=Q(lot=None),
                name="claim_unique_without_lot",
            ),
            models.UniqueConstraint(
                fields=["demand", "demand_id", "level", "lot"],
                condition=Q(lot__isnull=False),
                name="claim_unique_with_lot",
            ),
            models.UniqueConstraint(
                fields=["lot"], condition=Q(is_serial=True), name="claim_serial_once"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="claim_quantity_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} for {self.demand} {self.demand_id}"


class BinMove(models.Model):
    """`quantity` units of one level went from bin `source` to bin `target`, or changed from `condition` to `became`.

    No source: they came to the location. No target: they left it. Never changed.
    """

    level = models.ForeignKey(Level, on_delete=models.PROTECT, related_name="bin_moves")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=10, choices=BinMoveKind.choices)
    source = models.ForeignKey(
        Bin,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="moves_out",
        db_index=False,  # `binmove_out`
    )
    target = models.ForeignKey(
        Bin,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="moves_in",
        db_index=False,  # `binmove_in`
    )
    condition = models.CharField(max_length=16, choices=Condition.choices)
    became = models.CharField(max_length=16, choices=Condition.choices)
    quantity = models.PositiveIntegerField()
    document = models.CharField(max_length=60, blank=True)
    cause = models.CharField(
        max_length=120, help_text="Key of the one act; that of the stock movement it follows."
    )
    part = models.PositiveSmallIntegerField(
        default=0, help_text="Which of the bins that the act took from or put into."
    )
    actor = models.CharField(max_length=150)
    reason = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["cause", "part"], name="binmove_cause_unique"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="binmove_quantity_positive"),
            models.CheckConstraint(
                condition=Q(source__isnull=False) | Q(target__isnull=False),
                name="binmove_has_an_end",
            ),
            models.CheckConstraint(
                condition=Q(source=None)
                | Q(target=None)
                | ~Q(source=F("target"))
                | ~Q(condition=F("became")),
                name="binmove_moves",
            ),
        ]
        indexes = [
            models.Index(fields=["document"], name="binmove_document"),
            models.Index(
                fields=["source", "id"], condition=Q(source__isnull=False), name="binmove_out"
            ),
            models.Index(
                fields=["target", "id"], condition=Q(target__isnull=False), name="binmove_in"
            ),
            models.Index(fields=["lot", "id"], condition=Q(lot__isnull=False), name="binmove_lot"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.source_id} -> {self.target_id}"
