"""Work tables."""

from dataclasses import dataclass

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from fulfillment.work.states import UNFINISHED, WorkStatus
from inventory.catalog.models import Sku
from inventory.locations.models import Location
from oms.core.clock import now
from oms.core.ids import uuid7
from orders.ordering.models import Order, OrderLine


@dataclass(frozen=True, slots=True)
class Reach:
    """What someone may see of the warehouse: the keys of channels and the codes of locations; None is all."""

    channel_ids: frozenset[int] | None
    location_codes: frozenset[str] | None


EVERYTHING = Reach(None, None)


class FulfillmentOrderQuerySet(models.QuerySet["FulfillmentOrder"]):
    """Reads of work as business phrases."""

    def open(self) -> "FulfillmentOrderQuerySet":
        """Keep work that is not finished."""
        return self.filter(status__in=UNFINISHED)

    def workable(self) -> "FulfillmentOrderQuerySet":
        """Keep work that may be gone on with: not finished and not held."""
        return self.filter(
            status__in=[WorkStatus.OPEN, WorkStatus.SCHEDULED, WorkStatus.IN_PROGRESS]
        )

    def to_pick(self) -> "FulfillmentOrderQuerySet":
        """Keep workable work of which something is still to be picked."""
        unpicked = FulfillmentLine.objects.filter(
            fulfillment_order=OuterRef("pk"),
            quantity__gt=F("cancelled") + F("short") + F("picked") + F("packed") + F("shipped"),
        )
        return self.workable().filter(Exists(unpicked))

    def to_pack(self) -> "FulfillmentOrderQuerySet":
        """Keep workable work of which something is picked and in no parcel yet."""
        picked = FulfillmentLine.objects.filter(fulfillment_order=OuterRef("pk"), picked__gt=0)
        return self.workable().filter(Exists(picked))

    def at(self, location_ids: frozenset[int] | None) -> "FulfillmentOrderQuerySet":
        """Keep the work of some locations; None keeps all."""
        return self if location_ids is None else self.filter(location_id__in=location_ids)

    def within(self, reach: Reach) -> "FulfillmentOrderQuerySet":
        """Keep what someone may see."""
        rows = self
        if reach.channel_ids is not None:
            rows = rows.filter(order__channel_id__in=reach.channel_ids)
        if reach.location_codes is not None:
            rows = rows.filter(location__code__in=reach.location_codes)
        return rows


class FulfillmentOrder(models.Model):
    """The work of one location for one order."""

    uuid = models.UUIDField(default=uuid7, unique=True)
    number = models.CharField(max_length=30, unique=True, help_text="Order number and a counter.")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="fulfillment_orders")
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="fulfillment_orders"
    )
    status = models.CharField(max_length=12, choices=WorkStatus.choices, default=WorkStatus.OPEN)
    version = models.PositiveIntegerField(default=1)
    recipient = models.JSONField(help_text="Ship-to address at the time the work was taken.")
    created_at = models.DateTimeField(default=now)
    started_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = FulfillmentOrderQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["location", "id"],
                condition=Q(status__in=["open", "scheduled", "on_hold", "in_progress"]),
                name="work_open",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class FulfillmentLine(models.Model):
    """Units of one order line to be fulfilled at one location."""

    fulfillment_order = models.ForeignKey(
        FulfillmentOrder, on_delete=models.PROTECT, related_name="lines"
    )
    order_line = models.ForeignKey(
        OrderLine, on_delete=models.PROTECT, related_name="fulfillment_lines"
    )
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()
    cancelled = models.PositiveIntegerField(default=0)
    short = models.PositiveIntegerField(default=0)
    picked = models.PositiveIntegerField(default=0, help_text="Picked and not yet packed.")
    packed = models.PositiveIntegerField(default=0, help_text="Packed and not yet shipped.")
    shipped = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["fulfillment_order", "order_line"], name="fulfillmentline_unique"
            ),
            models.CheckConstraint(
                condition=Q(
                    quantity__gte=F("cancelled")
                    + F("short")
                    + F("picked")
                    + F("packed")
                    + F("shipped")
                ),
                name="fulfillmentline_units_add_up",
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{counter}__gte": 0}),
                    name=f"fulfillmentline_{counter}_not_negative",
                )
                for counter in ("cancelled", "short", "picked", "packed", "shipped")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.sku_id}"

    @property
    def to_pick(self) -> int:
        """Units still to be picked."""
        return (
            self.quantity - self.cancelled - self.short - self.picked - self.packed - self.shipped
        )
