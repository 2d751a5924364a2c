"""A count found fewer units than orders were promised: take them off the newest orders, and serve those anew."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from inventory.counting import services as counting
from inventory.counting.models import CountLine, CountOrder
from inventory.reservations import services as reservations
from inventory.reservations.models import Allocation
from inventory.reservations.services import Promise
from inventory.stock.models import Level
from oms.core import locking
from oms.core.actors import Actor
from oms.core.outbox import services as outbox
from oms.core.timeline import services as timeline
from orders import events
from orders.ordering import errors
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
class CountPosted:
    """A posted count, and what became of the units that orders lost."""

    count: CountOrder
    rerouted: int
    backordered: int


def losses_of_count(*, count_id: int, picked: PickedAt) -> list[Loss]:
    """Return what posting a count takes off orders: what is missing beyond the available units, newest order first.

    Picked and packed units stay with their orders. Nothing is locked: whoever posts locks the orders and asks again.
    Raises CountTakesPicked.
    """
    missing = _missing(count_id)
    if not missing:
        return []
    held = list(
        Allocation.objects.filter(level__in=missing, demand=lines.DEMAND)
        .select_related("level")
        .order_by("-demand_id")
    )
    line_ids = [allocation.demand_id for allocation in held]
    order_lines = {line.pk: line for line in OrderLine.objects.filter(pk__in=line_ids)}
    gone = picked(line_ids)
    unpicked = {line.pk: line.allocated for line in order_lines.values()}
    losses = []
    holders: set[int] = set()
    for allocation in sorted(held, key=lambda a: -order_lines[a.demand_id].order_id):
        line, need = order_lines[allocation.demand_id], missing[allocation.level_id]
        place = allocation.level.location_id
        free = min(allocation.quantity - gone.get((line.pk, place), 0), unpicked[line.pk])
        if free < allocation.quantity:
            holders.add(line.order_id)
        taken = min(need, max(0, free))
        if taken:
            missing[allocation.level_id] -= taken
            unpicked[line.pk] -= taken
            losses.append(Loss(line.order_id, line.pk, line.sku_id, place, taken))
    if any(missing.values()):
        _refuse(missing, holders)
    return losses


@transaction.atomic
def post_count(
    *, count_id: int, losses: Sequence[Loss], actor: Actor, version: int | None = None
) -> CountPosted:
    """Post a count, and take `losses` off their orders: other locations take them where they can, the rest waits.

    The work of the warehouse has been relieved of them. Raises what `counting.post` raises, OrderMissing, NotAllocated,
    and Raced when a rival was faster. Publishes LinesReallocated per order that is served from elsewhere, and
    LinesBackordered per order that is not.
    """
    orders = {
        order.pk: order
        for order in locking.lock(
            Order.objects.filter(pk__in=sorted({loss.order_id for loss in losses}))
        )
    }
    count = counting.lock(count_id, version=version)
    # All at once and by key: rivals that move to each other's place would wait in a circle.
    locking.lock(
        Level.objects.filter(
            Q(location_id=count.location_id, sku__in=count.lines.values("sku"))
            | Q(sku_id__in={loss.sku_id for loss in losses})
        )
    )
    for loss in losses:
        reservations.release_at(
            demand=lines.DEMAND,
            units=[Promise(loss.line_id, loss.sku_id, loss.location_id, loss.quantity)],
            document=count.number,
            cause=f"count:{count.pk}:release",
            actor=actor,
        )
    count = counting.post(count_id=count_id, actor=actor)
    by_order: defaultdict[int, list[Loss]] = defaultdict(list)
    for loss in losses:
        by_order[loss.order_id].append(loss)
    rerouted = 0
    for order_id, lost in sorted(by_order.items()):  # the oldest order is served first
        rerouted += _serve_anew(orders[order_id], lost, count=count, actor=actor)
    return CountPosted(count, rerouted, sum(loss.quantity for loss in losses) - rerouted)


def _missing(count_id: int) -> dict[int, int]:
    """Return by level how many units a count misses that are not available."""
    counted = CountLine.objects.filter(count_id=count_id, counted__isnull=False)
    wanted = {
        (line.sku_id, line.location_id): -line.difference
        for line in counted
        if line.difference is not None and line.difference < 0
    }
    levels = Level.objects.filter(
        sku_id__in={sku_id for sku_id, _ in wanted},
        location_id__in={location_id for _, location_id in wanted},
    )
    found = {
        level.pk: wanted[level.sku_id, level.location_id] - level.available for level in levels
    }
    return {level_id: units for level_id, units in found.items() if units > 0}


def _refuse(missing: Mapping[int, int], holders: Collection[int]) -> None:
    short = {
        level.sku.code: missing[level.pk]
        for level in Level.objects.filter(pk__in=[k for k, n in missing.items() if n])
        .select_related("sku")
        .order_by("sku__code")
    }
    numbers = list(
        Order.objects.filter(pk__in=holders).order_by("-pk").values_list("number", flat=True)[:50]
    )
    named = f" Orders: {', '.join(numbers[:5])}." if numbers else ""
    words = ", ".join(f"{code}: {units} too many" for code, units in list(short.items())[:5])
    raise errors.CountTakesPicked(f"{words}.{named}", orders=numbers, skus=short)


def _serve_anew(order: Order, lost: Sequence[Loss], *, count: CountOrder, actor: Actor) -> int:
    """Serve the lost units of an order from elsewhere or let them wait; return how many come from elsewhere."""
    shelf: list[routing.Candidate] = []
    for sku_id in sorted({loss.sku_id for loss in lost}):
        shelf += serving.shelf_of(sku_id).values()
    takes = routing.plan(
        [routing.Demand(loss.line_id, loss.sku_id, loss.quantity) for loss in lost],
        shelf,
        serving.destination_of(order),
    ).takes
    reservations.allocate(
        demand=lines.DEMAND,
        promises=[Promise(t.line, t.sku_id, t.location_id, t.quantity) for t in takes],
        document=count.number,
        cause=f"count:{count.pk}:{order.pk}:allocate",
        actor=actor,
    )
    served = serving.by_line(takes)
    waiting = {loss.line_id: loss.quantity - served.get(loss.line_id, 0) for loss in lost}
    lines.shift(order, waiting, source="allocated", target="backordered")
    lines.refresh(order)
    timeline.record(
        order,
        "order.lost_to_count",
        actor=actor,
        data={
            "count": count.number,
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
