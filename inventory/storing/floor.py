"""Put away and move by scanner: narrow pages for a telephone, working without scripts as well.

First what is carried is chosen by a scan, then the bin it goes to; the scan of that bin does it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from inventory.bins import queries as bins
from inventory.bins.models import Bin
from inventory.bins.states import BinKind
from inventory.catalog.models import Sku
from inventory.locations.models import Location
from inventory.lots import scanning
from inventory.stock.models import BinMove, Content
from inventory.stock.states import BinMoveKind
from inventory.storing import queries, services
from inventory.storing.admin.bins import COUNT, STORE, own_location, told
from inventory.storing.rules import Advice
from inventory.storing.services import Wanted
from oms.core import errors
from oms.core.actors import Actor
from oms.core.admin import repeats, site
from oms.core.admin.floor import floor_page, say, scanned, typed
from oms.core.admin.site import page

_KINDS = {"put_away": BinMoveKind.PUT_AWAY, "move": BinMoveKind.MOVE}
_LAST = "floor-last-move"
_MOST_COUNTED = 999_999_999


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
    advice = None if chosen is None else _advice(location, chosen, _carried(request, chosen))
    first = next(iter(advice.proposals), None) if advice else None
    return floor_page(
        request,
        "admin/storing/put_away.html",
        {
            "title": f"Put away at {location.name}",
            "place": location,
            "dock": dock,
            "chosen": chosen,
            "advice": advice,
            "units": first.units if first else chosen and _carried(request, chosen),
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
    chosen = _chosen(request, location)
    return floor_page(
        request,
        "admin/storing/move.html",
        {
            "title": f"Move at {location.name}",
            "place": location,
            "source": source,
            "chosen": chosen,
            "units": chosen and _carried(request, chosen),
            "contents": queries.in_bin(source.pk) if source else [],
            "last": _last(request, location),
            "press_key": site.form_key(request),
        },
    )


def _carried(request: HttpRequest, chosen: Content) -> int:
    """Return how many units of what is chosen are carried: those of scanned packs, or all that lie there."""
    units = _number(request.GET.get("units", ""))
    return min(units, chosen.quantity) if units else chosen.quantity


def _advice(location: Location, chosen: Content, units: int) -> Advice:
    return queries.advise(
        location_id=location.pk,
        sku_id=chosen.level.sku_id,
        quantity=units,
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
    found = queries.of_scan(rows, code)
    if found is None:
        where = here.code if here else "the dock"
        raise _Unclear(f"{code[:40]} does not lie in {where}.")
    content, units = found
    if units == 1:
        return f"{content.level.sku.code}.", _chosen_address(name, location, content, here)
    return _with_pack(name, location, content, here, units)


def _chosen_address(
    name: str, location: Location, content: Content, here: Bin | None, units: int = 0
) -> str:
    query = {"content": content.pk}
    if here is not None:
        query["bin"] = here.pk
    if units:
        query["units"] = units
    return _address(name, location, **query)


def _add(
    request: HttpRequest, location: Location, act: str, content: Content, units: int, more: int
) -> tuple[str, str]:
    """Carry more of what is chosen; where all was proposed, as many as are scanned."""
    is_counted = "units" in request.GET
    if more == 1 and not is_counted:
        raise _Unclear("Scan the bin, or type how many units.")
    here = _bin(request, location, "bin")
    return _with_pack(_PAGES[act], location, content, here, more + (units if is_counted else 0))


def _with_pack(
    name: str, location: Location, content: Content, here: Bin | None, units: int
) -> tuple[str, str]:
    """Carry as many units of what is chosen as the packs that were scanned hold."""
    if units > content.quantity:
        raise _Unclear(
            f"{units} of {content.level.sku.code} are scanned, {content.quantity} lie in {content.bin.code}."
        )
    words = f"{content.level.sku.code}: {units} units."
    return words, _chosen_address(name, location, content, here, units)


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
    units = _number(typed(request, "quantity", longest=9))
    target = bins.scanned(location.pk, code)
    if target is None and (again := queries.of_scan([content], code)):
        return _add(request, location, act, content, units, again[1])
    target = target or bins.named(location.pk, code)
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


@dataclass(frozen=True, slots=True)
class Counted:
    """What a person has counted in a bin and not posted: figures by SKU code, as typed, since a move of the bin."""

    figures: Mapping[str, str]
    seen: int

    @classmethod
    def of(cls, request: HttpRequest, place: Bin) -> "Counted":
        """Return what is kept; nothing when goods moved since it began, for then it is no count any more."""
        last = services.last_move(place.pk)
        kept: Mapping[str, Any] = request.session.get(_count_name(place), {})
        return cls(kept["figures"], last) if kept.get("seen") == last else cls({}, last)

    @classmethod
    def sent(cls, request: HttpRequest) -> "Counted":
        """Return what a form says."""
        return cls(
            {
                name.removeprefix("counted:"): typed(request, name, longest=9)
                for name in request.POST
                if name.startswith("counted:")
            },
            _number(typed(request, "seen", longest=18)),
        )

    def keep(self, request: HttpRequest, place: Bin) -> None:
        """Keep it for the next page."""
        request.session[_count_name(place)] = {"figures": dict(self.figures), "seen": self.seen}


@dataclass(frozen=True, slots=True)
class Row:
    """An article to be counted, and how many of it were."""

    sku: Sku
    figure: str


@page("storing/<int:location_id>/count/", name="bin_count", permission=COUNT)
@require_http_methods(["GET", "POST"])
def count(request: HttpRequest, location_id: int) -> HttpResponse:
    """Scan a bin, then what lies there or type how many; the books stay hidden until it is posted."""
    location = own_location(request, location_id)
    if request.method == "POST":
        return _count(request, location)
    place = _bin(request, location, "bin")
    zone = request.GET.get("zone", "").replace("\x00", "")[:10]
    counted = Counted.of(request, place) if place else None
    return floor_page(
        request,
        "admin/storing/count.html",
        {
            "title": f"Count bins at {location.name}",
            "place": location,
            "bin": place,
            "counted": counted,
            "rows": _rows(place, counted) if place and counted else [],
            "zone": zone,
            "zones": queries.zones(location.pk),
            "bins": [] if place else queries.to_count(location.pk, zone=zone),
            "press_key": site.form_key(request),
        },
    )


def _rows(place: Bin, counted: Counted) -> list[Row]:
    """Return what the books expect and what was found besides."""
    skus = queries.articles_in(place.pk, besides=counted.figures)
    return [Row(sku, counted.figures.get(sku.code, "")) for sku in skus]


def _count(request: HttpRequest, location: Location) -> HttpResponse:
    there = request.get_full_path()
    try:
        if "bin" not in request.POST:
            place = bins.named(location.pk, scanned(request))
            words, there = f"{place.code}.", _address("bin_count", location, bin=place.pk)
        else:
            place = _counted_bin(request, location)
            words, there = _count_in(request, location, place)
    except repeats.AlreadyDone:
        say(request, "That was counted already.")
    except errors.DomainError as error:
        say(request, told(error), good=False)
    except _Unclear as error:
        say(request, str(error), good=False)
    else:
        say(request, words)
    return HttpResponseRedirect(there)


def _counted_bin(request: HttpRequest, location: Location) -> Bin:
    place = Bin.objects.filter(location=location, pk=_number(request.POST["bin"])).first()
    if place is None:
        raise _Unclear("There is no such bin.")
    return place


def _count_in(request: HttpRequest, location: Location, place: Bin) -> tuple[str, str]:
    """Count what was scanned, or post the figures; the scan of the bin itself posts them as well."""
    key = site.form_key(request)
    counted = Counted.sent(request)
    counted.keep(request, place)
    code = scanned(request)
    other = bins.scanned(location.pk, code)
    if other is not None and other != place:
        raise _Unclear(f"{other.code} is another bin. Finish {place.code} first.")
    if "post" in request.POST or other is not None:
        words = _post_count(request, place, counted, key)
        request.session.pop(_count_name(place), None)
        return words, _address("bin_count", location)
    found = scanning.article(code) if code else None
    if found is None:
        raise _Unclear(f"There is no article {code[:40]}." if code else "Scan what lies there.")
    with transaction.atomic():
        repeats.take(request, f"bin-count:{place.pk}", key)
    units = _number(counted.figures.get(found.sku.code, "")) + found.units
    figures = {**counted.figures, found.sku.code: str(min(units, _MOST_COUNTED))}
    replace(counted, figures=figures).keep(request, place)
    return f"{found.sku.code}: {units}.", _address("bin_count", location, bin=place.pk)


def _post_count(request: HttpRequest, place: Bin, counted: Counted, key: str) -> str:
    figures = [services.Figure(code, _figure(text)) for code, text in counted.figures.items()]
    with transaction.atomic():
        repeats.take(request, f"bin-count:{place.pk}", key)
        found = services.count(
            bin_id=place.pk,
            figures=figures,
            seen=counted.seen,
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


def _count_name(place: Bin) -> str:
    return f"bin-count-{place.pk}"
