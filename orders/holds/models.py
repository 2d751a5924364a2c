"""The hold table."""

from django.db import models
from django.db.models import Q

from oms.core.clock import now
from oms.core.ids import uuid7
from orders.holds.states import HoldReason, HoldStatus
from orders.ordering.models import Order


class Hold(models.Model):
    """One reason to wait, on one order."""

    uuid = models.UUIDField(default=uuid7, unique=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="holds")
    reason = models.CharField(max_length=24, choices=HoldReason.choices)
    status = models.CharField(max_length=10, choices=HoldStatus.choices, default=HoldStatus.ACTIVE)
    note = models.CharField(max_length=500, blank=True)
    detail = models.JSONField(default=dict, blank=True, help_text="What was found, value by value.")
    placed_by = models.CharField(max_length=150)
    placed_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=150, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["order"], condition=Q(status="active"), name="hold_active"),
            models.Index(
                fields=["expires_at"],
                condition=Q(status="active", expires_at__isnull=False),
                name="hold_expiring",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} ({self.status})"
