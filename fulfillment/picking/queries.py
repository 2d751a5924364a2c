"""The pick list: what to fetch, in the order in which one walks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fulfillment.picking import rules
from fulfillment.work.models import FulfillmentLine
from inventory.packs import queries as pack_queries
from inventory.packs import rules as packs
from inventory.stock.models import Level


@dataclass(frozen=True, slots=True, kw_only=True)
class PickStop:
    """Units of one line at one place. `picked` are those fetched before; `kit` is what they are a part of, and
    `packs` says how many packs they are, if they were ordered so.
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

    Two statements. Bins in walk order; lines of one bin by SKU.
    """
    rows = list(
        FulfillmentLine.objects.filter(fulfillment_order__in=fulfillment_order_ids)
        .select_related("fulfillment_order__location", "sku", "order_line__kit")
        .order_by("fulfillment_order__location__code", "pk")
    )
    places = {row.fulfillment_order.location_id for row in rows}
    bins = {
        (sku, location): code
        for sku, location, code in Level.objects.filter(
            sku__in={row.sku_id for row in rows}, location__in=places
        ).values_list("sku_id", "location_id", "bin_code")
    }
    lists = []
    for location in {row.fulfillment_order.location_id: row for row in rows}.values():
        place = location.fulfillment_order.location
        here = [row for row in rows if row.fulfillment_order.location_id == place.pk]
        stops = [
            PickStop(
                line_id=row.pk,
                work_number=row.fulfillment_order.number,
                bin_code=bins.get((row.sku_id, place.pk), ""),
                sku_code=row.sku.code,
                name=row.order_line.name,
                barcode=row.sku.barcode,
                to_pick=row.to_pick,
                picked=row.picked + row.packed + row.shipped,
                kit=row.order_line.kit.sku_code if row.order_line.kit else "",
                packs=packs.said(
                    row.to_pick, pack=row.order_line.pack, pack_units=row.order_line.pack_units
                )
                if row.order_line.pack_units
                else "",
            )
            for row in here
            if row.to_pick or all_lines
        ]
        lists.append(
            PickList(
                location_name=place.name,
                location_code=place.code,
                work_numbers=sorted({row.fulfillment_order.number for row in here}),
                stops=sorted(
                    stops,
                    key=lambda stop: (rules.walk_key(stop.bin_code), stop.sku_code, stop.line_id),
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
