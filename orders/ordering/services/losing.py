"""Units that orders were promised are not there any more: take them off, and serve the orders anew."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from inventory.reservations import services as reservations
from inventory.reservations.services import Promise
from oms.core.actors import Actor
from oms.core.outbox import services as outbox
from oms.core.timeline import services as timeline
from orders import events
from orders.ordering.models import Order
from orders.ordering.services import lasting, lines
from orders.ordering.services import stock as serving
from orders.ordering.services.lasting import Loss
from orders.routing import rules as routing


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
    shelf = lasting.kept(order, shelf)
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
