"""Out of which bins and lots units leave: those that are named, and for the rest what expires first."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from inventory.bins import queries as bins
from inventory.bins.errors import BinMissing
from inventory.lots import rules as lot_rules
from inventory.lots.errors import InvalidLots
from inventory.lots.models import Lot
from inventory.lots.rules import Batch, Need
from inventory.stock import services as stock
from inventory.stock.errors import NotInBin
from inventory.stock.models import Level
from inventory.stock.services import Spot
from inventory.storing.errors import NoBins
from inventory.transfers import rules
from inventory.transfers.models import TransferLine, TransferOrder
from inventory.transfers.rules import Fault, Fetched, Units
from inventory.transfers.services import acting
from oms.core import clock


@dataclass(frozen=True, slots=True)
class _Names:
    """What bins and lots that were named are, by code and by SKU and number."""

    bin_ids: Mapping[str, int]
    lots: Mapping[tuple[int, str], Lot]


@dataclass(slots=True)
class _Shelf:
    """What of a level's lots is free and not taken yet, in all and in the bins that are named."""

    level: Level
    free: dict[int | None, Batch]
    lying: Mapping[int, dict[int | None, int]]

    @property
    def need(self) -> Need:
        """Return what units have to be to leave today."""
        return Need(clock.today(), expires=self.level.sku.expires)

    def take_lot(self, bin_id: int | None, lot_id: int, quantity: int) -> Spot:
        """Take units of a lot that is named. Raises NotInBin."""
        self._take(bin_id, lot_id, quantity)
        return Spot(bin_id, lot_id, quantity)

    def take_out_of(self, bin_id: int, quantity: int) -> list[Spot]:
        """Take what expires first of a bin. Raises NotInBin."""
        there = self.lying.get(bin_id, {})
        batches = [
            replace(batch, quantity=min(batch.quantity, there[lot_id]))
            for lot_id, batch in self.free.items()
            if lot_id in there
        ]
        takes = lot_rules.propose(batches, quantity, self.need)
        found = sum(take.quantity for take in takes)
        if found < quantity:
            raise NotInBin(
                f"{quantity} units of {self.level.sku.code} are needed, {found} lie there.",
                requested=quantity,
                found=found,
            )
        for take in takes:
            self._take(bin_id, take.batch.lot_id, take.quantity)
        return [_spot(take, bin_id) for take in takes]

    def first_expired(self, quantity: int) -> list[Spot]:
        """Return what expires first, wherever it lies."""
        return [_spot(take) for take in lot_rules.propose(self.free.values(), quantity, self.need)]

    def _take(self, bin_id: int | None, lot_id: int | None, quantity: int) -> None:
        """Raise NotInBin when so many are not there, or are picked for orders."""
        batch = self.free.get(lot_id)
        there = batch.quantity if batch else 0
        if batch is None or there < quantity:
            raise NotInBin(
                f"{quantity} units of a lot of {self.level.sku.code} are needed, {there} are free.",
                requested=quantity,
                found=there,
            )
        self.free[lot_id] = replace(batch, quantity=there - quantity)
        if bin_id is not None and lot_id in self.lying.get(bin_id, {}):
            self.lying[bin_id][lot_id] -= quantity


def spots(
    transfer: TransferOrder,
    units: Sequence[Units],
    lines: Mapping[str, TransferLine],
    levels: Mapping[tuple[int, int], Level],
) -> dict[int, tuple[Spot, ...]]:
    """Return by line where its units are taken from; the caller has locked the levels.

    No statement where nothing is named and nothing is tracked. Raises InvalidTransfer, NoBins, BinMissing and
    InvalidLots, each with everything that is wrong, and NotInBin.
    """
    _check(units, lines)
    names = _Names(_bins(transfer, units), _lots(units, lines))
    here = {
        each.sku_code: levels[lines[each.sku_code].sku_id, transfer.source_id] for each in units
    }
    shelves = _shelves([level for level in here.values() if level.sku.is_tracked], names)
    return {
        lines[each.sku_code].pk: _spots(each, shelves.get(here[each.sku_code].pk), names)
        for each in units
    }


def _shelves(tracked: Sequence[Level], names: _Names) -> dict[int, _Shelf]:
    if not tracked:
        return {}
    keys = [level.pk for level in tracked]
    free = stock.free_batches(keys)
    lying: defaultdict[int, dict[int, dict[int | None, int]]] = defaultdict(dict)
    if names.bin_ids:
        for (bin_id, level_id), lots in stock.lots_in(names.bin_ids.values(), keys).items():
            lying[level_id][bin_id] = lots
    return {
        level.pk: _Shelf(
            level, {batch.lot_id: batch for batch in free.get(level.pk, ())}, lying[level.pk]
        )
        for level in tracked
    }


def _spots(units: Units, shelf: _Shelf | None, names: _Names) -> tuple[Spot, ...]:
    """Return where units of a line are taken from; what is tracked has a shelf, and a lot for all of them."""
    named = [
        (names.bin_ids[each.bin_code] if each.bin_code else None, each) for each in units.fetched
    ]
    if shelf is None:
        return _bins_first([Spot(bin_id, None, each.quantity) for bin_id, each in named])
    found = [
        shelf.take_lot(bin_id, names.lots[shelf.level.sku_id, each.lot].pk, each.quantity)
        for bin_id, each in named
        if each.lot
    ]
    for bin_id, each in named:
        if bin_id is not None and not each.lot:
            found += shelf.take_out_of(bin_id, each.quantity)
    rest = units.quantity - sum(spot.quantity or 0 for spot in found)
    return _bins_first([*found, *shelf.first_expired(rest)])


def _bins_first(spots: Iterable[Spot]) -> tuple[Spot, ...]:
    """Put bins that are named first, else the removal rule would empty them for the others."""
    return tuple(sorted(spots, key=lambda spot: spot.bin_id is None))


def _spot(take: lot_rules.Take, bin_id: int | None = None) -> Spot:
    lot_id = take.batch.lot_id
    return Spot(bin_id, lot_id, take.quantity, is_nameless=lot_id is None)


def _check(units: Sequence[Units], lines: Mapping[str, TransferLine]) -> None:
    faults = []
    for index, each in enumerate(units):
        at = f"{rules.UNITS}/{index}/fetched"
        named = sum(fetched.quantity for fetched in each.fetched)
        if named > each.quantity:
            words = f"{each.quantity} units of {each.sku_code} leave, {named} are named."
            faults.append(Fault(at, "more_than_leave", words))
        if not lines[each.sku_code].sku.is_tracked and any(f.lot for f in each.fetched):
            faults.append(Fault(at, "not_tracked", f"{each.sku_code} is not tracked by lot."))
    acting.check_faults(faults)


def _each(units: Sequence[Units]) -> list[tuple[str, Units, Fetched]]:
    return [
        (f"{rules.UNITS}/{index}/fetched/{place}", each, fetched)
        for index, each in enumerate(units)
        for place, fetched in enumerate(each.fetched)
    ]


def _bins(transfer: TransferOrder, units: Sequence[Units]) -> dict[str, int]:
    named = {fetched.bin_code for _, _, fetched in _each(units) if fetched.bin_code}
    if named and not transfer.source.uses_bins:
        raise NoBins
    found = bins.all_scanned(transfer.source_id, named)
    faults = [
        Fault(f"{at}/bin", BinMissing.code, f"There is no bin {fetched.bin_code[:40]} here.")
        for at, _, fetched in _each(units)
        if fetched.bin_code and fetched.bin_code not in found
    ]
    if faults:
        raise BinMissing(faults[0].words, problems=acting.problems(faults))
    return {code: place.pk for code, place in found.items()}


def _lots(units: Sequence[Units], lines: Mapping[str, TransferLine]) -> dict[tuple[int, str], Lot]:
    named = {
        (lines[each.sku_code].sku_id, fetched.lot)
        for _, each, fetched in _each(units)
        if fetched.lot
    }
    if not named:
        return {}
    rows = Lot.objects.filter(
        sku_id__in={sku_id for sku_id, _ in named}, number__in={number for _, number in named}
    )
    found = {(lot.sku_id, lot.number): lot for lot in rows}
    on = clock.today()
    faults = []
    for at, each, fetched in _each(units):
        if not fetched.lot:
            continue
        sku = lines[each.sku_code].sku
        lot = found.get((sku.pk, fetched.lot))
        if lot is None:
            words = f"There is no {fetched.lot} of {sku.code}."
            faults.append(Fault(f"{at}/lot", "lot_not_found", words))
            continue
        batch = Batch(lot.pk, 1, lot.expires_on, lot.status, lot.number)
        if why := lot_rules.refusal(batch, Need(on, expires=sku.expires)):
            faults.append(Fault(f"{at}/lot", "lot_refused", f"{lot.number} of {sku.code}: {why}."))
    if faults:
        raise InvalidLots(faults[0].words, problems=acting.problems(faults))
    return found
