"""Purchase orders in the console: where each stands, and what can be done with it."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.db import models
from django.db.models import F, Min, OuterRef, Q, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET
from unfold.decorators import display

from inventory.locations.admin import AtOwnLocations, reach
from inventory.purchasing import files, queries
from inventory.purchasing import services as purchasing
from inventory.purchasing.admin.pasted import LinesField, lines_of, read_lines
from inventory.purchasing.models import (
    PurchaseLine,
    PurchaseOrder,
    PurchaseReceipt,
    PurchaseReceiptLine,
)
from inventory.purchasing.services import Confirmed
from inventory.purchasing.states import OPEN, PURCHASE_ORDER, PurchaseStatus
from oms.core import clock
from oms.core.admin.buttons import Button, ButtonForm, Press, ReasonForm
from oms.core.admin.paging import Tab
from oms.core.admin.site import page
from oms.core.templatetags.console import badge

ORDER = "inventory.order_purchase"
RECEIVE = "inventory.receive_stock"
SEE_COSTS = "inventory.see_costs"
_OPEN_LINE = Q(ordered__gt=F("cancelled") + F("received"))


# Acts ---------------------------------------------------------------------------------------------


class ChangeForm(ButtonForm):
    """The lines of a draft, as they are pasted."""

    lines = LinesField(help_text=LinesField.WITH_TERMS)
    note = forms.CharField(
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="The supplier reads it.",
    )
    round_up = forms.BooleanField(
        required=False, initial=True, label="Round up to whole packs and minimums"
    )

    def prepare(self) -> None:
        """Begin with what stands there."""
        order = self.target
        if isinstance(order, PurchaseOrder):
            self.fields["lines"].initial = lines_of(order)
            self.fields["note"].initial = order.note


class PlaceForm(ButtonForm):
    """Whether the supplier's minimum counts."""

    below_minimum = forms.BooleanField(
        required=False, label="Order although it is below the supplier's minimum"
    )


class AcknowledgeForm(ButtonForm):
    """What the supplier confirms."""

    reference = forms.CharField(
        max_length=60, required=False, label="The supplier's number of the order"
    )
    lines = LinesField(
        label="What is confirmed",
        help_text="One line each: SKU, units in all, and if they differ the cost of one and the day (2026-03-31).",
    )
    rest = forms.ChoiceField(
        choices=[("backorder", "comes later"), ("cancel", "is not wanted any more: cancel it")],
        label="What is not confirmed",
    )
    rest_on = forms.DateField(
        required=False, label="It comes on", widget=forms.DateInput(attrs={"type": "date"})
    )

    def prepare(self) -> None:
        """Begin with everything confirmed as it stands."""
        order = self.target
        if isinstance(order, PurchaseOrder):
            self.fields["lines"].initial = lines_of(order)
            self.fields["reference"].initial = order.reference


class CancelForm(ReasonForm):
    """What is not wanted any more."""

    lines = LinesField(
        required=False,
        label="Units",
        help_text="One line each: SKU and units. Empty: everything that is still to come.",
    )
    field_order = ("lines", "reason")


class UndoForm(ReasonForm):
    """Which receipt was a mistake."""

    receipt = forms.ModelChoiceField(PurchaseReceipt.objects.none(), empty_label=None)
    field_order = ("receipt", "reason")

    def prepare(self) -> None:
        """Offer the receipts that stand."""
        field = self.fields["receipt"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = PurchaseReceipt.objects.filter(
                order=self.target.pk, undone_at__isnull=True
            ).order_by("-pk")


def _legal(action: str) -> Any:
    """Return the rule that asks the table of purchase orders whether `action` is legal."""

    def judge(order: PurchaseOrder) -> str | None:
        if PURCHASE_ORDER.may(order.status, action):
            return None
        return f"The order is {order.get_status_display()}."

    return judge


def _draft(order: PurchaseOrder) -> str | None:
    if order.status == PurchaseStatus.DRAFT:
        return None
    return f"The order is {order.get_status_display()}; only a draft can be changed."


def _open(order: PurchaseOrder) -> str | None:
    return None if order.status in OPEN else f"The order is {order.get_status_display()}."


def _cancellable(order: PurchaseOrder) -> str | None:
    return None if order.status == PurchaseStatus.DRAFT else _open(order)


def _has_receipts(order: PurchaseOrder) -> str | None:
    if order.status in (PurchaseStatus.PARTIALLY_RECEIVED, PurchaseStatus.RECEIVED):
        return None
    return f"The order is {order.get_status_display()}."


def _change(press: Press) -> None:
    purchasing.change(
        order_id=press.document.pk,
        lines=read_lines(press.data["lines"]),
        note=press.data["note"],
        round_up=press.data["round_up"],
        actor=press.actor,
    )


def _place(press: Press) -> None:
    purchasing.place(
        order_id=press.document.pk,
        below_minimum=press.data["below_minimum"],
        actor=press.actor,
    )


def _acknowledge(press: Press) -> None:
    purchasing.acknowledge(
        order_id=press.document.pk,
        reference=press.data["reference"],
        confirmations=[
            Confirmed(
                sku_code=line.sku,
                quantity=line.quantity,
                unit_cost=line.unit_cost,
                expected_on=line.expected_on,
                rest=press.data["rest"],
                rest_on=press.data["rest_on"],
            )
            for line in press.data["lines"]
        ],
        actor=press.actor,
    )


def _cancel(press: Press) -> None:
    units = {line.sku: line.quantity for line in press.data["lines"]}
    purchasing.cancel(
        order_id=press.document.pk,
        reason=press.data["reason"],
        units=units or None,
        actor=press.actor,
    )


def _close(press: Press) -> None:
    purchasing.close(order_id=press.document.pk, reason=press.data["reason"], actor=press.actor)


def _undo(press: Press) -> str:
    receipt = press.data["receipt"]
    purchasing.undo_receipt(
        order_id=press.document.pk,
        receipt_id=receipt.pk,
        reason=press.data["reason"],
        actor=press.actor,
    )
    return f"Receipt {receipt} is taken back; its units are to come again."


# Pages --------------------------------------------------------------------------------------------


class PurchaseOrderAdmin(AtOwnLocations):
    """Goods ordered from suppliers: what is to come, what came. Costing adds charges, and registers it."""

    list_display = ("number", "supplier", "location", "state", "placed_at", "due", "reference")
    list_select_related = ("supplier", "location")
    list_filter = ("status", "location")
    search_fields = ("number", "reference", "supplier__name", "supplier__code", "lines__sku__code")
    search_help_text = "Number, the supplier's number, supplier or SKU"
    ordering = ("-id",)
    fields = (
        ("number", "status"),
        ("supplier", "location"),
        ("placed_at", "acknowledged_at"),
        ("reference", "received_at"),
        "note",
    )
    change_form_template = "admin/purchasing/order.html"
    list_before_template = "admin/purchasing/list_before.html"
    list_help = "Goods from suppliers. A draft touches nothing; once placed, what is to come counts for promises."
    buttons: ClassVar[Sequence[Button]] = (
        Button(
            "place",
            "Place",
            ORDER,
            _place,
            PlaceForm,
            allowed=_legal("place"),
            explain="Fixes prices and days and mails the order to the supplier. What is to come counts now.",
            done="Placed.",
            main=True,
        ),
        Button(
            "acknowledge",
            "Note the confirmation",
            ORDER,
            _acknowledge,
            AcknowledgeForm,
            allowed=_open,
            explain="What the supplier confirms may differ from what was asked; both stay visible.",
            done="Noted.",
            main=True,
        ),
        Button(
            "change",
            "Change the lines",
            ORDER,
            _change,
            ChangeForm,
            allowed=_draft,
            explain="What stands here replaces the lines of the draft.",
            done="Changed.",
        ),
        Button(
            "close",
            "Close",
            ORDER,
            _close,
            ReasonForm,
            allowed=_legal("close"),
            explain="What has not come will not come any more.",
            done="Closed.",
        ),
        Button(
            "undo",
            "Take a receipt back",
            RECEIVE,
            _undo,
            UndoForm,
            allowed=_has_receipts,
            explain="For goods that were booked by mistake: their units leave the stock again and are to come.",
            danger=True,
        ),
        Button(
            "cancel",
            "Cancel",
            ORDER,
            _cancel,
            CancelForm,
            allowed=_cancellable,
            explain="Only what has not come can be cancelled.",
            done="Cancelled.",
            danger=True,
        ),
    )

    def get_list_tabs(self, request: HttpRequest) -> Sequence[Tab]:
        """Return the tabs; which order is late depends on the day."""
        late = PurchaseOrder.objects.late(clock.today())
        return (
            Tab("open", "To receive", Q(status__in=OPEN)),
            Tab("draft", "Drafts", Q(status=PurchaseStatus.DRAFT)),
            Tab("placed", "To be confirmed", Q(status=PurchaseStatus.PLACED)),
            Tab("late", "Late", Q(pk__in=late.values("pk"))),
            Tab("received", "Received", Q(status=PurchaseStatus.RECEIVED)),
            Tab(
                "closed",
                "Closed",
                Q(status__in=[PurchaseStatus.CLOSED, PurchaseStatus.CANCELLED]),
                counted=False,
            ),
            Tab("all", "All", counted=False),
        )

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[PurchaseOrder]":
        """Load supplier and location with the order."""
        return super().get_queryset(request).select_related("supplier", "location")

    def get_changelist_queryset(self, queryset: "models.QuerySet[Any]") -> "models.QuerySet[Any]":
        """Add the day on which the first of what is to come is expected."""
        open_lines = PurchaseLine.objects.filter(_OPEN_LINE, order=OuterRef("pk")).order_by()
        first = open_lines.values("order").annotate(day=Min("expected_on")).values("day")
        return queryset.annotate(first_day=Subquery(first))

    @display(description="State")
    def state(self, order: PurchaseOrder) -> SafeString:
        """Show where it stands."""
        return badge(order.status, str(order.get_status_display()))

    @display(description="Expected")
    def due(self, order: PurchaseOrder) -> "SafeString | str":
        """Show when the next goods come, marked when they are late."""
        day = getattr(order, "first_day", None)
        if day is None or order.status not in OPEN:
            return "–"
        return badge("late", f"{day}", tone="danger") if day < clock.today() else f"{day}"

    def page_context(self, request: HttpRequest, document: PurchaseOrder) -> Mapping[str, Any]:
        """Add lines and receipts."""
        lines = list(
            PurchaseLine.objects.filter(order=document).select_related("sku").order_by("position")
        )
        sees_costs = request.user.has_perm(SEE_COSTS)
        return {
            "lines": lines,
            "to_come": sum(line.to_come for line in lines) if document.status in OPEN else 0,
            "is_open": document.status in OPEN,
            "is_draft": document.status == PurchaseStatus.DRAFT,
            "total": queries.total(lines, document.currency),
            "receipts": PurchaseReceiptLine.objects.filter(receipt__order=document)
            .select_related("receipt", "line__sku")
            .order_by("-receipt_id", "pk"),
            "sees_costs": sees_costs,
            "may_receive": request.user.has_perm(RECEIVE) and document.status in OPEN,
            "sees_supplier": request.user.has_perm("inventory.view_supplier"),
            "today": clock.today(),
        }


@page("purchasing/<int:order_id>/order.<slug:form>", name="purchase_file", permission=SEE_COSTS)
@require_GET
def file(request: HttpRequest, order_id: int, form: str) -> HttpResponse:
    """Answer with the order as a file: paper (pdf), X12 850 (x12) or UBL (xml)."""
    order = own_order(request, order_id)
    if form not in files.FORMS:
        raise Http404("There is no such form of an order.")
    made = files.of(order, form)
    return HttpResponse(
        made.content,
        content_type=made.media_type,
        headers={
            "Content-Disposition": f"{'inline' if form == files.PDF else 'attachment'};"
            f' filename="{made.name}"'
        },
    )


def own_order(request: HttpRequest, order_id: int) -> PurchaseOrder:
    """Return an order for a location of this person; 404 for any other, and for none."""
    found = (
        PurchaseOrder.objects.at(reach(request))
        .select_related("supplier", "location")
        .filter(pk=order_id)
        .first()
    )
    if found is None:
        raise Http404("There is no such purchase order.")
    return found
