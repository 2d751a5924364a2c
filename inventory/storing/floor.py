"""Put away and move by scanner: narrow pages for a telephone, working without scripts as well.

First what is carried is chosen by a scan, then the bin it goes to; the scan of that bin does it.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from inventory.bins import queries as bins
from inventory.bins.models import Bin
from inventory.bins.states import BinKind
from inventory.locations.models import Location
from inventory.stock.models import BinMove, Content
from inventory.stock.states import BinMoveKind
from inventory.storing import queries, services
from inventory.storing.admin.bins import COUNT, STORE, own_location, told
from inventory.storing.services import Wanted
from oms.core import errors
from oms.core.actors import Actor
from oms.core.admin import repeats, site
from oms.core.admin.floor import floor_page, say, scanned, typed
from oms.core.admin.site import page

_KINDS = {"put_away": BinMoveKind.PUT_AWAY, "move": BinMoveKind.MOVE}
_LAST = "floor-last-move"


class _Unclear(Exception):
    """The form says nothing that could be done."""


@page("storing/<int:location_id>/put-away/", name="put_away", permission=STORE)
@require_http_methods(["GET", "POST"])
def put_away(request: HttpRequest, location_id: int) -> HttpResponse:
    """Choose what lies at the dock, see where it should go and why, and scan the bin it went to."""
    location = own_location(request, location_id)
    if request.method == "POST":
        return _act(request, location, "put_away")
    dock = _bin(request, location, "bin")
    chosen = _chosen(request, location)
    return floor_page(
        request,
        "admin/storing/put_away.html",
        {
            "title": f"Put away at {location.name}",
            "place": location,
            "dock": dock,
            "chosen": chosen,
            "advice": None if chosen is None else _advice(location, chosen),
            "waiting": queries.to_put_away(location.pk, bin_id=dock.pk if dock else None),
            "last": _last(request, location),
            "press_key": site.form_key(request),
        },
    )


@page("storing/<int:location_id>/move/", name="bin_move", permission=STORE)
@require_http_methods(["GET", "POST"])
def move(request: HttpRequest, location_id: int) -> HttpResponse:
    """Scan a bin to see what lies there, an article to choose it, and the bin it goes to."""
    location = own_location(request, location_id)
    if request.method == "POST":
        return _act(request, location, "move")
    source = _bin(request, location, "bin")
    return floor_page(
        request,
        "admin/storing/move.html",
        {
            "title": f"Move at {location.name}",
            "place": location,
            "source": source,
            "chosen": _chosen(request, location),
            "contents": queries.in_bin(source.pk) if source else [],
            "last": _last(request, location),
            "press_key": site.form_key(request),
        },
    )


def _advice(location: Location, chosen: Content) -> Any:
    return queries.advise(
        location_id=location.pk,
        sku_id=chosen.level.sku_id,
        quantity=chosen.quantity,
        condition=chosen.condition,
        lot_id=chosen.lot_id,
    )


def _bin(request: HttpRequest, location: Location, name: str) -> Bin | None:
    """Return the bin whose key the address has, if it is one of the location."""
    key = _number(request.GET.get(name, ""))
    return Bin.objects.usable().filter(location=location, pk=key).first() if key else None


def _chosen(request: HttpRequest, location: Location) -> Content | None:
    """Return what the address says is carried, if it still lies there."""
    key = _number(request.GET.get("content", ""))
    if not key:
        return None
    return queries.contents(location_ids=frozenset({location.pk})).filter(pk=key).first()


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def _last(request: HttpRequest, location: Location) -> BinMove | None:
    """Return the move that this person may take back."""
    key = request.session.get(_LAST, {}).get(str(location.pk))
    if key is None:
        return None
    return BinMove.objects.select_related("level__sku", "source", "target").filter(pk=key).first()


def _address(name: str, location: Location, **query: int) -> str:
    there = reverse(f"admin:{name}", args=(location.pk,))
    return f"{there}?{urlencode(query)}" if query else there


_PAGES = {"put_away": "put_away", "move": "bin_move"}


def _act(request: HttpRequest, location: Location, act: str) -> HttpResponse:
    """Do what was scanned or pressed, once, and say what came of it."""
    name = _PAGES[act]
    there = request.get_full_path()
    try:
        if "undo" in request.POST:
            words, there = _take_back(request, location, name)
        elif "content" in request.POST:
            words, there = _carry(request, location, act)
        else:
            words, there = _choose(request, location, act)
    except repeats.AlreadyDone:
        say(request, "That was done already.")
        there = _address(name, location)
    except errors.DomainError as error:
        say(request, told(error), good=False)
    except _Unclear as error:
        say(request, str(error), good=False)
    else:
        say(request, words)
    return HttpResponseRedirect(there)


def _choose(request: HttpRequest, location: Location, act: str) -> tuple[str, str]:
    """Read a scan that names a bin or an article."""
    code = scanned(request)
    if not code:
        raise _Unclear("Scan an article or a bin.")
    name = _PAGES[act]
    place = bins.scanned(location.pk, code)
    if place is not None:
        if act == "put_away" and place.kind not in (BinKind.RECEIVING, BinKind.CROSSDOCK):
            raise _Unclear(f"{place.code} is no dock. Scan the article first, then the shelf.")
        return f"{place.code}.", _address(name, location, bin=place.pk)
    here = _bin(request, location, "bin")
    rows: Sequence[Content]
    if act == "put_away":
        rows = queries.to_put_away(location.pk, bin_id=here.pk if here else None, limit=1000)
    elif here is not None:
        rows = queries.in_bin(here.pk)
    else:
        raise _Unclear("Scan the bin first that it is taken from.")
    found = queries.of_article(rows, code)
    if found is None:
        where = here.code if here else "the dock"
        raise _Unclear(f"{code[:40]} does not lie in {where}.")
    query = {"content": found.pk, **({"bin": here.pk} if here else {})}
    return f"{found.level.sku.code}.", _address(name, location, **query)


def _carry(request: HttpRequest, location: Location, act: str) -> tuple[str, str]:
    """Carry what is chosen into the bin that was scanned."""
    key = site.form_key(request)
    content = (
        queries.contents(location_ids=frozenset({location.pk}))
        .filter(pk=_number(typed(request, "content", longest=19)))
        .first()
    )
    if content is None:
        raise repeats.AlreadyDone
    code = scanned(request)
    if not code:
        raise _Unclear("Scan the bin that it goes to.")
    target = bins.named(location.pk, code)
    units = _number(typed(request, "quantity", longest=9))
    if not units:
        raise _Unclear("How many units?")
    with transaction.atomic():
        repeats.take(request, f"{act}:{location.pk}", key)
        moves = services.move(
            wanted=Wanted(
                location.pk,
                content.level.sku_id,
                units,
                content.bin_id,
                target.pk,
                condition=content.condition,
                lot_id=content.lot_id,
            ),
            key=key,
            kind=_KINDS[act],
            actor=Actor.of_user(request.user),
        )
    request.session[_LAST] = {str(location.pk): moves[0].pk}
    name = _PAGES[act]
    words = f"{units} of {content.level.sku.code} lie in {target.code} now."
    query = {"bin": content.bin_id} if act == "move" or "bin" in request.GET else {}
    return words, _address(name, location, **query)


def _take_back(request: HttpRequest, location: Location, name: str) -> tuple[str, str]:
    last = _last(request, location)
    if last is None:
        raise _Unclear("There is nothing to take back.")
    back = services.undo(
        move_id=last.pk, reason="taken back at once", actor=Actor.of_user(request.user)
    )
    request.session.pop(_LAST, None)
    where = back.target.code if back.target else ""
    return f"{back.quantity} lie in {where} again.", _address(name, location)


# Counting a bin -----------------------------------------------------------------------------------


@page("storing/<int:location_id>/count/", name="bin_count", permission=COUNT)
@require_http_methods(["GET", "POST"])
def count(request: HttpRequest, location_id: int) -> HttpResponse:
    """Scan a bin, type how many of each article lie there; the books stay hidden until it is posted."""
    location = own_location(request, location_id)
    if request.method == "POST":
        return _count(request, location)
    place = _bin(request, location, "bin")
    zone = request.GET.get("zone", "").replace("\x00", "")[:10]
    return floor_page(
        request,
        "admin/storing/count.html",
        {
            "title": f"Count bins at {location.name}",
            "place": location,
            "bin": place,
            "seen": services.last_move(place.pk) if place else 0,
            "articles": queries.articles_in(place.pk) if place else [],
            "zone": zone,
            "zones": queries.zones(location.pk),
            "bins": [] if place else queries.to_count(location.pk, zone=zone),
            "press_key": site.form_key(request),
        },
    )


def _count(request: HttpRequest, location: Location) -> HttpResponse:
    there = request.get_full_path()
    try:
        if "bin" in request.POST:
            words = _post_count(request, location)
            there = _address("bin_count", location)
        else:
            place = bins.named(location.pk, scanned(request))
            there = _address("bin_count", location, bin=place.pk)
            words = f"{place.code}."
    except repeats.AlreadyDone:
        say(request, "That was counted already.")
        there = _address("bin_count", location)
    except errors.DomainError as error:
        say(request, told(error), good=False)
    except _Unclear as error:
        say(request, str(error), good=False)
    else:
        say(request, words)
    return HttpResponseRedirect(there)


def _post_count(request: HttpRequest, location: Location) -> str:
    key = site.form_key(request)
    place = Bin.objects.filter(location=location, pk=_number(request.POST["bin"])).first()
    if place is None:
        raise _Unclear("There is no such bin.")
    figures = [
        services.Figure(name.removeprefix("counted:"), _figure(typed(request, name, longest=9)))
        for name in request.POST
        if name.startswith("counted:")
    ]
    if extra := typed(request, "extra", longest=64):
        sku = queries.article(extra)
        if sku is None:
            raise _Unclear(f"There is no article {extra}.")
        figures.append(services.Figure(sku.code, _figure(typed(request, "extra_units", longest=9))))
    with transaction.atomic():
        repeats.take(request, f"bin-count:{place.pk}", key)
        found = services.count(
            bin_id=place.pk,
            figures=figures,
            seen=_number(typed(request, "seen", longest=18)),
            key=key,
            actor=Actor.of_user(request.user),
        )
    if not found:
        return f"{place.code} is as the books say."
    return f"{place.code}: " + ", ".join(f"{d.units:+d} {d.sku_code}" for d in found) + "."


def _figure(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise _Unclear("Type how many lie there, 0 for none.")
    return int(text)
