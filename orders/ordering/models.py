"""Order tables."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from customers.profiles.models import Customer, Priority
from inventory.catalog.models import Sku, TaxClass
from inventory.packs import rules as packs
from oms.core.clock import now
from oms.core.fields import MoneyField, exact
from oms.core.ids import uuid7
from orders.channels.models import Channel, Origin
from orders.ordering.states import FulfillmentStatus, OrderStatus, PaymentStatus, ReturnStatus
from orders.preorders.models import Preorder


class OrderQuerySet(models.QuerySet["Order"]):
    """Reads of orders as business phrases."""

    def open(self) -> "OrderQuerySet":
        """Keep orders on which something is still to be done."""
        return self.filter(status__in=[OrderStatus.PENDING, OrderStatus.CONFIRMED])

    def on_hold(self) -> "OrderQuerySet":
        """Keep open orders with an active hold."""
        return self.open().filter(on_hold=True)

    def awaiting_release(self) -> "OrderQuerySet":
        """Keep open orders of which the warehouse has not been given all that has stock."""
        return self.open().filter(Q(released_at__isnull=True) | Q(rest_waits=True))

    def backordered(self) -> "OrderQuerySet":
        """Keep open orders that wait for stock."""
        return self.open().filter(has_backorder=True)


class Order(models.Model):
    """An order. Amounts are in `currency`; statuses other than `status` are caches of derived facts."""

    uuid = models.UUIDField(default=uuid7, unique=True)
    number = models.CharField(max_length=20)
    channel = models.ForeignKey(
        Channel,
        on_delete=models.PROTECT,
        related_name="orders",
        db_index=False,  # the first column of two others
    )
    external_id = models.CharField(max_length=128, help_text="The channel's own number.")
    fingerprint = models.CharField(max_length=64, help_text="Digest of what the channel sent.")
    origin = models.CharField(max_length=12, choices=Origin.choices)
    po_number = models.CharField(max_length=64, blank=True, verbose_name="PO number")
    version = models.PositiveIntegerField(default=1)

    status = models.CharField(max_length=10, choices=OrderStatus.choices)
    payment_status = models.CharField(
        max_length=20, choices=PaymentStatus.choices, default=PaymentStatus.UNPAID
    )
    fulfillment_status = models.CharField(
        max_length=20, choices=FulfillmentStatus.choices, default=FulfillmentStatus.UNFULFILLED
    )
    return_status = models.CharField(
        max_length=20, choices=ReturnStatus.choices, default=ReturnStatus.NONE
    )
    on_hold = models.BooleanField(default=False)
    has_backorder = models.BooleanField(default=False)
    ship_complete = models.BooleanField(default=False, help_text="Nothing leaves before all can.")
    minimum_life_days = models.PositiveSmallIntegerField(
        default=0,
        help_text="Days that goods which expire have to last from the day on which they ship.",
    )
    priority = models.PositiveSmallIntegerField(
        choices=Priority.choices,
        default=Priority.NORMAL,
        help_text="Whether it is served before others when goods come.",
    )

    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.PROTECT, related_name="orders"
    )
    customer_name = models.CharField(max_length=200)
    email = models.CharField(max_length=254, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    language = models.CharField(max_length=10, default="en")
    ship_to = models.JSONField()
    bill_to = models.JSONField()
    ship_country = models.CharField(max_length=2)
    ship_postcode = models.CharField(max_length=20, blank=True)
    note = models.CharField(max_length=1000, blank=True)

    currency = models.CharField(max_length=3)
    prices_include_tax = models.BooleanField()
    subtotal = MoneyField(help_text="Unit prices times quantities, as the customer saw them.")
    discount_total = MoneyField(default=0)
    shipping_total = MoneyField(default=0, help_text="Charged to the customer, with tax.")
    shipping_tax = MoneyField(default=0)
    tax_total = MoneyField(default=0, help_text="Of lines and shipping.")
    total = MoneyField(help_text="What the customer owes for the order as placed.")
    credited_total = MoneyField(default=0, help_text="What has been taken off since.")
    authorized_total = MoneyField(default=0)
    captured_total = MoneyField(default=0)
    refunded_total = MoneyField(default=0)
    declared = models.JSONField(null=True, blank=True, help_text="Totals as the channel sent them.")
    payment_method = models.CharField(max_length=30, blank=True)
    pays_on_terms = models.BooleanField(default=False)

    routing = models.JSONField(default=dict, blank=True, help_text="The plan and its reasons.")
    expected_on = models.DateField(null=True, blank=True)
    placed_at = models.DateTimeField(default=now)
    released_at = models.DateTimeField(null=True, blank=True)
    rest_waits = models.BooleanField(
        default=False, help_text="Released, but units that got stock later may not go yet."
    )
    completed_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(default=now)
    search = models.TextField(help_text="Lower-case words that find the order.")

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["number"], name="order_number_unique"),
            models.UniqueConstraint(
                fields=["channel", "external_id"], name="order_external_id_unique"
            ),
            models.CheckConstraint(
                condition=Q(credited_total__gte=0) & Q(credited_total__lte=F("total")),
                name="order_credited_within_total",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "-placed_at", "-id"], name="order_status_newest"),
            models.Index(fields=["channel", "-placed_at", "-id"], name="order_channel_newest"),
            models.Index(fields=["-placed_at", "-id"], name="order_newest"),
            models.Index(fields=["updated_at", "id"], name="order_updated"),
            models.Index(fields=["email"], name="order_email"),
            models.Index(fields=["po_number"], condition=~Q(po_number=""), name="order_po_number"),
            models.Index(
                fields=["-id"],
                condition=Q(on_hold=True, status__in=["pending", "confirmed"]),
                name="order_on_hold",
            ),
            models.Index(
                fields=["id"],
                condition=Q(has_backorder=True, status__in=["pending", "confirmed"]),
                name="order_backordered",
            ),
            models.Index(
                fields=["id"],
                condition=Q(released_at__isnull=True, status__in=["pending", "confirmed"]),
                name="order_awaiting_release",
            ),
            models.Index(
                fields=["id"],
                condition=Q(rest_waits=True, status__in=["pending", "confirmed"]),
                name="order_rest_waits",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def due_total(self) -> Decimal:
        """What is still owed: total - credits - (captured - refunded)."""
        return self.total - self.credited_total - (self.captured_total - self.refunded_total)


class OrderKit(models.Model):
    """A kit on an order, as it was sold. What is stocked, shipped and taken back are the lines of its parts.

    Amounts are for all kits, and the sums of those lines.
    """

    uuid = models.UUIDField(default=uuid7, unique=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="kits")
    position = models.PositiveIntegerField()
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+")
    sku_code = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    external_line_id = models.CharField(max_length=128, blank=True)
    quantity = models.PositiveIntegerField()
    unit_price = MoneyField(help_text="Of one kit.")
    discount = MoneyField(default=0, help_text="Own discount and share of the order's.")
    net = MoneyField()
    tax = MoneyField()
    total = MoneyField(help_text="net + tax, for all kits.")

    class Meta:
        verbose_name = "kit of an order"
        verbose_name_plural = "kits of orders"
        ordering = ["order", "position"]
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="orderkit_position_unique"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="orderkit_quantity_positive"),
            models.CheckConstraint(
                condition=Q(total=exact(F("net") + F("tax"))), name="orderkit_total_adds_up"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.sku_code}"


class OrderLine(models.Model):
    """Units of one SKU on an order. Counters are units; each unit is in exactly one place.

    A part of a kit has `units_per_kit` units in each; its price is its share of the kit's, rounded to be shown. Of a
    line that was ordered in packs, `pack_price` is what was agreed, and the price of a unit is rounded.
    """

    uuid = models.UUIDField(default=uuid7, unique=True)
    order = models.ForeignKey(
        Order,
        on_delete=models.PROTECT,
        related_name="lines",
        db_index=False,  # the first column of the unique one
    )
    position = models.PositiveIntegerField()
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+")
    sku_code = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    external_line_id = models.CharField(max_length=128, blank=True)
    kit = models.ForeignKey(
        OrderKit,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="lines",
        db_index=False,  # most lines belong to none: `orderline_kit`
    )
    units_per_kit = models.PositiveIntegerField(null=True, blank=True)
    substitute_for = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="substitutes",
        db_index=False,  # most lines stand for none: `orderline_substitute_for`
        help_text="The line whose units it stands for.",
    )
    pack = models.CharField(max_length=20, blank=True, help_text="What it was ordered in.")
    pack_units = models.PositiveIntegerField(null=True, blank=True)
    pack_price = MoneyField(null=True, blank=True, help_text="Of one pack.")

    ordered = models.PositiveIntegerField()
    cancelled = models.PositiveIntegerField(default=0)
    unallocated = models.PositiveIntegerField(default=0)
    backordered = models.PositiveIntegerField(default=0)
    allocated = models.PositiveIntegerField(default=0)
    picked = models.PositiveIntegerField(default=0)
    packed = models.PositiveIntegerField(default=0)
    shipped = models.PositiveIntegerField(default=0)
    delivered = models.PositiveIntegerField(default=0)
    return_requested = models.PositiveIntegerField(default=0)
    returned = models.PositiveIntegerField(default=0)
    written_off = models.PositiveIntegerField(default=0)
    credited = models.PositiveIntegerField(
        default=0, help_text="Units whose amount has been credited."
    )
    promised_on = models.DateField(
        null=True, blank=True, help_text="When all of its waiting units are promised to have come."
    )
    cancel_on = models.DateField(
        null=True, blank=True, help_text="What waits after this day is cancelled by itself."
    )
    preorder = models.ForeignKey(
        Preorder,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="lines",
        db_index=False,  # most lines were not sold in advance: `orderline_preorder`
    )
    preordered = models.PositiveIntegerField(
        default=0, help_text="Units that were sold before the SKU was released."
    )
    pinned = models.PositiveIntegerField(
        default=0, help_text="Waiting units for which the next ones are set aside by hand."
    )
    pin_rank = models.PositiveIntegerField(
        default=0, help_text="Which of the lines with such units comes first."
    )

    unit_price = MoneyField()
    discount = MoneyField(default=0, help_text="Own discount and share of the order's.")
    tax_class = models.CharField(max_length=10, choices=TaxClass.choices)
    tax_lines = models.JSONField(default=list, help_text="Name, rate and amount of each tax.")
    net = MoneyField()
    tax = MoneyField()
    total = MoneyField(help_text="net + tax, for all ordered units.")
    shipping_share = MoneyField(default=0, help_text="This line's share of the shipping charge.")

    class Meta:
        ordering = ["order", "position"]
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="orderline_position_unique"),
            models.CheckConstraint(condition=Q(ordered__gt=0), name="orderline_ordered_positive"),
            models.CheckConstraint(
                condition=Q(
                    ordered=F("cancelled")
                    + F("unallocated")
                    + F("backordered")
                    + F("allocated")
                    + F("picked")
                    + F("packed")
                    + F("shipped")
                ),
                name="orderline_units_add_up",
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{counter}__gte": 0}), name=f"orderline_{counter}_not_negative"
                )
                for counter in (
                    "cancelled",
                    "unallocated",
                    "backordered",
                    "allocated",
                    "picked",
                    "packed",
                    "shipped",
                )
            ),
            models.CheckConstraint(
                condition=Q(preorder__isnull=True, preordered=0)
                | Q(preorder__isnull=False, preordered__gt=0, preordered__lte=F("ordered")),
                name="orderline_preordered_fits",
            ),
            models.CheckConstraint(
                condition=Q(pinned__lte=F("backordered")), name="orderline_pinned_within_waiting"
            ),
            models.CheckConstraint(
                condition=Q(delivered__lte=F("shipped")), name="orderline_delivered_within_shipped"
            ),
            models.CheckConstraint(
                condition=Q(shipped__gte=F("return_requested") + F("returned") + F("written_off")),
                name="orderline_returned_within_shipped",
            ),
            models.CheckConstraint(
                condition=Q(credited__lte=F("ordered")), name="orderline_credited_within_ordered"
            ),
            models.CheckConstraint(
                condition=Q(total=exact(F("net") + F("tax"))), name="orderline_total_adds_up"
            ),
            models.CheckConstraint(
                condition=Q(kit__isnull=True, units_per_kit__isnull=True)
                | Q(kit__isnull=False, units_per_kit__gt=0),
                name="orderline_part_of_kit",
            ),
            models.CheckConstraint(
                condition=Q(pack="", pack_units__isnull=True, pack_price__isnull=True)
                | (
                    ~Q(pack="")
                    & Q(
                        pack_units__gt=0,
                        pack_price__isnull=False,
                        kit__isnull=True,
                        ordered=F("ordered") / F("pack_units") * F("pack_units"),
                    )
                ),
                name="orderline_whole_packs",
            ),
        ]
        indexes = [
            models.Index(
                fields=["sku", "id"], condition=Q(backordered__gt=0), name="orderline_backordered"
            ),
            models.Index(
                fields=["cancel_on"],
                condition=Q(backordered__gt=0, cancel_on__isnull=False),
                name="orderline_waits_until",
            ),
            models.Index(
                fields=["preorder"],
                condition=Q(preorder__isnull=False),
                name="orderline_preorder",
            ),
            models.Index(fields=["kit"], condition=Q(kit__isnull=False), name="orderline_kit"),
            models.Index(
                fields=["substitute_for"],
                condition=Q(substitute_for__isnull=False),
                name="orderline_substitute_for",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ordered} x {self.sku_code}"

    @property
    def dealt_by(self) -> int | None:
        """Units that were sold as one, in a kit or a pack; they are worth the same each time."""
        return self.units_per_kit or self.pack_units

    @property
    def in_packs(self) -> str:
        """The ordered units as they were said: 2 × CASE (24)."""
        if not self.pack_units:
            return ""
        return packs.said(self.ordered, pack=self.pack, pack_units=self.pack_units)


class CreditReason(models.TextChoices):
    """Why less is owed."""

    CANCELLED = "cancelled", "cancelled"
    RETURNED = "returned", "returned"
    SHIPPING = "shipping", "shipping charge taken back"
    SUBSTITUTED = "substituted", "something else is sent"


class Credit(models.Model):
    """Less is owed: units [first_unit, first_unit + units) of a line, or the shipping charge."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="credits")
    line = models.ForeignKey(
        OrderLine, null=True, blank=True, on_delete=models.PROTECT, related_name="credits"
    )
    reason = models.CharField(max_length=12, choices=CreditReason.choices)
    first_unit = models.PositiveIntegerField(default=0)
    units = models.PositiveIntegerField(default=0)
    amount = MoneyField()
    cause = models.CharField(max_length=120, unique=True, help_text="The one act it comes from.")
    created_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="credit_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} for {self.reason}"
