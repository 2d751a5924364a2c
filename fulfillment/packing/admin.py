"""The pack page: scan what goes into the parcel, weigh, measure, close."""

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from fulfillment.packing import documents, queries, services
from fulfillment.packing.models import Shipment
from fulfillment.packing.rules import MAX_SIDE_MM, MAX_WEIGHT_G
from fulfillment.packing.states import ShipmentStatus
from fulfillment.picking import queries as picking
from fulfillment.picking.admin import UNDO
from fulfillment.picking.rules import Matched
from fulfillment.work.admin import own_work
from fulfillment.work.models import FulfillmentLine, FulfillmentOrder
from inventory.locations.admin import reach
from oms.core import errors
from oms.core.actors import Actor
from oms.core.admin.floor import floor_page, say, scanned
from oms.core.admin.site import page

PACK = "fulfillment.pack_work"
_FILLING = "floor-parcel"
_SIZE = "floor-size"
_SIDES = ("length_mm", "width_mm", "height_mm")


@dataclass(frozen=True, slots=True)
class PackLine:
    """A picked line: how many of it are in the parcel that is being filled."""

    line: FulfillmentLine
    inside: int

    @property
    def is_full(self) -> bool:
        """Whether all that was picked is inside."""
        return self.inside >= self.line.picked


class ParcelForm(forms.Form):
    """Weight in grams, outer size in millimetres."""

    weight_g = forms.IntegerField(min_value=1, max_value=MAX_WEIGHT_G, label="Weight (g)")
    length_mm = forms.IntegerField(min_value=1, max_value=MAX_SIDE_MM, label="Length (mm)")
    width_mm = forms.IntegerField(min_value=1, max_value=MAX_SIDE_MM, label="Width (mm)")
    height_mm = forms.IntegerField(min_value=1, max_value=MAX_SIDE_MM, label="Height (mm)")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.update({"inputmode": "numeric", "class": "f-input"})
            # A person typed it: the floor's script keeps it while more is scanned.
            if self.is_bound:
                field.widget.attrs["data-typed"] = ""


@page("warehouse/pack/<int:work_id>/", name="warehouse_pack", permission=PACK)
@require_http_methods(["GET", "POST"])
def pack(request: HttpRequest, work_id: int) -> HttpResponse:
    """Put picked units into a parcel and close it."""
    work = own_work(request, work_id)
    picked = list(
        FulfillmentLine.objects.filter(fulfillment_order=work, picked__gt=0)
        .select_related("sku", "order_line")
        .order_by("pk")
    )
    if request.method == "POST" and "close" in request.POST:
        return _close(request, work, picked)
    if request.method == "POST":
        return _scan(request, work, picked)
    return _page(request, work, picked, None)


@page("warehouse/parcel/<int:shipment_id>/slip.pdf", name="warehouse_slip", permission=PACK)
@require_GET
def slip(request: HttpRequest, shipment_id: int) -> HttpResponse:
    """Print the packing slip of a parcel."""
    parcel = own_parcel(request, shipment_id)
    pdf = documents.packing_slip(queries.slip(parcel.pk))
    return HttpResponse(
        pdf,
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="slip-{parcel.number}.pdf"'},
    )


def own_parcel(request: HttpRequest, shipment_id: int) -> Shipment:
    """Return a parcel of a location of this person; 404 for any other, and for none."""
    found = (
        Shipment.objects.at(reach(request))
        .select_related("fulfillment_order__location", "fulfillment_order__order")
        .filter(pk=shipment_id)
        .first()
    )
    if found is None:
        raise Http404("There is no such parcel.")
    return found


def _page(
    request: HttpRequest,
    work: FulfillmentOrder,
    picked: Sequence[FulfillmentLine],
    form: ParcelForm | None,
    *,
    status: int = 200,
) -> HttpResponse:
    inside = _inside(request, work, picked)
    lines = [PackLine(line, inside[line.pk]) for line in picked]
    grams = sum(line.sku.weight_g * inside[line.pk] for line in picked) or (
        queries.picked_weight_g(work.pk)
    )
    begin = {**request.session.get(_SIZE, {}), "weight_g": grams or None}
    shown = form or ParcelForm(initial=begin)
    return floor_page(
        request,
        "admin/warehouse/pack.html",
        {
            "title": f"Pack {work.number}",
            "work": work,
            "lines": lines,
            "inside": sum(inside.values()),
            "picked": sum(line.picked for line in picked),
            "to_pick": sum(line.to_pick for line in work.lines.all()),
            "form": shown,
            "parcels": Shipment.objects.filter(fulfillment_order=work)
            .exclude(status__in=[ShipmentStatus.DRAFT, ShipmentStatus.CANCELLED])
            .order_by("pk"),
        },
        status=status,
    )


def _scan(
    request: HttpRequest, work: FulfillmentOrder, picked: Sequence[FulfillmentLine]
) -> HttpResponse:
    """Put one scanned unit into the parcel, or say why it does not belong there."""
    here = HttpResponseRedirect(reverse("admin:warehouse_pack", args=(work.pk,)))
    filling = _filling(request, work)
    code = scanned(request)
    if "empty" in request.POST:
        _set(request, work, [], filling["key"])
        say(request, "The parcel is empty again.")
        return here
    if code == UNDO or "undo" in request.POST:
        if filling["scans"]:
            _set(request, work, filling["scans"][:-1], filling["key"])
            say(request, "The last one is out again.")
        else:
            say(request, "The parcel is empty.", good=False)
        return here
    if not code:
        say(request, "Scan an article.", good=False)
        return here
    scans = [*filling["scans"], code]
    matched = _matched(scans, picked)
    if matched.wrong:
        say(request, f"{code} does not belong to this order.", good=False)
    elif matched.surplus:
        surplus = sum(matched.surplus.values())
        count = "one" if surplus == 1 else str(surplus)
        say(request, f"{code}: that is {count} too many.", good=False)
    else:
        _set(request, work, scans, filling["key"])
        left = sum(line.picked for line in picked) - sum(matched.units.values())
        say(request, f"{code} is in. " + (f"{left} more." if left else "All in: weigh and close."))
    return here


def _close(
    request: HttpRequest, work: FulfillmentOrder, picked: Sequence[FulfillmentLine]
) -> HttpResponse:
    """Close the parcel with what was scanned, or with all that is picked when that was chosen."""
    form = ParcelForm(request.POST)
    filling = _filling(request, work)
    everything = request.POST.get("close") == "all"
    if not form.is_valid():
        return _page(request, work, picked, form, status=422)
    if not filling["scans"] and not everything:
        say(request, "Scan what goes in first, or pack everything picked.", good=False)
        return _page(request, work, picked, form, status=422)
    try:
        parcel = services.pack(
            fulfillment_order_id=work.pk,
            actor=Actor.of_user(request.user),
            key=filling["key"],
            scans=() if everything else filling["scans"],
            **form.cleaned_data,
        )
    except errors.DomainError as error:
        for problem in error.problems:
            form.add_error(None, problem.message)
        say(request, error.detail, good=False)
        return _page(request, work, picked, form, status=error.status)
    request.session.pop(_FILLING, None)
    request.session[_SIZE] = {name: form.cleaned_data[name] for name in _SIDES}
    say(request, f"Parcel {parcel.number} is packed.")
    return HttpResponseRedirect(reverse("admin:warehouse_ship", args=(parcel.pk,)))


def _filling(request: HttpRequest, work: FulfillmentOrder) -> dict[str, Any]:
    """Return the parcel that this person fills for this work: what was scanned, and its key."""
    kept = request.session.get(_FILLING)
    if not kept or kept.get("work") != work.pk:
        kept = {"work": work.pk, "scans": [], "key": uuid.uuid4().hex}
        request.session[_FILLING] = kept
    return dict(kept)


def _set(request: HttpRequest, work: FulfillmentOrder, scans: Sequence[str], key: str) -> None:
    request.session[_FILLING] = {"work": work.pk, "scans": list(scans), "key": key}


def _matched(scans: Sequence[str], picked: Sequence[FulfillmentLine]) -> Matched:
    return picking.match(
        scans, {line.pk: line for line in picked}, {line.pk: line.picked for line in picked}
    )


def _inside(
    request: HttpRequest, work: FulfillmentOrder, picked: Sequence[FulfillmentLine]
) -> Counter[int]:
    matched = _matched(_filling(request, work)["scans"], picked)
    return Counter(dict(matched.units))
