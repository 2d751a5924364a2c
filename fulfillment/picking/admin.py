"""The pick page: made for a scanner on a telephone, working without scripts as well."""

from collections.abc import Callable, Mapping

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from fulfillment.picking import documents, queries, services
from fulfillment.work.admin import own_work
from fulfillment.work.models import FulfillmentOrder
from fulfillment.work.states import FULFILLMENT_ORDER
from inventory.bins import queries as bins
from oms.core import errors
from oms.core.actors import Actor
from oms.core.admin import repeats, site
from oms.core.admin.floor import floor_page, say, scanned, typed
from oms.core.admin.site import page

PICK = "fulfillment.pick_work"
SHORT_REASONS = ("Not there", "Damaged", "Wrong item in the bin")
# What a printed command code says instead of an article.
UNDO = "OMS-UNDO"
NEXT = "OMS-NEXT"
_LAST = "floor-last-pick"
_BIN = "floor-bin"


@page("warehouse/pick/<int:work_id>/", name="warehouse_pick", permission=PICK)
@require_http_methods(["GET", "POST"])
def pick(request: HttpRequest, work_id: int) -> HttpResponse:
    """Fetch the units of one work in walk order."""
    work = own_work(request, work_id)
    if request.method == "POST":
        return _act(request, work)
    lists = queries.pick_list([work.pk], all_lines=True)
    stops = lists[0].stops if lists else []
    left = [stop for stop in stops if stop.to_pick]
    return floor_page(
        request,
        "admin/warehouse/pick.html",
        {
            "title": f"Pick {work.number}",
            "work": work,
            "next": left[0] if left else None,
            "here": _here(request, work),
            "stops": left,
            "done": [stop for stop in stops if not stop.to_pick],
            "to_pick": sum(stop.to_pick for stop in stops),
            "picked": sum(stop.picked for stop in stops),
            "to_pack": _to_pack(work),
            "reasons": SHORT_REASONS,
            "press_key": site.form_key(request),
            "is_over": work.status in FULFILLMENT_ORDER.final,
        },
    )


@page("warehouse/pick/<int:work_id>/list.pdf", name="warehouse_pick_list", permission=PICK)
@require_GET
def pick_list(request: HttpRequest, work_id: int) -> HttpResponse:
    """Print the pick list of one work."""
    work = own_work(request, work_id)
    pdf = documents.pick_lists(queries.pick_list([work.pk]))
    return HttpResponse(
        pdf,
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="pick-{work.number}.pdf"'},
    )


def _to_pack(work: FulfillmentOrder) -> int:
    return sum(work.lines.values_list("picked", flat=True))


def _act(request: HttpRequest, work: FulfillmentOrder) -> HttpResponse:
    """Do what was scanned or pressed, once, and say what came of it."""
    here = HttpResponseRedirect(reverse("admin:warehouse_pick", args=(work.pk,)))
    if scanned(request) == NEXT:
        return HttpResponseRedirect(reverse("admin:warehouse_pack", args=(work.pk,)))
    try:
        with transaction.atomic():
            repeats.take(request, f"pick:{work.pk}", site.form_key(request))
            words = _chosen(request)(request, work)
    except repeats.AlreadyDone:
        say(request, "That was counted already.")
    except errors.DomainError as error:
        say(request, error.detail, good=False)
    except _Unclear as error:
        say(request, str(error), good=False)
    else:
        say(request, words)
    return here


class _Unclear(Exception):
    """The form says nothing that could be done."""


def _chosen(request: HttpRequest) -> Callable[[HttpRequest, FulfillmentOrder], str]:
    acts: Mapping[str, Callable[[HttpRequest, FulfillmentOrder], str]] = {
        "more": _more,
        "less": _less,
        "all": _all,
        "short": _short,
    }
    for name, act in acts.items():
        if name in request.POST:
            return act
    return _scan


def _scan(request: HttpRequest, work: FulfillmentOrder) -> str:
    code = scanned(request)
    if not code:
        raise _Unclear("Scan an article, or press a button.")
    if code == UNDO:
        line_id = request.session.get(_LAST, {}).get(str(work.pk))
        if line_id is None:
            raise _Unclear("There is nothing to take back.")
        return _put_back(request, work, line_id)
    here = None
    if work.location.uses_bins:
        place = bins.scanned(work.location_id, code)
        if place is not None:
            request.session[_BIN] = {str(work.pk): [place.pk, place.code]}
            return f"{place.code}. Now the article."
        here = _here(request, work)
        if here is None:
            raise _Unclear("Scan the bin first.")
    picked = services.confirm(
        fulfillment_order_id=work.pk,
        scans=[code],
        bin_id=here[0] if here else None,
        actor=Actor.of_user(request.user),
    )
    line_id = next(iter(picked.units))
    request.session[_LAST] = {str(work.pk): line_id}
    return _told(work, line_id, picked.to_pick)


def _here(request: HttpRequest, work: FulfillmentOrder) -> tuple[int, str] | None:
    """Return the bin that was scanned last for this work."""
    kept = request.session.get(_BIN, {}).get(str(work.pk))
    return (int(kept[0]), str(kept[1])) if kept else None


def _bin(request: HttpRequest) -> int | None:
    """Return the bin of the stop whose button was pressed; none where the location has no bins."""
    return _number(request, "bin") if request.POST.get("bin") else None


def _more(request: HttpRequest, work: FulfillmentOrder) -> str:
    return _by_hand(request, work, _number(request, "more"), 1)


def _all(request: HttpRequest, work: FulfillmentOrder) -> str:
    line = work.lines.filter(pk=_number(request, "all")).first()
    if line is None:
        raise _Unclear("There is no such line.")
    units = _number(request, "units") if request.POST.get("units") else line.to_pick
    return _by_hand(request, work, line.pk, units)


def _by_hand(request: HttpRequest, work: FulfillmentOrder, line_id: int, units: int) -> str:
    picked = services.confirm(
        fulfillment_order_id=work.pk,
        quantities={line_id: units},
        bin_id=_bin(request),
        actor=Actor.of_user(request.user),
    )
    return _told(work, line_id, picked.to_pick)


def _less(request: HttpRequest, work: FulfillmentOrder) -> str:
    return _put_back(request, work, _number(request, "less"))


def _put_back(request: HttpRequest, work: FulfillmentOrder, line_id: int) -> str:
    services.undo(
        fulfillment_order_id=work.pk,
        quantities={line_id: 1},
        actor=Actor.of_user(request.user),
    )
    request.session.pop(_LAST, None)
    return "One put back."


def _short(request: HttpRequest, work: FulfillmentOrder) -> str:
    line_id = _number(request, "short")
    if not work.lines.filter(pk=line_id).exists():
        raise _Unclear("There is no such line.")
    reason = typed(request, "reason", longest=60)
    words = typed(request, "words", longest=200)
    outcome = services.report_short(
        line_id=line_id,
        quantity=_number(request, "quantity"),
        reason=f"{reason}: {words}" if words else reason,
        bin_id=_bin(request),
        actor=Actor.of_user(request.user),
    )
    if outcome.elsewhere:
        lists = queries.pick_list([work.pk])
        stop = next((each for each in lists[0].stops if each.line_id == line_id), None)
        return f"Noted. Fetch {outcome.elsewhere} from {stop.bin_code if stop else 'another bin'}."
    told = []
    if outcome.rerouted:
        told.append(f"{outcome.rerouted} come from another location")
    if outcome.backordered:
        told.append(f"{outcome.backordered} wait for stock")
    return "Reported: " + (", ".join(told) or "noted") + "."


def _told(work: FulfillmentOrder, line_id: int, left: int) -> str:
    line = work.lines.select_related("sku").get(pk=line_id)
    count = line.picked + line.packed + line.shipped
    words = f"{line.sku.code}: {count} of {line.quantity - line.short - line.cancelled}."
    return words + (f" {left} more." if left else " All picked.")


def _number(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "")
    if not text.isdecimal() or len(text) > 18:
        raise _Unclear("A number is missing.")
    return int(text)
