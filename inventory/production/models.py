"""Production tables."""

from datetime import date
from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from inventory.catalog.models import Sku
from inventory.locations.models import Location
from inventory.lots.models import Lot
from inventory.production.states import OPEN, BillStatus, PostingKind, ProductionStatus
from inventory.stock.states import Bucket
from oms.core.clock import now
from oms.core.ids import uuid7


def working_week() -> list[int]:
    """Return Monday to Friday."""
    return [0, 1, 2, 3, 4]


# Bills of materials -------------------------------------------------------------------------------


class BillQuerySet(models.QuerySet["BillOfMaterials"]):
    """Reads of bills."""

    def in_force(self, day: date) -> "BillQuerySet":
        """Keep the active bills whose day has come, the one to use first."""
        return self.filter(status=BillStatus.ACTIVE, valid_from__lte=day).order_by(
            "-valid_from", "-revision"
        )


class BillOfMaterials(models.Model):
    """What goes into a batch of a SKU, in one revision."""

    uuid = models.UUIDField(default=uuid7, unique=True)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="bills")
    revision = models.PositiveIntegerField(help_text="Counted from 1 for each SKU.")
    status = models.CharField(max_length=10, choices=BillStatus.choices, default=BillStatus.DRAFT)
    version = models.PositiveIntegerField(default=1)
    batch = models.PositiveIntegerField(default=1, help_text="Units that one batch makes.")
    lead_days = models.PositiveSmallIntegerField(
        default=0,
        help_text="Days from the last work to the finished goods, where no work center says otherwise.",
    )
    valid_from = models.DateField(help_text="From this day on it is used, once it is released.")
    note = models.CharField(max_length=500, blank=True)
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(default=now)
    released_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = BillQuerySet.as_manager()

    class Meta:
        verbose_name = "bill of materials"
        verbose_name_plural = "bills of materials"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["sku", "revision"], name="bill_revision_unique"),
            models.CheckConstraint(condition=Q(batch__gt=0), name="bill_batch_positive"),
        ]

    def __str__(self) -> str:
        if "sku" in self._state.fields_cache:  # at hand, so no query
            return f"{self.sku.code} revision {self.revision}"
        return f"SKU {self.sku_id} revision {self.revision}"


class BillComponent(models.Model):
    """Units of a SKU that go into one batch; `scrap` percent more are needed, since some are spoilt."""

    bill = models.ForeignKey(BillOfMaterials, on_delete=models.PROTECT, related_name="components")
    position = models.PositiveSmallIntegerField()
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="used_in")
    quantity = models.PositiveIntegerField()
    scrap = models.DecimalField(
        max_digits=5, decimal_places=2, default=Decimal(0), verbose_name="scrap (%)"
    )

    class Meta:
        verbose_name = "component"
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["bill", "sku"], name="billcomponent_unique"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="billcomponent_positive"),
            models.CheckConstraint(
                condition=Q(scrap__gte=0, scrap__lte=100), name="billcomponent_scrap_is_percent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.sku_id}"


class BillByproduct(models.Model):
    """Units of a SKU that come out of one batch beside the goods."""

    bill = models.ForeignKey(BillOfMaterials, on_delete=models.PROTECT, related_name="byproducts")
    position = models.PositiveSmallIntegerField()
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()

    class Meta:
        verbose_name = "by-product"
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["bill", "sku"], name="billbyproduct_unique"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="billbyproduct_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.sku_id}"


# Capacity -----------------------------------------------------------------------------------------


class WorkCenter(models.Model):
    """A bench, a machine or a team at a location, and how much of it there is on a working day."""

    code = models.SlugField(max_length=20, unique=True)
    name = models.CharField(max_length=100)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="work_centers")
    capacity = models.PositiveIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(1_000_000)],
        help_text="For each working day, counted as its routings are: in minutes, pieces or batches.",
    )
    work_days = models.JSONField(default=working_week, help_text="Weekdays, Monday is 0.")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=now)

    class Meta:
        verbose_name = "work center"
        ordering = ["location", "code"]
        constraints = [
            models.CheckConstraint(condition=Q(capacity__gt=0), name="workcenter_has_capacity"),
        ]

    def __str__(self) -> str:
        return self.name


class WorkCenterClosure(models.Model):
    """A day on which a work center is closed."""

    work_center = models.ForeignKey(WorkCenter, on_delete=models.CASCADE, related_name="closures")
    day = models.DateField()
    name = models.CharField(max_length=60, blank=True)

    class Meta:
        verbose_name = "closed day"
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint(fields=["work_center", "day"], name="workcenterclosure_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.day}"


class Routing(models.Model):
    """What a batch takes of a work center, and the days until its goods are finished."""

    bill = models.ForeignKey(BillOfMaterials, on_delete=models.PROTECT, related_name="routings")
    position = models.PositiveSmallIntegerField()
    work_center = models.ForeignKey(WorkCenter, on_delete=models.PROTECT, related_name="routings")
    load = models.PositiveIntegerField(help_text="Capacity that one batch takes.")
    lead_days = models.PositiveSmallIntegerField(
        default=0, help_text="Days from the last work to the finished goods."
    )

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["bill", "work_center"], name="routing_unique"),
            models.CheckConstraint(condition=Q(load__gt=0), name="routing_load_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.load} of {self.work_center_id}"


# Production orders --------------------------------------------------------------------------------


class ProductionQuerySet(models.QuerySet["ProductionOrder"]):
    """Reads of production orders."""

    def at(self, location_ids: frozenset[int] | None) -> "ProductionQuerySet":
        """Keep the orders of these locations; None is all."""
        return self if location_ids is None else self.filter(location_id__in=location_ids)

    def open(self) -> "ProductionQuerySet":
        """Keep those that hold components and bring goods."""
        return self.filter(status__in=OPEN)

    def late(self, day: date) -> "ProductionQuerySet":
        """Keep the open ones that end after the day they are wanted, or should have ended before `day`."""
        return self.open().filter(Q(finishes_on__gt=F("due_on")) | Q(finishes_on__lt=day))

    def short(self) -> "ProductionQuerySet":
        """Keep the open ones that lack components."""
        lacking = ProductionComponent.objects.filter(
            order=OuterRef("pk"), planned__gt=F("held") + F("consumed")
        )
        return self.open().filter(Exists(lacking))


class ProductionOrder(models.Model):
    """Units of a SKU that are to be made at a location by one revision of its bill."""

    uuid = models.UUIDField(default=uuid7, unique=True)
    number = models.CharField(max_length=24, unique=True)
    bill = models.ForeignKey(BillOfMaterials, on_delete=models.PROTECT, related_name="orders")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    work_center = models.ForeignKey(
        WorkCenter, on_delete=models.PROTECT, null=True, blank=True, related_name="orders"
    )
    status = models.CharField(
        max_length=12, choices=ProductionStatus.choices, default=ProductionStatus.DRAFT
    )
    version = models.PositiveIntegerField(default=1)
    quantity = models.PositiveIntegerField()
    produced = models.PositiveIntegerField(default=0)
    scrapped = models.PositiveIntegerField(default=0)
    note = models.CharField(max_length=500, blank=True)
    due_on = models.DateField(null=True, blank=True, help_text="When it is wanted.")
    not_before = models.DateField(null=True, blank=True, help_text="Work begins on no day before.")
    starts_on = models.DateField(null=True, blank=True, help_text="The first day of work.")
    finishes_on = models.DateField(
        null=True, blank=True, help_text="The day on which the last goods are finished."
    )
    demand = models.CharField(
        max_length=30, blank=True, help_text="Kind of line that it is made for: orders.orderline."
    )
    demand_id = models.BigIntegerField(null=True, blank=True)
    demand_document = models.CharField(
        max_length=40, blank=True, help_text="Number of the document of that line."
    )
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(default=now)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = ProductionQuerySet.as_manager()

    class Meta:
        verbose_name = "production order"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="productionorder_positive"),
            models.CheckConstraint(
                condition=Q(demand="", demand_id=None)
                | (~Q(demand="") & Q(demand_id__isnull=False)),
                name="productionorder_demand_is_whole",
            ),
        ]
        indexes = [
            models.Index(
                fields=["-id"],
                condition=Q(status__in=["confirmed", "in_progress"]),
                name="productionorder_open",
            ),
            models.Index(
                fields=["demand", "demand_id"],
                condition=~Q(demand=""),
                name="productionorder_demand",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def made(self) -> int:
        """Units that have come out, sound or not."""
        return self.produced + self.scrapped

    @property
    def open(self) -> int:
        """Units that are still to be made."""
        return max(0, self.quantity - self.made)

    def is_late(self, day: date) -> bool:
        """Say whether it is open and ends after the day it is wanted, or should have ended before `day`."""
        if self.status not in OPEN or self.finishes_on is None:
            return False
        return self.finishes_on < day or (
            self.due_on is not None and self.finishes_on > self.due_on
        )


class ProductionComponent(models.Model):
    """Units of a SKU that an order needs: of what is planned, `held` lie set aside and `consumed` are used."""

    order = models.ForeignKey(ProductionOrder, on_delete=models.PROTECT, related_name="components")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+")
    planned = models.PositiveIntegerField()
    held = models.PositiveIntegerField(default=0)
    consumed = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["order", "sku"], name="productioncomponent_unique"),
            models.CheckConstraint(condition=Q(planned__gt=0), name="productioncomponent_positive"),
            models.CheckConstraint(
                condition=Q(held__lte=F("planned")), name="productioncomponent_held_within_planned"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.planned} of {self.sku_id}"

    @property
    def missing(self) -> int:
        """Units that are still needed and not set aside."""
        return max(0, self.planned - self.consumed - self.held)


class ProductionByproduct(models.Model):
    """Units of a SKU that an order brings beside its goods."""

    order = models.ForeignKey(ProductionOrder, on_delete=models.PROTECT, related_name="byproducts")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+")
    planned = models.PositiveIntegerField()
    produced = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["order", "sku"], name="productionbyproduct_unique"),
            models.CheckConstraint(condition=Q(planned__gt=0), name="productionbyproduct_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.planned} of {self.sku_id}"

    @property
    def to_come(self) -> int:
        """Units still to come."""
        return max(0, self.planned - self.produced)


class ProductionSlot(models.Model):
    """Capacity of a work center that an order takes on one day."""

    order = models.ForeignKey(ProductionOrder, on_delete=models.CASCADE, related_name="slots")
    work_center = models.ForeignKey(WorkCenter, on_delete=models.PROTECT, related_name="slots")
    day = models.DateField()
    load = models.PositiveIntegerField()

    class Meta:
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint(fields=["order", "day"], name="productionslot_unique"),
            models.CheckConstraint(condition=Q(load__gt=0), name="productionslot_positive"),
        ]
        indexes = [models.Index(fields=["work_center", "day"], name="productionslot_day")]

    def __str__(self) -> str:
        return f"{self.load} on {self.day}"


class ProductionPosting(models.Model):
    """One report of what went in and what came out."""

    uuid = models.UUIDField(default=uuid7, unique=True)
    order = models.ForeignKey(ProductionOrder, on_delete=models.PROTECT, related_name="postings")
    number = models.CharField(max_length=30, unique=True)
    key = models.CharField(
        max_length=120, unique=True, help_text="Names the one call that posted it."
    )
    reason = models.CharField(max_length=200, blank=True, help_text="Why it differs from the plan.")
    actor = models.CharField(max_length=150)
    posted_at = models.DateTimeField(default=now)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "production posting"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.number


class ProductionPostingLine(models.Model):
    """Units of one SKU in a posting. Of consumed units, `held` came out of what was set aside. Never changed."""

    posting = models.ForeignKey(ProductionPosting, on_delete=models.PROTECT, related_name="lines")
    kind = models.CharField(max_length=10, choices=PostingKind.choices)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()
    held = models.PositiveIntegerField(default=0)
    bucket = models.CharField(max_length=16, choices=Bucket.choices, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["posting", "kind", "sku", "bucket"], name="productionpostingline_unique"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0), name="productionpostingline_positive"
            ),
            models.CheckConstraint(
                condition=Q(held__lte=F("quantity")), name="productionpostingline_held_within"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.kind}"


class PostedLot(models.Model):
    """Units of one lot that a line of a posting used or brought. It counts while the posting is not taken back.

    Units of a lot that nobody knows have no row. Never changed.
    """

    line = models.ForeignKey(
        ProductionPostingLine,
        on_delete=models.PROTECT,
        related_name="lots",
        db_index=False,  # the first column of `postedlot_unique`
    )
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="posted")
    quantity = models.PositiveIntegerField()

    class Meta:
        verbose_name = "lot of a posting"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["line", "lot"], name="postedlot_unique"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="postedlot_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of lot {self.lot_id}"
