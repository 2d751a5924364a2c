"""Catalog tables."""

from django.db import models
from django.db.models import Q

from oms.core.clock import now
from oms.core.ids import uuid7


class TaxClass(models.TextChoices):
    """How a thing is taxed; rates per country and region are in orders."""

    STANDARD = "standard", "standard"
    REDUCED = "reduced", "reduced"
    ZERO = "zero", "zero-rated"
    EXEMPT = "exempt", "exempt"


class Product(models.Model):
    """What a customer thinks of as one thing; its variants are SKUs."""

    uuid = models.UUIDField(default=uuid7, unique=True)
    name = models.CharField(max_length=200)
    brand = models.CharField(max_length=100, blank=True)
    category = models.CharField(max_length=100, blank=True)
    description = models.TextField(blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class SkuQuerySet(models.QuerySet["Sku"]):
    """Reads of SKUs."""

    def sellable(self) -> "SkuQuerySet":
        """Keep what may be ordered."""
        return self.filter(is_active=True, product__is_active=True)


class Sku(models.Model):
    """One stockable variant."""

    uuid = models.UUIDField(default=uuid7, unique=True)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="skus")
    code = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    barcode = models.CharField(max_length=64, blank=True, help_text="GTIN or own code, as scanned.")
    unit = models.CharField(
        max_length=20, default="EACH", help_text="What one unit of it is called: EACH, PAIR, KG."
    )
    weight_g = models.PositiveIntegerField(default=0, verbose_name="weight (g)")
    length_mm = models.PositiveIntegerField(default=0, verbose_name="length (mm)")
    width_mm = models.PositiveIntegerField(default=0, verbose_name="width (mm)")
    height_mm = models.PositiveIntegerField(default=0, verbose_name="height (mm)")
    tax_class = models.CharField(max_length=10, choices=TaxClass.choices, default=TaxClass.STANDARD)
    hs_code = models.CharField(max_length=12, blank=True, verbose_name="HS code")
    origin_country = models.CharField(max_length=2, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=now)

    objects = SkuQuerySet.as_manager()

    class Meta:
        verbose_name = "SKU"
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(
                fields=["barcode"], condition=~Q(barcode=""), name="sku_barcode_unique"
            ),
        ]

    def __str__(self) -> str:
        return self.code
