"""Planning tables."""

from datetime import date, timedelta
from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from inventory.catalog.models import Sku
from inventory.locations.models import Location
from inventory.planning.rules.levels import Aim
from inventory.planning.states import ProposalKind, ProposalStatus, ServiceTarget
from inventory.production.models import ProductionOrder, WorkCenter
from inventory.purchasing.models import PurchaseOrder, Supplier
from inventory.transfers.models import TransferOrder
from oms.core.clock import now
from oms.core.ids import uuid7

# Demand ---------------------------------------------------------------------------------------------


class DemandDay(models.Model):
    """Units of a SKU that were ordered on a day, as the calendar of the location cuts it.

    `lost` units were given up while they waited for stock; they are not among `units`.
    """

    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    units = models.PositiveIntegerField(default=0)
    lost = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "demand of a day"
        verbose_name_plural = "demand by day"
        ordering = ["-day", "sku", "location"]
        constraints = [
            models.UniqueConstraint(fields=["sku", "location", "day"], name="demandday_unique"),
            models.CheckConstraint(
                condition=Q(units__gt=0) | Q(lost__gt=0), name="demandday_not_empty"
            ),
        ]
        indexes = [models.Index(fields=["day"], name="demandday_day")]

    def __str__(self) -> str:
        return f"{self.units} of {self.sku_id} on {self.day}"


class DemandWaiting(models.Model):
    """Units of a SKU that orders wait for at a location, as of the last time that it was told."""

    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    units = models.PositiveIntegerField()

    class Meta:
        verbose_name = "waiting demand"
        verbose_name_plural = "waiting demand"
        constraints = [
            models.UniqueConstraint(fields=["sku", "location"], name="demandwaiting_unique"),
            models.CheckConstraint(condition=Q(units__gt=0), name="demandwaiting_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.units} of {self.sku_id}"


class DemandMark(models.Model):
    """The one row that says until which instant everything that changed has been told."""

    until = models.DateTimeField()

    class Meta:
        verbose_name = "mark of demand"
        constraints = [models.CheckConstraint(condition=Q(id=1), name="demandmark_is_one")]

    def __str__(self) -> str:
        return f"until {self.until}"


class Promotion(models.Model):
    """A period in which more than usual is sold, on purpose."""

    name = models.CharField(max_length=100)
    sku = models.ForeignKey(
        Sku,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty: all.",
    )
    location = models.ForeignKey(
        Location,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty: everywhere.",
    )
    starts_on = models.DateField()
    ends_on = models.DateField(help_text="The last day.")
    expected_percent = models.PositiveSmallIntegerField(
        default=0,
        validators=[MaxValueValidator(2000)],
        verbose_name="expected extra (%)",
        help_text="How much more is expected, until past promotions of the SKU tell.",
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["-starts_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="promotion_ends_after_begin"
            ),
        ]

    def __str__(self) -> str:
        return self.name


# Forecasts ------------------------------------------------------------------------------------------


class Forecast(models.Model):
    """What the coming weeks will want of a SKU at a location, made from its own history.

    `mean`, `low` and `high` have one entry for each week from `from_week` (a Monday) on. `spread` is the standard
    deviation of a week around its forecast. The figures of accuracy are those of a rolling test over `tested` weeks.
    """

    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=now)
    method = models.CharField(max_length=40)
    from_week = models.DateField()
    mean = models.JSONField(default=list)
    low = models.JSONField(default=list)
    high = models.JSONField(default=list)
    per_week = models.FloatField(help_text="Units a week without promotions.")
    spread = models.FloatField()
    uplift = models.FloatField(
        null=True,
        blank=True,
        help_text="Times the usual demand in a promoted week, if it is known.",
    )
    weeks = models.PositiveIntegerField(help_text="Weeks of history.")
    tested = models.PositiveIntegerField(default=0)
    units = models.FloatField(default=0, help_text="Of the tested weeks.")
    absolute = models.FloatField(default=0, help_text="Sum of absolute errors.")
    signed = models.FloatField(default=0, help_text="Units forecast too many.")
    covered = models.PositiveIntegerField(default=0, help_text="Weeks within their interval.")
    mase = models.FloatField(null=True, blank=True, verbose_name="MASE")
    rmsse = models.FloatField(null=True, blank=True, verbose_name="RMSSE")
    last_value_rmsse = models.FloatField(null=True, blank=True)
    moving_average_rmsse = models.FloatField(null=True, blank=True)
    tried = models.JSONField(default=list, help_text="Each method and its error (RMSSE).")

    class Meta:
        ordering = ["-per_week", "id"]
        constraints = [
            models.UniqueConstraint(fields=["sku", "location"], name="forecast_unique"),
            models.CheckConstraint(
                condition=Q(per_week__gte=0, spread__gte=0), name="forecast_not_negative"
            ),
        ]
        indexes = [
            models.Index(fields=["-per_week", "id"], name="forecast_largest"),
            models.Index(fields=["made_at"], name="forecast_made"),
        ]

    def __str__(self) -> str:
        if {"sku", "location"} <= self._state.fields_cache.keys():  # at hand, so no query
            return f"{self.sku.code} at {self.location.name}"
        return f"{self.per_week:.1f} a week of {self.sku_id}"

    @property
    def wape(self) -> float | None:
        """Absolute error per unit."""
        return self.absolute / self.units if self.units > 0 else None

    @property
    def bias(self) -> float | None:
        """Units forecast too many, per unit."""
        return self.signed / self.units if self.units > 0 else None

    @property
    def coverage(self) -> float | None:
        """Share of the tested weeks within their interval."""
        return self.covered / self.tested if self.tested else None

    def week(self, number: int) -> date:
        """Return the Monday of the forecast's week `number`, from 0 on."""
        return self.from_week + timedelta(weeks=number)


# Policies -------------------------------------------------------------------------------------------


class PolicyQuerySet(models.QuerySet["Policy"]):
    """Reads of policies."""

    def active(self) -> "PolicyQuerySet":
        """Keep those that count."""
        return self.filter(is_active=True)


class Policy(models.Model):
    """Which service is aimed at for a SKU, a category or everything, at one location or at all."""

    name = models.CharField(max_length=60)
    sku = models.ForeignKey(
        Sku,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="SKU",
        help_text="Empty: all of the category.",
    )
    category = models.CharField(max_length=100, blank=True, help_text="Empty: every category.")
    location = models.ForeignKey(
        Location,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty: every location.",
    )
    target = models.CharField(
        max_length=14, choices=ServiceTarget.choices, default=ServiceTarget.FILL_RATE
    )
    percent = models.DecimalField(
        max_digits=4,
        decimal_places=1,
        default=Decimal("95.0"),
        validators=[MinValueValidator(Decimal(50)), MaxValueValidator(Decimal("99.9"))],
        verbose_name="service (%)",
    )
    review_days = models.PositiveSmallIntegerField(
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(92)],
        help_text="Days between two looks at the stock.",
    )
    cover_days = models.PositiveSmallIntegerField(
        default=14,
        validators=[MinValueValidator(1), MaxValueValidator(366)],
        help_text="An order brings the demand of so many days.",
    )
    lot = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        verbose_name="fixed lot",
        help_text="Units that an order brings instead.",
    )
    least = models.PositiveIntegerField(
        default=0,
        verbose_name="reorder at the latest at",
        help_text="Units; 0: as the demand says.",
    )
    most = models.PositiveIntegerField(
        null=True, blank=True, verbose_name="never more than", help_text="Units."
    )
    takes_transfers = models.BooleanField(
        default=True, help_text="Take from locations with more than they need before buying."
    )
    transfer_days = models.PositiveSmallIntegerField(
        default=2, validators=[MaxValueValidator(92)], help_text="Days that a transfer takes."
    )
    is_active = models.BooleanField(default=True)

    objects = PolicyQuerySet.as_manager()

    class Meta:
        verbose_name = "replenishment policy"
        verbose_name_plural = "replenishment policies"
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["sku", "location"],
                condition=Q(sku__isnull=False, location__isnull=False),
                name="policy_unique_sku_location",
            ),
            models.UniqueConstraint(
                fields=["sku"],
                condition=Q(sku__isnull=False, location__isnull=True),
                name="policy_unique_sku",
            ),
            models.UniqueConstraint(
                fields=["category", "location"],
                condition=Q(sku__isnull=True, location__isnull=False),
                name="policy_unique_category_location",
            ),
            models.UniqueConstraint(
                fields=["category"],
                condition=Q(sku__isnull=True, location__isnull=True),
                name="policy_unique_category",
            ),
            models.CheckConstraint(
                condition=Q(sku__isnull=True) | Q(category=""), name="policy_sku_or_category"
            ),
            models.CheckConstraint(
                condition=Q(percent__gte=50, percent__lte=Decimal("99.9")),
                name="policy_percent_in_range",
            ),
            models.CheckConstraint(
                condition=Q(review_days__gt=0, cover_days__gt=0), name="policy_days_positive"
            ),
            models.CheckConstraint(
                condition=Q(most__isnull=True) | Q(most__gt=F("least")),
                name="policy_most_above_least",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def aim(self) -> Aim:
        """What it wants, as the rules take it."""
        return Aim(
            target="fill_rate" if self.target == ServiceTarget.FILL_RATE else "cycle_service",
            share=float(self.percent) / 100,
            review_days=self.review_days,
            cover_days=self.cover_days,
            lot=self.lot,
            least=self.least,
            most=self.most,
        )


# Proposals ------------------------------------------------------------------------------------------


class ProposalQuerySet(models.QuerySet["Proposal"]):
    """Reads of proposals."""

    def open(self) -> "ProposalQuerySet":
        """Keep those that wait for a decision."""
        return self.filter(status=ProposalStatus.OPEN)

    def at(self, location_ids: frozenset[int] | None) -> "ProposalQuerySet":
        """Keep those for these locations; None is all."""
        return self if location_ids is None else self.filter(location_id__in=location_ids)


class Proposal(models.Model):
    """Units of a SKU that a location needs, how to get them, and why.

    `document_number` is that of the draft that it was approved into. `days_left` says for how long the stock lasts at
    the forecast demand. A rejected one keeps the need quiet until `quiet_until`.
    """

    uuid = models.UUIDField(default=uuid7, unique=True)
    number = models.CharField(max_length=24, unique=True)
    kind = models.CharField(max_length=10, choices=ProposalKind.choices)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+", verbose_name="SKU")
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="+", verbose_name="for"
    )
    source = models.ForeignKey(
        Location,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="from",
    )
    supplier = models.ForeignKey(
        Supplier, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    work_center = models.ForeignKey(
        WorkCenter, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    quantity = models.PositiveIntegerField()
    status = models.CharField(
        max_length=10, choices=ProposalStatus.choices, default=ProposalStatus.OPEN
    )
    version = models.PositiveIntegerField(default=1)
    days_left = models.PositiveIntegerField(null=True, blank=True)
    why = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=now)
    refreshed_at = models.DateTimeField(default=now)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=150, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    quiet_until = models.DateField(null=True, blank=True)
    document_number = models.CharField(max_length=24, blank=True)
    purchase_order = models.ForeignKey(
        PurchaseOrder, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    transfer = models.ForeignKey(
        TransferOrder, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    production_order = models.ForeignKey(
        ProductionOrder, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = ProposalQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["sku", "location"],
                condition=Q(status="open", source__isnull=True),
                name="proposal_open_supply_unique",
            ),
            models.UniqueConstraint(
                fields=["sku", "location", "source"],
                condition=Q(status="open", source__isnull=False),
                name="proposal_open_transfer_unique",
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="proposal_quantity_positive"),
            models.CheckConstraint(
                condition=Q(kind="transfer", source__isnull=False, supplier__isnull=True)
                | (~Q(kind="transfer") & Q(source__isnull=True)),
                name="proposal_has_its_source",
            ),
            models.CheckConstraint(
                condition=Q(kind="production", work_center__isnull=False, supplier__isnull=True)
                | (~Q(kind="production") & Q(work_center__isnull=True)),
                name="proposal_is_made_somewhere",
            ),
            models.CheckConstraint(
                condition=Q(source__isnull=True) | ~Q(source=F("location")), name="proposal_moves"
            ),
            models.CheckConstraint(
                condition=Q(status="open", decided_at__isnull=True)
                | (~Q(status="open") & Q(decided_at__isnull=False)),
                name="proposal_decided_with_instant",
            ),
            models.CheckConstraint(
                condition=~Q(status="approved") | ~Q(document_number=""),
                name="proposal_approved_into_draft",
            ),
        ]
        indexes = [
            models.Index(
                fields=["days_left", "id"], condition=Q(status="open"), name="proposal_most_urgent"
            ),
            models.Index(fields=["sku", "location", "-id"], name="proposal_of_item"),
        ]

    def __str__(self) -> str:
        return self.number
