"""The rate table."""

from django.db import models
from django.db.models import Q

from inventory.catalog.models import TaxClass


class TaxRate(models.Model):
    """One rate, as a fraction: 0.19 is 19 %."""

    name = models.CharField(max_length=60)
    country = models.CharField(max_length=2)
    region = models.CharField(max_length=100, blank=True, help_text="Empty: the whole country.")
    tax_class = models.CharField(max_length=10, choices=TaxClass.choices, default=TaxClass.STANDARD)
    rate = models.DecimalField(max_digits=7, decimal_places=6)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True, help_text="Last day.")

    class Meta:
        ordering = ["country", "region", "tax_class", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["country", "region", "tax_class", "name", "valid_from"],
                name="taxrate_unique_from",
            ),
            models.CheckConstraint(condition=Q(rate__gte=0) & Q(rate__lt=1), name="taxrate_range"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.rate:%}"
