"""Costing tables."""

from django.db import models
from django.db.models import F, Q

from inventory.catalog.models import Sku
from inventory.costing.states import FIRST_KNOWN, Basis, ChangeKind, ChargeKind, Method
from inventory.production.models import ProductionOrder
from inventory.purchasing.models import PurchaseOrder, PurchaseReceipt, PurchaseReceiptLine
from inventory.stock.models import Movement
from oms.core.clock import now
from oms.core.fields import MoneyField
from oms.core.ids import uuid7


class CostPolicy(models.Model):
    """How goods are valued, from the moment it was decided; the newest row is in force. Never changed."""

    method = models.CharField(max_length=8, choices=Method.choices)
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=200)
    actor = models.CharField(max_length=150)
    at = models.DateTimeField(default=now)

    class Meta:
        verbose_name = "method of costing"
        verbose_name_plural = "methods of costing"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.get_method_display()}, {self.currency}"


class ExchangeRate(models.Model):
    """From a day on, one unit of `currency` is worth `rate` of `into`. Never changed."""

    currency = models.CharField(max_length=3)
    into = models.CharField(max_length=3)
    rate = models.DecimalField(max_digits=18, decimal_places=8)
    valid_from = models.DateField()
    actor = models.CharField(max_length=150)
    at = models.DateTimeField(default=now)

    class Meta:
        verbose_name = "exchange rate"
        ordering = ["currency", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["currency", "into", "valid_from"], name="exchangerate_unique"
            ),
            models.CheckConstraint(condition=Q(rate__gt=0), name="exchangerate_positive"),
            models.CheckConstraint(condition=~Q(currency=F("into")), name="exchangerate_exchanges"),
        ]

    def __str__(self) -> str:
        return f"{self.currency} in {self.into} from {self.valid_from}"


class CostCursor(models.Model):
    """How far the ledger has been looked through for movements that cost something. One row."""

    movement_id = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"to {self.movement_id}"


class SkuCost(models.Model):
    """The books of a SKU: what is left of it and worth how much, as of its last costed movement.

    `due`: there is more to be costed. `clearing`: what was written is being forgotten, to be written anew. No movement
    up to `settled_id` can turn up later.
    """

    sku = models.OneToOneField(Sku, on_delete=models.PROTECT, related_name="cost")
    policy = models.ForeignKey(CostPolicy, null=True, on_delete=models.PROTECT, related_name="+")
    units = models.IntegerField(default=0)
    known = models.IntegerField(default=0, help_text="Units left of which the cost is known.")
    value = MoneyField(default=0, help_text="Of the units of known cost.")
    last_cost = MoneyField(null=True, blank=True, help_text="Of a unit when one last came.")
    last_movement_id = models.BigIntegerField(default=0)
    settled_id = models.BigIntegerField(default=0)
    due = models.BooleanField(default=True)
    clearing = models.BooleanField(default=False)
    failures = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)
    updated_at = models.DateTimeField(default=now)

    class Meta:
        verbose_name = "cost of SKU"
        verbose_name_plural = "costs of SKUs"
        ordering = ["sku__code"]
        constraints = [
            models.CheckConstraint(condition=Q(known__gte=0), name="skucost_known_not_negative"),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(due=True), name="skucost_due"),
        ]

    def __str__(self) -> str:
        if "sku" in self._state.fields_cache:  # at hand, so no query
            return self.sku.code
        return f"{self.units} worth {self.value}"

    @property
    def unknown(self) -> int:
        """Units left of which nobody knows the cost."""
        return max(0, self.units) - self.known


class CostEntry(models.Model):
    """What one movement cost that brought units of a SKU into our possession or took them out of it.

    `cost` is of the units whose cost is known, corrections included; `unknown` others; `short` ones that went before
    they came. `line_id` is the order line that units went to or came back from.
    """

    movement = models.OneToOneField(Movement, on_delete=models.PROTECT, related_name="cost")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+")
    incoming = models.BooleanField()
    units = models.PositiveIntegerField()
    cost = MoneyField(default=0)
    unknown = models.PositiveIntegerField(default=0)
    short = models.PositiveIntegerField(default=0)
    line_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = "cost of a movement"
        verbose_name_plural = "costs of movements"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(units__gte=F("unknown") + F("short")), name="costentry_units_add_up"
            ),
        ]
        indexes = [
            models.Index(fields=["sku", "movement"], name="costentry_of_sku"),
            models.Index(
                fields=["line_id"], condition=Q(line_id__isnull=False), name="costentry_of_line"
            ),
            models.Index(fields=["sku"], condition=Q(short__gt=0), name="costentry_short"),
        ]

    def __str__(self) -> str:
        return f"{self.units} for {self.cost}"


class CostLayer(models.Model):
    """Units that came by one movement and what they cost in all; empty while nobody knows.

    `held` is the value of the units that are left, under first-in-first-out.
    """

    entry = models.OneToOneField(CostEntry, on_delete=models.PROTECT, related_name="layer")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+")
    movement = models.OneToOneField(Movement, on_delete=models.PROTECT, related_name="+")
    units = models.PositiveIntegerField()
    left = models.PositiveIntegerField()
    value = MoneyField(null=True, blank=True)
    held = MoneyField(default=0)

    class Meta:
        verbose_name = "cost layer"
        ordering = ["movement_id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(left__lte=F("units")), name="costlayer_left_within_units"
            ),
        ]
        indexes = [
            models.Index(
                fields=["sku", "movement"], condition=Q(left__gt=0), name="costlayer_left"
            ),
            models.Index(fields=["sku"], condition=Q(value__isnull=True), name="costlayer_unknown"),
        ]

    def __str__(self) -> str:
        return f"{self.left} of {self.units}"


class Consumption(models.Model):
    """The units `first` to `first + units - 1` of a layer went by the movement of `entry`. Never changed.

    `value` is what they cost when they went, empty if nobody knew.
    """

    entry = models.ForeignKey(CostEntry, on_delete=models.PROTECT, related_name="consumptions")
    layer = models.ForeignKey(CostLayer, on_delete=models.PROTECT, related_name="consumptions")
    first = models.PositiveIntegerField()
    units = models.PositiveIntegerField()
    value = MoneyField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(units__gt=0), name="consumption_positive"),
            models.UniqueConstraint(fields=["layer", "first"], name="consumption_once"),
        ]

    def __str__(self) -> str:
        return f"{self.units} for {self.value}"


class LandedCharge(models.Model):
    """Freight, duty or the like for a purchase order, or for one receipt of it, without tax.

    `amount` is in `currency`; one unit of that is worth `rate` of the company's, in which `cost` is. It is split when
    everything of the order has come, or at once for a receipt. Taken back, it is split again, negative.
    """

    uuid = models.UUIDField(default=uuid7, unique=True)
    order = models.ForeignKey(PurchaseOrder, on_delete=models.PROTECT, related_name="charges")
    receipt = models.ForeignKey(
        PurchaseReceipt, null=True, blank=True, on_delete=models.PROTECT, related_name="charges"
    )
    kind = models.CharField(max_length=10, choices=ChargeKind.choices)
    amount = MoneyField()
    currency = models.CharField(max_length=3)
    rate = models.DecimalField(max_digits=18, decimal_places=8, default=1)
    cost = MoneyField(help_text="In the company's currency.")
    basis = models.CharField(max_length=8, choices=Basis.choices)
    reference = models.CharField(max_length=60, blank=True, help_text="Number of the invoice.")
    key = models.CharField(max_length=120, unique=True, help_text="Names the one call.")
    actor = models.CharField(max_length=150)
    at = models.DateTimeField(default=now)
    split_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "landed charge"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="landedcharge_positive"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="landedcharge_rate_positive"),
        ]
        indexes = [
            models.Index(
                fields=["id"],
                condition=Q(split_at__isnull=True, withdrawn_at__isnull=True),
                name="landedcharge_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount} {self.currency}"


class ChargeShare(models.Model):
    """What of a charge fell on a receipt line, and the measure by which it did. Never changed."""

    charge = models.ForeignKey(LandedCharge, on_delete=models.PROTECT, related_name="shares")
    line = models.ForeignKey(PurchaseReceiptLine, on_delete=models.PROTECT, related_name="shares")
    measure = models.DecimalField(max_digits=24, decimal_places=4)
    amount = MoneyField(help_text="In the company's currency.")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["charge", "line"], name="chargeshare_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} on {self.line_id}"


class CostCarry(models.Model):
    """What went into a production order was costed, or corrected: its goods are to be looked at. The row goes then."""

    order = models.ForeignKey(ProductionOrder, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"order {self.order_id}"


class CostChange(models.Model):
    """`amount` more for the units that came by a movement. It counts after the movement `after_id`; empty: not yet."""

    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+")
    movement = models.ForeignKey(Movement, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=ChangeKind.choices)
    amount = MoneyField(help_text="In the company's currency.")
    charge = models.ForeignKey(
        LandedCharge, null=True, blank=True, on_delete=models.PROTECT, related_name="changes"
    )
    reason = models.CharField(max_length=200, blank=True)
    actor = models.CharField(max_length=150)
    at = models.DateTimeField(default=now)
    after_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = "change of cost"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["movement"],
                condition=Q(kind__in=sorted(FIRST_KNOWN)),
                name="costchange_first_known_once",
            ),
        ]
        indexes = [models.Index(fields=["sku", "after_id", "id"], name="costchange_of_sku")]

    def __str__(self) -> str:
        return f"{self.amount} for movement {self.movement_id}"


class Correction(models.Model):
    """What a change of cost made units cost more that were gone by then. Never changed."""

    consumption = models.ForeignKey(
        Consumption, on_delete=models.PROTECT, related_name="corrections"
    )
    change = models.ForeignKey(CostChange, on_delete=models.PROTECT, related_name="corrections")
    amount = MoneyField()
    at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["consumption", "change"], name="correction_once"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} for consumption {self.consumption_id}"
