"""Lot tables."""

from django.db import models

from inventory.catalog.models import Sku


class Lot(models.Model):
    """A batch of one SKU."""

    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="lots")
    number = models.CharField(max_length=40)
    expires_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["expires_on", "number"]
        constraints = [
            models.UniqueConstraint(fields=["sku", "number"], name="lot_unique"),
        ]

    def __str__(self) -> str:
        return self.number
