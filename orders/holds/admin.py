"""The queue of holds in the console."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from oms.core.admin.base import OmsModelAdmin
from oms.core.admin.buttons import Button, ButtonForm, Press, ReasonForm
from oms.core.admin.paging import Tab
from oms.core.templatetags.console import badge
from orders.holds import services
from orders.holds.models import Hold
from orders.holds.states import HoldReason, HoldStatus

_ACTIVE = Q(status=HoldStatus.ACTIVE)


class HoldForm(ButtonForm):
    """Why an order should wait, and how long."""

    reason = forms.ChoiceField(choices=HoldReason.choices)
    note = forms.CharField(
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="What is known, and what would end it.",
    )
    expires_at = forms.DateTimeField(
        required=False,
        label="Ends by itself",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        help_text="Empty: until someone releases it.",
    )

    def clean_note(self) -> str:
        """Ask for words where the reason says nothing."""
        note = str(self.cleaned_data["note"]).strip()
        if self.cleaned_data.get("reason") == HoldReason.OTHER and not note:
            raise forms.ValidationError("Say why.")
        return note


def place_hold(press: Press) -> str:
    """Put the order of the pressed button on hold."""
    ends: datetime | None = press.data["expires_at"]
    services.place_hold(
        order_id=press.document.pk,
        reason=press.data["reason"],
        note=press.data["note"],
        expires_at=ends,
        actor=press.actor,
    )
    return "The order waits now; nothing of it reaches the warehouse."


def _release(press: Press) -> str:
    services.release_hold(hold_id=press.document.pk, reason=press.data["reason"], actor=press.actor)
    return "The hold is released. The order goes on when it was the last one."


def _is_active(hold: Hold) -> str | None:
    return None if hold.status == HoldStatus.ACTIVE else f"It is {hold.status} already."


@admin.register(Hold)
class HoldAdmin(OmsModelAdmin):
    """Reasons to wait, newest first; the active ones are work for someone."""

    list_display = ("order_number", "why", "state", "note", "placed_by", "placed_at", "expires_at")
    list_select_related = ("order",)
    list_filter = ("reason",)
    search_fields = ("order__search",)
    search_help_text = "Order number, name, e-mail"
    ordering = ("-id",)
    fields = (
        "order_link",
        "reason",
        "status",
        "note",
        "found",
        ("placed_by", "placed_at"),
        "expires_at",
        ("ended_by", "ended_at"),
        "end_reason",
    )
    readonly_fields = ("order_link", "found")
    has_timeline = False
    list_tabs = (
        Tab("active", "Active", _ACTIVE),
        Tab("fraud", "Fraud risk", _ACTIVE & Q(reason=HoldReason.FRAUD_RISK)),
        Tab("address", "Address", _ACTIVE & Q(reason=HoldReason.INCORRECT_ADDRESS)),
        Tab("validation", "Validation", _ACTIVE & Q(reason=HoldReason.VALIDATION)),
        Tab("ended", "Ended", ~_ACTIVE, counted=False),
    )
    list_help = "While a hold of an order is active, nothing of it reaches the warehouse."
    buttons = (
        Button(
            "release",
            "Release",
            "orders.hold_order",
            _release,
            ReasonForm,
            allowed=_is_active,
            explain="Say what was found out or put right.",
            main=True,
        ),
    )

    def get_search_results(
        self, request: HttpRequest, queryset: "models.QuerySet[Hold]", search_term: str
    ) -> tuple["models.QuerySet[Hold]", bool]:
        """Search by the words of the order."""
        for word in search_term.lower().split():
            queryset = queryset.filter(order__search__contains=word)
        return queryset, False

    @display(description="Order")
    def order_number(self, hold: Hold) -> str:
        """Show whose hold it is."""
        return hold.order.number

    @display(description="Reason")
    def why(self, hold: Hold) -> str:
        """Show the reason in words."""
        return hold.get_reason_display()

    @display(description="State")
    def state(self, hold: Hold) -> SafeString:
        """Show whether it still stops the order."""
        return badge(hold.status)

    @display(description="Order")
    def order_link(self, hold: Hold) -> SafeString:
        """Lead to the order."""
        return format_html(
            '<a class="text-link underline" href="{}">{}</a>',
            reverse("admin:orders_order_change", args=(hold.order_id,)),
            hold.order.number,
        )

    @display(description="What was found")
    def found(self, hold: Hold) -> str:
        """Show what a rule saw."""
        return "; ".join(_flat(hold.detail)) or "–"

    def after_press(self, request: HttpRequest, document: models.Model, button: Button) -> str:
        """Go to the order that may go on now."""
        order_id: Any = getattr(document, "order_id", None)
        return reverse("admin:orders_order_change", args=(order_id,))


def _flat(value: Any, name: str = "") -> list[str]:
    """Return nested JSON as lines of words."""
    if isinstance(value, dict):
        return [
            line for key, inner in value.items() for line in _flat(inner, f"{name} {key}".strip())
        ]
    if isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        return [line for item in value for line in _flat(item, name)]
    text = ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)
    return [f"{name}: {text}" if name else text]
