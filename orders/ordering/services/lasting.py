"""What orders are promised at places, and how many more units can be promised there that last so long."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from django.db.models import QuerySet

from inventory.catalog.models import Sku
from inventory.lots.rules import Demand, Need, most_that_serve
from inventory.reservations.models import Allocation
from inventory.stock import services as stock
from inventory.stock.models import Level
from oms.core import clock
from orders.ordering.models import Order, OrderLine
from orders.ordering.rules import Lasting, Waiter
from orders.ordering.services import lines
from orders.routing import rules as routing

# (order line, location) -> units that are picked or packed there and have not shipped.
PickedAt = Callable[[Collection[int]], Mapping[tuple[int, int], int]]


@dataclass(frozen=True, slots=True)
class Loss:
    """Units that an order line is promised at a location where they do not lie."""

    order_id: int
    line_id: int
    sku_id: int
    location_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Promised:
    """Units of a level that an order line is promised there, and how many of them nobody has picked."""

    level_id: int
    location_id: int
    line: OrderLine
    quantity: int
    unpicked: int

    def loss(self, units: int) -> Loss:
        """Return the loss of some of them."""
        return Loss(self.line.order_id, self.line.pk, self.line.sku_id, self.location_id, units)


def promised_at(level_ids: Collection[int], *, picked: PickedAt) -> list[Promised]:
    """Return what orders are promised at levels, newest order first. Nothing is locked."""
    held = list(
        Allocation.objects.filter(level__in=level_ids, demand=lines.DEMAND)
        .select_related("level")
        .order_by("-demand_id")
    )
    line_ids = [allocation.demand_id for allocation in held]
    order_lines = {
        line.pk: line for line in OrderLine.objects.filter(pk__in=line_ids).select_related("order")
    }
    gone = picked(line_ids)
    unpicked = {line.pk: line.allocated for line in order_lines.values()}
    found = []
    for allocation in sorted(held, key=lambda a: -order_lines[a.demand_id].order_id):
        line = order_lines[allocation.demand_id]
        place = allocation.level.location_id
        free = min(allocation.quantity - gone.get((line.pk, place), 0), unpicked[line.pk])
        found.append(Promised(allocation.level_id, place, line, allocation.quantity, max(0, free)))
        unpicked[line.pk] -= max(0, free)
    return found


def most_lasting(
    *,
    sku_ids: Collection[int],
    life_days: int,
    location_ids: Collection[int],
    besides: Collection[int] = (),
) -> dict[tuple[int, int], int]:
    """Return by SKU and location how many units can be promised that last so many days after shipping today.

    What orders were promised before is left for them, by what they demand in their turn; not what lines `besides` were
    promised. Nothing is locked.
    """
    levels = Level.objects.filter(sku_id__in=sku_ids, location_id__in=location_ids)
    return {key: most[life_days] for key, most in _most(levels, [life_days], besides).items()}


def lasting_for(sku_id: int, turn: Iterable[Waiter]) -> dict[int, Lasting]:
    """Return by location how many units of a SKU last as long as those who wait demand; nothing if nobody demands it.

    At most seven statements, one where everybody takes what does not last.
    """
    lives = {waiter.life_days for waiter in turn if waiter.life_days}
    if not lives or not Sku.objects.filter(pk=sku_id, expires=True).exists():
        return {}
    found = _most(Level.objects.filter(sku_id=sku_id), lives)
    return {location: most for (_, location), most in found.items()}


def kept(order: Order, shelf: list[routing.Candidate]) -> list[routing.Candidate]:
    """Leave out what does not last as long as the order demands."""
    if not order.minimum_life_days:
        return shelf
    tracked = set(
        Sku.objects.filter(pk__in={one.sku_id for one in shelf}, expires=True).values_list(
            "pk", flat=True
        )
    )
    most = most_lasting(
        sku_ids=tracked,
        life_days=order.minimum_life_days,
        location_ids={one.location_id for one in shelf},
    )
    cut = [
        replace(one, quantity=min(one.quantity, most.get((one.sku_id, one.location_id), 0)))
        if one.sku_id in tracked
        else one
        for one in shelf
    ]
    return [one for one in cut if one.quantity]


def _most(
    of_levels: "QuerySet[Level]", lives: Collection[int], besides: Collection[int] = ()
) -> dict[tuple[int, int], dict[int, int]]:
    """Return by SKU and location how many units can be promised that last for each of some numbers of days."""
    levels = {level.pk: level for level in of_levels.select_related("sku")}
    free = stock.free_batches(levels)
    on = clock.now().date()
    promised: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for each in promised_at(levels, picked=lambda _: {}):
        if each.line.pk not in besides:
            promised[each.level_id][each.line.order.minimum_life_days] += each.unpicked
    found = {}
    for pk, level in levels.items():
        demands = [
            Demand(life, units, Need(on, life, expires=True))
            for life, units in sorted(promised[pk].items(), reverse=True)
        ]
        demands.append(Demand(-2, level.reserved, Need(on, expires=True)))
        found[level.sku_id, level.location_id] = {
            life: most_that_serve(free[pk], demands, Need(on, life, level.sku.expires))
            for life in lives
        }
    return found
