"""Tax rates in the console."""

from typing import Any

from django import forms
from django.contrib import admin
from unfold.decorators import display

from oms.core.admin import forms as console_forms
from oms.core.admin.base import SetupModelAdmin
from orders.tax.models import TaxRate


class TaxRateForm(forms.ModelForm):
    """Checks country and span."""

    def clean_country(self) -> str:
        """Take two letters that name a country."""
        return console_forms.country(str(self.cleaned_data["country"]))

    def clean(self) -> dict[str, Any]:
        """Refuse a span that ends before it begins."""
        data: dict[str, Any] = super().clean() or {}
        begins, ends = data.get("valid_from"), data.get("valid_until")
        if begins and ends and ends < begins:
            self.add_error("valid_until", "The last day lies before the first.")
        return data


@admin.register(TaxRate)
class TaxRateAdmin(SetupModelAdmin):
    """Dated rates by country, region and class."""

    form = TaxRateForm
    list_display = (
        "name",
        "country",
        "region",
        "tax_class",
        "percent",
        "valid_from",
        "valid_until",
    )
    list_filter = ("tax_class", "country")
    search_fields = ("name", "country", "region")
    ordering = ("country", "region", "tax_class")
    list_help = (
        "A rate of the country and a rate of the region both apply, side by side. What applied on the day of an order"
        " stays on its lines for ever, so a change here never touches old orders."
    )
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "name",
                    ("country", "region"),
                    ("tax_class", "rate"),
                    ("valid_from", "valid_until"),
                ),
                "description": "The rate is a fraction: 0.19 is 19 %.",
            },
        ),
    )

    @display(description="Rate")
    def percent(self, rate: TaxRate) -> str:
        """Show the rate as people say it."""
        return f"{rate.rate * 100:.4f}".rstrip("0").rstrip(".") + " %"
