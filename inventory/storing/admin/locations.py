"""Locations with their bins: make them, have the location use them, say where goods belong."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from inventory.bins import drafts
from inventory.bins import services as bins
from inventory.bins.drafts import Draft, Plan, UnreadableRange
from inventory.bins.models import Bin
from inventory.bins.states import BinKind
from inventory.expiring.admin import WatchInline
from inventory.locations.admin import LocationAdmin as PlainLocationAdmin
from inventory.locations.models import Location
from inventory.storing import services
from inventory.storing.admin.bins import SWITCH, own_location, told
from inventory.storing.models import StorageRule
from oms.core import errors
from oms.core.actors import Actor
from oms.core.admin import repeats, site
from oms.core.admin.buttons import Button, ButtonForm, Press, ReasonForm, dress
from oms.core.admin.rows import RowsInline
from oms.core.admin.site import page

_LONGEST_PASTED = 400_000
_SHOWN = 12


class SwitchForm(ButtonForm):
    """Where what lies there goes."""

    by_bin_codes = forms.BooleanField(
        required=False,
        label="Use the bin codes that stock has already",
        help_text="What has the code of a bin that exists comes to lie there; everything else at the receiving dock.",
    )


def _switch_on(press: Press) -> str:
    services.switch_on(
        location_id=press.document.pk,
        actor=press.actor,
        by_bin_codes=press.data["by_bin_codes"],
    )
    return "From now on it is known what lies in which bin. Put away what lies at the dock."


def _switch_off(press: Press) -> str:
    services.switch_off(
        location_id=press.document.pk, reason=press.data["reason"], actor=press.actor
    )
    return "Stock is counted for the whole location again."


class RuleInline(RowsInline):
    """Where goods belong."""

    model = StorageRule
    autocomplete_fields = ("sku",)
    fields = ("sku", "category", "abc", "zone", "kind", "rank")
    verbose_name = "rule"
    verbose_name_plural = "Where goods belong: an article, a category, a class, or everything"


@admin.register(Location)
class LocationAdmin(PlainLocationAdmin):
    """Sites, and the bins of those that have any."""

    inlines = (*PlainLocationAdmin.inlines, RuleInline, WatchInline)
    change_form_template = "admin/storing/location.html"
    buttons: ClassVar[Sequence[Button]] = (
        Button(
            "bins_on",
            "Use bins",
            SWITCH,
            _switch_on,
            SwitchForm,
            allowed=lambda place: "It uses bins already." if place.uses_bins else None,
            explain="It will be known of every unit which bin it lies in. Everything begins at the receiving dock.",
        ),
        Button(
            "bins_off",
            "Use no bins any more",
            SWITCH,
            _switch_off,
            ReasonForm,
            allowed=lambda place: None if place.uses_bins else "It uses no bins.",
            explain="Which bin things lie in is forgotten; how many there are is not.",
            danger=True,
        ),
    )

    def page_context(self, request: HttpRequest, document: Location) -> Mapping[str, Any]:
        """Add how many bins of which kind there are."""
        kinds = dict(
            Bin.objects.usable()
            .filter(location=document)
            .values_list("kind")
            .annotate(count=Count("pk"))
            .order_by()
        )
        return {
            "place": document,
            "kinds": [(kind.label, kinds[kind]) for kind in BinKind if kind in kinds],
            "may_switch": request.user.has_perm(SWITCH),
        }


# Making bins --------------------------------------------------------------------------------------


class GeneratorForm(forms.Form):
    """Ranges of aisles, racks, levels and positions."""

    zone = forms.CharField(max_length=10, initial="A", label="Zone")
    aisles = forms.CharField(max_length=100, initial="1-4", label="Aisles")
    racks = forms.CharField(max_length=100, initial="1-6", label="Racks")
    tiers = forms.CharField(max_length=100, required=False, label="Levels", help_text="Or nothing.")
    slots = forms.CharField(
        max_length=100, required=False, label="Positions", help_text="Or nothing. A-D works too."
    )
    kind = forms.ChoiceField(choices=BinKind.choices, initial=BinKind.STORAGE, label="For")
    first_walk = forms.IntegerField(
        min_value=0, max_value=1_000_000, initial=100, label="First place in the walk"
    )
    back_and_forth = forms.BooleanField(
        required=False, label="Walk every second aisle from its far end"
    )
    max_weight_g = forms.IntegerField(
        min_value=0, max_value=10**9, required=False, label="Carries at most (g)"
    )
    max_volume_ml = forms.IntegerField(
        min_value=0, max_value=10**9, required=False, label="Holds at most (ml)"
    )
    one_sku = forms.BooleanField(required=False, label="One SKU only")
    one_lot = forms.BooleanField(required=False, label="One lot of a SKU only")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self)

    def clean(self) -> dict[str, Any]:
        """Make the bins of the ranges."""
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        try:
            cleaned["bins"] = drafts.generate(Plan(**cleaned))
        except UnreadableRange as error:
            raise forms.ValidationError(str(error)) from error
        return cleaned


class PasteForm(forms.Form):
    """Bins from a sheet."""

    lines = forms.CharField(
        max_length=_LONGEST_PASTED,
        strip=False,
        label="Bins",
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false", "autocapitalize": "none"}),
        help_text="One line each: code, kind, zone; divided by tabs, semicolons or commas. Or a first line that names"
        " columns: code, kind, barcode, zone, aisle, rack, level, position, walk, max g, max ml, one SKU, one lot."
        " Kinds: receiving, storage, pick_face, quarantine, outbound, crossdock.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self)

    def clean(self) -> dict[str, Any]:
        """Read the lines."""
        cleaned = super().clean() or {}
        found, faults = drafts.read(str(cleaned.get("lines", "")))
        if faults:
            raise forms.ValidationError(faults[:20])
        cleaned["bins"] = found
        return cleaned


@page("storing/<int:location_id>/bins/", name="bins_new", permission=SWITCH)
@require_http_methods(["GET", "POST"])
def make_bins(request: HttpRequest, location_id: int) -> HttpResponse:
    """Make bins from ranges, or from lines that are pasted; what would be made is shown before."""
    location = own_location(request, location_id)
    pasting = "lines" in request.POST
    generator = GeneratorForm(request.POST if request.method == "POST" and not pasting else None)
    paste = PasteForm(request.POST if pasting else None)
    chosen = paste if pasting else generator
    preview: list[Draft] = []
    refusal = ""
    if request.method == "POST" and chosen.is_valid():
        preview = chosen.cleaned_data["bins"]
        if "make" in request.POST:
            try:
                with transaction.atomic():
                    repeats.take(request, f"bins:{location.pk}", site.form_key(request))
                    made = bins.make(
                        location_id=location.pk,
                        bins=preview,
                        actor=Actor.of_user(request.user),
                    )
            except repeats.AlreadyDone:
                messages.info(request, "These bins were made already.")
                return HttpResponseRedirect(_page_of(location))
            except errors.DomainError as error:
                refusal = told(error)
            else:
                messages.success(
                    request, f"{len(made)} bins made, {made[0].code} to {made[-1].code}."
                )
                return HttpResponseRedirect(_page_of(location))
    return site.render(
        request,
        "admin/storing/bins_new.html",
        {
            "title": f"Bins for {location.name}",
            "place": location,
            "generator": generator,
            "paste": paste,
            "preview": preview[:_SHOWN],
            "last": preview[-1] if len(preview) > _SHOWN else None,
            "count": len(preview),
            "refusal": refusal,
            "press_key": site.form_key(request),
        },
        status=422 if refusal or (request.method == "POST" and chosen.errors) else 200,
    )


def _page_of(location: Location) -> str:
    return reverse("admin:inventory_location_change", args=(location.pk,))
