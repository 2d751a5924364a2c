"""Returns in the console: decide, receive, settle."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.decorators import display

from inventory.locations.admin import reach
from inventory.locations.models import Location
from inventory.lots import forms as lot_forms
from inventory.lots.rules import LotUnits
from oms.core.admin.base import OmsModelAdmin
from oms.core.admin.buttons import Button, ButtonForm, Press, ReasonForm
from oms.core.admin.paging import Tab
from oms.core.money import format_money
from oms.core.templatetags.console import badge
from returns.authorizations import services as authorizations
from returns.authorizations.models import Return, ReturnLine
from returns.authorizations.states import EXPECTED, RETURN, ReturnStatus
from returns.receiving import services as receiving
from returns.receiving.models import Grade, Receipt
from returns.receiving.rules import Graded
from returns.settlement import queries
from returns.settlement import services as settlement


class ReceiveForm(ButtonForm):
    """What came back, by line and condition, and where it lies."""

    location = forms.ModelChoiceField(Location.objects.none(), empty_label=None)

    def prepare(self) -> None:
        """Offer the own locations, and two numbers for each line that is still expected."""
        places = Location.objects.filter(is_active=True)
        reached = reach(self.request)
        if reached is not None:
            places = places.filter(pk__in=reached)
        field = self.fields["location"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = places
        lines = ReturnLine.objects.filter(return_order=self.target.pk).select_related(
            "order_line__sku"
        )
        for line in lines:
            if line.outstanding <= 0:
                continue
            for grade in Grade:
                self.fields[f"{grade.value}_{line.order_line_id}"] = forms.IntegerField(
                    min_value=0,
                    max_value=line.outstanding,
                    required=False,
                    label=f"{line.order_line.sku_code}: {grade.label}",
                    help_text=f"{line.order_line.name}; up to {line.outstanding} in all."
                    if grade == Grade.RESTOCK
                    else "",
                    widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
                )
                if line.order_line.sku.is_tracked:
                    self.fields[f"lots_{grade.value}_{line.order_line_id}"] = lot_forms.field()

    def clean(self) -> dict[str, Any]:
        """Gather the units; at least one."""
        data: dict[str, Any] = super().clean() or {}
        units = []
        for name, value in data.items():
            grade, _, line = name.rpartition("_")
            if value and grade in Grade.values:
                lots = self._lots(data.get(f"lots_{name}", ""), int(line), value)
                units.append(Graded(int(line), grade, value, lots))
        if not units and not self.errors:
            raise forms.ValidationError("Say how many came back, and in which condition.")
        data["units"] = units
        return data

    def _lots(self, typed: str, order_line_id: int, units: int) -> Sequence[LotUnits]:
        """Read the lots of a line; without any, the service says whether they have to be named."""
        if not typed:
            return ()
        line = ReturnLine.objects.select_related("order_line__sku").get(
            return_order=self.target.pk, order_line=order_line_id
        )
        return lot_forms.read(typed, sku=line.order_line.sku, units=units)


def _legal(action: str) -> Any:
    """Return the rule that asks the table of returns whether `action` is legal."""

    def judge(document: Return) -> str | None:
        if RETURN.may(document.status, action):
            return None
        return f"The return is {document.get_status_display()}."

    return judge


def _approve(press: Press) -> None:
    authorizations.approve(return_id=press.document.pk, actor=press.actor)


def _decline(press: Press) -> None:
    authorizations.decline(
        return_id=press.document.pk, reason=press.data["reason"], actor=press.actor
    )


def _cancel(press: Press) -> None:
    authorizations.cancel(
        return_id=press.document.pk, reason=press.data["reason"], actor=press.actor
    )


def _mark_sent(press: Press) -> None:
    authorizations.mark_sent(return_id=press.document.pk, actor=press.actor)


def _close(press: Press) -> None:
    authorizations.close(
        return_id=press.document.pk, reason=press.data["reason"], actor=press.actor
    )


def _receive(press: Press) -> str:
    receipts = receiving.receive(
        return_id=press.document.pk,
        location_id=press.data["location"].pk,
        units=press.data["units"],
        key=f"console:{press.key}",
        actor=press.actor,
    )
    return f"{sum(receipt.quantity for receipt in receipts)} units are in."


def _settle(press: Press) -> str:
    settled = settlement.settle(return_id=press.document.pk, actor=press.actor)
    currency = press.document.order.currency
    words = f"{format_money(settled.credited, currency)} credited."
    if settled.refunds:
        back = sum((refund.amount for refund in settled.refunds), Decimal(0))
        words += f" {format_money(back, currency)} will be given back."
    return words


def _expected(document: Return) -> str | None:
    if document.status in EXPECTED:
        return None
    return f"The return is {document.get_status_display()}."


def _has_unsettled(document: Return) -> str | None:
    if queries.unsettled(document).exists():
        return None
    return "Nothing came back that is not settled."


@admin.register(Return)
class ReturnAdmin(OmsModelAdmin):
    """Goods that may come back, have come back, and what they are worth."""

    list_display = ("number", "order_number", "state", "created_at", "received_at", "note")
    list_select_related = ("order",)
    list_filter = ("status",)
    search_fields = ("number", "order__number")
    search_help_text = "Number of the return or the order"
    ordering = ("-id",)
    list_tabs = (
        Tab("decide", "To decide", Q(status=ReturnStatus.REQUESTED)),
        Tab("receive", "To receive", Q(status__in=EXPECTED)),
        Tab("settle", "To settle", Q(pk__in=queries.to_settle().values("pk"))),
        Tab("all", "All", counted=False),
    )
    fields = (("number", "status"), ("created_at", "received_at"), "note")
    change_form_template = "admin/returns/return.html"
    list_help = (
        "A return is approved, received in parts or whole with a grade for each unit, and settled."
    )
    buttons = (
        Button(
            "receive",
            "Receive",
            "returns.receive_return",
            _receive,
            ReceiveForm,
            allowed=_expected,
            explain="As new goes back to stock at once; damaged is put aside.",
            main=True,
        ),
        Button(
            "approve",
            "Approve",
            "returns.authorize_return",
            _approve,
            allowed=_legal("approve"),
            explain="The goods may come.",
            done="Approved.",
            main=True,
        ),
        Button(
            "settle",
            "Settle",
            "returns.settle_return",
            _settle,
            allowed=_has_unsettled,
            explain="Credits what came back at the price it was bought for, and gives back what is then overpaid.",
            main=True,
            template="admin/returns/settle.html",
        ),
        Button(
            "sent",
            "Mark as sent",
            "returns.authorize_return",
            _mark_sent,
            allowed=_legal("send"),
            done="Noted.",
        ),
        Button(
            "close",
            "Close",
            "returns.authorize_return",
            _close,
            ReasonForm,
            allowed=_legal("close"),
            explain="What has not come is expected no more.",
            done="Closed.",
        ),
        Button(
            "decline",
            "Decline",
            "returns.authorize_return",
            _decline,
            ReasonForm,
            allowed=_legal("decline"),
            done="Declined.",
            danger=True,
        ),
        Button(
            "cancel",
            "Cancel",
            "returns.authorize_return",
            _cancel,
            ReasonForm,
            allowed=_legal("cancel"),
            done="Cancelled.",
            danger=True,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Return]":
        """Return all; to those who see no orders, what is expected and what came to their locations."""
        rows: models.QuerySet[Return] = super().get_queryset(request).select_related("order")
        if request.user.has_perm("orders.view_order"):
            return rows
        receipts = Receipt.objects.filter(return_line__return_order=OuterRef("pk"))
        reached = reach(request)
        if reached is not None:
            receipts = receipts.filter(location__in=reached)
        return rows.filter(Q(status__in=EXPECTED) | Exists(receipts))

    @display(description="Order")
    def order_number(self, document: Return) -> str:
        """Show whose goods come back."""
        return document.order.number

    @display(description="State")
    def state(self, document: Return) -> SafeString:
        """Show where it stands."""
        return badge(document.status, str(document.get_status_display()))

    def page_context(self, request: HttpRequest, document: Return) -> Mapping[str, Any]:
        """Add lines and receipts."""
        return {
            "lines": ReturnLine.objects.filter(return_order=document).select_related("order_line"),
            "receipts": Receipt.objects.filter(return_line__return_order=document)
            .select_related("return_line__order_line", "location", "settlement")
            .order_by("-id"),
            "may_see_order": request.user.has_perm("orders.view_order"),
            "may_see_money": request.user.has_perm("orders.see_money"),
        }

    def press_context(
        self, request: HttpRequest, document: models.Model, button: Button
    ) -> Mapping[str, Any]:
        """Show what settling would do."""
        if button.name == "settle" and isinstance(document, Return):
            return {"preview": queries.preview(document)}
        return {}
