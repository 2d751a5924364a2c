"""Levels in the console: their buckets and ledger, receipts, corrections."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import F, Q
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.decorators import display

from inventory.locations.admin import AtOwnLocations
from inventory.lots import forms as lot_forms
from inventory.stock import queries, services
from inventory.stock.models import Level, Movement
from inventory.stock.states import STATE_CHANGES, Bucket
from oms.core import clock
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
    lots = lot_forms.field()
    field_order = ("quantity", "lots", "document", "reason")

    def clean(self) -> dict[str, Any]:
        """Read the lots."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and isinstance(self.target, Level):
            typed = data.get("lots", "")  # not asked for where there are none
            data["lots"] = lot_forms.read(typed, sku=self.target.sku, units=data["quantity"])
        return data

    def prepare(self) -> None:
        """Ask for lots only where there are any."""
        if isinstance(self.target, Level) and not self.target.sku.is_tracked:
            del self.fields["lots"]


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
    (level,) = services.receive_delivery(
        location_code=level.location.code,
        lines=[
            services.Delivered(level.sku.code, press.data["quantity"], press.data.get("lots") or ())
        ],
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


class NameForm(ButtonForm):
    """Which lots or serial numbers units are that nobody knew it of."""

    lots = lot_forms.field()

    def clean(self) -> dict[str, Any]:
        """Read the lots; a line without a number of units names all that are unknown."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and isinstance(self.target, Level):
            data["lots"] = lot_forms.read(
                data["lots"],
                sku=self.target.sku,
                units=queries.unknown_units(self.target.pk),
            )
        return data


def _name(press: Press) -> str:
    units = services.name_units(
        level_id=press.document.pk, lots=press.data["lots"], actor=press.actor
    )
    return f"{units} units are of a known lot now."


def _tracked(level: Level) -> str | None:
    return None if level.sku.is_tracked else "It is not tracked by lot."


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
        "shelf",
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
        Button(
            "name",
            "Name lots",
            "inventory.adjust_stock",
            _name,
            NameForm,
            allowed=_tracked,
            explain="For units of an unknown lot: those that lay there before it was tracked, or that a count found.",
        ),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Level | None = None) -> Any:
        """Ask for the bin code only where it is not known what lies in which bin."""
        if obj is not None and obj.location.uses_bins:
            return (("Set-up of this place", {"fields": ("safety_stock",)}),)
        return super().get_fieldsets(request, obj)

    @display(description="Bin code", ordering="bin_code")
    def shelf(self, level: Level) -> str:
        """Show the code of the one bin, where the location keeps no bins."""
        return "in bins" if level.location.uses_bins else level.bin_code or "–"

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
            "by_lot": queries.by_lot(document.pk) if document.sku.is_tracked else None,
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
