"""Price tables."""

from django.db import models
from django.db.models import Q

from inventory.catalog.models import Sku
from oms.core.fields import MoneyField


class PriceList(models.Model):
    """Prices in one currency. Whether they include tax is said by the channel."""

    code = models.SlugField(max_length=30, unique=True)
    name = models.CharField(max_length=100)
    currency = models.CharField(max_length=3)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Price(models.Model):
    """The price of one SKU on one list from a day on."""

    price_list = models.ForeignKey(PriceList, on_delete=models.CASCADE, related_name="prices")
    sku = models.ForeignKey(Sku, on_delete=models.CASCADE, related_name="prices")
    amount = MoneyField()
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True, help_text="Last day.")

    class Meta:
        ordering = ["price_list", "sku", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["price_list", "sku", "valid_from"], name="price_unique_from"
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="price_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.sku_id}: {self.amount}"
