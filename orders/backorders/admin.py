"""The queue of what waits, in the console: by SKU, and for one SKU in turn."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from inventory.catalog.models import Sku
from inventory.locations.models import Location
from oms.core import clock, errors, text
from oms.core.actors import Actor
from oms.core.admin import repeats, site
from oms.core.admin.buttons import dress
from orders.backorders import queries
from orders.backorders.queries import WaitingLine
from orders.ordering import services as ordering
from orders.ordering.services import Pin

RIGHT = "orders.prioritize_order"
LARGEST = 1_000_000


class ReserveForm(forms.Form):
    """Units of each line for which the next ones are set aside, and which of them come first."""

    def __init__(self, *args: Any, lines: Sequence[WaitingLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.keys = [one.line.pk for one in lines]
        for one in lines:
            self.fields[f"units_{one.line.pk}"] = forms.IntegerField(
                min_value=0,
                max_value=one.line.backordered,
                required=False,
                initial=one.line.pinned or None,
                label=f"Units of {one.line.order.number}",
                widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            )
            self.fields[f"place_{one.line.pk}"] = forms.IntegerField(
                min_value=1,
                max_value=9_999,
                required=False,
                initial=one.line.pin_rank or None,
                label=f"Place of {one.line.order.number}",
                widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            )
        self.fields["reason"] = forms.CharField(
            max_length=200, help_text="It is kept in the timelines of the orders."
        )
        dress(self)

    def pins(self) -> list[Pin]:
        """Return what is asked for, by place; lines without a place follow in turn."""
        data = self.cleaned_data
        asked = [
            (data[f"place_{key}"] or 10_000, index, Pin(key, data[f"units_{key}"]))
            for index, key in enumerate(self.keys)
            if data[f"units_{key}"]
        ]
        return [pin for *_, pin in sorted(asked, key=lambda one: one[:2])]


class WhatIfForm(forms.Form):
    """So many units arrive there."""

    location = forms.ModelChoiceField(
        Location.objects.filter(is_active=True, ships_orders=True).order_by("name")
    )
    units = forms.IntegerField(min_value=1, max_value=LARGEST)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the queue with the fields that set units aside for it."""

    view: WaitingLine
    units: Any
    place: Any


@site.page("backorders/", name="backorders", permission="orders.view_order")
def backorders(request: HttpRequest) -> HttpResponse:
    """Show the SKUs that orders wait for."""
    words = request.GET.get("q", "").strip()[:64]
    return site.render(
        request,
        "admin/backorders/skus.html",
        {
            "title": "Backorders",
            "words": words,
            "skus": queries.skus(words) if text.is_clean(words) else [],
            "shown": queries.SHOWN,
            "today": clock.today(),
        },
    )


@site.page("backorders/<int:key>/", name="backorder_queue", permission="orders.view_order")
@require_http_methods(["GET", "POST"])
def backorder_queue(request: HttpRequest, key: int) -> HttpResponse:
    """Show who waits for a SKU in turn, set units aside, and ask what a delivery would change."""
    sku = Sku.objects.filter(pk=key).first() if key < 2**63 else None
    if sku is None:
        raise Http404
    lines = queries.queue(sku.pk)
    press_key = site.form_key(request)
    form = ReserveForm(lines=lines)
    status = 200
    if request.method == "POST":
        if not request.user.has_perm(RIGHT):
            raise PermissionDenied
        form = ReserveForm(request.POST, lines=lines)
        status = 422
        if form.is_valid():
            try:
                return _reserve(request, sku, form, press_key)
            except errors.DomainError as error:
                form.add_error(None, error.detail)
                status = error.status
    asked = WhatIfForm(request.GET if "units" in request.GET else None)
    found = None
    if asked.is_bound and asked.is_valid():
        data = asked.cleaned_data
        found = queries.what_if(sku, data["location"], data["units"])
    return site.render(
        request,
        "admin/backorders/queue.html",
        {
            "title": f"Who waits for {sku.code}",
            "sku": sku,
            "rows": [
                Row(one, form[f"units_{one.line.pk}"], form[f"place_{one.line.pk}"])
                for one in lines
            ],
            "shown": queries.SHOWN,
            "units": sum(one.line.backordered for one in lines),
            "form": form,
            "asked": asked,
            "found": found,
            "press_key": press_key,
            "may_reserve": request.user.has_perm(RIGHT),
            "may_cancel": request.user.has_perm("orders.cancel_order"),
            "today": clock.today(),
        },
        status=status,
    )


def _reserve(request: HttpRequest, sku: Sku, form: ReserveForm, key: str) -> HttpResponse:
    try:
        with transaction.atomic():
            repeats.take(request, "backorders", key)
            ordering.reserve_for(
                sku_id=sku.pk,
                pins=form.pins(),
                reason=form.cleaned_data["reason"],
                actor=Actor.of_user(request.user),
            )
    except repeats.AlreadyDone:
        messages.info(request, "This was saved already.")
    else:
        messages.success(request, "Saved. Promised days follow in a moment.")
    return HttpResponseRedirect(reverse("admin:backorder_queue", args=(sku.pk,)))
