"""Counts in each state, made by the services themselves."""

from typing import Any

from inventory.counting import services
from inventory.counting.models import CountOrder
from inventory.counting.rules import Choice
from inventory.counting.services import Recorded
from inventory.stock.models import Level
from oms.core.actors import Actor

ANNA = Actor("staff", "21", "Anna Aisle")
BEN = Actor("staff", "22", "Ben Bin")
BOSS = Actor("staff", "23", "Bea Boss")


def nothing_picked(_sku_id: int, _location_id: int) -> int:
    """Say that everything lies on the shelf."""
    return 0


def draft(*levels: Level, **changes: Any) -> CountOrder:
    """Draft a count of the SKUs of some levels of one location."""
    return services.create(
        **{
            "location_code": levels[0].location.code,
            "choice": Choice("skus", skus=[level.sku.code for level in levels]),
            "actor": BOSS,
            **changes,
        }
    )


def started(*levels: Level, **changes: Any) -> CountOrder:
    """Return a count that is being counted."""
    return services.start(count_id=draft(*levels, **changes).pk, actor=BOSS)


def count(order: CountOrder, level: Level, units: int, **changes: Any) -> Recorded:
    """Let Anna count a SKU."""
    return services.record(
        **{
            "count_id": order.pk,
            "sku_code": level.sku.code,
            "counted": units,
            "off_shelf": nothing_picked,
            "actor": ANNA,
            **changes,
        }
    )


def count_twice(order: CountOrder, level: Level, units: int, **changes: Any) -> None:
    """Let Anna and Ben find the same figure."""
    if not count(order, level, units, **changes).is_accepted:
        count(order, level, units, actor=BEN, **changes)


def reviewed(level: Level, units: int, **changes: Any) -> CountOrder:
    """Return a count of one SKU that waits for the review."""
    order = started(level, **changes)
    count_twice(order, level, units)
    return services.finish(count_id=order.pk, actor=ANNA)
