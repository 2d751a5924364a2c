"""Out of which bins and lots units leave: those that are named, and for the rest what expires first."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
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
    tracked = [level.pk for level in here.values() if level.sku.is_tracked]
    free = stock.free_batches(tracked) if tracked else {}
    return {
        lines[each.sku_code].pk: _spots(
            each,
            here[each.sku_code],
            names,
            {batch.lot_id: batch for batch in free.get(here[each.sku_code].pk, ())},
        )
        for each in units
    }


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
    found = {code: bins.scanned(transfer.source_id, code) for code in sorted(named)}
    faults = [
        Fault(f"{at}/bin", BinMissing.code, f"There is no bin {fetched.bin_code[:40]} here.")
        for at, _, fetched in _each(units)
        if fetched.bin_code and found[fetched.bin_code] is None
    ]
    if faults:
        raise BinMissing(faults[0].words, problems=acting.problems(faults))
    return {code: place.pk for code, place in found.items() if place is not None}


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
    on = clock.now().date()
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


def _spots(
    units: Units, level: Level, names: _Names, left: dict[int | None, Batch]
) -> tuple[Spot, ...]:
    found: list[Spot] = []
    need = Need(clock.now().date(), expires=level.sku.expires)
    unlotted = []
    for fetched in units.fetched:
        bin_id = names.bin_ids[fetched.bin_code] if fetched.bin_code else None
        if fetched.lot:
            lot_id = names.lots[level.sku_id, fetched.lot].pk
            _take(left, lot_id, fetched.quantity, level)
            found.append(Spot(bin_id, lot_id, fetched.quantity))
        elif level.sku.is_tracked and bin_id is not None:
            unlotted.append((bin_id, fetched.quantity))
        else:
            found.append(Spot(bin_id, None, fetched.quantity))
    taken: defaultdict[tuple[int, int | None], int] = defaultdict(int)
    for spot in found:
        if spot.bin_id is not None:
            taken[spot.bin_id, spot.lot_id] += spot.quantity or 0
    for bin_id, quantity in unlotted:
        there = stock.lots_in(bin_id, [level.pk]).get(level.pk, {})
        batches = [
            replace(
                left[lot_id], quantity=min(left[lot_id].quantity, lying - taken[bin_id, lot_id])
            )
            for lot_id, lying in there.items()
            if lot_id in left
        ]
        takes = lot_rules.propose(batches, quantity, need)
        if (count := sum(take.quantity for take in takes)) < quantity:
            raise NotInBin(
                f"{quantity} units of {level.sku.code} are needed, {count} lie there.",
                requested=quantity,
                found=count,
            )
        for take in takes:
            _take(left, take.batch.lot_id, take.quantity, level)
            taken[bin_id, take.batch.lot_id] += take.quantity
            found.append(_spot(take, bin_id))
    if level.sku.is_tracked:
        rest = units.quantity - sum(spot.quantity or 0 for spot in found)
        found += [_spot(take) for take in lot_rules.propose(left.values(), rest, need)]
    return tuple(found)


def _spot(take: lot_rules.Take, bin_id: int | None = None) -> Spot:
    lot_id = take.batch.lot_id
    return Spot(bin_id, lot_id, take.quantity, is_nameless=lot_id is None)


def _take(left: dict[int | None, Batch], lot_id: int | None, quantity: int, level: Level) -> None:
    """Take units off what is left of a lot. Raises NotInBin when so many are not there, or are picked for orders."""
    batch = left.get(lot_id)
    there = batch.quantity if batch else 0
    if batch is None or there < quantity:
        raise NotInBin(
            f"{quantity} units of a lot of {level.sku.code} are needed, {there} are free.",
            requested=quantity,
            found=there,
        )
    left[lot_id] = replace(batch, quantity=there - quantity)
