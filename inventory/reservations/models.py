"""Reservation tables."""

from django.db import models
from django.db.models import Q

from inventory.stock.models import Level
from oms.core.clock import now


class Allocation(models.Model):
    """Open units of a level promised to one demand line; the row goes when nothing is open."""

    level = models.ForeignKey(Level, on_delete=models.PROTECT, related_name="allocations")
    demand = models.CharField(max_length=30, help_text="Kind of line: orders.orderline.")
    demand_id = models.BigIntegerField()
    quantity = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["demand", "demand_id", "level"], name="allocation_unique"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0), name="allocation_quantity_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} for {self.demand} {self.demand_id}"
