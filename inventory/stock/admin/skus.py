"""SKUs in the console, each with where it lies and how it is tracked."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.db import models
from django.http import HttpRequest
from unfold.decorators import display

from inventory.catalog.admin import SkuForm
from inventory.catalog.models import Sku, Tracking
from inventory.locations.admin import reach
from inventory.stock import queries, services
from oms.core.admin.base import SetupModelAdmin
from oms.core.admin.buttons import Button, ButtonForm, Press


class TrackForm(ButtonForm):
    """What is known of each unit."""

    tracking = forms.ChoiceField(choices=Tracking.choices, label="Tracked")
    expires = forms.BooleanField(
        required=False,
        label="Expires",
        help_text="Each lot has a day on which it expires; what is expired is neither promised nor picked.",
    )
    shelf_life_days = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=10_000,
        label="Shelf life (days)",
        help_text="From the day on which it was made, or came, where nobody says when a lot expires.",
    )

    def prepare(self) -> None:
        """Show how it is tracked now."""
        for name in self.fields:
            self.fields[name].initial = getattr(self.target, name)


def _track(press: Press) -> str:
    sku = services.track(sku_id=press.document.pk, actor=press.actor, **press.data)
    return f"It is {sku.get_tracking_display() if sku.is_tracked else 'not tracked'} now."


class SkuAdmin(SetupModelAdmin):
    """Stockable variants, each with its levels. Kits adds of what they consist, and registers it."""

    form = SkuForm
    list_display: tuple[str, ...] = (
        "code",
        "name",
        "product",
        "barcode",
        "weight",
        "tax_class",
        "is_active",
    )
    list_select_related = ("product",)
    list_filter = ("is_active", "tax_class")
    search_fields = ("code", "barcode", "name")
    search_help_text = "Code, barcode or name"
    ordering = ("code",)
    autocomplete_fields = ("product",)
    change_form_template = "admin/inventory/sku.html"
    list_help = "Everything that can lie on a shelf and be ordered, one row for each variant."
    fieldsets = (
        (None, {"fields": ("product", ("code", "name"), ("barcode", "unit"), "is_active")}),
        ("Parcel", {"fields": (("weight_g", "length_mm"), ("width_mm", "height_mm"))}),
        ("Tax and customs", {"fields": ("tax_class", ("hs_code", "origin_country"))}),
    )

    buttons: ClassVar[Sequence[Button]] = (
        Button(
            "track",
            "Track lots",
            "inventory.change_sku",
            _track,
            TrackForm,
            explain="From then on receipts name the lot or serial number, picks confirm it, and it is known who got it."
            " What lies there already is of an unknown lot until somebody names it on the page of the stock level.",
        ),
    )

    @display(description="Weight")
    def weight(self, sku: Sku) -> str:
        """Show grams, or that nobody has weighed it."""
        return f"{sku.weight_g} g" if sku.weight_g else "–"

    def get_readonly_fields(
        self, request: HttpRequest, obj: models.Model | None = None
    ) -> tuple[str, ...]:
        """Keep a code that others already know."""
        return ("code",) if obj is not None else ()

    def page_context(self, request: HttpRequest, document: Sku) -> dict[str, Any]:
        """Add the levels within reach."""
        return {"levels": queries.levels(location_ids=reach(request), sku_id=document.pk)}
