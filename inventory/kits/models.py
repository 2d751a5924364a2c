"""Kit tables."""

from django.db import models
from django.db.models import F, Q

from inventory.catalog.models import Sku
from oms.core.clock import now


class TaxedAs(models.TextChoices):
    """By which class the parts of a kit are taxed."""

    PARTS = "parts", "each part by its own class"
    KIT = "kit", "all parts by the kit's class"


class Kit(models.Model):
    """A SKU that consists of others."""

    sku = models.OneToOneField(
        Sku, on_delete=models.PROTECT, primary_key=True, related_name="kit", verbose_name="SKU"
    )
    taxed_as = models.CharField(max_length=10, choices=TaxedAs.choices, default=TaxedAs.PARTS)
    changed_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["sku__code"]

    def __str__(self) -> str:
        return self.sku.code if "sku" in self._state.fields_cache else f"kit {self.pk}"


class KitPart(models.Model):
    """`units` of a SKU in each kit. `price_share` weighs it when the price is spread; all parts have one, or none."""

    kit = models.ForeignKey(Kit, on_delete=models.PROTECT, related_name="parts")
    part = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="in_kits")
    units = models.PositiveIntegerField(verbose_name="units per kit")
    price_share = models.PositiveIntegerField(
        null=True, blank=True, help_text="Weight of its share of the price; empty: by list prices."
    )

    class Meta:
        verbose_name = "part"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["kit", "part"], name="kitpart_unique"),
            models.CheckConstraint(condition=Q(units__gt=0), name="kitpart_units_positive"),
            models.CheckConstraint(condition=~Q(kit=F("part")), name="kitpart_not_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.units} x {self.part_id}"
