"""Receive by scanner: a narrow page for a telephone, working without scripts as well.

Scans are counted into a tally of the person's session, each in a condition; one press sends the tally to the service.
Nothing moves before that press, so a wrong scan is taken back by a button.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from inventory.locations.admin import reach
from inventory.lots import scanning
from inventory.lots.scanning import Article
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

RECEIVE = "inventory.receive_transfer"
INTO = {
    Bucket.AVAILABLE.value: "sound",
    Bucket.DAMAGED.value: "damaged",
    Bucket.QUALITY_CONTROL.value: "to inspect",
}
MOST = 1_000_000


class Unclear(Exception):
    """The form says nothing that could be done."""


class Tally:
    """What arrived of a transfer and was not sent yet: units by line and condition, in the session."""

    def __init__(self, request: HttpRequest, transfer: TransferOrder) -> None:
        self._session = request.session
        self._name = f"transfer-receive-{transfer.pk}"
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


@page("warehouse/transfers/<int:transfer_id>/receive/", name="transfer_receive", permission=RECEIVE)
@require_http_methods(["GET", "POST"])
def receive(request: HttpRequest, transfer_id: int) -> HttpResponse:
    """Count what arrived, each unit in its condition, then take it in."""
    transfer = own(request, transfer_id, "destination_id")
    tally = Tally(request, transfer)
    if request.method == "POST":
        return act(
            request,
            transfer,
            "receive",
            commit=lambda key: _take_in(request, transfer, tally, key),
            count=lambda: _count(request, transfer, tally),
            tally=tally,
        )
    stops = [
        Stop(line, line.in_transit, tally.of(line.pk), tally.parts(line.pk))
        for line in transfer.lines.all()
        if line.in_transit or tally.of(line.pk)
    ]
    return floor_page(
        request,
        "admin/inventory/transfer_receive.html",
        {
            "title": f"Receive {transfer.number}",
            "transfer": transfer,
            "refusal": queries.refusal("receive", transfer, transfer.lines.all()),
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


# What both ends share -----------------------------------------------------------------------------


class Kept(Protocol):
    """What was scanned and not sent yet."""

    def keep(self) -> None:
        """Write it back."""

    def forget(self) -> None:
        """Begin anew."""


def own(request: HttpRequest, transfer_id: int, end: str) -> TransferOrder:
    """Return a transfer of which this end is the person's; 404 for any other, and for none."""
    reached = reach(request)
    transfer = queries.within(reached).filter(pk=transfer_id).first()
    if transfer is None or (reached is not None and getattr(transfer, end) not in reached):
        raise Http404("There is no such transfer.")
    return transfer


def act(
    request: HttpRequest,
    transfer: TransferOrder,
    name: str,
    *,
    commit: Callable[[str], str],
    count: Callable[[], str],
    tally: Kept,
) -> HttpResponse:
    """Do what was scanned or pressed, once, and say what came of it."""
    key = site.form_key(request)
    try:
        with transaction.atomic():
            repeats.take(request, f"transfer-{name}:{transfer.pk}", key)
            if "commit" in request.POST:
                words = commit(key)
            else:
                words = count()
                tally.keep()
    except repeats.AlreadyDone:
        say(request, "That was counted already.")
    except errors.DomainError as error:
        told = dict.fromkeys([error.detail, *(each.message for each in error.problems)])
        say(request, " ".join(told), good=False)
    except Unclear as error:
        say(request, str(error), good=False)
    else:
        say(request, words)
        if "commit" in request.POST:
            tally.forget()
    return HttpResponseRedirect(reverse(f"admin:transfer_{name}", args=(transfer.pk,)))


def article_of(transfer: TransferOrder, code: str) -> tuple[TransferLine, Article]:
    """Return the line that a scan means, with its units and the lot that it names. Raises Unclear."""
    if not code:
        raise Unclear("Scan an article, or press a button.")
    found = scanning.article(code)
    lines = {line.sku_id: line for line in transfer.lines.all()}
    if found is None or found.sku.pk not in lines:
        raise Unclear(f"{code} is not in this transfer.")
    return lines[found.sku.pk], found


def line_of(request: HttpRequest, transfer: TransferOrder, name: str) -> TransferLine:
    """Return the line whose button was pressed. Raises Unclear."""
    for line in transfer.lines.all():
        if request.POST.get(name) == str(line.pk):
            return line
    raise Unclear("There is no such line.")


# Counting what arrived ----------------------------------------------------------------------------


def _count(request: HttpRequest, transfer: TransferOrder, tally: Tally) -> str:
    if "into" in request.POST:
        wanted = request.POST["into"]
        if wanted not in INTO:
            raise Unclear("There is no such condition.")
        tally.into = wanted
        return f"The next units are {INTO[wanted]}."
    if "less" in request.POST:
        line = line_of(request, transfer, "less")
        if not tally.take_back(line.pk):
            raise Unclear("There is nothing to take back.")
        return f"{line.sku.code}: one taken back."
    for name in ("more", "all", "extra"):
        if name in request.POST:
            line, units = line_of(request, transfer, name), 1
            break
    else:
        name = "more"
        line, article = article_of(transfer, scanned(request))
        units = article.units
    left = line.in_transit - tally.of(line.pk)
    if name == "extra":
        tally.add(line.pk, 1)
        return f"{line.sku.code}: one more than was sent."
    if left <= 0:
        raise Unclear(f"{line.sku.code}: all {line.in_transit} are counted already.")
    if name == "more" and units > left:
        raise Unclear(f"{line.sku.code}: a pack of {units}, and only {left} are left to count.")
    tally.add(line.pk, left if name == "all" else units)
    return f"{line.sku.code}: {tally.of(line.pk)} of {line.in_transit}."


def _take_in(request: HttpRequest, transfer: TransferOrder, tally: Tally, key: str) -> str:
    complete = "complete" in request.POST
    codes: Mapping[str, str] = {str(line.pk): line.sku.code for line in transfer.lines.all()}
    units = [
        Units(codes[line_id], min(count, MOST), bucket)
        for name, count in tally.counted.items()
        for line_id, _, bucket in [name.partition(":")]
        if line_id in codes
    ]
    if not units and not complete:
        raise Unclear("Nothing is counted yet.")
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
