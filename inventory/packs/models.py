"""The table of packs."""

from django.db import models
from django.db.models import Q

from inventory.catalog.models import Sku


class Pack(models.Model):
    """`units` base units of a SKU under one code."""

    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="packs")
    code = models.CharField(max_length=20, help_text="CASE, for example.")
    units = models.PositiveIntegerField()
    barcode = models.CharField(max_length=64, blank=True)
    weight_g = models.PositiveIntegerField(default=0, verbose_name="weight (g)")

    class Meta:
        ordering = ["sku", "units", "id"]
        constraints = [
            models.UniqueConstraint(fields=["sku", "code"], name="pack_code_unique"),
            models.UniqueConstraint(
                fields=["barcode"], condition=~Q(barcode=""), name="pack_barcode_unique"
            ),
            models.CheckConstraint(condition=Q(units__gte=2), name="pack_units_several"),
        ]

    def __str__(self) -> str:
        return f"{self.code} of {self.units}"
