"""Return tables."""

from django.db import models
from django.db.models import F, Q

from oms.core.clock import now
from oms.core.ids import uuid7
from orders.ordering.models import Order, OrderLine
from returns.authorizations.states import ReturnReason, ReturnStatus


class Return(models.Model):
    """Goods of one order that may come back."""

    uuid = models.UUIDField(default=uuid7, unique=True)
    number = models.CharField(max_length=24, unique=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="returns")
    status = models.CharField(
        max_length=20, choices=ReturnStatus.choices, default=ReturnStatus.REQUESTED
    )
    version = models.PositiveIntegerField(default=1)
    note = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=now)
    received_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["-id"],
                condition=Q(
                    status__in=["requested", "approved", "in_transit", "partially_received"]
                ),
                name="return_open",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class ReturnLine(models.Model):
    """Units of one order line that may come back."""

    return_order = models.ForeignKey(Return, on_delete=models.PROTECT, related_name="lines")
    order_line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="return_lines")
    quantity = models.PositiveIntegerField()
    reason = models.CharField(max_length=12, choices=ReturnReason.choices)
    restocked = models.PositiveIntegerField(default=0)
    damaged = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["return_order", "order_line"], name="returnline_unique"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="returnline_positive"),
            models.CheckConstraint(
                condition=Q(quantity__gte=F("restocked") + F("damaged")),
                name="returnline_received_within_quantity",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.order_line_id}"

    @property
    def received(self) -> int:
        """Units that came back so far."""
        return self.restocked + self.damaged

    @property
    def outstanding(self) -> int:
        """Units still to come."""
        return self.quantity - self.received
