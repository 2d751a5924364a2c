"""Ship by scanner: the pick list of a transfer on a telephone, working without scripts as well.

At a source with bins, the bin is scanned and then what is taken out of it; a code that names a lot or serial number
gathers that one. Scans are kept in the person's session; one press sends them to the service. Nothing moves before that
press, so a wrong scan is taken back by a button.
"""

from collections import Counter, defaultdict
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from inventory.bins import queries as bins
from inventory.locations.admin import reach
from inventory.lots.models import Lot
from inventory.stock.models import Content
from inventory.stock.states import Condition
from inventory.transfers import floor, queries, services, walking
from inventory.transfers.floor import MOST, Unclear
from inventory.transfers.models import TransferLine, TransferOrder
from inventory.transfers.rules import Fetched, Units
from inventory.transfers.walking import Place, Stop
from oms.core.actors import Actor
from oms.core.admin import site
from oms.core.admin.floor import floor_page, scanned
from oms.core.admin.site import page

SHIP = "inventory.ship_transfer"


class Gathered:
    """What was gathered for a transfer and not sent yet, in the order of the scans, and the bin that one stands at."""

    def __init__(self, request: HttpRequest, transfer: TransferOrder) -> None:
        self._session = request.session
        self._name = f"transfer-ship-{transfer.pk}"
        kept: dict[str, Any] = self._session.get(self._name, {})
        self.units: dict[Place, int] = {
            Place(line_id, bin_code, lot): count
            for line_id, bin_code, lot, count in kept.get("units", [])
        }
        self.here: str = kept.get("here", "")

    def of(self, line_id: int) -> int:
        """Return the units of a line."""
        return sum(count for place, count in self.units.items() if place.line_id == line_id)

    def at(self, bin_code: str, line_id: int, lot: str) -> int:
        """Return the units of a line out of one bin, of one lot or of all."""
        return sum(
            count
            for place, count in self.units.items()
            if (place.line_id, place.bin_code) == (line_id, bin_code) and lot in ("", place.lot)
        )

    def add(self, place: Place, count: int) -> None:
        """Gather units."""
        self.units[place] = self.units.pop(place, 0) + count

    def take_back(self, line_id: int) -> bool:
        """Take back one unit of a line, of what was gathered last; say whether there was one."""
        for place in reversed(list(self.units)):
            if place.line_id == line_id:
                self.units[place] -= 1
                if not self.units[place]:
                    del self.units[place]
                return True
        return False

    def keep(self) -> None:
        """Write it back."""
        self._session[self._name] = {
            "units": [[p.line_id, p.bin_code, p.lot, count] for p, count in self.units.items()],
            "here": self.here,
        }

    def forget(self) -> None:
        """Begin anew."""
        self._session.pop(self._name, None)


@page("warehouse/transfers/<int:transfer_id>/ship/", name="transfer_ship", permission=SHIP)
@require_http_methods(["GET", "POST"])
def ship(request: HttpRequest, transfer_id: int) -> HttpResponse:
    """Gather the units that leave, bin by bin, then send them."""
    transfer = floor.own(request, transfer_id, "source_id")
    gathered = Gathered(request, transfer)
    if request.method == "POST":
        return floor.act(
            request,
            transfer,
            "ship",
            commit=lambda key: _send(request, transfer, gathered, key),
            count=lambda: _gather(request, transfer, gathered),
            tally=gathered,
        )
    lines = list(transfer.lines.all())
    refusal = queries.refusal("ship", transfer, lines)
    stops = [] if refusal else walking.pick_list(transfer, lines, gathered.units)
    counts = [(line, gathered.of(line.pk)) for line in lines]
    return floor_page(
        request,
        "admin/inventory/transfer_ship.html",
        {
            "title": f"Ship {transfer.number}",
            "transfer": transfer,
            "refusal": refusal,
            "stops": stops,
            "gathered": [(line, count) for line, count in counts if count],
            "here": gathered.here,
            "counted": sum(count for _, count in counts),
            "missing": sum(stop.units for stop in stops),
            "press_key": site.form_key(request),
        },
    )


def _gather(request: HttpRequest, transfer: TransferOrder, gathered: Gathered) -> str:
    if "less" in request.POST:
        line = floor.line_of(request, transfer, "less")
        if not gathered.take_back(line.pk):
            raise Unclear("There is nothing to take back.")
        return f"{line.sku.code}: one taken back."
    for name in ("more", "all"):
        if name in request.POST:
            return _press(request, transfer, gathered, name)
    return _scan(request, transfer, gathered)


def _press(request: HttpRequest, transfer: TransferOrder, gathered: Gathered, name: str) -> str:
    """Gather one unit, or all, of the stop whose button was pressed."""
    line = floor.line_of(request, transfer, name)
    left = line.open - gathered.of(line.pk)
    if left <= 0:
        raise Unclear(f"{line.sku.code}: all {line.open} are counted already.")
    stops = walking.pick_list(transfer, [line], gathered.units)
    wanted = (request.POST.get("bin", ""), request.POST.get("lot", ""))
    stop = next((each for each in stops if (_bin_of(each), each.lot) == wanted), stops[0])
    place = Place(line.pk, _bin_of(stop), stop.lot)
    gathered.add(place, stop.units if name == "all" else 1)
    return _told(line, gathered)


def _bin_of(stop: Stop) -> str:
    return stop.bin_code if stop.in_bin else ""


def _scan(request: HttpRequest, transfer: TransferOrder, gathered: Gathered) -> str:
    code = scanned(request)
    uses_bins = transfer.source.uses_bins
    if uses_bins and (place := bins.scanned(transfer.source_id, code)) is not None:
        gathered.here = place.code
        return f"{place.code}. Now the article."
    if uses_bins and not gathered.here:
        raise Unclear("Scan the bin first.")
    line, units, lot = _article(transfer, code)
    left = line.open - gathered.of(line.pk)
    if left <= 0:
        raise Unclear(f"{line.sku.code}: all {line.open} are counted already.")
    if units > left:
        raise Unclear(f"{line.sku.code}: a pack of {units}, and only {left} are left to count.")
    here = gathered.here if uses_bins else ""
    if line.sku.is_serial and not lot:
        raise Unclear(f"Scan the serial number of {line.sku.code}.")
    if uses_bins or lot:
        _check_lies(transfer, line, here, lot, units + gathered.at(here, line.pk, lot))
    gathered.add(Place(line.pk, here, lot), units)
    return _told(line, gathered)


def _article(transfer: TransferOrder, code: str) -> tuple[TransferLine, int, str]:
    """Return the line that a scan means, its units, and the lot or serial number, which may be scanned alone."""
    tracked = {line.sku_id: line for line in transfer.lines.all() if line.sku.is_tracked}
    if tracked and code:
        lot = Lot.objects.filter(sku_id__in=tracked, number=code).order_by("pk").first()
        if lot is not None:
            return tracked[lot.sku_id], 1, lot.number
    line, article = floor.article_of(transfer, code)
    return line, article.units, article.number


def _check_lies(
    transfer: TransferOrder, line: TransferLine, bin_code: str, lot: str, units: int
) -> None:
    """Refuse what does not lie where one stands, so that it is told at the shelf and not at the dock."""
    rows = Content.objects.filter(
        level__location=transfer.source_id, level__sku=line.sku_id, condition=Condition.GOOD
    )
    if bin_code:
        rows = rows.filter(bin__code=bin_code)
    if lot:
        rows = rows.filter(lot__number=lot)
    there = sum(rows.values_list("quantity", flat=True))
    if there < units:
        what = f"{lot} of {line.sku.code}" if lot else line.sku.code
        where = f"in {bin_code}" if bin_code else "here"
        raise Unclear(f"{there or 'None'} of {what} lie {where}.")


def _told(line: TransferLine, gathered: Gathered) -> str:
    return f"{line.sku.code}: {gathered.of(line.pk)} of {line.open}."


def _send(request: HttpRequest, transfer: TransferOrder, gathered: Gathered, key: str) -> str:
    codes = {line.pk: line.sku.code for line in transfer.lines.all()}
    totals: Counter[str] = Counter()
    fetched: defaultdict[str, list[Fetched]] = defaultdict(list)
    for place, count in gathered.units.items():
        if place.line_id not in codes:
            continue
        code = codes[place.line_id]
        totals[code] += count
        if place.bin_code or place.lot:
            fetched[code].append(Fetched(count, place.bin_code, place.lot))
    if not totals:
        raise Unclear("Nothing is counted yet.")
    services.ship(
        transfer_id=transfer.pk,
        units=[
            Units(code, min(count, MOST), fetched=fetched[code]) for code, count in totals.items()
        ],
        key=f"floor:{key}",
        actor=Actor.of_user(request.user),
        reach=reach(request),
    )
    return f"On the way to {transfer.destination.name}: {sum(totals.values())}."
