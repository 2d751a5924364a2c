"""Price lists and prices in the console."""

from typing import Any

from django import forms
from django.contrib import admin
from unfold.decorators import display

from oms.core import money
from oms.core.admin.base import SetupModelAdmin
from orders.pricing.models import Price, PriceList


class CurrencyForm(forms.ModelForm):
    """Takes a currency that exists."""

    def clean_currency(self) -> str:
        """Take three letters that name a currency."""
        code = str(self.cleaned_data["currency"]).upper()
        if not money.is_known(code):
            raise forms.ValidationError("This is no currency code, such as EUR or USD.")
        return code


@admin.register(PriceList)
class PriceListAdmin(SetupModelAdmin):
    """Prices in one currency."""

    form = CurrencyForm
    list_display = ("code", "name", "currency")
    search_fields = ("code", "name")
    ordering = ("code",)
    list_help = (
        "A list answers with its price when a channel sends none. Its prices are under Prices."
    )
    fieldsets = ((None, {"fields": (("code", "name"), "currency")}),)
    change_form_template = "admin/orders/price_list.html"


class PriceForm(forms.ModelForm):
    """Checks an amount against the digits of its currency."""

    def clean(self) -> dict[str, Any]:
        """Refuse more decimals than the currency has, and a span that ends before it begins."""
        data: dict[str, Any] = super().clean() or {}
        price_list, amount = data.get("price_list"), data.get("amount")
        if (
            price_list
            and amount is not None
            and not money.is_quantized(amount, price_list.currency)
        ):
            digits = money.digits(price_list.currency)
            self.add_error("amount", f"{price_list.currency} has {digits} decimal places.")
        begins, ends = data.get("valid_from"), data.get("valid_until")
        if begins and ends and ends < begins:
            self.add_error("valid_until", "The last day lies before the first.")
        return data


@admin.register(Price)
class PriceAdmin(SetupModelAdmin):
    """The price of one SKU on one list, from a day on."""

    form = PriceForm
    list_display = ("sku_code", "price_list", "price", "valid_from", "valid_until")
    list_select_related = ("sku", "price_list")
    list_filter = ("price_list",)
    search_fields = ("sku__code", "sku__name")
    search_help_text = "SKU or name"
    autocomplete_fields = ("sku", "price_list")
    ordering = ("-id",)
    list_help = (
        "The newest price that is valid on the day of an order counts: to change one, add another."
    )
    fieldsets = (
        (None, {"fields": (("price_list", "sku"), "amount", ("valid_from", "valid_until"))}),
    )

    @display(description="SKU")
    def sku_code(self, price: Price) -> str:
        """Show the code."""
        return price.sku.code

    @display(description="Price")
    def price(self, price: Price) -> str:
        """Show the amount in its currency."""
        return money.format_money(price.amount, price.price_list.currency)
