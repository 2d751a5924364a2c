"""Progress reported by the warehouse, the carrier and returns.

Each use-case locks the order, moves units between the counters of its lines, brings the derived statuses up to date and
writes the timeline. Raises OrderMissing, UnitsNotThere.
"""

from collections.abc import Mapping

from django.db import transaction

from oms.core import clock
from oms.core.actors import Actor
from oms.core.outbox import services as outbox
from oms.core.timeline import services as timeline
from orders import events
from orders.ordering import rules
from orders.ordering.models import Order
from orders.ordering.services import lines
from orders.ordering.states import ORDER, OrderStatus

Units = Mapping[int, int]


def _progress(
    order_id: int, units: Units, *, source: str | None, target: str | None, kind: str, actor: Actor
) -> tuple[Order, dict[int, int]]:
    order = lines.locked(order_id)
    moved = lines.shift(order, units, source=source, target=target)
    lines.refresh(order)
    if moved:
        timeline.record(order, kind, actor=actor, data={"units": lines.as_text(moved)})
    return order, moved


def record_picked(*, order_id: int, units: Units, actor: Actor) -> None:
    """Note units as picked: allocated -> picked."""
    with transaction.atomic():
        _progress(
            order_id, units, source="allocated", target="picked", kind="order.picked", actor=actor
        )


def record_unpicked(*, order_id: int, units: Units, actor: Actor) -> None:
    """Take a pick back: picked -> allocated."""
    with transaction.atomic():
        _progress(
            order_id, units, source="picked", target="allocated", kind="order.unpicked", actor=actor
        )


def record_packed(*, order_id: int, units: Units, actor: Actor) -> None:
    """Note units as packed: picked -> packed."""
    with transaction.atomic():
        _progress(
            order_id, units, source="picked", target="packed", kind="order.packed", actor=actor
        )


def record_unpacked(*, order_id: int, units: Units, actor: Actor) -> None:
    """Take a packing back: packed -> picked."""
    with transaction.atomic():
        _progress(
            order_id, units, source="packed", target="picked", kind="order.unpacked", actor=actor
        )


def record_shipped(*, order_id: int, units: Units, shipment_number: str, actor: Actor) -> None:
    """Note units as shipped: packed -> shipped. Completes the order when nothing is left.

    Publishes LinesShipped, and OrderCompleted.
    """
    with transaction.atomic():
        order = lines.locked(order_id)
        moved = lines.shift(order, units, source="packed", target="shipped")
        counters = lines.refresh(order)
        timeline.record(
            order,
            "order.shipped",
            actor=actor,
            data={"units": lines.as_text(moved), "shipment": shipment_number},
        )
        outbox.publish(
            events.LinesShipped(
                order_id=order.pk, shipment_number=shipment_number, units=lines.as_text(moved)
            )
        )
        complete_if_done(order, counters, actor=actor)


def complete_if_done(order: Order, counters: list[rules.Units], *, actor: Actor) -> None:
    """Complete a confirmed order of which nothing is left to do; the caller holds its lock."""
    if order.status == OrderStatus.CONFIRMED and rules.is_complete(counters):
        before = ORDER.move(order, "complete", completed_at=clock.now())
        timeline.record(
            order,
            "order.completed",
            actor=actor,
            before={"status": before},
            after={"status": order.status},
        )
        outbox.publish(events.OrderCompleted(order_id=order.pk))


def record_delivered(*, order_id: int, units: Units, actor: Actor) -> None:
    """Note shipped units as delivered."""
    with transaction.atomic():
        _progress(
            order_id, units, source=None, target="delivered", kind="order.delivered", actor=actor
        )


def request_return(*, order_id: int, units: Units, actor: Actor) -> None:
    """Note that shipped units may come back. What may, is decided by returns."""
    with transaction.atomic():
        _progress(
            order_id,
            units,
            source=None,
            target="return_requested",
            kind="order.return_requested",
            actor=actor,
        )


def cancel_return_request(*, order_id: int, units: Units, actor: Actor) -> None:
    """Note that units will not come back after all."""
    with transaction.atomic():
        _progress(
            order_id,
            units,
            source="return_requested",
            target=None,
            kind="order.return_request_cancelled",
            actor=actor,
        )


def record_returned(*, order_id: int, units: Units, actor: Actor) -> None:
    """Note units that came back: return_requested -> returned."""
    with transaction.atomic():
        _progress(
            order_id,
            units,
            source="return_requested",
            target="returned",
            kind="order.returned",
            actor=actor,
        )
