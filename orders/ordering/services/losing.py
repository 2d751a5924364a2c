"""Units that orders were promised are not there any more: take them off, and serve the orders anew."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from inventory.catalog.models import Sku
from inventory.lots.rules import Demand, Need, most_that_serve
from inventory.reservations import services as reservations
from inventory.reservations.models import Allocation
from inventory.reservations.services import Promise
from inventory.stock import services as stock
from inventory.stock.models import Level
from oms.core import clock
from oms.core.actors import Actor
from oms.core.outbox import services as outbox
from oms.core.timeline import services as timeline
from orders import events
from orders.ordering.models import Order, OrderLine
from orders.ordering.services import lines
from orders.ordering.services import stock as serving
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
    *, sku_ids: Collection[int], life_days: int, location_ids: Collection[int]
) -> dict[tuple[int, int], int]:
    """Return by SKU and location how many units can be promised that last so many days after shipping today.

    What orders were promised before is left for them, by what they demand in their turn. Nothing is locked.
    """
    levels = {
        level.pk: level
        for level in Level.objects.filter(
            sku_id__in=sku_ids, location_id__in=location_ids
        ).select_related("sku")
    }
    free = stock.free_batches(levels)
    on = clock.now().date()
    demands: defaultdict[int, list[Demand]] = defaultdict(list)
    for index, each in enumerate(promised_at(levels, picked=lambda _: {})):
        need = Need(on, each.line.order.minimum_life_days, expires=True)
        demands[each.level_id].append(Demand(index, each.unpicked, need))
    return {
        (level.sku_id, level.location_id): most_that_serve(
            free[pk],
            [*demands[pk], Demand(-2, level.reserved, Need(on, expires=True))],
            Need(on, life_days, level.sku.expires),
        )
        for pk, level in levels.items()
    }


def take_off(*, losses: Sequence[Loss], document: str, cause: str, actor: Actor) -> None:
    """Give the units of `losses` back to their levels. Raises NotAllocated."""
    for loss in losses:
        reservations.release_at(
            demand=lines.DEMAND,
            units=[Promise(loss.line_id, loss.sku_id, loss.location_id, loss.quantity)],
            document=document,
            cause=f"{cause}:release",
            actor=actor,
        )


def serve_anew(
    *,
    orders: Mapping[int, Order],
    losses: Sequence[Loss],
    document: str,
    cause: str,
    kind: str,
    data: Mapping[str, str],
    actor: Actor,
) -> int:
    """Serve orders (locked, by key) what they lost from elsewhere, the oldest first; return the units served.

    The rest is backordered. `kind` names the entry of each order's timeline. Publishes LinesReallocated per order that
    is served from elsewhere, LinesBackordered per order that is not. Raises Raced.
    """
    by_order: defaultdict[int, list[Loss]] = defaultdict(list)
    for loss in losses:
        by_order[loss.order_id].append(loss)
    return sum(
        _serve(orders[order_id], lost, document, cause, kind, data, actor)
        for order_id, lost in sorted(by_order.items())
    )


def _lasting(order: Order, shelf: list[routing.Candidate]) -> list[routing.Candidate]:
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


def _serve(
    order: Order,
    lost: Sequence[Loss],
    document: str,
    cause: str,
    kind: str,
    data: Mapping[str, str],
    actor: Actor,
) -> int:
    shelf: list[routing.Candidate] = []
    for sku_id in sorted({loss.sku_id for loss in lost}):
        shelf += serving.shelf_of(sku_id).values()
    shelf = _lasting(order, shelf)
    takes = routing.plan(
        [routing.Demand(loss.line_id, loss.sku_id, loss.quantity) for loss in lost],
        shelf,
        serving.destination_of(order),
    ).takes
    reservations.allocate(
        demand=lines.DEMAND,
        promises=[Promise(t.line, t.sku_id, t.location_id, t.quantity) for t in takes],
        document=document,
        cause=f"{cause}:{order.pk}:allocate",
        actor=actor,
    )
    served = serving.by_line(takes)
    waiting = {loss.line_id: loss.quantity - served.get(loss.line_id, 0) for loss in lost}
    lines.shift(order, waiting, source="allocated", target="backordered")
    lines.refresh(order)
    timeline.record(
        order,
        kind,
        actor=actor,
        data={
            **data,
            "units": sum(loss.quantity for loss in lost),
            "rerouted": sum(served.values()),
            "backordered": sum(waiting.values()),
        },
    )
    if served:
        outbox.publish(events.LinesReallocated(order_id=order.pk, units=lines.as_text(served)))
    if any(waiting.values()):
        outbox.publish(events.LinesBackordered(order_id=order.pk, units=lines.as_text(waiting)))
    return sum(served.values())
