"""Ship and receive by scanner: narrow pages for a telephone, working without scripts as well.

Scans are counted into a tally of the person's session, in a condition when goods arrive; one press sends the tally to
the service. Nothing moves before that press, so a wrong scan is taken back by a button.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from inventory.locations.admin import reach
from inventory.packs import queries as packs
from inventory.stock.states import Bucket
from inventory.transfers import queries, services
from inventory.transfers.models import TransferLine, TransferOrder
from inventory.transfers.rules import Units
from inventory.transfers.states import TransferStatus
from oms.core import errors
from oms.core.actors import Actor
from oms.core.admin import repeats, site
from oms.core.admin.floor import floor_page, say, scanned, typed
from oms.core.admin.site import page

SHIP = "inventory.ship_transfer"
RECEIVE = "inventory.receive_transfer"
INTO = {
    Bucket.AVAILABLE.value: "sound",
    Bucket.DAMAGED.value: "damaged",
    Bucket.QUALITY_CONTROL.value: "to inspect",
}
_MOST = 1_000_000


class _Unclear(Exception):
    """The form says nothing that could be done."""


class Tally:
    """What was counted of a transfer and not sent yet: units by line and condition, in the session."""

    def __init__(self, request: HttpRequest, act: str, transfer: TransferOrder) -> None:
        self._session = request.session
        self._name = f"transfer-{act}-{transfer.pk}"
        kept: dict[str, Any] = self._session.get(self._name, {})
        self.counted: dict[str, int] = dict(kept.get("counted", {}))
        self.into: str = kept.get("into", Bucket.AVAILABLE.value)

    def of(self, line_id: int) -> int:
        """Return the units of a line, whatever their condition."""
        return sum(
            count for name, count in self.counted.items() if name.split(":")[0] == str(line_id)
        )

    def parts(self, line_id: int) -> list[tuple[str, int]]:
        """Return conditions in words with their units."""
        return [
            (words, count)
            for name, words in INTO.items()
            if (count := self.counted.get(f"{line_id}:{name}", 0))
        ]

    def add(self, line_id: int, units: int) -> None:
        """Count units in the chosen condition; fewer than nothing is nothing."""
        name = f"{line_id}:{self.into}"
        self.counted[name] = max(0, self.counted.get(name, 0) + units)
        if not self.counted[name]:
            del self.counted[name]

    def take_back(self, line_id: int) -> bool:
        """Take one unit back, of the chosen condition first; say whether there was one."""
        for name in (f"{line_id}:{self.into}", *(f"{line_id}:{each}" for each in INTO)):
            if self.counted.get(name):
                self.counted[name] -= 1
                if not self.counted[name]:
                    del self.counted[name]
                return True
        return False

    def keep(self) -> None:
        """Write it back."""
        self._session[self._name] = {"counted": self.counted, "into": self.into}

    def forget(self) -> None:
        """Begin anew."""
        self._session.pop(self._name, None)


@dataclass(frozen=True, slots=True)
class Stop:
    """A line as the floor sees it."""

    line: TransferLine
    left: int
    counted: int
    parts: list[tuple[str, int]]

    @property
    def missing(self) -> int:
        """Units that nobody has counted."""
        return max(0, self.left - self.counted)

    @property
    def extra(self) -> int:
        """Units beyond what was sent."""
        return max(0, self.counted - self.left)


@page("warehouse/transfers/<int:transfer_id>/ship/", name="transfer_ship", permission=SHIP)
@require_http_methods(["GET", "POST"])
def ship(request: HttpRequest, transfer_id: int) -> HttpResponse:
    """Gather the units that leave, then send them."""
    transfer = _own(request, transfer_id, "source_id")
    if request.method == "POST":
        return _act(request, transfer, "ship", "open", _send)
    return _show(request, transfer, "ship", "open")


@page("warehouse/transfers/<int:transfer_id>/receive/", name="transfer_receive", permission=RECEIVE)
@require_http_methods(["GET", "POST"])
def receive(request: HttpRequest, transfer_id: int) -> HttpResponse:
    """Count what arrived, each unit in its condition, then take it in."""
    transfer = _own(request, transfer_id, "destination_id")
    if request.method == "POST":
        return _act(request, transfer, "receive", "in_transit", _take_in)
    return _show(request, transfer, "receive", "in_transit")


def _own(request: HttpRequest, transfer_id: int, end: str) -> TransferOrder:
    """Return a transfer of which this end is the person's; 404 for any other, and for none."""
    reached = reach(request)
    transfer = queries.within(reached).filter(pk=transfer_id).first()
    if transfer is None or (reached is not None and getattr(transfer, end) not in reached):
        raise Http404("There is no such transfer.")
    return transfer


def _show(request: HttpRequest, transfer: TransferOrder, act: str, counter: str) -> HttpResponse:
    tally = Tally(request, act, transfer)
    stops = [
        Stop(line, getattr(line, counter), tally.of(line.pk), tally.parts(line.pk))
        for line in transfer.lines.all()
        if getattr(line, counter) or tally.of(line.pk)
    ]
    return floor_page(
        request,
        f"admin/inventory/transfer_{act}.html",
        {
            "title": f"{act.capitalize()} {transfer.number}",
            "transfer": transfer,
            "refusal": queries.refusal(act, transfer, transfer.lines.all()),
            "stops": [stop for stop in stops if stop.missing],
            "done": [stop for stop in stops if not stop.missing],
            "counted": sum(stop.counted for stop in stops),
            "missing": sum(stop.missing for stop in stops),
            "extra": sum(stop.extra for stop in stops),
            "conditions": INTO.items(),
            "into": tally.into,
            "press_key": site.form_key(request),
        },
    )


def _act(
    request: HttpRequest,
    transfer: TransferOrder,
    act: str,
    counter: str,
    commit: Callable[[HttpRequest, TransferOrder, Tally, str], str],
) -> HttpResponse:
    """Do what was scanned or pressed, once, and say what came of it."""
    key = site.form_key(request)
    tally = Tally(request, act, transfer)
    try:
        with transaction.atomic():
            repeats.take(request, f"transfer-{act}:{transfer.pk}", key)
            if "commit" in request.POST:
                words = commit(request, transfer, tally, key)
            else:
                words = _count(request, transfer, tally, counter)
                tally.keep()
    except repeats.AlreadyDone:
        say(request, "That was counted already.")
    except errors.DomainError as error:
        say(
            request,
            " ".join([error.detail, *(each.message for each in error.problems)]),
            good=False,
        )
    except _Unclear as error:
        say(request, str(error), good=False)
    else:
        say(request, words)
        if "commit" in request.POST:
            tally.forget()
    return HttpResponseRedirect(reverse(f"admin:transfer_{act}", args=(transfer.pk,)))


def _count(request: HttpRequest, transfer: TransferOrder, tally: Tally, counter: str) -> str:
    if "into" in request.POST:
        wanted = request.POST["into"]
        if wanted not in INTO:
            raise _Unclear("There is no such condition.")
        tally.into = wanted
        return f"The next units are {INTO[wanted]}."
    if "less" in request.POST:
        line = _line(request, transfer, "less")
        if not tally.take_back(line.pk):
            raise _Unclear("There is nothing to take back.")
        return f"{line.sku.code}: one taken back."
    for name in ("more", "all", "extra"):
        if name in request.POST:
            line, each = _line(request, transfer, name), 1
            break
    else:
        name, (line, each) = "more", _scanned(request, transfer)
    left = getattr(line, counter) - tally.of(line.pk)
    if name == "extra":
        if counter != "in_transit":
            raise _Unclear("No more than is open can leave.")
        tally.add(line.pk, 1)
        return f"{line.sku.code}: one more than was sent."
    if left <= 0:
        raise _Unclear(f"{line.sku.code}: all {getattr(line, counter)} are counted already.")
    if name == "more" and each > left:
        raise _Unclear(f"{line.sku.code}: a pack of {each}, and only {left} are left to count.")
    tally.add(line.pk, left if name == "all" else each)
    return f"{line.sku.code}: {tally.of(line.pk)} of {getattr(line, counter)}."


def _scanned(request: HttpRequest, transfer: TransferOrder) -> tuple[TransferLine, int]:
    """Return the line that a scan means, and its units: more than one when it is a pack's."""
    code = scanned(request)
    if not code:
        raise _Unclear("Scan an article, or press a button.")
    for line in transfer.lines.all():
        if code == line.sku.code or _same_barcode(code, line.sku.barcode):
            return line, 1
    pack = packs.scanned(code)
    for line in transfer.lines.all():
        if pack is not None and line.sku_id == pack.sku.pk:
            return line, pack.units
    raise _Unclear(f"{code} is not in this transfer.")


def _same_barcode(code: str, barcode: str) -> bool:
    """Compare barcodes; a GTIN may be written with zeros before it."""
    if code == barcode:
        return True
    return (
        code.isascii()
        and code.isdecimal()
        and barcode.isascii()
        and barcode.isdecimal()
        and code.lstrip("0") == barcode.lstrip("0")
    )


def _line(request: HttpRequest, transfer: TransferOrder, name: str) -> TransferLine:
    for line in transfer.lines.all():
        if request.POST.get(name) == str(line.pk):
            return line
    raise _Unclear("There is no such line.")


def _units(transfer: TransferOrder, tally: Tally, *, into: bool) -> list[Units]:
    codes: Mapping[str, str] = {str(line.pk): line.sku.code for line in transfer.lines.all()}
    return [
        Units(codes[line_id], min(count, _MOST), bucket if into else "")
        for name, count in tally.counted.items()
        for line_id, _, bucket in [name.partition(":")]
        if line_id in codes
    ]


def _send(request: HttpRequest, transfer: TransferOrder, tally: Tally, key: str) -> str:
    units = _units(transfer, tally, into=False)
    if not units:
        raise _Unclear("Nothing is counted yet.")
    services.ship(
        transfer_id=transfer.pk,
        units=units,
        key=f"floor:{key}",
        actor=Actor.of_user(request.user),
        reach=reach(request),
    )
    count = sum(each.quantity for each in units)
    return f"On the way to {transfer.destination.name}: {count}."


def _take_in(request: HttpRequest, transfer: TransferOrder, tally: Tally, key: str) -> str:
    complete = "complete" in request.POST
    units = _units(transfer, tally, into=True)
    if not units and not complete:
        raise _Unclear("Nothing is counted yet.")
    found = services.receive(
        transfer_id=transfer.pk,
        units=units,
        complete=complete,
        found=typed(request, "found", longest=200),
        key=f"floor:{key}",
        actor=Actor.of_user(request.user),
        reach=reach(request),
    )
    words = f"Received: {sum(each.quantity for each in units)}."
    if found.status == TransferStatus.RECEIVED:
        words += " What is missing is reported."
    return words
