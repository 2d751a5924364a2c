"""Suppliers and their terms: set up by managers."""

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget

from inventory.purchasing import queries
from inventory.purchasing.models import (
    PriceBreak,
    PurchaseOrder,
    Supplier,
    SupplierHoliday,
    SupplierSku,
)
from oms.core import money
from oms.core.admin import forms as console_forms
from oms.core.admin.base import SetupModelAdmin
from oms.core.admin.rows import RowsInline
from oms.core.money import format_money

WEEKDAYS = (
    (0, "Monday"),
    (1, "Tuesday"),
    (2, "Wednesday"),
    (3, "Thursday"),
    (4, "Friday"),
    (5, "Saturday"),
    (6, "Sunday"),
)
_SHOWN_TERMS = 200
_SHOWN_ORDERS = 10


class SupplierForm(forms.ModelForm):
    """Checks what the database cannot."""

    ship_days = forms.TypedMultipleChoiceField(
        choices=WEEKDAYS,
        coerce=int,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        label="Ships on",
        help_text="Expected days fall on these; holidays are below.",
    )
    language = forms.ChoiceField(choices=settings.LANGUAGES, widget=UnfoldAdminSelectWidget)

    class Meta:
        model = Supplier
        fields = (
            "code",
            "name",
            "street",
            "city",
            "region",
            "postcode",
            "country",
            "email",
            "language",
            "account_number",
            "edi_id",
            "order_file",
            "currency",
            "minimum_order",
            "lead_days",
            "ship_days",
            "over_tolerance",
            "is_active",
        )
        help_texts: ClassVar[dict[str, str]] = {
            "code": "Short and lasting; integrators name the supplier by it.",
            "country": "Two letters, as in DE or US.",
            "currency": "Three letters, as in EUR. Orders that are written keep theirs.",
            "email": "Empty: nothing is mailed; orders go out as files or on paper.",
        }

    def clean_country(self) -> str:
        """Take two letters that name a country."""
        return console_forms.country(str(self.cleaned_data["country"]))

    def clean_currency(self) -> str:
        """Take a currency in circulation."""
        code = str(self.cleaned_data["currency"]).upper()
        if not money.is_known(code):
            raise forms.ValidationError("This is no currency code.")
        return code

    def clean_ship_days(self) -> list[int]:
        """Keep the days in order."""
        return sorted(set(self.cleaned_data["ship_days"]))


class HolidayInline(RowsInline):
    """Days on which nothing is shipped."""

    model = SupplierHoliday
    fields = ("day", "name")
    verbose_name_plural = "Holidays: nothing is shipped on these days"


@admin.register(Supplier)
class SupplierAdmin(SetupModelAdmin):
    """Who sells us goods, how long it takes and how long it was said to take."""

    form = SupplierForm
    list_display = (
        "code",
        "name",
        "city",
        "country",
        "currency",
        "least",
        "lead_days",
        "is_active",
    )
    list_filter = ("is_active",)
    search_fields = ("code", "name", "city", "account_number")
    search_help_text = "Code, name, city or our account number"
    ordering = ("name", "id")
    inlines = (HolidayInline,)
    change_form_template = "admin/purchasing/supplier.html"
    list_help = "Who sells us goods. What they sell, in which packs and at which prices, stands in their terms."
    fieldsets = (
        (None, {"fields": (("code", "name"), ("currency", "minimum_order"), "is_active")}),
        (
            "Orders go to",
            {
                "fields": (
                    ("email", "language"),
                    ("account_number", "edi_id", "order_file"),
                    "street",
                    ("postcode", "city"),
                    ("region", "country"),
                )
            },
        ),
        ("Delivery", {"fields": (("lead_days", "over_tolerance"), "ship_days")}),
    )

    @display(description="Minimum order")
    def least(self, supplier: Supplier) -> str:
        """Show from which value they take an order."""
        if not supplier.minimum_order:
            return "–"
        return format_money(supplier.minimum_order, supplier.currency)

    def get_readonly_fields(
        self, request: HttpRequest, obj: models.Model | None = None
    ) -> tuple[str, ...]:
        """Keep a code that others already know."""
        return ("code",) if obj is not None else ()

    def page_context(self, request: HttpRequest, document: Supplier) -> dict[str, Any]:
        """Add what they sell, how long it takes, and the newest orders."""
        terms = (
            SupplierSku.objects.filter(supplier=document)
            .select_related("sku")
            .prefetch_related("breaks")
            .order_by("sku__code", "-valid_from")[: _SHOWN_TERMS + 1]
        )
        rows = list(terms)
        learnt = queries.lead_times(document.pk)
        orders = PurchaseOrder.objects.filter(supplier=document).select_related("location")
        return {
            "supplier": document,
            "terms": [(row, learnt.by_sku.get(row.sku.code)) for row in rows[:_SHOWN_TERMS]],
            "more_terms": len(rows) > _SHOWN_TERMS,
            "learnt": learnt.overall,
            "orders": orders.order_by("-pk")[:_SHOWN_ORDERS],
            "may_order": request.user.has_perm("inventory.order_purchase"),
            "may_set_up": request.user.has_perm("inventory.add_suppliersku"),
        }


class BreakInline(RowsInline):
    """Prices by quantity."""

    model = PriceBreak
    fields = ("quantity", "unit_cost")
    verbose_name_plural = "Prices, each from a quantity on"
    extra = 1


@admin.register(SupplierSku)
class SupplierSkuAdmin(SetupModelAdmin):
    """On which terms a supplier sells a SKU."""

    list_display = (
        "sku_code",
        "supplier",
        "code",
        "pack_size",
        "minimum_quantity",
        "days",
        "preferred",
        "valid_from",
        "valid_until",
    )
    list_select_related = ("supplier", "sku")
    list_filter = ("preferred",)
    search_fields = ("sku__code", "code", "supplier__code", "supplier__name")
    search_help_text = "SKU, the supplier's code for it, or the supplier"
    ordering = ("sku__code", "supplier__name", "-valid_from", "-id")
    autocomplete_fields = ("supplier", "sku")
    inlines = (BreakInline,)
    list_help = "What each supplier sells under which code, in which packs and at which prices."
    fieldsets = (
        (None, {"fields": (("supplier", "sku"), ("code", "preferred"))}),
        ("Quantities and time", {"fields": (("pack_size", "minimum_quantity"), "lead_days")}),
        ("Valid", {"fields": (("valid_from", "valid_until"),)}),
    )

    @display(description="SKU")
    def sku_code(self, terms: SupplierSku) -> str:
        """Show the code."""
        return terms.sku.code

    @display(description="Lead days")
    def days(self, terms: SupplierSku) -> int:
        """Show how long it takes."""
        return terms.supplier.lead_days if terms.lead_days is None else terms.lead_days

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[SupplierSku]":
        """Load supplier and SKU with the terms."""
        return super().get_queryset(request).select_related("supplier", "sku")

    def get_readonly_fields(
        self, request: HttpRequest, obj: models.Model | None = None
    ) -> tuple[str, ...]:
        """Keep whose terms for what they are."""
        return ("supplier", "sku") if obj is not None else ()
