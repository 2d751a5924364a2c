"""The message log in the console."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import Q
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from oms.core.admin.base import OmsModelAdmin
from oms.core.admin.buttons import Button, Press, ReasonForm
from oms.core.admin.paging import Tab
from oms.core.templatetags.console import badge
from oms.messaging import services
from oms.messaging.models import Message
from oms.messaging.states import MessageState


def _resend(press: Press) -> str:
    again = services.resend(
        message_id=press.document.pk, actor=press.actor, reason=press.data["reason"]
    )
    return f"Queued once more for {again.recipient}."


def _retry(press: Press) -> None:
    services.retry(message_id=press.document.pk, actor=press.actor)


def _is_parked(message: Message) -> str | None:
    return None if message.state == MessageState.PARKED else "It is not parked."


def _has_gone(message: Message) -> str | None:
    if message.state in (MessageState.QUEUED, MessageState.SENDING):
        return "It has not gone out yet."
    return None


@admin.register(Message)
class MessageAdmin(OmsModelAdmin):
    """Every mail to a customer: what it said, when it went, why it did not."""

    list_display = ("subject", "to", "kind", "status", "created_at", "sent_at", "attempts")
    list_filter = ("state", "language")
    search_fields = ("recipient", "subject")
    search_help_text = "E-mail address or subject"
    ordering = ("-id",)
    list_tabs = (
        Tab("all", "All", counted=False),
        Tab("waiting", "Waiting", Q(state__in=[MessageState.QUEUED, MessageState.SENDING])),
        Tab("parked", "Parked", Q(state=MessageState.PARKED), help="Someone has to look"),
    )
    fields = (
        ("recipient_shown", "language"),
        ("kind", "trigger"),
        ("state", "attempts"),
        ("created_at", "sent_at"),
        "last_error",
        ("requested_by", "reason"),
        "subject",
        "text_shown",
    )
    readonly_fields = ("recipient_shown", "text_shown")
    has_timeline = False
    list_help = "Each mail goes out once however often it is tried; sending it again is an act with a reason."
    buttons = (
        Button(
            "retry",
            "Try again",
            "messaging.resend_message",
            _retry,
            allowed=_is_parked,
            explain="It was given up after several tries. Put right what stands in the error first.",
            done="It is due again.",
            main=True,
        ),
        Button(
            "resend",
            "Send again",
            "messaging.resend_message",
            _resend,
            ReasonForm,
            allowed=_has_gone,
            explain="The same text goes to the same address once more.",
        ),
    )

    def get_changelist_queryset(
        self, queryset: "models.QuerySet[Message]"
    ) -> "models.QuerySet[Message]":
        """Leave the bodies out."""
        return queryset.defer("text", "html")

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """Leave addresses out for those who may not see contact data."""
        if request.user.has_perm("customers.see_contact"):
            return self.list_display
        return tuple(name for name in self.list_display if name != "to")

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Search in addresses only for those who may see them."""
        if request.user.has_perm("customers.see_contact"):
            return self.search_fields
        return ("subject",)

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        """Leave address and text out for those who may not see contact data."""
        if request.user.has_perm("customers.see_contact"):
            return self.fields
        return (("kind", "trigger"), ("state", "attempts"), ("created_at", "sent_at"), "last_error")

    @display(description="To")
    def to(self, message: Message) -> str:
        """Show the address."""
        return message.recipient

    @display(description="To")
    def recipient_shown(self, message: Message) -> str:
        """Show the address."""
        return message.recipient

    @display(description="Text")
    def text_shown(self, message: Message) -> SafeString:
        """Show what it says, line by line."""
        return format_html('<div class="c-pre">{}</div>', message.text)

    @display(description="State")
    def status(self, message: Message) -> SafeString:
        """Show where it is."""
        return badge(message.state)
