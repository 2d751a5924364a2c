"""Purchasing tables."""

from datetime import date

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from inventory.catalog.models import Sku
from inventory.locations.models import Location
from inventory.purchasing import rules
from inventory.purchasing.states import OPEN, OrderFile, PurchaseStatus
from oms.core.clock import now
from oms.core.fields import MoneyField
from oms.core.ids import uuid7


def working_week() -> list[int]:
    """Return Monday to Friday."""
    return [0, 1, 2, 3, 4]


class Supplier(models.Model):
    """Someone who sells us goods."""

    uuid = models.UUIDField(default=uuid7, unique=True)
    code = models.SlugField(max_length=20, unique=True)
    name = models.CharField(max_length=100)
    street = models.CharField(max_length=500, blank=True)
    city = models.CharField(max_length=100, blank=True)
    region = models.CharField(max_length=100, blank=True)
    postcode = models.CharField(max_length=20, blank=True)
    country = models.CharField(max_length=2)
    email = models.EmailField(max_length=254, blank=True, verbose_name="e-mail for orders")
    language = models.CharField(max_length=10, default="en")
    account_number = models.CharField(
        max_length=40, blank=True, help_text="Our customer number with them."
    )
    edi_id = models.CharField(
        max_length=15, blank=True, verbose_name="EDI identifier", help_text="Theirs, for X12."
    )
    order_file = models.CharField(
        max_length=3,
        blank=True,
        choices=OrderFile.choices,
        verbose_name="file with the order",
        help_text="Goes with the mail, beside the PDF.",
    )
    currency = models.CharField(max_length=3)
    minimum_order = MoneyField(
        default="0", help_text="Value from which they take an order, in their currency."
    )
    lead_days = models.PositiveSmallIntegerField(
        default=7,
        validators=[MaxValueValidator(730)],
        help_text="Days from order to receipt, for SKUs without days of their own.",
    )
    ship_days = models.JSONField(default=working_week, help_text="Weekdays, Monday is 0.")
    over_tolerance = models.PositiveSmallIntegerField(
        default=0,
        validators=[MaxValueValidator(100)],
        verbose_name="tolerance (%)",
        help_text="How much more than ordered may come without a question.",
    )
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(minimum_order__gte=0), name="supplier_minimum_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(over_tolerance__lte=100), name="supplier_tolerance_is_percent"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SupplierHoliday(models.Model):
    """A day on which a supplier ships nothing."""

    supplier = models.ForeignKey(Supplier, on_delete=models.CASCADE, related_name="holidays")
    day = models.DateField()
    name = models.CharField(max_length=60, blank=True)

    class Meta:
        verbose_name = "holiday"
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint(fields=["supplier", "day"], name="supplierholiday_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.day}"


class SupplierSkuQuerySet(models.QuerySet["SupplierSku"]):
    """Reads of terms."""

    def valid_on(self, day: date) -> "SupplierSkuQuerySet":
        """Keep the terms of that day, the one that began last first."""
        return self.filter(
            Q(valid_until__isnull=True) | Q(valid_until__gte=day), valid_from__lte=day
        ).order_by("-valid_from", "-pk")


class SupplierSku(models.Model):
    """On which terms a supplier sells a SKU, from one day until another."""

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="terms")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="supplier_terms")
    code = models.CharField(max_length=64, blank=True, verbose_name="supplier's code")
    pack_size = models.PositiveIntegerField(
        default=1,
        validators=[MinValueValidator(1)],
        help_text="Base units in a pack; only whole packs are ordered.",
    )
    minimum_quantity = models.PositiveIntegerField(
        default=1, validators=[MinValueValidator(1)], help_text="Base units."
    )
    lead_days = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MaxValueValidator(730)],
        help_text="Empty: as usual with this supplier.",
    )
    preferred = models.BooleanField(default=False, help_text="Propose this supplier for the SKU.")
    valid_from = models.DateField(default=date(2020, 1, 1))
    valid_until = models.DateField(null=True, blank=True, help_text="Last day; empty: for good.")

    objects = SupplierSkuQuerySet.as_manager()

    class Meta:
        verbose_name = "supplier's SKU"
        verbose_name_plural = "supplier's SKUs"
        ordering = ["supplier", "sku", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["supplier", "sku", "valid_from"], name="suppliersku_unique"
            ),
            models.CheckConstraint(condition=Q(pack_size__gt=0), name="suppliersku_pack_positive"),
            models.CheckConstraint(
                condition=Q(minimum_quantity__gt=0), name="suppliersku_minimum_positive"
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="suppliersku_ends_after_begin",
            ),
        ]

    def __str__(self) -> str:
        if "sku" in self._state.fields_cache:  # at hand, so no query
            return f"{self.sku.code} as {self.code}" if self.code else self.sku.code
        return f"SKU {self.sku_id}"


class PriceBreak(models.Model):
    """From a quantity on, a unit costs so much, in the supplier's currency."""

    terms = models.ForeignKey(SupplierSku, on_delete=models.CASCADE, related_name="breaks")
    quantity = models.PositiveIntegerField(
        default=1, validators=[MinValueValidator(1)], help_text="From so many base units on."
    )
    unit_cost = MoneyField(help_text="Of one base unit.")

    class Meta:
        verbose_name = "price break"
        ordering = ["quantity"]
        constraints = [
            models.UniqueConstraint(fields=["terms", "quantity"], name="pricebreak_unique"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="pricebreak_positive"),
            models.CheckConstraint(
                condition=Q(unit_cost__gte=0), name="pricebreak_cost_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"from {self.quantity}"


class PurchaseOrderQuerySet(models.QuerySet["PurchaseOrder"]):
    """Reads of purchase orders."""

    def at(self, location_ids: frozenset[int] | None) -> "PurchaseOrderQuerySet":
        """Keep the orders for these locations; None is all."""
        return self if location_ids is None else self.filter(location_id__in=location_ids)

    def open(self) -> "PurchaseOrderQuerySet":
        """Keep those of which something is to come."""
        return self.filter(status__in=OPEN)

    def late(self, day: date) -> "PurchaseOrderQuerySet":
        """Keep the open ones of which something should have come before `day`."""
        return self.open().filter(
            Exists(
                PurchaseLine.objects.filter(
                    order=OuterRef("pk"),
                    expected_on__lt=day,
                    ordered__gt=F("cancelled") + F("received"),
                )
            )
        )


class PurchaseOrder(models.Model):
    """Goods ordered from one supplier for one location."""

    uuid = models.UUIDField(default=uuid7, unique=True)
    number = models.CharField(max_length=24, unique=True)
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="orders")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(
        max_length=20, choices=PurchaseStatus.choices, default=PurchaseStatus.DRAFT
    )
    version = models.PositiveIntegerField(default=1)
    currency = models.CharField(max_length=3)
    reference = models.CharField(
        max_length=60, blank=True, help_text="The supplier's number of the order."
    )
    note = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=now)
    placed_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(null=True, blank=True)

    objects = PurchaseOrderQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["-id"],
                condition=Q(status__in=["placed", "acknowledged", "partially_received"]),
                name="purchaseorder_open",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class PurchaseLine(models.Model):
    """Units of one SKU on a purchase order, in base units.

    `asked_cost` and `asked_on` are what we asked for when placing; `unit_cost`, `expected_on` and `confirmed` what the
    supplier says since. Of what is to come, `backordered` units come later, on `backordered_on` if that is known.
    """

    order = models.ForeignKey(PurchaseOrder, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField()
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+")
    supplier_code = models.CharField(max_length=64, blank=True)
    unit_cost = MoneyField(null=True, blank=True, help_text="Empty: as the terms say when placed.")
    expected_on = models.DateField(null=True, blank=True)
    asked_cost = MoneyField(null=True, blank=True)
    asked_on = models.DateField(null=True, blank=True)
    confirmed = models.PositiveIntegerField(null=True, blank=True)
    backordered = models.PositiveIntegerField(default=0)
    backordered_on = models.DateField(null=True, blank=True)
    ordered = models.PositiveIntegerField()
    cancelled = models.PositiveIntegerField(default=0)
    received = models.PositiveIntegerField(default=0)
    over = models.PositiveIntegerField(
        default=0, help_text="Units taken beyond what is still ordered."
    )

    class Meta:
        verbose_name = "purchase line"
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["order", "sku"], name="purchaseline_unique"),
            models.CheckConstraint(condition=Q(ordered__gt=0), name="purchaseline_positive"),
            models.CheckConstraint(
                condition=Q(cancelled__lte=F("ordered")),
                name="purchaseline_cancelled_within_ordered",
            ),
            models.CheckConstraint(
                condition=Q(ordered__gte=F("cancelled") + F("received") - F("over")),
                name="purchaseline_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(over=0) | Q(ordered=F("cancelled") + F("received") - F("over")),
                name="purchaseline_over_is_beyond_all",
            ),
            models.CheckConstraint(
                condition=Q(unit_cost__isnull=True) | Q(unit_cost__gte=0),
                name="purchaseline_cost_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ordered} of {self.sku_id}"

    @property
    def counters(self) -> rules.Counters:
        """Where the units are."""
        return rules.Counters(
            ordered=self.ordered,
            cancelled=self.cancelled,
            received=self.received,
            over=self.over,
        )

    @property
    def to_come(self) -> int:
        """Units still to come."""
        return self.counters.to_come

    @property
    def to_come_late(self) -> int:
        """Of the units still to come, those that the supplier has on backorder."""
        return min(self.backordered, self.to_come)


class PurchaseReceipt(models.Model):
    """A delivery of a purchase order, or a part of one, taken in at its location."""

    uuid = models.UUIDField(default=uuid7, unique=True)
    number = models.CharField(max_length=30, unique=True)
    order = models.ForeignKey(PurchaseOrder, on_delete=models.PROTECT, related_name="receipts")
    key = models.CharField(
        max_length=120, unique=True, help_text="Names the one call that received it."
    )
    delivery_note = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=200, blank=True, help_text="Why more was taken.")
    actor = models.CharField(max_length=150)
    received_at = models.DateTimeField(default=now)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "purchase receipt"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.number


class PurchaseReceiptLine(models.Model):
    """Units of one line that came in one receipt, and what one of them cost."""

    receipt = models.ForeignKey(PurchaseReceipt, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey(PurchaseLine, on_delete=models.PROTECT, related_name="receipt_lines")
    quantity = models.PositiveIntegerField()
    inspect = models.BooleanField(default=False, help_text="Put into quality control.")
    unit_cost = MoneyField()
    currency = models.CharField(max_length=3)

    class Meta:
        verbose_name = "purchase receipt line"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["receipt", "line", "inspect"], name="purchasereceiptline_unique"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0), name="purchasereceiptline_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of line {self.line_id}"
