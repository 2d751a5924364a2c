"""Stock that comes and stock that turns out to be missing."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from functools import partial

import structlog
from django.db import transaction

from inventory.reservations import queries as availability
from inventory.reservations import services as reservations
from inventory.reservations.services import Promise
from inventory.stock import services as stock
from inventory.stock.models import Level
from inventory.stock.services import Spot
from oms.core import locking, transactions
from oms.core.actors import Actor
from oms.core.errors import Busy
from oms.core.ids import uuid7
from oms.core.outbox import services as outbox
from oms.core.timeline import services as timeline
from orders import events
from orders.channels import queries as channels
from orders.ordering import errors, queries, rules
from orders.ordering.models import Order, OrderLine
from orders.ordering.services import lasting, lines
from orders.routing import rules as routing

log = structlog.get_logger()

BATCH = 100  # lines served in one transaction


def fill_backorders(*, sku_id: int, document: str, actor: Actor) -> int:
    """Give what is in stock of a SKU to the lines that wait for it, in turn (`rules.in_turn`); return the units given.

    An order gets what its channel sees of the stock, without the channel's buffer, and what lasts as long as it
    demands. At most `BATCH` lines are served in one go; `fill_what_waits` serves the rest.

    Raises Raced when a rival took the stock in the meantime. Publishes LinesReallocated per order served.
    """
    with transaction.atomic():
        turn = queries.in_turn([sku_id])[sku_id][:BATCH]
        orders = {
            order.pk: order
            for order in locking.lock(
                Order.objects.filter(pk__in={waiter.order for waiter in turn})
            )
        }
        # Read again: a rival may have filled or cancelled lines while we waited for the orders.
        turn = [waiter for waiter in queries.in_turn([sku_id])[sku_id] if waiter.order in orders]
        if any(waiter.life_days for waiter in turn):  # what lasts is counted, and promised once
            locking.lock(Level.objects.filter(sku_id=sku_id))
        takes = rules.serve(
            turn,
            shelf_of(sku_id).values(),
            buyers_of(sku_id, orders.values()),
            lasting.lasting_for(sku_id, turn),
        )
        reservations.allocate(
            demand=lines.DEMAND,
            promises=[Promise(t.line, t.sku_id, t.location_id, t.quantity) for t in takes],
            document=document,
            cause=f"fill:{uuid7()}",
            actor=actor,
        )
        order_of = {waiter.line: waiter.order for waiter in turn}
        given: defaultdict[int, dict[int, int]] = defaultdict(dict)
        for line, units in by_line(takes).items():
            given[order_of[line]][line] = units
        for order_id, filled in sorted(given.items()):
            _note_filled(orders[order_id], filled, document=document, actor=actor)
    return sum(take.quantity for take in takes)


def fill_what_waits(*, actor: Actor) -> int:
    """Serve the waiting orders of every SKU that has stock, one transaction each; return the units given.

    Where rivals win every time, the next call serves what is left.
    """
    given = 0
    for sku_id in queries.skus_that_can_be_filled():
        try:
            given += transactions.retrying(
                partial(fill_backorders, sku_id=sku_id, document="backorder check", actor=actor)
            )
        except Busy as error:
            log.warning("backorders_left_waiting", sku_id=sku_id, error=error.code)
    return given


def record_short(
    *,
    order_id: int,
    line_id: int,
    location_id: int,
    quantity: int,
    reason: str,
    cause: str,
    actor: Actor,
    spots: Sequence[Spot] = (),
) -> dict[str, int]:
    """Take units that are not where they should be off their allocation, correct the stock, and serve them anew.

    Other locations take them where they can; the rest is backordered. Returns {"rerouted": n, "backordered": m}.
    `cause` names the report: repeated, it is refused by the database; `spots` the bin they were missed in. Raises
    OrderMissing, UnitsNotThere, NotAllocated. Publishes LinesReallocated,
    LinesBackordered.
    """
    with transaction.atomic():
        order = lines.locked(order_id)
        line = OrderLine.objects.filter(pk=line_id, order_id=order_id).first()
        if line is None or quantity <= 0 or line.allocated < quantity:
            raise errors.UnitsNotThere(place="allocated", units={str(line_id): quantity})
        # All at once and by key: two shorts that move to each other's place would wait in a circle.
        locking.lock(Level.objects.filter(sku_id=line.sku_id))
        reservations.release_at(
            demand=lines.DEMAND,
            units=[Promise(line.pk, line.sku_id, location_id, quantity)],
            document=order.number,
            cause=f"{cause}:release",
            actor=actor,
        )
        stock.adjust(
            sku_id=line.sku_id,
            location_id=location_id,
            delta=-quantity,
            document=order.number,
            cause=f"{cause}:adjust",
            actor=actor,
            reason=reason,
            spots=spots,
        )
        shelf = shelf_of(line.sku_id)
        shelf.pop(location_id, None)
        takes = routing.plan(
            [routing.Demand(line.pk, line.sku_id, quantity)],
            lasting.kept(order, list(shelf.values())),
            destination_of(order),
        ).takes
        reservations.allocate(
            demand=lines.DEMAND,
            promises=[Promise(t.line, t.sku_id, t.location_id, t.quantity) for t in takes],
            document=order.number,
            cause=f"{cause}:allocate",
            actor=actor,
        )
        rerouted = sum(take.quantity for take in takes)
        lines.shift(order, {line.pk: quantity - rerouted}, source="allocated", target="backordered")
        lines.refresh(order)
        timeline.record(
            order,
            "order.short",
            actor=actor,
            reason=reason,
            data={
                "sku": line.sku_code,
                "units": quantity,
                "rerouted": rerouted,
                "backordered": quantity - rerouted,
            },
        )
        if rerouted:
            outbox.publish(
                events.LinesReallocated(order_id=order.pk, units={str(line.pk): rerouted})
            )
        if missing := quantity - rerouted:
            outbox.publish(
                events.LinesBackordered(order_id=order.pk, units={str(line.pk): missing})
            )
    return {"rerouted": rerouted, "backordered": quantity - rerouted}


def shelf_of(sku_id: int) -> dict[int, routing.Candidate]:
    """Return where a SKU can be taken from, by location."""
    return {
        level.location_id: routing.Candidate(
            sku_id=level.sku_id,
            location_id=level.location_id,
            location_code=level.location_code,
            quantity=level.available_to_sell,
            priority=level.priority,
            country=level.country,
            region=level.region,
            postcode=level.postcode,
        )
        for level in availability.availability(sku_ids=[sku_id])
        if level.available_to_sell
    }


def destination_of(order: Order) -> routing.Destination:
    """Return where an order goes, as routing looks at it."""
    return routing.Destination(
        order.ship_country, order.ship_to.get("region", ""), order.ship_postcode
    )


def buyers_of(sku_id: int, orders: Collection[Order]) -> dict[int, rules.Buyer]:
    """Return where orders go and what of a SKU their channels do not see; one statement."""
    buffers = channels.buffers_of(sku_id, {order.channel_id for order in orders})
    return {
        order.pk: rules.Buyer(destination_of(order), buffers[order.channel_id]) for order in orders
    }


def by_line(takes: Sequence[routing.Take]) -> dict[int, int]:
    """Return the units taken for each line."""
    units: defaultdict[int, int] = defaultdict(int)
    for take in takes:
        units[take.line] += take.quantity
    return dict(units)


def _note_filled(order: Order, units: dict[int, int], *, document: str, actor: Actor) -> None:
    lines.shift(order, units, source="backordered", target="allocated")
    lines.refresh(order)
    timeline.record(
        order,
        "order.backorder_filled",
        actor=actor,
        data={"units": lines.as_text(units), "document": document},
    )
    outbox.publish(events.LinesReallocated(order_id=order.pk, units=lines.as_text(units)))
