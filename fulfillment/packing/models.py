"""Packing tables."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from fulfillment.packing.states import TROUBLES, ShipmentStatus, TrackingStatus
from fulfillment.work.models import FulfillmentLine, FulfillmentOrder, Reach
from oms.core.clock import now
from oms.core.ids import uuid7
from orders.ordering.states import ReturnStatus


class ShipmentQuerySet(models.QuerySet["Shipment"]):
    """Reads of parcels as business phrases."""

    def at(self, location_ids: frozenset[int] | None) -> "ShipmentQuerySet":
        """Keep the parcels of some locations; None keeps all."""
        if location_ids is None:
            return self
        return self.filter(fulfillment_order__location_id__in=location_ids)

    def within(self, reach: Reach) -> "ShipmentQuerySet":
        """Keep what someone may see."""
        rows = self
        if reach.channel_ids is not None:
            rows = rows.filter(fulfillment_order__order__channel_id__in=reach.channel_ids)
        if reach.location_codes is not None:
            rows = rows.filter(fulfillment_order__location__code__in=reach.location_codes)
        return rows

    def to_ship(self) -> "ShipmentQuerySet":
        """Keep the parcels that are packed and have not left."""
        return self.filter(status__in=[ShipmentStatus.PACKED, ShipmentStatus.LABELLED])

    def on_the_way(self) -> "ShipmentQuerySet":
        """Keep the parcels that have left and have not arrived."""
        return self.filter(status=ShipmentStatus.SHIPPED)

    def in_trouble(self) -> "ShipmentQuerySet":
        """Keep the parcels that someone should look after.

        They are held up on their way, or came back to us and no return was opened for anything of their order.
        """
        held_up = Q(status=ShipmentStatus.SHIPPED, tracking_status__in=TROUBLES)
        came_back = Q(
            status=ShipmentStatus.RETURNED_TO_SENDER,
            fulfillment_order__order__return_status=ReturnStatus.NONE,
        )
        return self.filter(held_up | came_back)

    def due_for_poll(self, at: datetime) -> "ShipmentQuerySet":
        """Keep the parcels whose carrier is to be asked again by `at`."""
        return self.on_the_way().filter(next_poll_at__lte=at)


class Shipment(models.Model):
    """One parcel."""

    uuid = models.UUIDField(default=uuid7, unique=True)
    number = models.CharField(max_length=30, unique=True)
    fulfillment_order = models.ForeignKey(
        FulfillmentOrder, on_delete=models.PROTECT, related_name="shipments"
    )
    status = models.CharField(
        max_length=20, choices=ShipmentStatus.choices, default=ShipmentStatus.DRAFT
    )
    version = models.PositiveIntegerField(default=1)
    weight_g = models.PositiveIntegerField(default=0, verbose_name="weight (g)")
    length_mm = models.PositiveIntegerField(default=0, verbose_name="length (mm)")
    width_mm = models.PositiveIntegerField(default=0, verbose_name="width (mm)")
    height_mm = models.PositiveIntegerField(default=0, verbose_name="height (mm)")
    carrier = models.CharField(max_length=30, blank=True)
    service = models.CharField(max_length=40, blank=True)
    tracking_number = models.CharField(max_length=40, blank=True)
    tracking_status = models.CharField(
        max_length=20, choices=TrackingStatus.choices, default=TrackingStatus.UNKNOWN
    )
    label_pending = models.BooleanField(
        default=False, help_text="A label is being bought or voided; the parcel waits for it."
    )
    exceptions = models.JSONField(
        default=list, blank=True, help_text="Tracking exceptions that were told already."
    )
    leg = models.PositiveSmallIntegerField(
        default=1, help_text="Raised when the parcel turns back."
    )
    expected_on = models.DateField(null=True, blank=True)
    pack_key = models.CharField(
        max_length=120, blank=True, help_text="Key of the one act that packed it."
    )
    created_at = models.DateTimeField(default=now)
    packed_at = models.DateTimeField(null=True, blank=True)
    shipped_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    next_poll_at = models.DateTimeField(null=True, blank=True)

    objects = ShipmentQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["carrier", "tracking_number"],
                condition=~Q(tracking_number=""),
                name="shipment_tracking_number_unique",
            ),
            models.UniqueConstraint(
                fields=["fulfillment_order", "pack_key"],
                condition=~Q(pack_key=""),
                name="shipment_pack_key_unique",
            ),
            models.UniqueConstraint(
                fields=["fulfillment_order"],
                condition=Q(status="draft"),
                name="shipment_one_draft",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "-id"], name="shipment_status_newest"),
            models.Index(
                fields=["next_poll_at"],
                condition=Q(status="shipped", next_poll_at__isnull=False),
                name="shipment_poll_due",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class ShipmentLine(models.Model):
    """Units in a parcel."""

    shipment = models.ForeignKey(Shipment, on_delete=models.PROTECT, related_name="lines")
    fulfillment_line = models.ForeignKey(
        FulfillmentLine, on_delete=models.PROTECT, related_name="shipment_lines"
    )
    quantity = models.PositiveIntegerField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["shipment", "fulfillment_line"], name="shipmentline_unique"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0), name="shipmentline_quantity_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.fulfillment_line_id}"
