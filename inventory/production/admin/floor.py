"""Posting at the bench: made for a scanner on a telephone, working without scripts as well.

What was scanned is a tally in the session; nothing moves before it is posted, in one posting. Goods are counted in a
condition; a component is counted only where it was used otherwise than planned. Lots and serial numbers of what is
tracked are scanned with the goods, or typed before posting.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from inventory.catalog.models import Sku
from inventory.locations.admin import reach
from inventory.lots import forms as lot_forms
from inventory.lots.rules import read_gs1
from inventory.production import queries
from inventory.production import services as production
from inventory.production.admin import tracked
from inventory.production.admin.entry import own_order
from inventory.production.admin.orders import POST
from inventory.production.models import (
    ProductionComponent,
    ProductionOrder,
    ProductionPosting,
)
from inventory.production.rules import Used
from inventory.production.services import Report
from oms.core import clock, errors, numbering
from oms.core.actors import Actor
from oms.core.admin import repeats, site
from oms.core.admin.floor import floor_page, say, scanned, typed
from oms.core.admin.site import page

_SHOWN = 50
_LARGEST = 1_000_000
CONDITIONS = {"produced": "sound", "inspect": "to inspect", "scrapped": "spoilt"}
_FIELDS = {"produced": tracked.SOUND, "inspect": tracked.INSPECT}


class _Unclear(Exception):
    """The form says nothing that could be done."""


class Tally:
    """What was counted of an order and not posted yet: goods by condition, and components by SKU."""

    def __init__(self, request: HttpRequest, order: ProductionOrder) -> None:
        self._session = request.session
        self._name = f"production-{order.pk}"
        kept: Mapping[str, Any] = self._session.get(self._name, {})
        self.goods: dict[str, int] = dict(kept.get("goods", {}))
        self.used: dict[str, int] = dict(kept.get("used", {}))
        self.condition: str = kept.get("condition", "produced")
        self.lots: dict[str, str] = dict(kept.get("lots", {}))

    @property
    def made(self) -> int:
        """Units counted, sound or not."""
        return sum(self.goods.values())

    def add(self, units: int) -> int:
        """Count goods in the chosen condition; return how many of it there are."""
        count = min(max(0, self.goods.get(self.condition, 0) + units), _LARGEST)
        self.goods[self.condition] = count
        return count

    def name(self, field: str, number: str, *, once: bool) -> None:
        """Write a lot or serial number down with others; raise _Unclear for one that may come only `once`."""
        lines = self.lots.get(field, "").splitlines()
        if once and number in lines:
            raise _Unclear(f"{number} was scanned already.")
        self.lots[field] = "\n".join([*lines, number])

    def keep(self) -> None:
        """Write it back."""
        self._session[self._name] = {
            "goods": self.goods,
            "used": self.used,
            "condition": self.condition,
            "lots": self.lots,
        }

    def forget(self) -> None:
        """Begin anew."""
        self._session.pop(self._name, None)


@dataclass(frozen=True, slots=True)
class Part:
    """A component as the bench sees it: what the plan takes for what is counted, and what was counted of it."""

    row: ProductionComponent
    planned: int
    counted: int | None

    @property
    def differs(self) -> bool:
        """Whether it was used otherwise than planned."""
        return self.counted is not None and self.counted != self.planned


@page("warehouse/production/", name="production_floor", permission=POST)
@require_http_methods(["GET", "POST"])
def floor(request: HttpRequest) -> HttpResponse:
    """Show what is to be made at the own locations; a scan of an order or an article leads on."""
    orders = (
        ProductionOrder.objects.at(reach(request)).open().select_related("bill__sku", "location")
    )
    if request.method == "POST":
        code = scanned(request)
        found = list(
            orders.filter(
                Q(number=numbering.normalize(code))
                | Q(bill__sku__code=code)
                | Q(bill__sku__barcode=code)
            ).order_by("finishes_on", "pk")[:2]
            if code
            else ()
        )
        if len(found) == 1:
            return HttpResponseRedirect(_address(found[0]))
        say(
            request,
            "Several orders make this: choose one."
            if found
            else "Nothing that is to be made has this number or code.",
            good=False,
        )
        return HttpResponseRedirect(reverse("admin:production_floor"))
    today = clock.today()
    return floor_page(
        request,
        "admin/production/floor.html",
        {
            "title": "Make goods",
            "orders": [
                (order, order.is_late(today))
                for order in orders.order_by("finishes_on", "pk")[:_SHOWN]
            ],
            "shown": _SHOWN,
        },
    )


@page("warehouse/production/<int:order_id>/", name="production_post", permission=POST)
@require_http_methods(["GET", "POST"])
def post(request: HttpRequest, order_id: int) -> HttpResponse:
    """Count what was made of one order, then post it."""
    order = own_order(request, order_id)
    if request.method == "POST":
        return _act(request, order)
    tally = Tally(request, order)
    parts = _parts(order, tally)
    over = max(0, tally.made - order.open)
    return floor_page(
        request,
        "admin/production/post.html",
        {
            "title": f"Make {order.number}",
            "order": order,
            "refusal": queries.refusal("post", order),
            "counted": [(words, tally.goods.get(name, 0)) for name, words in CONDITIONS.items()],
            "conditions": CONDITIONS.items(),
            "condition": tally.condition,
            "made": tally.made,
            "used": any(part.counted for part in parts),
            "left": max(0, order.open - tally.made),
            "over": over,
            "parts": parts,
            "tracked": [
                (each, tally.lots.get(each.name, ""))
                for each in tracked.asked(order)
                if each.name != tracked.INSPECT or tally.goods.get("inspect")
            ],
            "differs": over or any(part.differs for part in parts),
            "press_key": site.form_key(request),
        },
    )


def _address(order: ProductionOrder) -> str:
    return reverse("admin:production_post", args=(order.pk,))


def _parts(order: ProductionOrder, tally: Tally) -> list[Part]:
    planned = queries.planned_in(order, made=order.made + tally.made).used
    return [
        Part(row, planned[row.sku.code] if tally.made else 0, tally.used.get(row.sku.code))
        for row in order.components.all()
    ]


def _act(request: HttpRequest, order: ProductionOrder) -> HttpResponse:
    """Do what was scanned or pressed, once, and say what came of it."""
    key = site.form_key(request)
    tally = Tally(request, order)
    try:
        if "book" in request.POST:
            words = _book(request, order, tally, key)
        else:
            with transaction.atomic():
                repeats.take(request, f"production:{order.pk}", key)
            words = _count(request, order, tally)
            tally.keep()
    except repeats.AlreadyDone:
        say(request, "That was counted already.")
    except errors.DomainError as error:
        told = [each.message for each in error.problems if each.message != error.detail]
        say(request, " ".join([error.detail, *told]), good=False)
    except _Unclear as error:
        say(request, str(error), good=False)
    else:
        say(request, words)
    return HttpResponseRedirect(_address(order))


def _count(request: HttpRequest, order: ProductionOrder, tally: Tally) -> str:
    goods = order.bill.sku
    if "into" in request.POST:
        wanted = request.POST["into"]
        if wanted not in CONDITIONS:
            raise _Unclear("There is no such condition.")
        tally.condition = wanted
        return f"The next units are {CONDITIONS[wanted]}."
    if "rest" in request.POST:
        count = tally.add(max(0, order.open - tally.made))
        return f"{goods.code}: {count} {CONDITIONS[tally.condition]}."
    if "plan" in request.POST:
        code = typed(request, "plan", longest=64)
        tally.used.pop(code, None)
        return f"{code}: as planned."
    for name, step in (("more", 1), ("less", -1)):
        if name in request.POST:
            return f"{goods.code}: {tally.add(step)} {CONDITIONS[tally.condition]}."
    if "set" in request.POST:
        return _set(request, order, tally)
    code = scanned(request)
    if not code:
        raise _Unclear("Scan an article, or type how many.")
    if code in (goods.code, goods.barcode):
        return f"{goods.code}: {tally.add(1)} {CONDITIONS[tally.condition]}."
    for row in order.components.all():
        if code in (row.sku.code, row.sku.barcode):
            tally.used[row.sku.code] = min(tally.used.get(row.sku.code, 0) + 1, _LARGEST)
            return f"{row.sku.code}: {tally.used[row.sku.code]} used."
    if number := _number_of_goods(code, goods):
        if tally.condition in _FIELDS:
            tally.name(_FIELDS[tally.condition], number, once=goods.is_serial)
        return f"{goods.code} {number}: {tally.add(1)} {CONDITIONS[tally.condition]}."
    raise _Unclear(f"{code} is not in this order.")


def _number_of_goods(code: str, goods: Sku) -> str:
    """Return the lot or serial number of the goods that a code names: GS1, or of serial numbers the plain one."""
    if not goods.is_tracked:
        return ""
    scan = read_gs1(code)
    if scan is not None:
        return scan.number if goods.barcode in scan.barcodes else ""
    return code if goods.is_serial else ""


def _set(request: HttpRequest, order: ProductionOrder, tally: Tally) -> str:
    """Take a typed number: of the goods, or of a component."""
    code = typed(request, "set", longest=64)
    number = typed(request, "quantity", longest=7)
    if not number.isascii() or not number.isdecimal():
        raise _Unclear("How many?")
    if code == order.bill.sku.code:
        tally.goods[tally.condition] = int(number)
        return f"{code}: {number} {CONDITIONS[tally.condition]}."
    if code not in {row.sku.code for row in order.components.all()}:
        raise _Unclear(f"{code or 'This'} is not in this order.")
    tally.used[code] = int(number)
    return f"{code}: {number} used."


def _book(request: HttpRequest, order: ProductionOrder, tally: Tally, key: str) -> str:
    if ProductionPosting.objects.filter(key=f"floor:{key}").exists():
        raise repeats.AlreadyDone
    if not tally.made and not any(tally.used.values()):
        raise _Unclear("Nothing is counted yet.")
    tally.lots = {
        each.name: request.POST.get(each.name, "")[: lot_forms.LONGEST]
        for each in tracked.asked(order)
    }
    tally.keep()  # what was typed stays when something is refused
    report = Report(
        produced=tally.goods.get("produced", 0),
        inspect=tally.goods.get("inspect", 0),
        scrapped=tally.goods.get("scrapped", 0),
        used=[Used(code, units) for code, units in tally.used.items()],
        reason=typed(request, "reason", longest=200),
    )
    try:
        report = tracked.named(order, report, tally.lots)
    except ValidationError as error:
        raise _Unclear(" ".join(error.messages)) from error
    posting = production.post(
        order_id=order.pk,
        report=report,
        key=f"floor:{key}",
        actor=Actor.of_user(request.user),
        reach=reach(request),
    )
    tally.forget()
    return f"{tally.made} posted as {posting.number}."
