"""The pick list of a transfer: what to fetch at the source, bin by bin and lot by lot, as one walks."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from inventory.lots import rules as lots
from inventory.lots.rules import Batch, Need
from inventory.stock import rules as stock_rules
from inventory.stock import services as stock
from inventory.stock.models import Content, Level
from inventory.stock.rules import Pile
from inventory.stock.services.contents import pile_of
from inventory.stock.states import Condition, MovementKind
from inventory.transfers.models import TransferLine, TransferOrder
from oms.core import clock


@dataclass(frozen=True, slots=True)
class Place:
    """Where units of a line were gathered: a bin and a lot, by code and number; empty where there is none."""

    line_id: int
    bin_code: str = ""
    lot: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Units of a line to be fetched from one bin, of one lot; `bin_code` is the SKU's at a source without bins."""

    line_id: int
    sku_code: str
    name: str
    barcode: str
    units: int
    bin_code: str = ""
    in_bin: bool = False
    walk_order: int = 0
    lot: str = ""
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class _Shelf:
    """What can be fetched of a level, in order; of what is tracked, its free batches too."""

    level: Level | None
    piles: list[Pile]
    batches: list[Batch]


def pick_list(
    transfer: TransferOrder,
    lines: Sequence[TransferLine],
    gathered: Mapping[Place, int] | None = None,
) -> list[Stop]:
    """Return what is open and not gathered yet, in the order in which one walks; what shipping takes of its own accord.

    Two statements, and two more where a SKU is tracked.
    """
    gone = gathered or {}
    taken: Counter[int] = Counter()
    for place, units in gone.items():
        taken[place.line_id] += units
    wanted = [line for line in lines if line.open > taken[line.pk]]
    shelves = _shelves(transfer, wanted)
    stops = [
        stop
        for line in wanted
        for stop in _stops(
            transfer,
            line,
            line.open - taken[line.pk],
            shelves[line.sku_id],
            {(p.bin_code, p.lot): n for p, n in gone.items() if p.line_id == line.pk},
        )
    ]
    return sorted(stops, key=lambda s: (s.walk_order, s.bin_code, s.sku_code, s.lot))


def _shelves(transfer: TransferOrder, lines: Sequence[TransferLine]) -> dict[int, _Shelf]:
    found = {line.sku_id: _Shelf(None, [], []) for line in lines}
    levels = Level.objects.filter(location=transfer.source_id, sku__in=found).select_related("sku")
    known = {level.pk: level for level in levels}
    piles: defaultdict[int, list[Pile]] = defaultdict(list)
    rows = Content.objects.filter(level__in=known, condition=Condition.GOOD)
    for row in rows.select_related("bin", "lot"):
        piles[row.level_id].append(pile_of(row))
    tracked = [level.pk for level in known.values() if level.sku.is_tracked]
    free = stock.free_batches(tracked) if tracked else {}
    for level in known.values():
        ordered = stock_rules.in_order(
            piles[level.pk],
            kinds=stock_rules.sought(MovementKind.TRANSFER_OUT),
            removal=transfer.source.removal,
        )
        found[level.sku_id] = _Shelf(level, ordered, list(free.get(level.pk, ())))
    return found


def _stops(
    transfer: TransferOrder,
    line: TransferLine,
    units: int,
    shelf: _Shelf,
    gone: Mapping[tuple[str, str], int],
) -> list[Stop]:
    numbers = {batch.lot_id: batch.number for batch in shelf.batches}
    left = Counter(gone)
    piles = []
    for pile in shelf.piles:
        key = (pile.bin_code if transfer.source.uses_bins else "", numbers.get(pile.lot_id, ""))
        fetched = min(left[key], pile.quantity)
        left[key] -= fetched
        piles.append(stock_rules.without(pile, fetched))
    drawn = (
        _by_lot(line, units, piles, shelf.batches, gone)
        if line.sku.is_tracked
        else stock_rules.draw(piles, units)
    )
    stops = [
        _stop(
            transfer,
            line,
            shelf,
            units=each.quantity,
            pile=each.pile,
            lot=numbers.get(each.pile.lot_id, ""),
        )
        for each in drawn
    ]
    missing = units - sum(stop.units for stop in stops)
    if missing:
        stops.append(_stop(transfer, line, shelf, units=missing))
    return stops


def _by_lot(
    line: TransferLine,
    units: int,
    piles: Sequence[Pile],
    batches: Sequence[Batch],
    gone: Mapping[tuple[str, str], int],
) -> list[stock_rules.Drawn]:
    """Return the piles of the lots that are taken, first expired first."""
    taken: Counter[str] = Counter()
    for (_, lot), count in gone.items():
        taken[lot] += count
    left = [replace(each, quantity=each.quantity - taken[each.number]) for each in batches]
    drawn = []
    for take in lots.propose(left, units, Need(clock.now().date(), expires=line.sku.expires)):
        of_lot = [pile for pile in piles if pile.lot_id == take.batch.lot_id]
        drawn += stock_rules.draw(of_lot, take.quantity)
    return drawn


def _stop(
    transfer: TransferOrder,
    line: TransferLine,
    shelf: _Shelf,
    *,
    units: int,
    pile: Pile | None = None,
    lot: str = "",
) -> Stop:
    in_bin = transfer.source.uses_bins and pile is not None
    own = "" if transfer.source.uses_bins or shelf.level is None else shelf.level.bin_code
    return Stop(
        line_id=line.pk,
        sku_code=line.sku.code,
        name=line.sku.name,
        barcode=line.sku.barcode,
        units=units,
        bin_code=pile.bin_code if pile is not None and in_bin else own,
        in_bin=in_bin,
        walk_order=pile.walk_order if pile is not None and in_bin else 0,
        lot=lot,
        expires_on=pile.expires_on if pile is not None else None,
    )
