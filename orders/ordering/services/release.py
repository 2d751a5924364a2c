"""Confirming and releasing, as kept on the order. The decision is made in `orders.releasing`."""

from django.db.models import F

from oms.core import clock
from oms.core.actors import Actor
from oms.core.outbox import services as outbox
from oms.core.timeline import services as timeline
from orders import events
from orders.ordering.models import Order
from orders.ordering.states import ORDER


def confirm(order: Order, *, actor: Actor) -> None:
    """Move a pending order to confirmed; the caller holds its lock. Publishes OrderConfirmed."""
    before = ORDER.move(order, "confirm", updated_at=clock.now())
    timeline.record(
        order,
        "order.confirmed",
        actor=actor,
        before={"status": before},
        after={"status": order.status},
    )
    outbox.publish(events.OrderConfirmed(order_id=order.pk))


def mark_released(order: Order, *, actor: Actor) -> None:
    """Give the order's allocated units to the warehouse; the caller holds its lock. Publishes OrderReleased."""
    at = clock.now()
    Order.objects.filter(pk=order.pk).update(
        released_at=at, rest_waits=False, updated_at=at, version=F("version") + 1
    )
    order.released_at = at
    order.rest_waits = False
    order.version += 1
    timeline.record(order, "order.released", actor=actor)
    outbox.publish(events.OrderReleased(order_id=order.pk))


def mark_rest_waiting(order: Order) -> None:
    """Note that units of a released order got stock but may not go yet; the caller holds its lock."""
    if order.rest_waits:
        return
    at = clock.now()
    Order.objects.filter(pk=order.pk).update(
        rest_waits=True, updated_at=at, version=F("version") + 1
    )
    order.rest_waits = True
    order.version += 1
