"""Use-cases of picking. Each locks the order and reports progress to its lines in the same transaction."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from django.db import transaction
from django.db.models import F, Sum

from fulfillment import events
from fulfillment.lots import services as warehouse_lots
from fulfillment.picking import errors, scanning
from fulfillment.picking.scanning import Read
from fulfillment.work import services as work_services
from fulfillment.work.errors import WorkMissing
from fulfillment.work.models import FulfillmentLine
from fulfillment.work.services import Work
from fulfillment.work.states import UNFINISHED
from inventory.bins import queries as bins
from inventory.bins.errors import BinMissing
from inventory.bins.models import Bin
from inventory.lots.errors import InvalidLots
from inventory.lots.rules import LotUnits
from inventory.stock import services as stock
from inventory.stock.models import Level
from inventory.stock.services import Claimed, Spot
from inventory.storing import services as storing
from inventory.storing.errors import NoBins
from oms.core import locking, text
from oms.core.actors import Actor
from oms.core.errors import FieldProblem
from oms.core.ids import uuid7
from oms.core.outbox import services as outbox
from oms.core.timeline import services as timeline
from orders.ordering import services as ordering

LONGEST_REASON = 200
NO_LOTS: Mapping[int, Sequence[LotUnits]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Picked:
    """Units that this call picked, by fulfillment line, and what is still to pick of the whole work."""

    units: Mapping[int, int]
    to_pick: int


@dataclass(frozen=True, slots=True)
class Take:
    """Units of a fulfillment line that somebody fetched out of one bin, and which lots they are, if he says so."""

    line_id: int
    quantity: int
    bin_code: str = ""
    lots: Sequence[LotUnits] = ()


@dataclass(frozen=True, slots=True)
class Short:
    """What became of missing units: served from another location, waiting for stock, or lying in another bin here."""

    rerouted: int
    backordered: int
    elsewhere: int = 0


def start(*, fulfillment_order_id: int, actor: Actor) -> None:
    """Begin the work. Begun work stays as it is. Raises WorkMissing, OrderOnHold, IllegalTransition."""
    with transaction.atomic():
        work = work_services.locked(fulfillment_order_id)
        work_services.begin(work, actor=actor)


def confirm(
    *,
    fulfillment_order_id: int,
    actor: Actor,
    scans: Sequence[str] = (),
    quantities: Mapping[int, int] | None = None,
    bin_id: int | None = None,
    bin_code: str = "",
    lots: Mapping[int, Sequence[LotUnits]] = NO_LOTS,
) -> Picked:
    """Confirm picked units: one per scan (barcode or SKU code), all of a scanned pack, or by line and quantity.

    Of what is tracked, a scan names the lot or serial number: a GS1 code does, or the number itself. By quantity,
    `lots` of a line say which they are; else they are those that expire first. Everything or nothing. Begins the work
    when nobody has. At a location with bins they are brought to the outbound dock, out of the bin that is named (by its
    key, code or barcode) or by the removal rule. Raises WorkMissing, NothingGiven, WrongItem, WrongCount,
    LotRefused, LotNotNamed, OrderOnHold, IllegalTransition, NotInBin, BinMissing, NoBins.
    """
    with transaction.atomic():
        work = work_services.locked(fulfillment_order_id)
        bin_id = _named_bin(work, bin_code) if bin_code else bin_id
        open_units = {line.pk: line.to_pick for line in work.lines.values()}
        read = scanning.read(work, scans)
        units = asked_units(work, open_units, scans=read, quantities=quantities)
        work_services.begin(work, actor=actor)
        named = scanning.named(work, open_units, read) if read else lots
        chosen = warehouse_lots.choose(work, units, named, bin_id=bin_id)
        if work.fulfillment_order.location.uses_bins:
            _stage(work, units, chosen, bin_id=bin_id, actor=actor)
        work_services.shift(work.lines, units, source=None, target="picked")
        ordering.record_picked(
            order_id=work.order.pk, units=work.per_order_line(units), actor=actor
        )
        timeline.record(
            work.fulfillment_order,
            "work.picked",
            actor=actor,
            data={"units": by_sku(work, units), "by": "scan" if scans else "hand"},
        )
        return Picked(units, sum(line.to_pick for line in work.lines.values()))


@transaction.atomic
def confirm_takes(
    *, fulfillment_order_id: int, takes: Sequence[Take], actor: Actor, pointer: str = "/lines"
) -> Picked:
    """Confirm what was fetched bin by bin, everything or nothing; one line may come out of several bins.

    Raises what `confirm` does, and InvalidLots with every line whose lots are not its units.
    """
    work = work_services.locked(fulfillment_order_id)
    totals: defaultdict[int, int] = defaultdict(int)
    for take in takes:
        totals[take.line_id] += take.quantity
    open_units = {line.pk: line.to_pick for line in work.lines.values()}
    units = asked_units(work, open_units, scans=(), quantities=totals)
    places = _bins_of(work, takes, pointer)
    _check_lots(work, takes, pointer)
    left = 0
    # Bins that are named come first, else the removal rule would empty them for the others.
    for code in sorted(dict.fromkeys(take.bin_code for take in takes), key=lambda code: not code):
        quantities: defaultdict[int, int] = defaultdict(int)
        lots: defaultdict[int, list[LotUnits]] = defaultdict(list)
        for take in takes:
            if take.bin_code == code:
                quantities[take.line_id] += take.quantity
                lots[take.line_id] += take.lots
        left = confirm(
            fulfillment_order_id=fulfillment_order_id,
            quantities=quantities,
            bin_id=places[code].pk if code else None,
            lots=lots,
            actor=actor,
        ).to_pick
    return Picked(units, left)


def _named_bin(work: Work, code: str) -> int:
    """Return the key of a bin that is named by code or barcode. Raises NoBins, BinMissing."""
    location = work.fulfillment_order.location
    if not location.uses_bins:
        raise NoBins
    return bins.named(location.pk, code).pk


def _bins_of(work: Work, takes: Sequence[Take], pointer: str) -> dict[str, Bin]:
    """Return the bins that are named, by code or barcode. Raises NoBins, BinMissing with every one that is none."""
    location = work.fulfillment_order.location
    named = {take.bin_code for take in takes if take.bin_code}
    if named and not location.uses_bins:
        raise NoBins
    found = bins.all_scanned(location.pk, named)
    problems = [
        FieldProblem(
            f"{pointer}/{index}/bin", BinMissing.code, f"There is no bin {take.bin_code[:40]} here."
        )
        for index, take in enumerate(takes)
        if take.bin_code and take.bin_code not in found
    ]
    if problems:
        raise BinMissing(problems[0].message, problems=problems)
    return found


def _check_lots(work: Work, takes: Sequence[Take], pointer: str) -> None:
    """Raise InvalidLots with every line whose lots are not its units."""
    wrong = [
        FieldProblem(f"{pointer}/{index}/lots", code, words)
        for index, take in enumerate(takes)
        if take.lots
        for code, words in _lot_faults(work.lines[take.line_id], take)
    ]
    if wrong:
        raise InvalidLots(wrong[0].message, problems=wrong)


def _lot_faults(line: FulfillmentLine, take: Take) -> Iterator[tuple[str, str]]:
    named = sum(each.quantity for each in take.lots)
    if not line.sku.is_tracked:
        yield "not_tracked", f"{line.sku.code} is not tracked by lot."
    elif named > take.quantity:
        yield (
            "lot_units_differ",
            f"{take.quantity} units of {line.sku.code} are picked, {named} have a lot.",
        )


def undo(*, fulfillment_order_id: int, quantities: Mapping[int, int], actor: Actor) -> None:
    """Put picked units back: by fulfillment line, not packed yet.

    Raises WorkMissing, NothingGiven, WrongItem, WrongCount.
    """
    with transaction.atomic():
        work = work_services.locked(fulfillment_order_id)
        picked = {line.pk: line.picked for line in work.lines.values()}
        units = asked_units(work, picked, scans=(), quantities=quantities)
        lots = warehouse_lots.put_back(work, units)
        if work.fulfillment_order.location.uses_bins:
            storing.unstage(
                location_id=work.fulfillment_order.location_id,
                units=_untracked(work, units),
                lots=_by_lot(work, lots),
                document=work.fulfillment_order.number,
                cause=f"unpick:{uuid7()}",
                actor=actor,
            )
        work_services.shift(work.lines, units, source="picked", target=None)
        ordering.record_unpicked(
            order_id=work.order.pk, units=work.per_order_line(units), actor=actor
        )
        timeline.record(
            work.fulfillment_order,
            "work.unpicked",
            actor=actor,
            data={"units": by_sku(work, units)},
        )


def report_short(
    *,
    line_id: int,
    quantity: int,
    reason: str,
    actor: Actor,
    bin_id: int | None = None,
    bin_code: str = "",
) -> Short:
    """Report units of a fulfillment line that are not where they should be.

    When a bin is named and others have as many that nobody waits for, the bin and the stock are corrected and the units
    are to be fetched there (`elsewhere`). Otherwise the work is relieved of them, the stock is corrected, and the order
    is served anew from elsewhere or backordered, in one transaction. Raises WorkMissing, ReasonNeeded, WrongCount (more
    than is still to pick), OrderOnHold, IllegalTransition, NotThere, BinMissing, NoBins. Publishes PickShort.
    """
    reason = reason.strip()
    if text.is_blank(reason):
        raise errors.ReasonNeeded
    if len(reason) > LONGEST_REASON:
        raise errors.ReasonNeeded(f"A reason has at most {LONGEST_REASON} characters.")
    found = FulfillmentLine.objects.filter(pk=line_id).values_list(
        "fulfillment_order_id", flat=True
    )
    with transaction.atomic():
        work_id = found.first()
        if work_id is None:
            raise WorkMissing
        work = work_services.locked(work_id)
        bin_id = _named_bin(work, bin_code) if bin_code else bin_id
        line = work.lines[line_id]
        units = asked_units(work, {line_id: line.to_pick}, scans=(), quantities={line_id: quantity})
        work_services.begin(work, actor=actor)
        if bin_id is not None and _is_elsewhere(work, line, quantity, bin_id, reason, actor=actor):
            return Short(rerouted=0, backordered=0, elsewhere=quantity)
        work_services.shift(work.lines, units, source=None, target="short")
        outcome = ordering.record_short(
            order_id=work.order.pk,
            line_id=line.order_line_id,
            location_id=work.fulfillment_order.location_id,
            quantity=quantity,
            reason=reason,
            cause=f"short:{line.pk}:{line.short}",
            actor=actor,
            spots=[] if bin_id is None else [Spot(bin_id)],
        )
        timeline.record(
            work.fulfillment_order,
            "work.short",
            actor=actor,
            reason=reason,
            data={"units": by_sku(work, units), **outcome},
        )
        outbox.publish(
            events.PickShort(
                fulfillment_order_id=work.fulfillment_order.pk,
                order_id=work.order.pk,
                order_line_id=line.order_line_id,
                location_id=work.fulfillment_order.location_id,
                quantity=quantity,
                reason=reason,
            )
        )
        work_services.end_if_done(work, actor=actor)
    return Short(outcome["rerouted"], outcome["backordered"])


def staged(location_id: int, sku_ids: Collection[int]) -> dict[int, int]:
    """Return the units of SKUs that are picked or packed at a location and have not shipped."""
    rows = FulfillmentLine.objects.filter(
        sku__in=sku_ids,
        fulfillment_order__location_id=location_id,
        fulfillment_order__status__in=UNFINISHED,
    )
    sums = rows.values_list("sku_id").annotate(units=Sum(F("picked") + F("packed"))).order_by()
    return dict(sums)


def _stage(
    work: Work,
    units: Mapping[int, int],
    chosen: Sequence[Claimed],
    *,
    bin_id: int | None,
    actor: Actor,
) -> None:
    """Bring what is picked to the outbound dock; of what is tracked, the lots that were chosen."""
    by_sku_id = _untracked(work, units)
    location_id = work.fulfillment_order.location_id
    before = staged(location_id, by_sku_id) if by_sku_id else {}
    picked = [
        storing.Picked(sku_id, count, before.get(sku_id, 0)) for sku_id, count in by_sku_id.items()
    ]
    claimed = stock.claimed_units({each.level_id for each in chosen}) if chosen else {}
    for sku_id, lots in _by_lot(work, chosen).items():
        for lot_id, count in lots.items():
            level_id = next(each.level_id for each in chosen if each.lot_id == lot_id)
            held = claimed.get((level_id, lot_id), count) - count
            picked.append(storing.Picked(sku_id, count, held, is_by_lot=True, lot_id=lot_id))
    storing.stage(
        location_id=location_id,
        picked=picked,
        document=work.fulfillment_order.number,
        cause=f"pick:{uuid7()}",
        bin_id=bin_id,
        actor=actor,
    )


def _is_elsewhere(
    work: Work,
    line: FulfillmentLine,
    quantity: int,
    bin_id: int,
    reason: str,
    *,
    actor: Actor,
) -> bool:
    """Correct a bin that has fewer than the books say, if other bins have the units."""
    location_id = work.fulfillment_order.location_id
    # All at once and by key, as whoever reports a short for the order takes them.
    locking.lock(Level.objects.filter(sku_id=line.sku_id))
    corrected = storing.note_missing(
        location_id=location_id,
        sku_id=line.sku_id,
        bin_id=bin_id,
        quantity=quantity,
        staged=staged(location_id, [line.sku_id]).get(line.sku_id, 0),
        document=work.order.number,
        cause=f"bin-short:{uuid7()}",
        reason=reason,
        actor=actor,
    )
    if corrected:
        timeline.record(
            work.fulfillment_order,
            "work.bin_short",
            actor=actor,
            reason=reason,
            data={"units": by_sku(work, {line.pk: quantity})},
        )
    return corrected


def _untracked(work: Work, units: Mapping[int, int]) -> dict[int, int]:
    """Return the units of SKUs that are not tracked."""
    found: defaultdict[int, int] = defaultdict(int)
    for line_id, count in units.items():
        if not work.lines[line_id].sku.is_tracked:
            found[work.lines[line_id].sku_id] += count
    return dict(found)


def _by_lot(work: Work, claims: Sequence[Claimed]) -> dict[int, dict[int | None, int]]:
    """Return the units of claims by SKU and lot."""
    found: defaultdict[int, dict[int | None, int]] = defaultdict(dict)
    for each in claims:
        lots = found[work.lines[each.demand_id].sku_id]
        lots[each.lot_id] = lots.get(each.lot_id, 0) + each.quantity
    return dict(found)


def asked_units(
    work: Work,
    available: Mapping[int, int],
    *,
    scans: Sequence[Read],
    quantities: Mapping[int, int] | None,
) -> dict[int, int]:
    """Return the units per line that scans or quantities ask for, no more than `available` gives.

    Raises NothingGiven, WrongItem (naming every code), WrongCount (naming every SKU and what is too much).
    """
    if scans:
        matched = scanning.match(work, available, scans)
        if matched.wrong:
            codes = [text.shortened(code) for code in dict.fromkeys(matched.wrong)]
            raise errors.WrongItem(f"Not wanted here: {', '.join(codes[:5])}.", codes=codes)
        if matched.surplus:
            raise _wrong_count(matched.surplus)
        return dict(matched.units)
    asked = {line: count for line, count in (quantities or {}).items() if count}
    if not asked:
        raise errors.NothingGiven
    foreign = [line for line in asked if line not in available]
    if foreign:
        raise errors.WrongItem("These lines are not part of this work.", lines=foreign)
    surplus = {
        work.lines[line].sku.code: count - available[line]
        for line, count in asked.items()
        if count > available[line]
    }
    if surplus:
        raise _wrong_count(surplus)
    if any(count < 0 for count in asked.values()):
        raise errors.NothingGiven("A quantity is never negative.")
    return asked


def by_sku(work: Work, units: Mapping[int, int]) -> dict[str, int]:
    """Return `units` of fulfillment lines by SKU code, for the timeline."""
    found: dict[str, int] = {}
    for line, count in units.items():
        code = work.lines[line].sku.code
        found[code] = found.get(code, 0) + count
    return found


def _wrong_count(surplus: Mapping[str, int]) -> errors.WrongCount:
    words = ", ".join(f"{code}: {count} too many" for code, count in sorted(surplus.items()))
    return errors.WrongCount(f"{words}.", surplus=dict(surplus))
