"""Bin tables."""

from django.db import models
from django.db.models import Q

from inventory.bins.rules import Limits
from inventory.bins.states import BinKind
from inventory.locations.models import Location
from oms.core.ids import uuid7


class BinQuerySet(models.QuerySet["Bin"]):
    """Reads of bins as business phrases."""

    def usable(self) -> "BinQuerySet":
        """Keep what goods may be put into by name."""
        return self.filter(is_active=True).exclude(kind=BinKind.WHOLE)

    def in_walk_order(self) -> "BinQuerySet":
        """Order as a person walks."""
        return self.order_by("walk_order", "code")


class Bin(models.Model):
    """A place within a location that goods lie in."""

    uuid = models.UUIDField(default=uuid7, unique=True)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="bins")
    code = models.CharField(max_length=30, help_text="As people say it: A-01-03-2-B.")
    barcode = models.CharField(max_length=40, help_text="As it is scanned.")
    kind = models.CharField(max_length=10, choices=BinKind.choices, default=BinKind.STORAGE)
    zone = models.CharField(max_length=10, blank=True)
    aisle = models.CharField(max_length=10, blank=True)
    rack = models.CharField(max_length=10, blank=True)
    tier = models.CharField(max_length=10, blank=True, verbose_name="level")
    slot = models.CharField(max_length=10, blank=True, verbose_name="position")
    walk_order = models.PositiveIntegerField(
        default=0, help_text="The lower number is passed first on the way through the site."
    )
    max_weight_g = models.PositiveBigIntegerField(
        null=True, blank=True, verbose_name="carries at most (g)"
    )
    max_volume_ml = models.PositiveBigIntegerField(
        null=True, blank=True, verbose_name="holds at most (ml)"
    )
    one_sku = models.BooleanField(default=False, verbose_name="one SKU only")
    one_lot = models.BooleanField(default=False, verbose_name="one lot of a SKU only")
    is_active = models.BooleanField(default=True)
    counted_at = models.DateTimeField(null=True, blank=True)

    objects = BinQuerySet.as_manager()

    class Meta:
        ordering = ["location", "walk_order", "code"]
        constraints = [
            models.UniqueConstraint(fields=["location", "code"], name="bin_code_unique"),
            models.UniqueConstraint(fields=["location", "barcode"], name="bin_barcode_unique"),
            models.CheckConstraint(condition=~Q(code=""), name="bin_code_given"),
        ]
        indexes = [
            models.Index(fields=["location", "kind", "walk_order", "code"], name="bin_walk"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def limits(self) -> Limits:
        """Return what it holds at most."""
        return Limits(self.max_weight_g, self.max_volume_ml, self.one_sku, self.one_lot)
