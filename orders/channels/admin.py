"""Channels and API clients in the console."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from inventory.locations.models import Location
from oms.accounts import services
from oms.accounts.models import ApiClient, ApiKey, Scope
from oms.core.admin import site
from oms.core.admin.base import OmsModelAdmin, SetupModelAdmin
from oms.core.admin.buttons import Button, ButtonForm, Press, ReasonForm
from oms.core.admin.rows import RowsInline
from oms.core.templatetags.console import badge
from orders.channels.models import ChannelGrant
from orders.pricing.admin import CurrencyForm


class ChannelForm(CurrencyForm):
    """A channel sells in the currency of its price list."""

    def clean(self) -> dict[str, Any]:
        """Refuse a price list in another currency."""
        data: dict[str, Any] = super().clean() or {}
        price_list, currency = data.get("price_list"), data.get("currency")
        if price_list and currency and price_list.currency != currency:
            self.add_error("price_list", f"This list is in {price_list.currency}.")
        return data


class ChannelAdmin(SetupModelAdmin):
    """Doors through which orders come. Carts adds what a channel sees of the stock, and registers it."""

    form = ChannelForm
    list_display = (
        "code",
        "name",
        "origin",
        "currency",
        "number_prefix",
        "price_list",
        "backorder_policy",
        "release_unpaid",
        "is_active",
    )
    list_select_related = ("price_list",)
    list_filter = ("origin", "is_active")
    search_fields = ("code", "name")
    ordering = ("code",)
    list_help = "Every order comes through a channel: a web shop, the phone, a till, a marketplace or a partner."
    fieldsets: ClassVar[Any] = (
        (
            None,
            {"fields": (("code", "name"), ("origin", "number_prefix"), ("language", "is_active"))},
        ),
        (
            "Prices",
            {"fields": (("currency", "price_list"), ("shipping_fee", "prices_include_tax"))},
        ),
        (
            "Policy",
            {
                "fields": (
                    ("address_strictness", "release_unpaid"),
                    "minimum_life_days",
                )
            },
        ),
        (
            "When stock is short",
            {
                "fields": (
                    ("backorder_policy", "priority"),
                    ("promise_tolerance_days", "backorder_days"),
                    "offer_days",
                )
            },
        ),
    )

    def get_readonly_fields(
        self, request: HttpRequest, obj: models.Model | None = None
    ) -> tuple[str, ...]:
        """Keep what orders already rest on."""
        return ("code", "currency") if obj is not None else ()


class ClientForm(forms.ModelForm):
    """What a client may do, and where."""

    scopes = forms.MultipleChoiceField(
        choices=Scope.choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="A call that needs another right is refused.",
    )
    location_codes = forms.MultipleChoiceField(
        required=False,
        label="Only these locations",
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="For an outside warehouse: it sees stock and work of these alone. None chosen: all.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields.get("location_codes")
        if isinstance(field, forms.MultipleChoiceField):
            field.choices = list(Location.objects.values_list("code", "name"))


class GrantInline(RowsInline):
    """Channels that the client serves."""

    model = ChannelGrant
    verbose_name = "channel"
    verbose_name_plural = "Channels it serves"


class KeyInline(RowsInline):
    """Keys of a client; only their beginning is known."""

    model = ApiKey
    max_num = 0
    can_delete = False
    fields = ("prefix", "created_at", "expires_at", "last_used_at", "revoked_at")
    readonly_fields = fields
    show_change_link = True
    verbose_name_plural = "Keys"


class KeyForm(ButtonForm):
    """How long a key lives."""

    expires_at = forms.DateTimeField(
        required=False,
        label="Works until",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        help_text="Empty: until it is revoked.",
    )


def _issue_key(press: Press) -> HttpResponse:
    key = services.issue_key(press.document, actor=press.actor, expires_at=press.data["expires_at"])
    response = site.render(
        press.request,
        "admin/accounts/key.html",
        {
            "title": "The new key",
            "subtitle": str(press.document),
            "client": press.document,
            "key": key,
        },
    )
    response["Cache-Control"] = "no-store"
    return response


def _client_is_active(client: ApiClient) -> str | None:
    return None if client.is_active else "The client is switched off."


@admin.register(ApiClient)
class ApiClientAdmin(SetupModelAdmin):
    """Systems that talk to the API."""

    form = ClientForm
    list_display = ("name", "rights", "is_active", "created_at")
    list_filter = ("is_active",)
    search_fields = ("name",)
    ordering = ("name",)
    inlines = (GrantInline, KeyInline)
    list_help = (
        "A client is a shop, a marketplace connector or an outside warehouse. It has keys, rights and channels;"
        " a key is shown once, when it is issued."
    )
    fieldsets = ((None, {"fields": (("name", "is_active"), "scopes", "location_codes")}),)
    buttons = (
        Button(
            "issue-key",
            "Issue a key",
            "accounts.issue_key",
            _issue_key,
            KeyForm,
            allowed=_client_is_active,
            explain="The key is shown once. Keys issued before keep working, so a client can change over in peace.",
            main=True,
        ),
    )

    @display(description="Rights")
    def rights(self, client: ApiClient) -> str:
        """Show the scopes."""
        return ", ".join(client.scopes) or "none"


def _revoke_key(press: Press) -> None:
    services.revoke_key(key_id=press.document.pk, actor=press.actor, reason=press.data["reason"])


def _works(key: ApiKey) -> str | None:
    return None if key.revoked_at is None else "It was revoked already."


@admin.register(ApiKey)
class ApiKeyAdmin(OmsModelAdmin):
    """Keys of all clients; the secret itself is nowhere."""

    list_display = ("prefix", "client", "state", "created_at", "expires_at", "last_used_at")
    list_select_related = ("client",)
    search_fields = ("prefix", "client__name")
    ordering = ("-id",)
    fields = ("client", "prefix", "created_at", "expires_at", "last_used_at", "revoked_at")
    has_timeline = False
    list_help = "The beginning of a key names it in lists and logs. The key itself is not kept."
    buttons = (
        Button(
            "revoke",
            "Revoke",
            "accounts.issue_key",
            _revoke_key,
            ReasonForm,
            allowed=_works,
            explain="The key stops working at once, for ever.",
            done="The key is revoked.",
            danger=True,
        ),
    )

    @display(description="State")
    def state(self, key: ApiKey) -> SafeString:
        """Show whether it works."""
        return badge("revoked", tone="danger") if key.revoked_at else badge("works", tone="success")
