"""The pick list: what to fetch, in the order in which one walks."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import F, Sum

from fulfillment.picking import rules
from fulfillment.work.models import FulfillmentLine
from fulfillment.work.states import UNFINISHED
from inventory.lots.rules import Need, Take, propose
from inventory.packs import queries as pack_queries
from inventory.packs import rules as packs
from inventory.stock import rules as stock_rules
from inventory.stock import services as stock
from inventory.stock.models import Content, Level
from inventory.stock.rules import Pile
from inventory.stock.services.contents import pile_of
from inventory.stock.states import Condition
from inventory.storing import services as storing
from oms.core import clock


@dataclass(frozen=True, slots=True, kw_only=True)
class PickStop:
    """Units of one line at one place. `picked` are those fetched before; `kit` is what they are a part of, and
    `packs` says how many packs they are, if they were ordered so; `lots` which lots to take, of what is tracked.
    """

    line_id: int
    work_number: str
    bin_code: str
    sku_code: str
    name: str
    barcode: str
    to_pick: int
    picked: int
    kit: str = ""
    packs: str = ""
    bin_id: int | None = None
    walk_order: int = 0
    lots: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PickList:
    """One walk through one location, for one or more fulfillment orders."""

    location_name: str
    location_code: str
    work_numbers: Sequence[str]
    stops: Sequence[PickStop]

    @property
    def to_pick(self) -> int:
        """Return the units still to fetch."""
        return sum(stop.to_pick for stop in self.stops)


def pick_list(fulfillment_order_ids: Sequence[int], *, all_lines: bool = False) -> list[PickList]:
    """Return one walk per location for this work; `all_lines` shows what is fetched already as well.

    Two statements, and two more where a location has bins: there a line that no bin has enough for is several stops.
    Two more where a SKU is tracked: each stop names the lots to take, first expired first. Bins in walk order; lines of
    one bin by SKU.
    """
    rows = list(
        FulfillmentLine.objects.filter(fulfillment_order__in=fulfillment_order_ids)
        .select_related(
            "fulfillment_order__location", "fulfillment_order__order", "sku", "order_line__kit"
        )
        .order_by("fulfillment_order__location__code", "pk")
    )
    places = {row.fulfillment_order.location_id for row in rows}
    levels = {
        (sku, location): (code, pk)
        for sku, location, code, pk in Level.objects.filter(
            sku__in={row.sku_id for row in rows}, location__in=places
        ).values_list("sku_id", "location_id", "bin_code", "pk")
    }
    shelves = _shelves(rows)
    proposed = _lots(rows, {key: pk for key, (_, pk) in levels.items()})
    lists = []
    for location in {row.fulfillment_order.location_id: row for row in rows}.values():
        place = location.fulfillment_order.location
        here = [row for row in rows if row.fulfillment_order.location_id == place.pk]
        stops = [
            stop
            for row in here
            if row.to_pick or all_lines
            for stop in (
                _lot_stops(row, proposed[row.pk], shelves.get((place.pk, row.sku_id), []))
                if place.uses_bins and row.pk in proposed
                else _stops(row, shelves.get((place.pk, row.sku_id), []))
                if place.uses_bins
                else [
                    _stop(
                        row,
                        bin_code=levels.get((row.sku_id, place.pk), ("", 0))[0],
                        lots="; ".join(_said(take) for take in proposed.get(row.pk, ())),
                    )
                ]
            )
        ]
        lists.append(
            PickList(
                location_name=place.name,
                location_code=place.code,
                work_numbers=sorted({row.fulfillment_order.number for row in here}),
                stops=sorted(
                    stops,
                    key=lambda stop: (
                        stop.walk_order,
                        rules.walk_key(stop.bin_code),
                        stop.sku_code,
                        stop.line_id,
                    ),
                ),
            )
        )
    return lists


def match(
    scans: Sequence[str], lines: Mapping[int, FulfillmentLine], wanted: Mapping[int, int]
) -> rules.Matched:
    """Assign scans to lines (with their SKUs loaded) of which so many units are `wanted`.

    The packs of the SKUs are read, by one statement, when a code is none of theirs.
    """
    items = [
        rules.Item(key, lines[key].sku.code, lines[key].sku.barcode, units)
        for key, units in wanted.items()
    ]
    matched = rules.match_scans(scans, items)
    if not matched.wrong:
        return matched
    known = pack_queries.barcodes({lines[key].sku_id for key in wanted})
    return rules.match_scans(
        scans, [replace(item, packs=known.get(lines[item.line_id].sku_id, ())) for item in items]
    )


def _stop(row: FulfillmentLine, **changes: Any) -> PickStop:
    ordered = row.order_line
    to_pick = changes.get("to_pick", row.to_pick)
    return PickStop(
        **{
            "line_id": row.pk,
            "work_number": row.fulfillment_order.number,
            "bin_code": "",
            "sku_code": row.sku.code,
            "name": ordered.name,
            "barcode": row.sku.barcode,
            "to_pick": row.to_pick,
            "picked": row.picked + row.packed + row.shipped,
            "kit": ordered.kit.sku_code if ordered.kit else "",
            "packs": packs.said(to_pick, pack=ordered.pack, pack_units=ordered.pack_units)
            if ordered.pack_units
            else "",
            **changes,
        }
    )


def _stops(row: FulfillmentLine, piles: list[Pile]) -> list[PickStop]:
    """Take what is to be picked of a line off `piles`, which other lines take from as well; a stop for each bin."""
    if not row.to_pick:
        return [_stop(row)]
    taken: dict[int, tuple[Pile, int]] = {}
    left = row.to_pick
    while left and piles:
        pile = piles[0]
        units = min(left, pile.quantity)
        before = taken.get(pile.bin_id, (pile, 0))[1]
        taken[pile.bin_id] = (pile, before + units)
        left -= units
        if units == pile.quantity:
            piles.pop(0)
        else:
            piles[0] = stock_rules.without(pile, units)
    stops = [
        _stop(
            row,
            bin_id=pile.bin_id,
            bin_code=pile.bin_code,
            walk_order=pile.walk_order,
            to_pick=units,
        )
        for pile, units in taken.values()
    ]
    if left:  # somebody is carrying them at this moment
        stops.append(_stop(row, to_pick=left))
    return stops


def _lots(
    rows: Sequence[FulfillmentLine], level_of: Mapping[tuple[int, int], int]
) -> dict[int, list[Take]]:
    """Return which lots are proposed for lines of tracked SKUs, as they would be picked one after the other."""
    tracked = {
        row.pk: level_of[row.sku_id, row.fulfillment_order.location_id]
        for row in rows
        if row.sku.is_tracked
        and row.to_pick
        and (row.sku_id, row.fulfillment_order.location_id) in level_of
    }
    if not tracked:
        return {}
    left = stock.free_batches(set(tracked.values()))
    found = {}
    for row in rows:
        level_id = tracked.get(row.pk)
        if level_id is None:
            continue
        work = row.fulfillment_order
        need = Need(
            on=clock.today(work.location.time_zone),
            life_days=work.order.minimum_life_days,
            expires=row.sku.expires,
        )
        takes = propose(left[level_id], row.to_pick, need)
        taken = {take.batch.lot_id: take.quantity for take in takes}
        left[level_id] = [
            replace(batch, quantity=batch.quantity - taken.get(batch.lot_id, 0))
            for batch in left[level_id]
        ]
        found[row.pk] = takes
    return found


def _said(take: Take, units: int | None = None) -> str:
    """Return a lot as a picker reads it."""
    batch = take.batch
    expires = f" (expires {batch.expires_on.isoformat()})" if batch.expires_on else ""
    return f"{units or take.quantity} of {batch.number or 'unknown lot'}{expires}"


def _lot_stops(row: FulfillmentLine, takes: Sequence[Take], piles: list[Pile]) -> list[PickStop]:
    """Return a stop for each bin and lot, and take the units off `piles`."""
    stops = []
    missing = row.to_pick
    for take in takes:
        left = take.quantity
        for index, pile in enumerate(piles):
            units = min(left, pile.quantity) if pile.lot_id == take.batch.lot_id else 0
            if not units:
                continue
            left -= units
            missing -= units
            piles[index] = stock_rules.without(pile, units)
            stops.append(
                _stop(
                    row,
                    bin_id=pile.bin_id,
                    bin_code=pile.bin_code,
                    walk_order=pile.walk_order,
                    to_pick=units,
                    lots=_said(take, units),
                )
            )
    if missing:
        stops.append(_stop(row, to_pick=missing))
    return stops


def _shelves(rows: Sequence[FulfillmentLine]) -> dict[tuple[int, int], list[Pile]]:
    """Return what can be fetched of the SKUs at locations with bins, in the order in which it is."""
    places = {
        row.fulfillment_order.location_id: row.fulfillment_order.location
        for row in rows
        if row.fulfillment_order.location.uses_bins
    }
    if not places:
        return {}
    sku_ids = {row.sku_id for row in rows if row.to_pick}
    found: defaultdict[tuple[int, int], list[Pile]] = defaultdict(list)
    contents = Content.objects.filter(
        level__location__in=places, level__sku__in=sku_ids, condition=Condition.GOOD
    ).select_related("bin", "lot", "level")
    for content in contents:
        found[content.level.location_id, content.level.sku_id].append(pile_of(content))
    gone = {
        (location_id, sku_id): units
        for location_id, sku_id, units in FulfillmentLine.objects.filter(
            sku__in=sku_ids,
            fulfillment_order__location__in=places,
            fulfillment_order__status__in=UNFINISHED,
        )
        .values_list("fulfillment_order__location_id", "sku_id")
        .annotate(units=Sum(F("picked") + F("packed")))
        .order_by()
    }
    return {
        key: storing.fetchable(piles, staged=gone.get(key, 0), removal=places[key[0]].removal)
        for key, piles in found.items()
    }
