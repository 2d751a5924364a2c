"""Bins with what lies in them and how it came there, and their labels."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import Count, Q, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET
from unfold.decorators import display

from inventory.bins import documents
from inventory.bins.models import Bin
from inventory.bins.states import BinKind
from inventory.locations.admin import AtOwnLocations, reach
from inventory.locations.models import Location
from inventory.stock.models import BinMove
from inventory.stock.states import BinMoveKind
from inventory.storing import queries, services
from oms.core import errors
from oms.core.admin.base import OmsModelAdmin, SetupModelAdmin
from oms.core.admin.buttons import Button, Press, ReasonForm
from oms.core.admin.paging import Tab
from oms.core.admin.site import page

SEE = "inventory.view_bin"
STORE = "inventory.store_goods"
COUNT = "inventory.adjust_stock"
SWITCH = "inventory.switch_bins"
_MOST_LABELS = 2_000


class BinForm(forms.ModelForm):
    """What a bin is for and how much it holds."""

    class Meta:
        model = Bin
        fields = (
            "barcode",
            "kind",
            "zone",
            "aisle",
            "rack",
            "tier",
            "slot",
            "walk_order",
            "max_weight_g",
            "max_volume_ml",
            "one_sku",
            "one_lot",
        )

    def clean_kind(self) -> str:
        """Keep the last dock of a location a dock."""
        kind = str(self.cleaned_data["kind"])
        last = self.instance.kind in (BinKind.RECEIVING, BinKind.OUTBOUND) and not (
            Bin.objects.usable()
            .filter(location_id=self.instance.location_id, kind=self.instance.kind)
            .exclude(pk=self.instance.pk)
            .exists()
        )
        if kind != self.instance.kind and last and self.instance.location.uses_bins:
            raise forms.ValidationError(
                f"It is the only {self.instance.get_kind_display()} here. Make another one first."
            )
        return kind


def _shut(press: Press) -> str:
    services.shut(bin_id=press.document.pk, is_active=False, actor=press.actor)
    return "Nothing is put here any more."


def _open(press: Press) -> str:
    services.shut(bin_id=press.document.pk, is_active=True, actor=press.actor)
    return "It is in use again."


@admin.register(Bin)
class BinAdmin(AtOwnLocations, SetupModelAdmin):
    """Bins of locations; made from ranges or pasted, on the page of the location."""

    form = BinForm
    list_display = (
        "code",
        "location",
        "kind",
        "zone",
        "walk_order",
        "articles",
        "units",
        "is_active",
    )
    list_select_related = ("location",)
    list_filter = ("location", "kind", "zone")
    search_fields = ("code", "barcode")
    search_help_text = "Code or barcode"
    ordering = ("location__code", "walk_order", "code")
    list_before_template = "admin/storing/bins_before.html"
    list_tabs = (
        Tab("all", "All", counted=False),
        Tab("faces", "Picking faces", Q(kind=BinKind.PICK_FACE), counted=False),
        Tab("docks", "Docks", Q(kind__in=[BinKind.RECEIVING, BinKind.OUTBOUND, BinKind.CROSSDOCK])),
        Tab("shut", "Out of use", Q(is_active=False)),
    )
    list_help = "The places that goods lie in, at locations that have bins. They are made on the page of a location."
    change_form_template = "admin/storing/bin.html"
    fieldsets = (
        (None, {"fields": (("barcode", "kind"), ("walk_order",))}),
        ("Where it is", {"fields": (("zone", "aisle", "rack"), ("tier", "slot"))}),
        (
            "What it holds at most",
            {"fields": (("max_weight_g", "max_volume_ml"), ("one_sku", "one_lot"))},
        ),
    )
    buttons: ClassVar[Sequence[Button]] = (
        Button(
            "shut",
            "Take out of use",
            SWITCH,
            _shut,
            allowed=lambda each: None if each.is_active else "It is out of use already.",
            explain="Nothing can be put into it then. It has to be empty.",
        ),
        Button(
            "open",
            "Use again",
            SWITCH,
            _open,
            allowed=lambda each: "It is in use." if each.is_active else None,
            explain="Goods can be put into it again.",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Bin]":
        """Count what lies there."""
        rows: models.QuerySet[Bin] = super().get_queryset(request)
        return rows.select_related("location")

    def get_changelist_queryset(self, queryset: "models.QuerySet[Any]") -> "models.QuerySet[Any]":
        """Add up what lies in the bins that are shown."""
        return queryset.annotate(
            units_there=Sum("contents__quantity"),
            articles_there=Count("contents__level", distinct=True),
        )

    @display(description="Articles")
    def articles(self, each: Any) -> int:
        """Show how many SKUs lie there."""
        return int(each.articles_there)

    @display(description="Units")
    def units(self, each: Any) -> int:
        """Show how many units lie there."""
        return each.units_there or 0

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let bins be made many at once, on the page of the location."""
        return False

    def page_context(self, request: HttpRequest, document: Bin) -> Mapping[str, Any]:
        """Add what lies there and how it came there."""
        return {
            "title": f"Bin {document.code} at {document.location.name}",
            "place": document,
            "contents": queries.in_bin(document.pk),
            "moves": queries.history(bin_id=document.pk),
        }


@page("storing/<int:location_id>/labels.pdf", name="bin_labels", permission=SEE)
@require_GET
def labels(request: HttpRequest, location_id: int) -> HttpResponse:
    """Print the labels of a location's bins: all of them, of one zone, or one."""
    location = own_location(request, location_id)
    bins = Bin.objects.usable().filter(location=location).in_walk_order()
    for name in ("zone", "code"):
        wanted = request.GET.get(name, "").replace("\x00", "")
        if wanted:
            bins = bins.filter(**{name: wanted})
    pdf = documents.labels(list(bins[:_MOST_LABELS]), location_name=location.name)
    return HttpResponse(
        pdf,
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="bins-{location.code}.pdf"'},
    )


def own_location(request: HttpRequest, location_id: int) -> Location:
    """Return a location of this person; 404 for any other, and for none."""
    reached = reach(request)
    found = Location.objects.filter(pk=location_id).first()
    if found is None or (reached is not None and found.pk not in reached):
        raise Http404("There is no such location.")
    return found


# Moves between bins -------------------------------------------------------------------------------


def _undo(press: Press) -> str:
    move = services.undo(move_id=press.document.pk, reason=press.data["reason"], actor=press.actor)
    back = move.target.code if move.target else ""
    return f"{move.quantity} units lie in {back} again."


def _may_go_back(move: BinMove) -> str | None:
    if move.kind not in (BinMoveKind.MOVE, BinMoveKind.PUT_AWAY):
        return "It followed a movement of stock or a pick."
    return None


@admin.register(BinMove)
class BinMoveAdmin(AtOwnLocations, OmsModelAdmin):
    """What went from bin to bin, newest first; rows are never changed."""

    location_path = "level__location"
    list_display = ("at", "sku", "place", "kind", "way", "quantity", "actor", "reason")
    list_select_related = ("level__sku", "level__location", "source", "target")
    list_filter = ("kind", "level__location")
    search_fields = ("document", "level__sku__code", "source__code", "target__code")
    search_help_text = "Document, SKU or bin"
    ordering = ("-id",)
    has_timeline = False
    list_help = (
        "Every change of what lies in which bin: how many units went where, why, and who did it."
    )
    fields = (("kind", "at"), ("quantity", "condition", "became"), ("document", "actor"), "reason")
    buttons: ClassVar[Sequence[Button]] = (
        Button(
            "undo",
            "Carry back",
            STORE,
            _undo,
            ReasonForm,
            allowed=_may_go_back,
            explain="Writes the opposite move. The units have to lie there still.",
        ),
    )

    @display(description="SKU")
    def sku(self, move: BinMove) -> str:
        """Show the code."""
        return move.level.sku.code

    @display(description="Location")
    def place(self, move: BinMove) -> str:
        """Show the site."""
        return move.level.location.name

    @display(description="From and to")
    def way(self, move: BinMove) -> str:
        """Show the bins."""
        source = move.source.code if move.source else "outside"
        target = move.target.code if move.target else "outside"
        if move.source_id == move.target_id:
            return f"{source}: {move.get_condition_display()} → {move.get_became_display()}"
        return f"{source} → {target}"


def told(error: errors.DomainError) -> str:
    """Return a refusal in one sentence or a few."""
    more = [each.message for each in error.problems if each.message != error.detail]
    return " ".join([error.detail, *more[:5]])
