"""Lot tables."""

from datetime import date

from django.db import models
from django.db.models import Q

from inventory.catalog.models import Sku
from inventory.lots.states import LotStatus
from oms.core.clock import now
from oms.core.ids import uuid7


class LotQuerySet(models.QuerySet["Lot"]):
    """Reads of lots as business phrases."""

    def unsellable(self, on: date) -> "LotQuerySet":
        """Keep the lots of which nothing may be sold on a day."""
        return self.filter(~Q(status=LotStatus.RELEASED) | Q(sku__expires=True, expires_on__lt=on))


class Lot(models.Model):
    """A batch of one SKU; of a SKU with serial numbers, a single unit."""

    uuid = models.UUIDField(default=uuid7, unique=True)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="lots")
    number = models.CharField(max_length=40, help_text="Lot or serial number, as printed.")
    made_on = models.DateField(null=True, blank=True)
    expires_on = models.DateField(
        null=True, blank=True, help_text="The last day on which it may be used."
    )
    best_before = models.CharField(
        max_length=60, blank=True, help_text="As printed on the goods: end of 05/2027."
    )
    origin = models.CharField(max_length=100, blank=True, help_text="Who made or supplied it.")
    status = models.CharField(max_length=12, choices=LotStatus.choices, default=LotStatus.RELEASED)
    version = models.PositiveIntegerField(default=1)
    reason = models.CharField(
        max_length=200, blank=True, help_text="Why it is quarantined or recalled."
    )
    created_at = models.DateTimeField(default=now)
    recalled_at = models.DateTimeField(null=True, blank=True)

    objects = LotQuerySet.as_manager()

    class Meta:
        ordering = ["expires_on", "number"]
        constraints = [
            models.UniqueConstraint(fields=["sku", "number"], name="lot_unique"),
            models.CheckConstraint(condition=~Q(number=""), name="lot_number_given"),
            models.CheckConstraint(
                condition=~Q(status="recalled") | Q(recalled_at__isnull=False),
                name="lot_recalled_with_instant",
            ),
        ]
        indexes = [
            models.Index(fields=["number"], name="lot_number"),
            models.Index(
                fields=["expires_on"], condition=Q(expires_on__isnull=False), name="lot_expiry"
            ),
            models.Index(
                fields=["status"], condition=~Q(status="released"), name="lot_not_released"
            ),
        ]

    def __str__(self) -> str:
        return self.number
