"""Locations in the console, and the rule that staff see their own."""

from collections.abc import Sequence
from typing import Any, ClassVar
from zoneinfo import available_timezones

from django import forms
from django.db import models
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectWidget

from inventory.locations import queries
from inventory.locations.models import Location, StaffLocation
from oms.core.admin import forms as console_forms
from oms.core.admin.base import OmsModelAdmin, SetupModelAdmin
from oms.core.admin.rows import RowsInline

_REACH = "_reached_locations"


def reach(request: HttpRequest) -> frozenset[int] | None:
    """Return the ids of the locations that the person may see, None for all; asked once a request."""
    kept = vars(request)
    if _REACH not in kept:
        user = request.user
        kept[_REACH] = queries.locations_of(user) if user.is_authenticated else frozenset()
    reached: frozenset[int] | None = kept[_REACH]
    return reached


class AtOwnLocations(OmsModelAdmin):
    """Keep the rows of the locations that the person is bound to; others are not there, in lists and by address."""

    location_path: ClassVar[str] = "location"

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        """Return the rows within reach."""
        rows: models.QuerySet[Any] = super().get_queryset(request)
        reached = reach(request)
        if reached is None:
            return rows
        return rows.filter(**{f"{self.location_path}__in": reached})


class LocationForm(forms.ModelForm):
    """Checks what the database cannot."""

    time_zone = forms.ChoiceField(
        choices=[(zone, zone) for zone in sorted(available_timezones())],
        widget=UnfoldAdminSelectWidget,
        initial="UTC",
        help_text="Cut-off times and promises of this site are told in it.",
    )

    class Meta:
        model = Location
        fields = (
            "code",
            "name",
            "kind",
            "street",
            "city",
            "region",
            "postcode",
            "country",
            "phone",
            "time_zone",
            "priority",
            "ships_orders",
            "is_active",
            "removal",
        )
        help_texts: ClassVar[dict[str, str]] = {
            "removal": "Of several bins, the one that units are taken from first.",
            "code": "Short and lasting; shown to integrators and on labels.",
            "country": "Two letters, as in DE or US.",
            "priority": "The lower number is served first when two sites are equally good.",
            "ships_orders": "Off: it holds stock, but no order is routed to it.",
        }

    def clean_country(self) -> str:
        """Take two letters that name a country."""
        return console_forms.country(str(self.cleaned_data["country"]))


class StaffInline(RowsInline):
    """Who works at the location."""

    model = StaffLocation
    autocomplete_fields = ("user",)
    verbose_name = "member of staff"
    verbose_name_plural = "Staff who work here and see only their own locations"


class LocationAdmin(SetupModelAdmin):
    """Sites: set up by managers, seen by all; warehouse staff see their own.

    Storing adds bins, and registers it.
    """

    form = LocationForm
    list_display = (
        "code",
        "name",
        "kind",
        "city",
        "country",
        "priority",
        "ships_orders",
        "uses_bins",
        "is_active",
    )
    list_filter = ("kind", "is_active")
    ordering = ("priority", "code")
    search_fields = ("code", "name", "city")
    inlines: ClassVar[Sequence[type[RowsInline]]] = (StaffInline,)
    list_help = (
        "Warehouses and stores that hold stock. Orders are routed to those that ship orders."
    )
    fieldsets = (
        (None, {"fields": (("code", "name"), ("kind", "priority"), ("ships_orders", "is_active"))}),
        (
            "Address",
            {
                "fields": (
                    "street",
                    ("postcode", "city"),
                    ("region", "country"),
                    ("phone", "time_zone"),
                )
            },
        ),
        ("Bins", {"fields": ("removal",)}),
    )

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Location]":
        """Return the locations within reach."""
        rows: models.QuerySet[Location] = super().get_queryset(request)
        reached = reach(request)
        return rows if reached is None else rows.filter(pk__in=reached)
