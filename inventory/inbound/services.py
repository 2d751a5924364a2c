"""Say what is on its way."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import F

from inventory import events
from inventory.inbound.models import Inbound
from inventory.stock import services as stock
from inventory.stock.models import Level
from oms.core import locking
from oms.core.outbox import services as outbox


@dataclass(frozen=True, slots=True)
class Expected:
    """`quantity` units of a supply line still to come to a location, and the day if it is known; 0: none any more."""

    supply_id: int
    sku_id: int
    location_id: int
    quantity: int
    due_on: date | None = None


@transaction.atomic
def expect(*, supply: str, lines: Sequence[Expected]) -> None:
    """Set what is still to come of supply lines of one kind; what they said before is replaced.

    Said twice, nothing changes. The caller holds the lock of the document that the lines are of; a level that does not
    exist is made, but for a kit (KitHoldsNoStock). The levels are locked by key. Publishes
    InboundChanged, one for all lines, if anything did.
    """
    if not lines:
        return
    known = {
        row.supply_id: row
        for row in Inbound.objects.filter(
            supply=supply, supply_id__in=[line.supply_id for line in lines]
        )
    }
    levels = _levels((line.sku_id, line.location_id) for line in lines if line.quantity)
    locking.lock(
        Level.objects.filter(pk__in={*levels.values(), *(row.level_id for row in known.values())})
    )
    changes: defaultdict[int, int] = defaultdict(int)
    for row in known.values():
        changes[row.level_id] -= row.quantity
    before = {(row.supply_id, row.level_id, row.quantity, row.due_on) for row in known.values()}
    wanted = [
        Inbound(
            level_id=levels[line.sku_id, line.location_id],
            supply=supply,
            supply_id=line.supply_id,
            quantity=line.quantity,
            due_on=line.due_on,
        )
        for line in lines
        if line.quantity
    ]
    for row in wanted:
        changes[row.level_id] += row.quantity
    Inbound.objects.filter(pk__in=[row.pk for row in known.values()]).delete()
    Inbound.objects.bulk_create(wanted)
    alike: defaultdict[int, list[int]] = defaultdict(list)
    for level_id, change in changes.items():
        alike[change].append(level_id)
    for change, level_ids in alike.items():
        if change:
            Level.objects.filter(pk__in=level_ids).update(incoming=F("incoming") + change)
    after = {(row.supply_id, row.level_id, row.quantity, row.due_on) for row in wanted}
    if moved := {supply_id for supply_id, *_ in before ^ after}:
        outbox.publish(
            events.InboundChanged(
                supply=supply,
                supply_id=min(line.supply_id for line in lines),
                sku_ids=sorted({line.sku_id for line in lines if line.supply_id in moved}),
            )
        )


def _levels(places: Iterable[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """Return the levels of (SKU, location) pairs by pair, made where they are missing."""
    wanted = set(places)
    found = _found(wanted)
    if missing := sorted(wanted - found.keys()):
        stock.make_levels(missing)
        found = _found(wanted)
    return found


def _found(wanted: set[tuple[int, int]]) -> dict[tuple[int, int], int]:
    rows = Level.objects.filter(
        sku_id__in={sku for sku, _ in wanted}, location_id__in={place for _, place in wanted}
    ).values_list("sku_id", "location_id", "pk")
    return {
        (sku_id, location_id): level_id
        for sku_id, location_id, level_id in rows
        if (sku_id, location_id) in wanted
    }
