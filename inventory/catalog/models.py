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


class Tracking(models.TextChoices):
    """What is known of each unit beside its SKU."""

    NONE = "none", "not tracked"
    LOT = "lot", "by lot"
    SERIAL = "serial", "by serial number"


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
    tracking = models.CharField(
        max_length=8,
        choices=Tracking.choices,
        default=Tracking.NONE,
        help_text="Of what is tracked, it is known which lot, or which single unit, lies and went where.",
    )
    tracked_since = models.DateTimeField(
        null=True, blank=True, help_text="What left before is not known by lot."
    )
    expires = models.BooleanField(
        default=False,
        verbose_name="expires",
        help_text="Each lot has a day on which it expires; what is expired is neither promised nor picked.",
    )
    shelf_life_days = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        verbose_name="shelf life (days)",
        help_text="From the day on which it was made, where nobody says when a lot expires.",
    )
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
            models.CheckConstraint(
                condition=Q(expires=False) | ~Q(tracking="none"), name="sku_expires_by_lot"
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def is_tracked(self) -> bool:
        """Say whether it is known of its units which lot or serial number they are."""
        return self.tracking != Tracking.NONE

    @property
    def is_serial(self) -> bool:
        """Say whether each of its units has a number of its own."""
        return self.tracking == Tracking.SERIAL
