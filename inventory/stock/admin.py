"""Stock in the console: levels with their buckets and ledger, receipts, corrections, SKUs with where they lie."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.db.models import F, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.safestring import SafeString
from unfold.decorators import display

from inventory.catalog.admin import SkuForm
from inventory.catalog.models import Sku
from inventory.locations.admin import AtOwnLocations, reach
from inventory.locations.models import Location
from inventory.packs import queries as packs
from inventory.stock import queries, services
from inventory.stock.models import Level, Movement
from inventory.stock.states import STATE_CHANGES, Bucket
from oms.core import clock, errors
from oms.core.actors import Actor
from oms.core.admin import site
from oms.core.admin.base import OmsModelAdmin, SetupModelAdmin
from oms.core.admin.buttons import Button, ButtonForm, Press, ReasonForm, dress
from oms.core.admin.paging import Tab
from oms.core.templatetags.console import badge

_HELD = F("committed") + F("reserved") + F("damaged") + F("quality_control")


# Acts ---------------------------------------------------------------------------------------------


class ReceiveForm(ButtonForm):
    """Units that a supplier delivered."""

    quantity = forms.IntegerField(min_value=1, label="Units received")
    document = forms.CharField(
        max_length=60, label="Delivery note", help_text="Its number, to find the receipt again."
    )
    reason = forms.CharField(max_length=200, required=False, label="Remark")


class AdjustForm(ReasonForm):
    """Units found or missing."""

    delta = forms.IntegerField(
        label="Units more or less",
        help_text="7 when seven more lie there than the system says, -7 when seven are missing."
        " Only available units can be taken off.",
    )
    field_order = ("delta", "reason")

    def clean_delta(self) -> int:
        """Refuse a change that is none."""
        delta = int(self.cleaned_data["delta"])
        if delta == 0:
            raise forms.ValidationError("Nothing changes by 0.")
        return delta


class CountForm(ReasonForm):
    """What lies there, now or at an instant that is over."""

    counted = forms.IntegerField(
        min_value=0,
        label="Units counted",
        help_text="Everything of it that is on hand here: promised, damaged and in inspection included.",
    )
    at = forms.DateTimeField(
        required=False,
        label="Counted at",
        help_text="Leave empty when it is so now. At 10:00 there were 37: what has moved since is kept.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}),
    )
    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    field_order = ("counted", "at", "reason", "seen")

    def prepare(self) -> None:
        """Keep the quantity that the person is shown."""
        self.fields["seen"].initial = getattr(self.target, "on_hand", 0)


class InstantForm(forms.Form):
    """An instant to look back to."""

    at = forms.DateTimeField(
        label="At", widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self)

    def clean_at(self) -> datetime:
        """Refuse an instant that is not over."""
        at: datetime = self.cleaned_data["at"]
        if at > clock.now():
            raise forms.ValidationError("This instant is not over yet.")
        return at


_CHANGES = {
    f"{source}>{target}": f"{Bucket(source).label} → "
    + ("scrapped" if target == Bucket.ADJUSTMENT else str(Bucket(target).label))
    for source, target in STATE_CHANGES
}


class ChangeStateForm(ReasonForm):
    """Units that turn out better or worse than thought."""

    change = forms.ChoiceField(choices=list(_CHANGES.items()), label="From and to")
    quantity = forms.IntegerField(min_value=1, label="Units")
    field_order = ("change", "quantity", "reason")


def _receive(press: Press) -> str:
    level: Level = press.document
    level = services.receive(
        sku_id=level.sku_id,
        location_id=level.location_id,
        quantity=press.data["quantity"],
        document=press.data["document"],
        cause=f"console:{press.key}",
        actor=press.actor,
        reason=press.data["reason"],
    )
    return f"Received {press.data['quantity']} units; {level.on_hand} are on hand now."


def _adjust(press: Press) -> str:
    level: Level = press.document
    level = services.adjust(
        sku_id=level.sku_id,
        location_id=level.location_id,
        delta=press.data["delta"],
        document="console",
        cause=f"console:{press.key}",
        actor=press.actor,
        reason=press.data["reason"],
    )
    return f"Corrected by {press.data['delta']:+d}; {level.on_hand} are on hand now."


def _count(press: Press) -> str:
    level: Level = press.document
    found, at = press.data["counted"], press.data["at"]
    common: dict[str, Any] = {
        "sku_id": level.sku_id,
        "location_id": level.location_id,
        "counted": found,
        "document": "console",
        "cause": f"console:{press.key}",
        "actor": press.actor,
        "reason": press.data["reason"],
    }
    if at is None:
        level = services.set_on_hand(expected=press.data["seen"], **common)
    else:
        level = services.set_on_hand_at(at=at, **common)
    return f"Noted; {level.on_hand} are on hand now."


def _change_state(press: Press) -> str:
    source, _, target = press.data["change"].partition(">")
    services.change_state(
        level_id=press.document.pk,
        source=source,
        target=target,
        quantity=press.data["quantity"],
        document="console",
        cause=f"console:{press.key}",
        actor=press.actor,
        reason=press.data["reason"],
    )
    return f"{press.data['quantity']} units: {_CHANGES[press.data['change']]}."


def _something_lies_there(level: Level) -> str | None:
    if level.on_hand == 0:
        return "Nothing is on hand here."
    if level.on_hand == level.committed + level.reserved:
        return "Everything that lies here is promised."
    return None


# Levels -------------------------------------------------------------------------------------------


class LevelAdmin(AtOwnLocations, SetupModelAdmin):
    """One SKU at one location. Quantities change by acts alone; bin and safety stock are set up.

    Reservations adds who holds units, and registers it.
    """

    list_display = (
        "sku_code",
        "sku_name",
        "location",
        "bin_code",
        "on_hand",
        "committed",
        "set_aside",
        "free",
        "safety_stock",
    )
    list_select_related = ("sku", "location")
    list_display_links = ("sku_code",)
    list_filter = ("location",)
    search_fields = ("sku__code", "sku__barcode", "sku__name")
    search_help_text = "SKU, barcode or name"
    ordering = ("sku__code", "location__code")
    list_tabs = (
        Tab("all", "All", counted=False),
        Tab(
            "low",
            "At or below safety stock",
            Q(safety_stock__gt=0, on_hand__lte=F("safety_stock") + _HELD),
        ),
        Tab("empty", "Nothing available", Q(on_hand__lte=_HELD)),
        Tab("aside", "Damaged or in inspection", Q(damaged__gt=0) | Q(quality_control__gt=0)),
    )
    list_help = (
        "What lies where. On hand is everything at the site; what is promised to orders, damaged or under inspection"
        " is part of it; available is the rest."
    )
    fieldsets = (("Set-up of this place", {"fields": (("bin_code", "safety_stock"),)}),)
    change_form_template = "admin/inventory/level.html"
    buttons: ClassVar[Sequence[Button]] = (
        Button(
            "receive",
            "Receive",
            "inventory.receive_stock",
            _receive,
            ReceiveForm,
            explain="Puts units from a supplier into stock. Waiting backorders are served from them at once.",
            main=True,
        ),
        Button(
            "adjust",
            "Correct",
            "inventory.adjust_stock",
            _adjust,
            AdjustForm,
            explain="For units that nobody delivered or that are not there. The reason stays in the ledger.",
        ),
        Button(
            "count",
            "Set counted",
            "inventory.adjust_stock",
            _count,
            CountForm,
            explain="Sets what is on hand to what was counted, now or at an instant that is over.",
        ),
        Button(
            "state",
            "Change state",
            "inventory.adjust_stock",
            _change_state,
            ChangeStateForm,
            allowed=_something_lies_there,
            explain="Moves units between available, damaged and inspection, or scraps damaged ones.",
        ),
    )

    @display(description="SKU", ordering="sku__code")
    def sku_code(self, level: Level) -> str:
        """Show the code."""
        return level.sku.code

    @display(description="Name")
    def sku_name(self, level: Level) -> str:
        """Show what it is."""
        return level.sku.name

    @display(description="Damaged, inspection")
    def set_aside(self, level: Level) -> str:
        """Show what cannot be promised."""
        aside = level.damaged + level.quality_control
        return str(aside) if aside else "–"

    @display(description="Available")
    def free(self, level: Level) -> SafeString:
        """Show what can be promised, marked when it is little."""
        tone = "success"
        if level.available == 0:
            tone = "danger"
        elif level.available <= level.safety_stock:
            tone = "warning"
        return badge(str(level.available), tone=tone)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let the first receipt make the level."""
        return False

    def page_context(self, request: HttpRequest, document: Level) -> dict[str, Any]:
        """Add the ledger, and what was there at the instant that is asked for."""
        before = request.GET.get("before", "")
        known = before.isdecimal() and len(before) < 19  # a bigint
        form = InstantForm(request.GET if "at" in request.GET else None)
        at = form.cleaned_data["at"] if form.is_bound and form.is_valid() else None
        return {
            "instant_form": form,
            "instant": at,
            "balance": None if at is None else queries.balance_of(document.pk, at=at),
            "title": f"{document.sku.code} at {document.location.name}",
            "level": document,
            "ledger": queries.ledger(document.pk, before=int(before) if known else None),
        }

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Level]":
        """Load SKU and location with the level."""
        return super().get_queryset(request).select_related("sku", "location")


# The ledger ---------------------------------------------------------------------------------------


@admin.register(Movement)
class MovementAdmin(AtOwnLocations, OmsModelAdmin):
    """The ledger of all levels, newest first; rows are never changed."""

    location_path = "level__location"
    list_display = ("at", "sku", "place", "kind", "moved", "document", "actor", "reason")
    list_select_related = ("level__sku", "level__location")
    list_filter = ("kind", "level__location")
    search_fields = ("document", "level__sku__code")
    search_help_text = "Document or SKU"
    ordering = ("-id",)
    has_timeline = False
    list_help = (
        "Every change of every level: how many units went from where to where, and who did it."
    )

    @display(description="SKU")
    def sku(self, movement: Movement) -> str:
        """Show the code."""
        return movement.level.sku.code

    @display(description="Location")
    def place(self, movement: Movement) -> str:
        """Show the site."""
        return movement.level.location.name

    @display(description="Units")
    def moved(self, movement: Movement) -> str:
        """Show how many went from where to where."""
        return f"{movement.quantity}: {movement.get_source_display()} → {movement.get_target_display()}"


# SKUs with where they lie -------------------------------------------------------------------------


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


# Receiving ----------------------------------------------------------------------------------------


class ReceiptForm(forms.Form):
    """A delivery, line by line: made for a scanner. The barcode of a pack counts all units in it."""

    sku = forms.CharField(
        max_length=64, label="SKU or barcode", widget=forms.TextInput(attrs={"autofocus": True})
    )
    quantity = forms.IntegerField(
        min_value=1, initial=1, label="Units", help_text="Packs, if a pack was scanned."
    )
    location = forms.ModelChoiceField(Location.objects.none(), empty_label=None)
    document = forms.CharField(
        max_length=60, label="Delivery note", help_text="Stays filled in for the next line."
    )
    field_order = ("location", "document", "sku", "quantity")

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.each = 1
        self.order_fields(self.field_order)
        field = self.fields["location"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = _places(request)
        dress(self)

    def clean_sku(self) -> Sku:
        """Find the SKU by barcode or code, to the letter."""
        scanned = str(self.cleaned_data["sku"])
        found = packs.scanned(scanned)
        if found is None:
            raise forms.ValidationError(f"No SKU has the barcode or code {scanned}.")
        self.each = found.units
        return found.sku

    def clean(self) -> dict[str, Any]:
        """Count the units of packs."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("quantity"):
            data["quantity"] *= self.each
        return data


def _places(request: HttpRequest) -> "models.QuerySet[Location]":
    places = Location.objects.filter(is_active=True)
    reached = reach(request)
    return places if reached is None else places.filter(pk__in=reached)


@site.page("stock/receive/", name="stock_receive", permission="inventory.receive_stock")
def receive(request: HttpRequest) -> HttpResponse:
    """Take in a delivery, one scan after the other."""
    key = site.form_key(request)
    if request.method != "POST":
        kept = {name: request.GET[name] for name in ("location", "document") if name in request.GET}
        form = ReceiptForm(request=request, initial=kept)
        return _receive_page(request, form, key)
    form = ReceiptForm(request.POST, request=request)
    if not form.is_valid():
        return _receive_page(request, form, key, status=422)
    data = form.cleaned_data
    try:
        level = services.receive(
            sku_id=data["sku"].pk,
            location_id=data["location"].pk,
            quantity=data["quantity"],
            document=data["document"],
            cause=f"console:{key}",
            actor=Actor.of_user(request.user),
        )
    except errors.DomainError as error:
        form.add_error(None, error.detail)
        return _receive_page(request, form, key, status=error.status)
    messages.success(
        request,
        f"{data['quantity']} × {data['sku'].code} received at {data['location']};"
        f" {level.on_hand} are on hand now.",
    )
    stay = urlencode({"location": data["location"].pk, "document": data["document"]})
    return HttpResponseRedirect(f"{reverse('admin:stock_receive')}?{stay}")


def _receive_page(
    request: HttpRequest, form: ReceiptForm, key: str, *, status: int = 200
) -> HttpResponse:
    return site.render(
        request,
        "admin/inventory/receive.html",
        {"title": "Receive a delivery", "form": form, "press_key": key},
        status=status,
    )
