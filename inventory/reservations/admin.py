"""Reservations in the console: who holds what and until when; and the page of a level, which shows them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce, Now
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.decorators import display

from inventory.locations.admin import reach
from inventory.reservations import queries, services
from inventory.reservations.models import Reservation, ReservationLine
from inventory.reservations.states import ReservationStatus
from inventory.stock import admin as stock
from inventory.stock.models import Level
from inventory.storing import queries as storing
from oms.core import clock
from oms.core.admin import badges
from oms.core.admin.base import OmsModelAdmin
from oms.core.admin.buttons import Button, ButtonForm, Press, ReasonForm
from oms.core.admin.paging import Tab
from oms.core.templatetags.console import badge

_ACTIVE = Q(status=ReservationStatus.ACTIVE)
TONES = {
    ReservationStatus.ACTIVE: badges.BUSY,
    ReservationStatus.ORDERED: badges.GOOD,
    ReservationStatus.RELEASED: badges.PLAIN,
    ReservationStatus.EXPIRED: badges.PLAIN,
}


def _until() -> forms.DateTimeField:
    return forms.DateTimeField(
        label="Until", widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )


class ReserveForm(ReasonForm):
    """For whom, how many and how long."""

    quantity = forms.IntegerField(min_value=1, label="Units")
    person = forms.CharField(max_length=128, label="For whom")
    expires_at = _until()
    field_order = ("quantity", "person", "reason", "expires_at")

    def clean_expires_at(self) -> datetime:
        """Ask for a time to come."""
        return _to_come(self.cleaned_data["expires_at"])


class ExtendForm(ButtonForm):
    """How long."""

    expires_at = _until()

    def clean_expires_at(self) -> datetime:
        """Ask for a time to come."""
        return _to_come(self.cleaned_data["expires_at"])


def _to_come(instant: datetime) -> datetime:
    if instant <= clock.now():
        raise forms.ValidationError("This time is over.")
    return instant


def _reserve(press: Press) -> str:
    services.reserve_for_person(
        level_id=press.document.pk,
        quantity=press.data["quantity"],
        person=press.data["person"],
        reason=press.data["reason"],
        expires_at=press.data["expires_at"],
        actor=press.actor,
    )
    return f"Held for {press.data['person']}: {press.data['quantity']}."


def _release(press: Press) -> str:
    services.release_reservation(
        reservation_id=press.document.pk, reason=press.data["reason"], actor=press.actor
    )
    return "The units are free again."


def _extend(press: Press) -> str:
    found = services.extend(
        reservation_id=press.document.pk,
        expires_at=press.data["expires_at"],
        actor=press.actor,
    )
    return f"The units are held until {timezone.localtime(found.expires_at):%d %b %Y, %H:%M}."


def _is_active(found: Reservation) -> str | None:
    if found.status == ReservationStatus.ACTIVE:
        return None
    return f"It is {found.get_status_display()} already."


def _holds(found: Reservation) -> str | None:
    if found.status == ReservationStatus.ACTIVE and found.has_expired(clock.now()):
        return "Its time has come; reserve anew."
    return _is_active(found)


def _something_is_free(level: Level) -> str | None:
    return None if level.available > level.safety_stock else "Nothing is free here."


@admin.register(Reservation)
class ReservationAdmin(OmsModelAdmin):
    """Units held for carts, quotes and people, newest first."""

    list_display = (
        "who",
        "purpose",
        "channel_code",
        "state",
        "units",
        "expires_at",
        "order_number",
        "placed_by",
        "created_at",
    )
    list_filter = ("purpose",)
    search_fields = ("owner", "channel_code", "order_number", "lines__level__sku__code")
    search_help_text = "Cart, quote, person, order number or SKU"
    ordering = ("-id",)
    fields = (
        ("purpose", "owner"),
        ("status", "expires_at"),
        "channel_code",
        "note",
        ("placed_by", "created_at"),
        ("ended_at", "order_number"),
    )
    readonly_fields = ("expires_at",)
    change_form_template = "admin/inventory/reservation.html"
    list_tabs = (
        Tab("active", "Active", _ACTIVE & Q(expires_at__gt=Now())),
        Tab(
            "expired",
            "Expired",
            Q(status=ReservationStatus.EXPIRED) | (_ACTIVE & Q(expires_at__lte=Now())),
            counted=False,
        ),
        Tab("ordered", "Ordered", Q(status=ReservationStatus.ORDERED), counted=False),
        Tab("released", "Released", Q(status=ReservationStatus.RELEASED), counted=False),
    )
    list_help = (
        "Units that nobody else can buy until the time is over: for a cart, a quote or a person. What has expired"
        " counts for nobody, whatever else is shown. To hold units for a person, open the stock level."
    )
    buttons = (
        Button(
            "release",
            "Release",
            "inventory.reserve_stock",
            _release,
            ReasonForm,
            allowed=_is_active,
            explain="Everyone can buy these units again, at once.",
            danger=True,
        ),
        Button(
            "extend",
            "Hold longer",
            "inventory.reserve_stock",
            _extend,
            ExtendForm,
            allowed=_holds,
            explain="A time before the present one changes nothing: a reservation never becomes shorter.",
            main=True,
        ),
    )

    @display(description="For")
    def who(self, found: Reservation) -> str:
        """Show the cart, the quote or the person."""
        return found.owner or str(found.uuid)

    @display(description="State")
    def state(self, found: Reservation) -> SafeString:
        """Show whether it still holds anything."""
        return _badge(found)

    @display(description="Units")
    def units(self, found: Any) -> str:
        """Show how many it holds."""
        return str(found.held or "–")

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Reservation]":
        """Add up the units; keep what holds something where the person works, if bound to locations."""
        lines = ReservationLine.objects.filter(reservation=OuterRef("pk"))
        sums = lines.order_by().values("reservation").annotate(units=Sum("quantity"))
        found = (
            super().get_queryset(request).annotate(held=Coalesce(Subquery(sums.values("units")), 0))
        )
        reached = reach(request)
        if reached is None:
            return found
        return found.filter(Exists(lines.filter(level__location__in=reached)))

    def page_context(self, request: HttpRequest, document: Reservation) -> Mapping[str, Any]:
        """Add what it holds, and how the units moved."""
        return {
            "state": _badge(document),
            "lines": queries.lines_of(document),
            "movements": queries.movements_of(document),
        }


def _badge(found: Reservation) -> SafeString:
    overdue = found.status == ReservationStatus.ACTIVE and found.has_expired(clock.now())
    status = ReservationStatus.EXPIRED if overdue else ReservationStatus(found.status)
    return badge(status, status.label, TONES[status])


@admin.register(Level)
class LevelAdmin(stock.LevelAdmin):
    """One SKU at one location, with who holds units of it."""

    buttons = (
        *stock.LevelAdmin.buttons,
        Button(
            "reserve",
            "Reserve for a person",
            "inventory.reserve_stock",
            _reserve,
            ReserveForm,
            allowed=_something_is_free,
            explain="Nobody can buy these units until then. The safety stock stays where it is.",
        ),
    )

    def page_context(self, request: HttpRequest, document: Level) -> dict[str, Any]:
        """Add who holds units, and in which bins they lie."""
        held = queries.holders(document.pk) if document.reserved else ()
        return {
            **super().page_context(request, document),
            "holders": [(line, _badge(line.reservation)) for line in held],
            "contents": storing.of_level(document.pk) if document.location.uses_bins else (),
        }
