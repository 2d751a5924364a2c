"""Receiving at the dock: made for a scanner on a telephone, working without scripts as well.

What was scanned is a tally in the session; nothing is in stock before it is booked, in one receipt.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from inventory.locations.admin import reach
from inventory.lots import forms as lot_forms
from inventory.lots import scanning
from inventory.lots.rules import LotUnits, read_lines
from inventory.lots.scanning import Article
from inventory.purchasing import services as purchasing
from inventory.purchasing.admin.orders import RECEIVE, own_order
from inventory.purchasing.models import PurchaseLine, PurchaseOrder, PurchaseReceipt
from inventory.purchasing.services import Arrived
from inventory.purchasing.states import OPEN
from inventory.storing import waiting
from inventory.storing.models import CrossDock
from oms.core import clock, errors, numbering
from oms.core.actors import Actor
from oms.core.admin import repeats, site
from oms.core.admin.floor import floor_page, say, scanned, typed
from oms.core.admin.site import page

_SHOWN = 50
_LARGEST = 1_000_000

Tally = dict[str, int]


@dataclass(frozen=True, slots=True)
class Row:
    """A line with what was counted of it, and what was scanned or typed of its lots."""

    line: PurchaseLine
    counted: int
    inspect: int
    lots: str = ""
    inspect_lots: str = ""

    @property
    def over(self) -> int:
        """Units counted beyond what is to come."""
        return max(0, self.counted + self.inspect - self.line.to_come)


class Unclear(Exception):
    """The form says nothing that could be done."""


@page("purchasing/receive/", name="purchase_dock", permission=RECEIVE)
@require_http_methods(["GET", "POST"])
def dock(request: HttpRequest) -> HttpResponse:
    """Show what is to come at the own locations; a scan of an order or an article leads on."""
    orders = PurchaseOrder.objects.at(reach(request)).open().select_related("supplier", "location")
    if request.method == "POST":
        code = scanned(request)
        found = list(
            orders.filter(
                Q(number=numbering.normalize(code))
                | Q(lines__sku__code=code)
                | Q(lines__sku__barcode=code)
                | Q(lines__sku__packs__barcode=code)
                | Q(lines__supplier_code=code)
            )
            .distinct()
            .order_by("pk")[:2]
            if code
            else ()
        )
        if len(found) == 1:
            return HttpResponseRedirect(_address(found[0]))
        say(
            request,
            "Several orders bring this: choose one."
            if found
            else "Nothing that is to come has this number or code.",
            good=False,
        )
        return HttpResponseRedirect(reverse("admin:purchase_dock"))
    late = set(
        PurchaseOrder.objects.at(reach(request))
        .late(clock.today())
        .values_list("pk", flat=True)[:1000]
    )
    return floor_page(
        request,
        "admin/purchasing/dock.html",
        {
            "title": "Receive goods",
            "orders": [
                (order, order.pk in late) for order in orders.order_by("placed_at")[:_SHOWN]
            ],
            "shown": _SHOWN,
        },
    )


@page("purchasing/receive/<int:order_id>/", name="purchase_receive", permission=RECEIVE)
@require_http_methods(["GET", "POST"])
def receive(request: HttpRequest, order_id: int) -> HttpResponse:
    """Count what came of one order, then book it."""
    order = own_order(request, order_id)
    if request.method == "POST":
        return _act(request, order)
    rows = _rows(request, order)
    return floor_page(
        request,
        "admin/purchasing/receive.html",
        {
            "title": f"Receive {order.number}",
            "order": order,
            "is_open": order.status in OPEN,
            "rows": [row for row in rows if row.line.to_come or row.counted or row.inspect],
            "done": [row for row in rows if not (row.line.to_come or row.counted or row.inspect)],
            "counted": sum(row.counted + row.inspect for row in rows),
            "to_come": sum(row.line.to_come for row in rows),
            "over": any(row.over for row in rows),
            "waiting": _waiting(order, rows),
            "kept": _typed_before(request, order),
            "press_key": site.form_key(request),
        },
    )


def _waiting(order: PurchaseOrder, rows: list[Row]) -> list[tuple[str, int]]:
    """Return the SKUs that were counted and that orders wait for, with those units, at a location with bins."""
    counted = {row.line.sku_id: row.line.sku.code for row in rows if row.counted}
    if not order.location.uses_bins or not counted:
        return []
    waits = waiting.units(counted)
    return [(code, waits[sku_id]) for sku_id, code in counted.items() if waits.get(sku_id)]


def _address(order: PurchaseOrder) -> str:
    return reverse("admin:purchase_receive", args=(order.pk,))


# The tally ----------------------------------------------------------------------------------------


def _tally(request: HttpRequest, order: PurchaseOrder, *, inspect: bool) -> Tally:
    kept: Mapping[str, Any] = request.session.get(_name(order, inspect=inspect), {})
    return {code: int(count) for code, count in kept.items()}


def _keep(request: HttpRequest, order: PurchaseOrder, tally: Tally, *, inspect: bool) -> None:
    request.session[_name(order, inspect=inspect)] = {
        code: count for code, count in tally.items() if count > 0
    }


def _name(order: PurchaseOrder, *, inspect: bool) -> str:
    return f"dock-{'inspect' if inspect else 'count'}-{order.pk}"


def _rows(request: HttpRequest, order: PurchaseOrder) -> list[Row]:
    good, aside = (_tally(request, order, inspect=inspect) for inspect in (False, True))
    lines = PurchaseLine.objects.filter(order=order).select_related("sku").order_by("position")
    scanned_lots = request.session.get(_lots_name(order), {})
    kept = _typed_before(request, order)
    return [
        Row(
            line,
            good.get(line.sku.code, 0),
            aside.get(line.sku.code, 0),
            kept.get(f"lots-{line.pk}") or _written(scanned_lots.get(line.sku.code, {})),
            kept.get(f"inspect-lots-{line.pk}", ""),
        )
        for line in lines
    ]


def _typed_before(request: HttpRequest, order: PurchaseOrder) -> Mapping[str, str]:
    """Return what was typed into a booking that was refused."""
    kept: Mapping[str, str] = request.session.get(_typed_name(order), {})
    return kept


def _keep_typed(request: HttpRequest, order: PurchaseOrder) -> None:
    if "book" not in request.POST:
        return
    request.session[_typed_name(order)] = {
        name: words[: lot_forms.LONGEST]
        for name, words in request.POST.items()
        if name.startswith(("lots-", "inspect-lots-"))
        or name in ("bin", "delivery_note", "over_reason")
    }


def _typed_name(order: PurchaseOrder) -> str:
    return f"dock-typed-{order.pk}"


def _lots_name(order: PurchaseOrder) -> str:
    return f"dock-lots-{order.pk}"


def _written(lots: Mapping[str, int]) -> str:
    """Return what was scanned of lots as one would type it: number and day of expiry, then units."""
    return "\n".join(f"{lot}, {count}" for lot, count in lots.items())


def _keep_lot(request: HttpRequest, order: PurchaseOrder, article: Article) -> None:
    """Remember the lot or serial number that a GS1 code named."""
    if not article.number:
        return
    expires_on = article.scan.expires_on
    told = f"{article.number}, {expires_on.isoformat() if expires_on else ''}"
    kept = request.session.get(_lots_name(order), {})
    of_sku = kept.setdefault(article.sku.code, {})
    of_sku[told] = of_sku.get(told, 0) + article.units
    request.session[_lots_name(order)] = kept


def _count(
    request: HttpRequest, order: PurchaseOrder, code: str, change: Callable[[int], int]
) -> str:
    """Change the count of a line; return what to tell."""
    inspect = "inspect" in request.POST
    line = (
        PurchaseLine.objects.filter(order=order)
        .filter(Q(sku__code=code) | Q(sku__barcode=code) | Q(supplier_code=code))
        .select_related("sku")
        .first()
        if code
        else None
    )
    if line is None:
        raise Unclear(f"{code[:40] or 'This'} is not on this order.")
    tally = _tally(request, order, inspect=inspect)
    count = min(max(0, change(tally.get(line.sku.code, 0))), _LARGEST)
    tally[line.sku.code] = count
    _keep(request, order, tally, inspect=inspect)
    where = " to inspect" if inspect else ""
    return f"{line.sku.code}: {count} counted{where}, {line.to_come} to come."


# Acts ---------------------------------------------------------------------------------------------


def _act(request: HttpRequest, order: PurchaseOrder) -> HttpResponse:
    """Do what was scanned or pressed, once, and say what came of it."""
    key = site.form_key(request)
    there = _address(order)
    try:
        if "book" in request.POST:
            words = _book(request, order, key)
            there = reverse("admin:purchase_dock")
        else:
            with transaction.atomic():
                repeats.take(request, f"dock:{order.pk}", key)
            words = _scan_or_set(request, order)
    except repeats.AlreadyDone:
        say(request, "That was counted already.")
    except errors.DomainError as error:
        _keep_typed(request, order)
        say(request, " ".join([error.detail, *_told(error)]), good=False)
    except Unclear as error:
        _keep_typed(request, order)
        say(request, str(error), good=False)
    else:
        say(request, words)
    return HttpResponseRedirect(there)


def _told(error: errors.DomainError) -> list[str]:
    return [each.message for each in error.problems if each.message != error.detail]


def _scan_or_set(request: HttpRequest, order: PurchaseOrder) -> str:
    for name, step in (("more", 1), ("less", -1)):
        if name in request.POST:
            return _count(
                request,
                order,
                typed(request, name, longest=64),
                lambda count, step=step: count + step,  # type: ignore[misc]  # a default binds it
            )
    if "set" in request.POST:
        number = typed(request, "quantity", longest=8)
        if not number.isascii() or not number.isdecimal():
            raise Unclear("How many came?")
        return _count(request, order, typed(request, "set", longest=64), lambda _: int(number))
    if "all" in request.POST:
        rows = _rows(request, order)
        tally = _tally(request, order, inspect=False)
        for row in rows:
            if row.line.to_come > row.counted + row.inspect:
                tally[row.line.sku.code] = row.line.to_come - row.inspect
        _keep(request, order, tally, inspect=False)
        return "Everything that is to come is counted."
    code = scanned(request)
    if not code:
        raise Unclear("Scan an article, or type how many came.")
    article = scanning.article(code)
    if article is None:  # the supplier's own number, perhaps
        return _count(request, order, code, lambda count: count + 1)
    words = _count(request, order, article.sku.code, lambda count: count + article.units)
    _keep_lot(request, order, article)
    return words


def _book(request: HttpRequest, order: PurchaseOrder, key: str) -> str:
    if PurchaseReceipt.objects.filter(key=f"console:{key}").exists():
        raise repeats.AlreadyDone
    units = []
    named_bin = typed(request, "bin", longest=40)
    for row in _rows(request, order):
        for inspect, count in ((False, row.counted), (True, row.inspect)):
            if count:
                lots = _lots(request, row.line, count, inspect=inspect)
                units.append(Arrived(row.line.sku.code, count, inspect, named_bin, lots))
    if not units:
        raise Unclear("Nothing is counted yet.")
    receipt = purchasing.receive(
        order_id=order.pk,
        units=units,
        key=f"console:{key}",
        delivery_note=typed(request, "delivery_note", longest=60),
        over_reason=typed(request, "over_reason", longest=200),
        cross_dock="put_all_away" not in request.POST,
        actor=Actor.of_user(request.user),
    )
    for inspect in (False, True):
        request.session.pop(_name(order, inspect=inspect), None)
    request.session.pop(_lots_name(order), None)
    request.session.pop(_typed_name(order), None)
    count = sum(each.quantity for each in units)
    words = f"{count} unit{'' if count == 1 else 's'} booked as {receipt.number}."
    return " ".join([words, *_split(receipt)])


def _split(receipt: PurchaseReceipt) -> list[str]:
    """Say what of a receipt goes straight to where orders leave."""
    causes = [purchasing.cause_of(line.pk) for line in receipt.lines.all()]
    return [
        f"{each.sku.code}: {each.quantity} for waiting orders to {each.bin.code},"
        f" {each.received - each.quantity} to put away."
        for each in CrossDock.objects.filter(cause__in=causes).select_related("sku", "bin")
        if each.bin is not None
    ]


def _lots(
    request: HttpRequest, line: PurchaseLine, count: int, *, inspect: bool
) -> Sequence[LotUnits]:
    """Return the lots that were typed of a line."""
    if not line.sku.is_tracked:
        return ()
    name = f"{'inspect-lots' if inspect else 'lots'}-{line.pk}"
    typed_lots = request.POST.get(name, "")[: lot_forms.LONGEST]
    try:
        return read_lines(typed_lots, units=count, is_serial=line.sku.is_serial)
    except ValueError as error:
        raise Unclear(f"{line.sku.code}: {error}") from error
