"""Inbound tables."""

from django.db import models
from django.db.models import Q

from inventory.stock.models import Level


class Inbound(models.Model):
    """Open units of one supply line on their way to a level; the row goes when nothing is open."""

    level = models.ForeignKey(Level, on_delete=models.PROTECT, related_name="inbound")
    supply = models.CharField(max_length=30, help_text="Kind of line: inventory.purchaseline.")
    supply_id = models.BigIntegerField()
    quantity = models.PositiveIntegerField(help_text="Units still to come, in base units.")
    due_on = models.DateField(null=True, blank=True, help_text="Empty: nobody knows the day.")

    class Meta:
        verbose_name = "inbound supply"
        verbose_name_plural = "inbound supplies"
        constraints = [
            models.UniqueConstraint(fields=["supply", "supply_id"], name="inbound_unique"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="inbound_quantity_positive"),
        ]
        indexes = [models.Index(fields=["level", "due_on"], name="inbound_due")]

    def __str__(self) -> str:
        return f"{self.quantity} from {self.supply} {self.supply_id}"
