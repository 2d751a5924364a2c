"""The scan table."""

from django.db import models
from django.db.models import Q

from fulfillment.packing.models import Shipment
from fulfillment.packing.states import TrackingStatus
from oms.core.clock import now


class Scan(models.Model):
    """One event as the carrier reported it."""

    shipment = models.ForeignKey(
        Shipment, null=True, blank=True, on_delete=models.PROTECT, related_name="scans"
    )
    carrier = models.CharField(max_length=30)
    tracking_number = models.CharField(max_length=40)
    status = models.CharField(max_length=20, choices=TrackingStatus.choices)
    code = models.CharField(max_length=60, blank=True, help_text="The carrier's own code.")
    description = models.CharField(max_length=300, blank=True)
    place = models.CharField(max_length=200, blank=True)
    leg = models.PositiveSmallIntegerField(default=1)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField(default=now)
    raw = models.JSONField(default=dict, blank=True)
    digest = models.CharField(max_length=64, unique=True, help_text="Same report, same digest.")

    class Meta:
        ordering = ["occurred_at", "id"]
        indexes = [
            models.Index(fields=["shipment", "occurred_at", "id"], name="scan_shipment"),
            models.Index(fields=["tracking_number"], name="scan_tracking_number"),
            models.Index(
                fields=["carrier", "tracking_number"],
                condition=Q(shipment__isnull=True),
                name="scan_parked",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tracking_number}: {self.status}"
