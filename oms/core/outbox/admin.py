"""Events and their deliveries in the console."""

import json

from django.contrib import admin
from django.db.models import Q
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from oms.core.admin.base import OmsModelAdmin
from oms.core.admin.buttons import Button, Press
from oms.core.admin.paging import Tab
from oms.core.outbox import services
from oms.core.outbox.models import Delivery, Event
from oms.core.outbox.states import DeliveryState, EventState
from oms.core.templatetags.console import badge


def _retry(press: Press) -> None:
    services.retry_parked(delivery_id=press.document.pk, actor=press.actor)


def _is_parked(delivery: Delivery) -> str | None:
    return None if delivery.state == DeliveryState.PARKED else "It is not parked."


@admin.register(Delivery)
class DeliveryAdmin(OmsModelAdmin):
    """One event at one handler."""

    list_display = (
        "event_name",
        "document",
        "handler",
        "status",
        "attempts",
        "due_at",
        "delivered_at",
    )
    list_select_related = ("event",)
    search_fields = ("handler", "event__name")
    ordering = ("-id",)
    list_tabs = (
        Tab(
            "parked", "Parked", Q(state=DeliveryState.PARKED), help="Given up; someone has to look"
        ),
        Tab("due", "Waiting", Q(state=DeliveryState.DUE)),
        Tab("all", "All", counted=False),
    )
    fields = (
        "event_name",
        "document",
        "handler",
        ("status", "attempts"),
        ("due_at", "delivered_at"),
        "payload",
        "error",
    )
    readonly_fields = ("event_name", "document", "status", "payload", "error")
    list_help = (
        "Every fact is handed to each of its handlers once. What failed five times is parked."
    )
    buttons = (
        Button(
            "retry",
            "Retry",
            "core.retry_delivery",
            _retry,
            allowed=_is_parked,
            explain="It becomes due again with fresh attempts; what came after it in its stream follows.",
            done="It is due again.",
            main=True,
        ),
    )

    @display(description="Event")
    def event_name(self, delivery: Delivery) -> str:
        """Show what happened."""
        return delivery.event.name

    @display(description="Document")
    def document(self, delivery: Delivery) -> str:
        """Show to what it happened."""
        return f"{delivery.event.aggregate} {delivery.event.aggregate_id}"

    @display(description="State")
    def status(self, delivery: Delivery) -> SafeString:
        """Show where it is."""
        return badge(delivery.state)

    @display(description="Payload")
    def payload(self, delivery: Delivery) -> SafeString:
        """Show what the event says."""
        return _block(json.dumps(delivery.event.payload, indent=2, ensure_ascii=False))

    @display(description="Last error")
    def error(self, delivery: Delivery) -> SafeString:
        """Show the trace of the last attempt."""
        return _block(delivery.last_error or "none")


@admin.register(Event)
class EventAdmin(OmsModelAdmin):
    """Facts in the order in which they were published."""

    list_display = ("name", "aggregate", "aggregate_id", "sequence", "status", "occurred_at")
    search_fields = ("name", "aggregate_id")
    search_help_text = "Name, or key of the document"
    ordering = ("-id",)
    list_tabs = (
        Tab("all", "All", counted=False),
        Tab("pending", "Not handed on yet", Q(state=EventState.PENDING)),
    )
    fields = ("name", ("aggregate", "aggregate_id"), ("sequence", "state"), "occurred_at", "says")
    readonly_fields = ("says",)
    has_timeline = False
    list_help = "What happened, numbered without gaps for each document."

    @display(description="State")
    def status(self, event: Event) -> SafeString:
        """Show whether it was handed on."""
        return badge(event.state)

    @display(description="Payload")
    def says(self, event: Event) -> SafeString:
        """Show what the event says."""
        return _block(json.dumps(event.payload, indent=2, ensure_ascii=False))


def _block(words: str) -> SafeString:
    return format_html('<pre class="c-code c-small" style="white-space: pre-wrap">{}</pre>', words)
