"""The receipt table."""

from django.db import models
from django.db.models import Q

from inventory.locations.models import Location
from oms.core.clock import now
from oms.core.ids import uuid7
from returns.authorizations.models import ReturnLine


class Grade(models.TextChoices):
    """Condition on receipt, and so the disposition."""

    RESTOCK = "restock", "as new: back to stock"
    DAMAGED = "damaged", "damaged: put aside"


class Receipt(models.Model):
    """Units of one return line that came back in one condition."""

    uuid = models.UUIDField(default=uuid7, unique=True)
    return_line = models.ForeignKey(ReturnLine, on_delete=models.PROTECT, related_name="receipts")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    grade = models.CharField(max_length=10, choices=Grade.choices)
    quantity = models.PositiveIntegerField()
    key = models.CharField(max_length=120, help_text="Names the one call that received it.")
    actor = models.CharField(max_length=150)
    received_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="receipt_positive"),
            models.UniqueConstraint(
                fields=["key", "return_line", "grade"], name="receipt_once_per_call"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.grade}"
