"""Products and SKUs in the console."""

from typing import ClassVar

from django import forms
from django.contrib import admin

from inventory.catalog.models import Product, Sku
from oms.core.admin import forms as console_forms
from oms.core.admin.base import SetupModelAdmin
from oms.core.admin.rows import RowsInline


class SkuForm(forms.ModelForm):
    """Checks what the database cannot."""

    class Meta:
        model = Sku
        fields = (
            "product",
            "code",
            "name",
            "barcode",
            "unit",
            "weight_g",
            "length_mm",
            "width_mm",
            "height_mm",
            "tax_class",
            "hs_code",
            "origin_country",
            "is_active",
        )
        help_texts: ClassVar[dict[str, str]] = {
            "code": "Matched to the letter by shops and files; it cannot be changed later.",
            "hs_code": "Customs tariff number, six digits or more.",
            "origin_country": "Two letters; customs asks for it.",
            "weight_g": "With its wrapping; parcels are weighed against it.",
        }

    def clean_code(self) -> str:
        """Refuse codes that no one could type again."""
        code = str(self.cleaned_data["code"])
        if code != code.strip() or not code.isprintable():
            raise forms.ValidationError("A code has no space around it and only printable signs.")
        return code

    def clean_origin_country(self) -> str:
        """Take two letters that name a country, or nothing."""
        written = str(self.cleaned_data["origin_country"])
        return console_forms.country(written) if written else ""


class SkuInline(RowsInline):
    """The variants of a product."""

    model = Sku
    form = SkuForm
    fields = ("code", "name", "barcode", "weight_g", "tax_class", "is_active")
    show_change_link = True
    can_delete = False


@admin.register(Product)
class ProductAdmin(SetupModelAdmin):
    """What customers think of as one thing."""

    list_display = ("name", "brand", "category", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name", "brand", "category", "skus__code")
    ordering = ("name",)
    inlines = (SkuInline,)
    list_help = "A product is what a customer thinks of as one thing; what is stocked are its SKUs."
    fieldsets = ((None, {"fields": ("name", ("brand", "category"), "description", "is_active")}),)
