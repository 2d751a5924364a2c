"""Transfers in the console: the list by what waits, the document with its counters and acts."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery, Sum
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.decorators import display

from inventory.locations.admin import reach
from inventory.stock.states import Bucket
from inventory.transfers import drafts, queries, services
from inventory.transfers.models import (
    TransferLine,
    TransferOrder,
    TransferStep,
    to_receive,
    to_ship,
)
from inventory.transfers.rules import Units
from inventory.transfers.states import StepKind, TransferStatus
from oms.core.admin import badges
from oms.core.admin.base import OmsModelAdmin
from oms.core.admin.buttons import Button, ButtonForm, Press, ReasonForm
from oms.core.admin.paging import Tab
from oms.core.templatetags.console import badge

COUNTERS = ("quantity", "open", "shipped", "in_transit", "received", "lost", "cancelled")
TONES = {
    TransferStatus.RELEASED: badges.WAITING,
    TransferStatus.RECEIVED: badges.WAITING,
}
_NUMBER = {"inputmode": "numeric"}
_INTO = {
    Bucket.AVAILABLE.value: "sound",
    Bucket.DAMAGED.value: "damaged",
    Bucket.QUALITY_CONTROL.value: "to inspect",
}
_OUTCOMES = {
    StepKind.LOST.value: "lost on the way",
    StepKind.FOUND_AT_SOURCE.value: "found at the source",
}


# What the acts ask for ----------------------------------------------------------------------------


class _UnitsForm(ButtonForm):
    """Numbers by line, and by what is to become of them."""

    counter = ""
    into: Mapping[str, str] = {"": ""}
    limited = True
    filled = False

    def prepare(self) -> None:
        """Offer one number for each line and each choice."""
        self.codes: dict[str, str] = {}
        rows = TransferLine.objects.filter(transfer=self.target.pk).select_related("sku")
        for line in rows.order_by("pk"):
            left = getattr(line, self.counter)
            if not left:
                continue
            for number, (name, words) in enumerate(self.into.items()):
                field = f"units_{line.pk}_{name}"
                self.codes[field] = line.sku.code
                self.fields[field] = forms.IntegerField(
                    min_value=0,
                    max_value=left if self.limited else None,
                    required=False,
                    initial=left if self.filled else None,
                    label=f"{line.sku.code}: {words}" if words else line.sku.code,
                    help_text=f"{line.sku.name}; {left} {self.counter.replace('_', ' ')}."
                    if number == 0
                    else "",
                    widget=forms.NumberInput(attrs=_NUMBER),
                )
        self.order_fields([*self.codes, *(name for name in self.fields if name not in self.codes)])

    def clean(self) -> dict[str, Any]:
        """Gather the units."""
        data: dict[str, Any] = super().clean() or {}
        data["units"] = [
            Units(code, data[field], field.split("_", 2)[2])
            for field, code in self.codes.items()
            if data.get(field)
        ]
        if not data["units"] and not self.errors and not self.may_be_empty(data):
            raise forms.ValidationError("Say how many.")
        return data

    def may_be_empty(self, data: Mapping[str, Any]) -> bool:
        """Say whether no units at all are an answer."""
        return False


class ShipForm(_UnitsForm):
    """What leaves the source."""

    counter = "open"
    filled = True


class ReceiveForm(_UnitsForm):
    """What arrived, and in which condition."""

    counter = "in_transit"
    into = _INTO
    limited = False

    complete = forms.BooleanField(
        required=False,
        label="Nothing more comes",
        help_text="What is missing then is a difference, to be settled by a manager.",
    )
    found = forms.CharField(
        max_length=200,
        required=False,
        label="If more came than was sent: why it is kept",
        help_text="The units beyond enter the stock as a correction with this reason.",
    )

    def may_be_empty(self, data: Mapping[str, Any]) -> bool:
        """Let somebody say that nothing came at all."""
        return bool(data.get("complete"))


class SettleForm(_UnitsForm):
    """What became of units that did not arrive."""

    counter = "in_transit"
    into = _OUTCOMES

    reason = forms.CharField(max_length=200, help_text="It stays in the ledger and the timeline.")


# Acts ---------------------------------------------------------------------------------------------


def _release(press: Press) -> None:
    services.release(transfer_id=press.document.pk, actor=press.actor, reach=reach(press.request))


def _ship(press: Press) -> str:
    services.ship(
        transfer_id=press.document.pk,
        units=press.data["units"],
        key=f"console:{press.key}",
        actor=press.actor,
        reach=reach(press.request),
    )
    return f"On the way: {sum(each.quantity for each in press.data['units'])}."


def _receive(press: Press) -> str:
    transfer = services.receive(
        transfer_id=press.document.pk,
        units=press.data["units"],
        complete=press.data["complete"],
        found=press.data["found"],
        key=f"console:{press.key}",
        actor=press.actor,
        reach=reach(press.request),
    )
    words = f"Received: {sum(each.quantity for each in press.data['units'])}."
    if transfer.status == TransferStatus.RECEIVED:
        words += " What is missing waits to be settled."
    return words


def _settle(press: Press) -> None:
    services.settle(
        transfer_id=press.document.pk,
        units=press.data["units"],
        reason=press.data["reason"],
        key=f"console:{press.key}",
        actor=press.actor,
        reach=reach(press.request),
    )


def _cancel(press: Press) -> None:
    services.cancel(
        transfer_id=press.document.pk,
        reason=press.data["reason"],
        actor=press.actor,
        reach=reach(press.request),
    )


def _possible(act: str) -> Callable[[TransferOrder], str | None]:
    """Return the rule that asks whether `act` is possible now."""

    def judge(transfer: TransferOrder) -> str | None:
        return queries.refusal(act, transfer, transfer.lines.all())

    return judge


# The document -------------------------------------------------------------------------------------


def _sum(counted: Any) -> Subquery:
    lines = TransferLine.objects.filter(transfer=OuterRef("pk")).order_by().values("transfer")
    return Subquery(lines.annotate(units=Sum(counted)).values("units"))


@admin.register(TransferOrder)
class TransferAdmin(OmsModelAdmin):
    """Goods moved between two locations. A person bound to locations sees those that go from or to them."""

    list_display = (
        "number",
        "source",
        "destination",
        "state",
        "open_units",
        "transit_units",
        "wanted_on",
        "created_at",
    )
    list_select_related = ("source", "destination")
    list_filter = ("status", "source", "destination")
    search_fields = ("number", "note", "lines__sku__code")
    search_help_text = "Number, note or SKU"
    ordering = ("-id",)
    list_tabs = (
        Tab("ship", "To ship", to_ship()),
        Tab("receive", "In transit", to_receive()),
        Tab("settle", "To settle", Q(status=TransferStatus.RECEIVED)),
        Tab("draft", "Drafts", Q(status=TransferStatus.DRAFT)),
        Tab(
            "done",
            "Done",
            Q(status__in=[TransferStatus.CLOSED, TransferStatus.CANCELLED]),
            counted=False,
        ),
        Tab("all", "All", counted=False),
    )
    fields = (
        ("number", "created_by"),
        ("created_at", "released_at"),
        ("shipped_at", "received_at"),
        "closed_at",
    )
    change_form_template = "admin/inventory/transfer.html"
    list_help = (
        "Goods that go from one location to another. Released, they are set aside at the source; shipped, they are in"
        " transit and nowhere else; what does not arrive is settled."
    )
    buttons = (
        Button(
            "release",
            "Release",
            "inventory.release_transfer",
            _release,
            allowed=_possible("release"),
            explain="Sets every unit aside at the source, so that nobody else is promised it. All or nothing.",
            done="Released: the units are set aside.",
            main=True,
        ),
        Button(
            "ship",
            "Ship",
            "inventory.ship_transfer",
            _ship,
            ShipForm,
            allowed=_possible("ship"),
            explain="The units leave the source and are in transit.",
            main=True,
        ),
        Button(
            "receive",
            "Receive",
            "inventory.receive_transfer",
            _receive,
            ReceiveForm,
            allowed=_possible("receive"),
            explain="Sound units are available at once, and waiting backorders are served from them.",
            main=True,
        ),
        Button(
            "settle",
            "Settle",
            "inventory.settle_transfer",
            _settle,
            SettleForm,
            allowed=_possible("settle"),
            explain="For units in transit that will not arrive: lost ones are written off, those that never left are"
            " available at the source again.",
            done="Settled.",
        ),
        Button(
            "cancel",
            "Cancel",
            "inventory.cancel_transfer",
            _cancel,
            ReasonForm,
            allowed=_possible("cancel"),
            explain="Gives up what has not been shipped; its units are available again at the source.",
            done="Cancelled.",
            danger=True,
        ),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Follow the role."""
        return bool(ModelAdmin.has_add_permission(self, request))

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Draft a transfer."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return drafts.write(request)

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[TransferOrder]":
        """Return the transfers of which one end is within reach."""
        rows: models.QuerySet[TransferOrder] = super().get_queryset(request)
        found = rows.select_related("source", "destination")
        reached = reach(request)
        if reached is None:
            return found
        return found.filter(Q(source__in=reached) | Q(destination__in=reached))

    def get_changelist_queryset(
        self, queryset: "models.QuerySet[Any]"
    ) -> "models.QuerySet[TransferOrder]":
        """Count the units of each row."""
        return queryset.annotate(
            open_sum=_sum(F("quantity") - F("cancelled") - F("shipped")),
            transit_sum=_sum(F("shipped") - F("received") - F("lost")),
        )

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        """Load the lines once, for the page and all its buttons."""
        found = super().get_object(request, object_id, from_field)
        if found is not None:
            models.prefetch_related_objects(
                [found],
                models.Prefetch("lines", TransferLine.objects.select_related("sku").order_by("pk")),
            )
        return found

    def get_buttons(self, request: HttpRequest, document: models.Model) -> Sequence[Button]:
        """Leave out what is done at a location that is not the person's."""
        reached = reach(request)
        if reached is None or not isinstance(document, TransferOrder):
            return self.buttons
        source, destination = document.source_id, document.destination_id
        ends = {
            "release": {source},
            "ship": {source},
            "receive": {destination},
            "settle": {source, destination},
            "cancel": set() if document.status == TransferStatus.DRAFT else {source},
        }
        return [button for button in self.buttons if reached.issuperset(ends[button.name])]

    @display(description="State")
    def state(self, transfer: TransferOrder) -> SafeString:
        """Show where it stands."""
        return badge(
            transfer.status, str(transfer.get_status_display()), tone=_tone(transfer.status)
        )

    @display(description="To ship")
    def open_units(self, transfer: Any) -> str:
        """Show what has not left."""
        is_open = transfer.status not in (TransferStatus.DRAFT, TransferStatus.CANCELLED)
        return str(transfer.open_sum) if is_open and transfer.open_sum else "–"

    @display(description="In transit")
    def transit_units(self, transfer: Any) -> str:
        """Show what is on the road."""
        return str(transfer.transit_sum) if transfer.transit_sum else "–"

    def page_context(self, request: HttpRequest, document: TransferOrder) -> Mapping[str, Any]:
        """Add lines with counters, what happened to them, and where to go on."""
        lines = list(document.lines.all())
        acts = {offer.name for offer in self.offers(request, document) if offer.legal}
        return {
            "tone": _tone(document.status),
            "lines": lines,
            "totals": [sum(getattr(line, name) for line in lines) for name in COUNTERS],
            "counters": [name.replace("_", " ") for name in COUNTERS],
            "rows": [(line, [getattr(line, name) for name in COUNTERS]) for line in lines],
            "steps": TransferStep.objects.filter(line__transfer=document)
            .select_related("line__sku")
            .order_by("-pk")[:200],
            "may_ship": "ship" in acts,
            "may_receive": "receive" in acts,
            "may_edit": document.status == TransferStatus.DRAFT
            and request.user.has_perm("inventory.change_transferorder"),
        }


def _tone(status: str) -> str:
    return TONES.get(TransferStatus(status), "")
