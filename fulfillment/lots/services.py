"""Choose lots while picking, and keep them with the units on their way out. The caller has locked the order."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from fulfillment.lots import errors
from fulfillment.work.models import FulfillmentLine
from fulfillment.work.services import Work
from inventory.lots import rules
from inventory.lots.models import Lot
from inventory.lots.rules import Batch, LotUnits, Need
from inventory.stock import services as stock
from inventory.stock.models import Level
from inventory.stock.services import Claimed, Spot
from oms.core import clock

PICKED = "fulfillment.fulfillmentline"
PACKED = "fulfillment.shipmentline"

Named = Mapping[int, Sequence[LotUnits]]


def need_of(work: Work, line: FulfillmentLine) -> Need:
    """Return what the units of a line have to last, if they ship today."""
    today = clock.today(work.fulfillment_order.location.time_zone)
    return Need(on=today, life_days=work.order.minimum_life_days, expires=line.sku.expires)


def choose(
    work: Work, units: Mapping[int, int], named: Named, *, bin_id: int | None = None
) -> list[Claimed]:
    """Claim and return the lots of units that are being picked: those that are named, or first expired, first out.

    Of lots that nobody names, those that lie in the bin that is named. Serial numbers have to be named. No statement
    when nothing is tracked. Raises LotRefused and LotNotNamed, each with everything that is wrong.
    """
    lines = {key: work.lines[key] for key in sorted(units) if work.lines[key].sku.is_tracked}
    if not lines:
        return []
    location_id = work.fulfillment_order.location_id
    levels = stock.lock_and_read({(line.sku_id, location_id) for line in lines.values()})
    free = stock.free_batches([level.pk for level in levels.values()])
    there: dict[int, dict[int | None, int]] = {}
    if bin_id is not None:
        lying = stock.lots_in([bin_id], [level.pk for level in levels.values()])
        there = {level_id: lots for (_, level_id), lots in lying.items()}
    chosen: list[Claimed] = []
    refused: dict[str, str] = {}
    nameless: dict[str, str] = {}
    for key, line in lines.items():
        level = levels[line.sku_id, location_id]
        need = need_of(work, line)
        left = {batch.lot_id: batch for batch in free[level.pk]}
        wanted = list(named.get(key, ()))
        takes, why = _named(line, wanted, left, need)
        refused |= why
        rest = units[key] - sum(each.quantity for each in wanted)
        if rest > 0 and not why:
            if line.sku.is_serial:
                nameless[line.sku.code] = f"{rest} serial numbers of {line.sku.code}"
            else:
                here = _after(left, takes, None if bin_id is None else there.get(level.pk, {}))
                takes += rules.propose(here.values(), rest, need)
                if missing := units[key] - sum(take.quantity for take in takes):
                    refused[line.sku.code] = _nothing_left(line, missing, here.values(), need)
        for take in takes:
            chosen.append(Claimed(key, level.pk, take.batch.lot_id, take.quantity))
            batch = left[take.batch.lot_id]
            left[take.batch.lot_id] = replace(batch, quantity=batch.quantity - take.quantity)
            if take.batch.lot_id in there.get(level.pk, {}):
                there[level.pk][take.batch.lot_id] -= take.quantity
        free[level.pk] = list(left.values())
    if refused:
        raise errors.LotRefused("; ".join(list(refused.values())[:3]), lots=refused)
    if nameless:
        raise errors.LotNotNamed(
            f"Scan {', '.join(list(nameless.values())[:3])}.", skus=sorted(nameless)
        )
    stock.claim(demand=PICKED, units=chosen, levels={level.pk: level for level in levels.values()})
    return chosen


def _after(
    left: Mapping[int | None, Batch],
    takes: Sequence[rules.Take],
    there: Mapping[int | None, int] | None,
) -> dict[int | None, Batch]:
    """Return what `takes` leave of the batches, as far as they lie in a bin if `there` says what does."""
    taken: defaultdict[int | None, int] = defaultdict(int)
    for take in takes:
        taken[take.batch.lot_id] += take.quantity
    found = {}
    for lot_id, batch in left.items():
        units = batch.quantity if there is None else min(batch.quantity, there.get(lot_id, 0))
        found[lot_id] = replace(batch, quantity=max(0, units - taken[lot_id]))
    return found


def _named(
    line: FulfillmentLine,
    wanted: Sequence[LotUnits],
    left: Mapping[int | None, Batch],
    need: Need,
) -> tuple[list[rules.Take], dict[str, str]]:
    """Return the units of the lots that are named, and why others are not to be taken."""
    by_number = {batch.number: batch for batch in left.values() if batch.lot_id is not None}
    taken: defaultdict[str, int] = defaultdict(int)
    takes, refused = [], {}
    for each in wanted:
        batch = by_number.get(each.number)
        taken[each.number] += each.quantity
        if batch is None:
            refused[each.number] = f"{each.number} of {line.sku.code} is not in stock here"
        elif why := rules.refusal(batch, need):
            refused[each.number] = f"{each.number} of {line.sku.code}: {why}"
        elif taken[each.number] > batch.quantity:
            what = "is picked already" if line.sku.is_serial else f"has {batch.quantity} units left"
            refused[each.number] = f"{each.number} of {line.sku.code} {what}"
        else:
            takes.append(rules.Take(batch, each.quantity))
    return takes, refused


def _nothing_left(line: FulfillmentLine, missing: int, batches: Iterable[Batch], need: Need) -> str:
    reasons = [
        f"{batch.number or 'unknown lot'}: {why}"
        for batch in batches
        if batch.quantity and (why := rules.refusal(batch, need))
    ]
    told = f" ({'; '.join(reasons[:3])})" if reasons else ""
    return f"{missing} units of {line.sku.code} have no lot that may be picked{told}"


def put_back(work: Work, units: Mapping[int, int], named: Named | None = None) -> list[Claimed]:
    """Give and return the lots of picked units back to the shelf: those that are named, then what was picked last.

    Raises LotRefused for a lot that is not picked.
    """
    claims = _claims(work, units, latest_first=True, named=named)
    stock.unclaim(demand=PICKED, units=claims)
    return claims


def into_parcel(
    work: Work, units: Mapping[int, int], shipment_lines: Mapping[int, int], named: Named
) -> None:
    """Move the lots of picked units to the lines of a parcel (by fulfillment line), those that are named first.

    Raises LotRefused for a lot that is not picked.
    """
    taken = _claims(work, units, named=named)
    _hand_over(
        PICKED,
        PACKED,
        [(each, replace(each, demand_id=shipment_lines[each.demand_id])) for each in taken],
    )


def out_of_parcel(work: Work, shipment_lines: Mapping[int, int]) -> None:
    """Move the lots of a parcel that is taken apart back to the lines (fulfillment line by parcel line)."""
    if not any(work.lines[key].sku.is_tracked for key in shipment_lines.values()):
        return
    _hand_over(
        PACKED,
        PICKED,
        [
            (each, replace(each, demand_id=shipment_lines[each.demand_id]))
            for each in stock.claims_of(PACKED, shipment_lines)
        ],
    )


def leave(work: Work, shipment_lines: Mapping[int, int]) -> list[Claimed]:
    """Return the lots in a parcel that leaves (fulfillment line by parcel line), and end their claims.

    No statement when nothing is tracked. Raises LotBlocked when one of them is recalled, quarantined or expired.
    """
    tracked = [key for key, line in shipment_lines.items() if work.lines[line].sku.is_tracked]
    if not tracked:
        return []
    claims = stock.claims_of(PACKED, tracked)
    lots = Lot.objects.select_related("sku").in_bulk(
        [each.lot_id for each in claims if each.lot_id is not None]
    )
    today = clock.today(work.fulfillment_order.location.time_zone)
    blocked = {
        lot.number: f"{lot.number} of {lot.sku.code}: {why}"
        for lot in lots.values()
        if (
            why := rules.refusal(
                Batch(lot.pk, 1, lot.expires_on, lot.status), Need(today, expires=lot.sku.expires)
            )
        )
    }
    if blocked:
        raise errors.LotBlocked("; ".join(list(blocked.values())[:3]), lots=blocked)
    stock.unclaim(demand=PACKED, units=claims)
    return claims


def spots_of(claims: Sequence[Claimed], order_line_of: Mapping[int, int]) -> dict[int, list[Spot]]:
    """Return the lots that leave by order line; `order_line_of` is by parcel line."""
    found: defaultdict[int, list[Spot]] = defaultdict(list)
    for each in claims:
        found[order_line_of[each.demand_id]].append(
            Spot(lot_id=each.lot_id, quantity=each.quantity, is_nameless=each.lot_id is None)
        )
    return found


def _claims(
    work: Work,
    units: Mapping[int, int],
    *,
    latest_first: bool = False,
    named: Named | None = None,
) -> list[Claimed]:
    """Return which of the picked lots of lines are meant. Raises LotRefused when one that is named is not picked."""
    lines = [key for key, count in units.items() if count and work.lines[key].sku.is_tracked]
    if not lines:
        return []
    held: defaultdict[int, list[Claimed]] = defaultdict(list)
    for each in stock.claims_of(PICKED, lines):
        held[each.demand_id].append(each)
    found: list[Claimed] = []
    for key in lines:
        rows = held[key][::-1] if latest_first else held[key]
        found += _named_claims(work.lines[key], rows, units[key], (named or {}).get(key, ()))
    return found


def _named_claims(
    line: FulfillmentLine, held: Sequence[Claimed], units: int, named: Sequence[LotUnits]
) -> list[Claimed]:
    numbers = dict(
        Lot.objects.filter(pk__in=[each.lot_id for each in held]).values_list("pk", "number")
        if named
        else ()
    )
    wanted: defaultdict[str, int] = defaultdict(int)
    for each in named:
        wanted[each.number] += each.quantity
    left = {each.lot_id: each.quantity for each in held}
    taken: defaultdict[int | None, int] = defaultdict(int)
    for number, count in wanted.items():
        lot_id = next((key for key, known in numbers.items() if known == number), None)
        if lot_id is None or left[lot_id] < count:
            words = f"{number} of {line.sku.code} is not picked for this order"
            raise errors.LotRefused(words, lots={number: words})
        taken[lot_id] += count
        left[lot_id] -= count
    rest = units - sum(wanted.values())
    for claimed in held:
        count = min(rest, left[claimed.lot_id])
        if count > 0:
            taken[claimed.lot_id] += count
            rest -= count
    return [
        replace(claimed, quantity=taken[claimed.lot_id])
        for claimed in held
        if taken[claimed.lot_id]
    ]


def _hand_over(source: str, target: str, claims: Sequence[tuple[Claimed, Claimed]]) -> None:
    if not claims:
        return
    stock.unclaim(demand=source, units=[before for before, _ in claims])
    levels = Level.objects.select_related("sku").in_bulk({after.level_id for _, after in claims})
    stock.claim(demand=target, units=[after for _, after in claims], levels=levels)
