"""Say which orders are served before others."""

from django.db import transaction

from customers.profiles.models import Priority
from oms.core import clock
from oms.core.actors import Actor
from oms.core.outbox import services as outbox
from oms.core.timeline import services as timeline
from orders import events
from orders.ordering.models import Order
from orders.ordering.services import lines
from orders.ordering.states import ORDER


def set_priority(
    *,
    order_id: int,
    priority: Priority,
    reason: str,
    actor: Actor,
    expected_version: int | None = None,
) -> Order:
    """Serve an open order before others, with them or after them when goods come.

    What it has got already stays its own. Raises OrderMissing, Stale, IllegalTransition (completed or cancelled).
    Publishes PriorityChanged, unless it is the present one.
    """
    with transaction.atomic():
        order = lines.locked(order_id, expected_version=expected_version)
        ORDER.target(order.status, "cancel")  # what may no longer be cancelled, waits for nothing
        if order.priority == priority:
            return order
        before = Priority(order.priority)
        order.priority = priority
        order.updated_at = clock.now()
        order.version += 1
        order.save(update_fields=["priority", "updated_at", "version"])
        timeline.record(
            order,
            "order.priority_changed",
            actor=actor,
            before={"priority": before.label},
            after={"priority": priority.label},
            reason=reason,
        )
        outbox.publish(events.PriorityChanged(order_id=order.pk))
    return order
