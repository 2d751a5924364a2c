"""The settlement table."""

from django.db import models
from django.db.models import Q

from oms.core.clock import now
from oms.core.fields import MoneyField
from oms.core.ids import uuid7
from returns.receiving.models import Receipt


class Settlement(models.Model):
    """The amount credited for one receipt. One per receipt."""

    uuid = models.UUIDField(default=uuid7, unique=True)
    receipt = models.OneToOneField(Receipt, on_delete=models.PROTECT, related_name="settlement")
    amount = MoneyField()
    currency = models.CharField(max_length=3)
    actor = models.CharField(max_length=150)
    settled_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="settlement_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"
