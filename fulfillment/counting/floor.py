"""Count with a telephone and its scanner: scan a bin or an article, type how many lie there; the books stay hidden."""

from collections.abc import Sequence
from urllib.parse import urlencode

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from fulfillment.counting import queries, services
from fulfillment.counting.queries import Stop
from inventory.bins import queries as bins
from inventory.catalog.models import Sku
from inventory.counting import services as counting
from inventory.counting.models import CountOrder
from inventory.counting.queries import SEVERAL
from inventory.counting.states import CountStatus
from inventory.locations.admin import reach
from inventory.lots import scanning
from oms.core import errors
from oms.core.actors import Actor
from oms.core.admin import repeats, site
from oms.core.admin.floor import floor_page, say, scanned, typed
from oms.core.admin.site import page

COUNT_STOCK = "inventory.count_stock"
_LONGEST_FIGURE = 7


class _Unclear(Exception):
    """The form says nothing that could be done."""


@page("warehouse/counts/<int:count_id>/", name="warehouse_count", permission=COUNT_STOCK)
@require_http_methods(["GET", "POST"])
def count(request: HttpRequest, count_id: int) -> HttpResponse:
    """Walk the lines of a count."""
    found = CountOrder.objects.at(reach(request)).select_related("location").filter(pk=count_id)
    order = found.first()
    if order is None:
        raise Http404("There is no such count.")
    if request.method == "POST":
        return _act(request, order)
    stops = queries.walk(order)
    bin_code = request.GET.get("bin", "")
    chosen = next((stop for stop in stops if stop.sku_code == request.GET.get("sku")), None)
    extra = _unexpected(request, stops)
    shown = [stop for stop in stops if not bin_code or _lies_in(stop, bin_code)]
    return floor_page(
        request,
        "admin/warehouse/count.html",
        {
            "title": f"Count {order.number}",
            "count": order,
            "is_open": order.status == CountStatus.OPEN,
            "chosen": chosen if chosen and chosen.waits else None,
            "extra": extra,
            "each": _each(request.GET.get("each", "")),
            "bin_code": bin_code,
            "left": [stop for stop in shown if stop.waits],
            "done": [stop for stop in shown if not stop.waits],
            "waiting": sum(stop.waits for stop in stops),
            "me": str(Actor.of_user(request.user)),
            "press_key": site.form_key(request),
        },
    )


def _unexpected(request: HttpRequest, stops: Sequence[Stop]) -> Sku | None:
    """Return the SKU that was scanned and is in no line."""
    code = request.GET.get("sku", "")
    if not code or "\x00" in code or any(stop.sku_code == code for stop in stops):
        return None
    return Sku.objects.filter(code=code).first()


def _act(request: HttpRequest, order: CountOrder) -> HttpResponse:
    """Do what was scanned or typed, once, and say what came of it."""
    here = reverse("admin:warehouse_count", args=(order.pk,))
    stay = {"bin": typed(request, "bin", longest=30)}
    try:
        if "sku" not in request.POST and "finish" not in request.POST:
            return HttpResponseRedirect(f"{here}?{urlencode(_look(request, order))}")
        with transaction.atomic():
            repeats.take(request, f"count:{order.pk}", site.form_key(request))
            words = _finish(request, order) if "finish" in request.POST else _note(request, order)
    except repeats.AlreadyDone:
        say(request, "That was noted already.")
    except errors.DomainError as error:
        say(request, _told(error), good=False)
    except _Unclear as error:
        say(request, str(error), good=False)
    else:
        say(request, words)
    return HttpResponseRedirect(f"{here}?{urlencode(stay)}" if stay["bin"] else here)


def _lies_in(stop: Stop, bin_code: str) -> bool:
    return bin_code in stop.bin_code.split(SEVERAL)


def _look(request: HttpRequest, order: CountOrder) -> dict[str, str]:
    """Return what to show for a scan: the article, or the bin."""
    code = scanned(request)
    if not code:
        raise _Unclear("Scan an article or a bin.")
    found = scanning.article(code)
    if found is not None:
        shown = {"sku": found.sku.code, "bin": typed(request, "bin", longest=30)}
        return shown | {"each": str(found.units)} if found.units > 1 else shown
    place = bins.scanned(order.location_id, code)
    code = place.code if place else code
    if any(_lies_in(stop, code) for stop in queries.walk(order)):
        return {"bin": code}
    raise _Unclear(f"Neither an article nor a bin of this count: {code[:40]}.")


def _note(request: HttpRequest, order: CountOrder) -> str:
    code, units = typed(request, "sku", longest=64), scanned(request)
    # A barcode that was scanned too early is longer than any figure.
    if not (units.isascii() and units.isdecimal()) or len(units) > _LONGEST_FIGURE:
        raise _Unclear(f"{code}: type how many lie there, in figures.")
    counted = int(units) * _each(request.POST.get("each", ""))
    noted = services.record(
        count_id=order.pk,
        sku_code=code,
        counted=counted,
        found="found" in request.POST,
        actor=Actor.of_user(request.user),
    )
    if not noted.is_accepted:
        return f"{code}: {counted} noted. Somebody else counts it again."
    return f"{code}: {counted} noted." + (
        f" {noted.left} more." if noted.left else " Everything is counted."
    )


def _each(said: str) -> int:
    """Return how many units one of what is counted is: more than one when a pack was scanned."""
    known = said.isascii() and said.isdecimal() and len(said) <= _LONGEST_FIGURE
    return max(1, int(said)) if known else 1


def _finish(request: HttpRequest, order: CountOrder) -> str:
    counting.finish(count_id=order.pk, actor=Actor.of_user(request.user))
    return "Handed over to the review."


def _told(error: errors.DomainError) -> str:
    return " ".join(problem.message for problem in error.problems) or error.detail
