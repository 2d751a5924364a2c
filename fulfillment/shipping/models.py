"""Shipping tables."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from fulfillment.packing.models import Shipment, ShipmentLine
from fulfillment.shipping.states import LIVE, UNSETTLED, LabelState
from inventory.lots.models import Lot
from oms.core.clock import now
from oms.core.fields import MoneyField
from oms.core.ids import uuid7


class LabelQuerySet(models.QuerySet["Label"]):
    """Reads of labels as business phrases."""

    def live(self) -> "LabelQuerySet":
        """Keep labels that are bought or may become so; a parcel has at most one."""
        return self.filter(state__in=LIVE)

    def unsettled(self, at: datetime) -> "LabelQuerySet":
        """Keep intents whose outcome is not known and that are due by `at`."""
        return self.filter(state__in=UNSETTLED, due_at__lte=at)

    def without_files(self) -> "LabelQuerySet":
        """Leave the printed forms in the database until someone prints."""
        return self.defer("pdf", "zpl")


class Label(models.Model):
    """A label bought, or being bought, for a parcel. The cost is the carrier's, never the customer's."""

    uuid = models.UUIDField(
        default=uuid7, unique=True, help_text="The key that the carrier is given."
    )
    shipment = models.ForeignKey(Shipment, on_delete=models.PROTECT, related_name="labels")
    key = models.CharField(max_length=120, help_text="The caller's key of this purchase.")
    state = models.CharField(max_length=10, choices=LabelState.choices, default=LabelState.PENDING)
    carrier = models.CharField(max_length=30)
    service = models.CharField(max_length=40)
    tracking_number = models.CharField(max_length=40, blank=True)
    carrier_reference = models.CharField(max_length=100, blank=True)
    cost = MoneyField(default=0)
    currency = models.CharField(max_length=3)
    transit_days = models.PositiveSmallIntegerField(default=0, help_text="Working days.")
    pdf = models.BinaryField(default=b"")
    zpl = models.TextField(blank=True)
    error = models.CharField(max_length=500, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_until = models.DateTimeField(
        null=True, blank=True, help_text="Someone is asking the carrier until then."
    )
    due_at = models.DateTimeField(
        default=now, help_text="When an unsettled intent is tried again by itself."
    )
    bought_by = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField(default=now)
    bought_at = models.DateTimeField(null=True, blank=True)
    voided_at = models.DateTimeField(null=True, blank=True)

    objects = LabelQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["shipment", "key"], name="label_key_unique"),
            models.UniqueConstraint(
                fields=["shipment"],
                condition=Q(state__in=["pending", "bought", "voiding"]),
                name="label_one_live_per_shipment",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                condition=Q(state__in=["pending", "voiding"]),
                name="label_unsettled",
            ),
        ]

    def __str__(self) -> str:
        return self.tracking_number or str(self.uuid)


class ShippedLot(models.Model):
    """Units of one lot that left in a parcel: who got what. Lot None: nobody has said which lot they were."""

    shipment_line = models.ForeignKey(
        ShipmentLine, on_delete=models.PROTECT, related_name="shipped_lots"
    )
    lot = models.ForeignKey(
        Lot, on_delete=models.PROTECT, null=True, blank=True, related_name="shipped"
    )
    quantity = models.PositiveIntegerField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["shipment_line", "lot"],
                condition=Q(lot__isnull=False),
                name="shippedlot_unique",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0), name="shippedlot_quantity_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of lot {self.lot_id}"
