"""Units are taken from the shelf for a demand line: from then on it is certain which lot they are."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Sum

from inventory.lots.rules import Batch
from inventory.stock.models import Claim, Content, Level
from inventory.stock.states import Condition
from oms.core import locking


@dataclass(frozen=True, slots=True)
class Claimed:
    """Units of a lot that a demand line has from a level."""

    demand_id: int
    level_id: int
    lot_id: int | None
    quantity: int


def lock_and_read(places: Collection[tuple[int, int]]) -> dict[tuple[int, int], Level]:
    """Lock the levels of (SKU, location) pairs by key and return them by pair."""
    levels = Level.objects.filter(
        sku_id__in={sku_id for sku_id, _ in places},
        location_id__in={location_id for _, location_id in places},
    )
    return {
        key: level
        for level in locking.lock(levels.select_related("sku", "location"))
        if (key := (level.sku_id, level.location_id)) in places
    }


def free_batches(level_ids: Collection[int]) -> dict[int, list[Batch]]:
    """Return the good units of levels by lot that nobody has taken from the shelf. Two statements."""
    claimed = claimed_units(level_ids)
    rows = (
        Content.objects.filter(level_id__in=level_ids, condition=Condition.GOOD)
        .values_list("level_id", "lot_id", "lot__number", "lot__expires_on", "lot__status")
        .annotate(units=Sum("quantity"))
        .order_by()
    )
    found: defaultdict[int, list[Batch]] = defaultdict(list)
    expires: date | None
    for level_id, lot_id, number, expires, status, units in rows:
        found[level_id].append(
            Batch(
                lot_id=lot_id,
                quantity=units - claimed.get((level_id, lot_id), 0),
                expires_on=expires,
                **({"status": status, "number": number} if lot_id is not None else {}),
            )
        )
    return found


def lots_in(
    bin_ids: Collection[int], level_ids: Collection[int]
) -> dict[tuple[int, int], dict[int | None, int]]:
    """Return the good units that lie in bins by lot, for each bin and level. One statement."""
    found: defaultdict[tuple[int, int], dict[int | None, int]] = defaultdict(dict)
    rows = Content.objects.filter(
        bin_id__in=bin_ids, level_id__in=level_ids, condition=Condition.GOOD
    ).values_list("bin_id", "level_id", "lot_id", "quantity")
    for bin_id, level_id, lot_id, units in rows:
        found[bin_id, level_id][lot_id] = units
    return found


def claimed_units(level_ids: Collection[int]) -> dict[tuple[int, int | None], int]:
    """Return what is taken from the shelf of levels, by level and lot."""
    rows = Claim.objects.filter(level_id__in=level_ids).values_list("level_id", "lot_id")
    return {
        (level_id, lot_id): units
        for level_id, lot_id, units in rows.annotate(units=Sum("quantity")).order_by()
    }


def claim(*, demand: str, units: Sequence[Claimed], levels: Mapping[int, Level]) -> None:
    """Note units that were taken from the shelf; the caller holds `levels` (by key) and has found the units free."""
    known = {
        (row.demand_id, row.level_id, row.lot_id): row
        for row in Claim.objects.filter(
            demand=demand, demand_id__in={each.demand_id for each in units}
        )
    }
    new: dict[tuple[int, int, int | None], Claim] = {}
    changed: dict[int, Claim] = {}
    for each in units:
        key = (each.demand_id, each.level_id, each.lot_id)
        row = known.get(key)
        if row is not None:
            row.quantity += each.quantity
            changed[row.pk] = row
            continue
        row = new.setdefault(
            key,
            Claim(
                level_id=each.level_id,
                lot_id=each.lot_id,
                demand=demand,
                demand_id=each.demand_id,
                quantity=0,
                is_serial=each.lot_id is not None and levels[each.level_id].sku.is_serial,
            ),
        )
        row.quantity += each.quantity
    Claim.objects.bulk_create(new.values())
    if changed:
        Claim.objects.bulk_update(changed.values(), ["quantity"])


def claims_of(demand: str, demand_ids: Iterable[int]) -> list[Claimed]:
    """Return what demand lines have taken from the shelf, in the order in which it was taken."""
    rows = Claim.objects.filter(demand=demand, demand_id__in=list(demand_ids)).order_by("pk")
    return [Claimed(row.demand_id, row.level_id, row.lot_id, row.quantity) for row in rows]


def unclaim(*, demand: str, units: Sequence[Claimed]) -> None:
    """Take units off what demand lines have from the shelf: they go back to it, or leave."""
    if not units:
        return
    known = {
        (row.demand_id, row.level_id, row.lot_id): row
        for row in Claim.objects.filter(
            demand=demand, demand_id__in={each.demand_id for each in units}
        )
    }
    for each in units:
        known[each.demand_id, each.level_id, each.lot_id].quantity -= each.quantity
    gone = [row.pk for row in known.values() if row.quantity == 0]
    left = [row for row in known.values() if row.quantity]
    Claim.objects.filter(pk__in=gone).delete()
    if left:
        Claim.objects.bulk_update(left, ["quantity"])
