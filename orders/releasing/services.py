"""Confirm and release orders that are ready."""

from dataclasses import dataclass

from django.db import transaction

from oms.core import locking
from oms.core.actors import SYSTEM, Actor
from orders.ordering import errors as ordering_errors
from orders.ordering import services as ordering
from orders.ordering.models import Order
from orders.ordering.states import OrderStatus
from orders.releasing import queries, rules


@dataclass(frozen=True, slots=True)
class Decision:
    """What was done now, and why the order waits when it does."""

    confirmed: bool
    released: bool
    reasons: tuple[rules.Reason, ...]


@transaction.atomic
def release_if_ready(*, order_id: int, actor: Actor, again: bool = False) -> Decision:
    """Confirm a pending order that is understood and paid enough; give an order that may go to the warehouse.

    An order is released once; `again` releases it anew, because units got stock or a hold ended: the warehouse then
    takes what it does not have yet. If the order may not go just then, that is noted, and the next look releases it.
    Waiting is no error: the reasons are returned. Raises OrderMissing. Publishes OrderConfirmed, OrderReleased.
    """
    order = locking.lock_one(
        Order.objects.filter(pk=order_id).select_related("channel"),
        missing=ordering_errors.OrderMissing,
    )
    facts = queries.facts(order)
    confirmed = order.status == OrderStatus.PENDING and not rules.reasons_not_to_confirm(facts)
    if confirmed:
        ordering.confirm(order, actor=actor)
    reasons = rules.reasons_not_to_release(facts)
    due = again or order.released_at is None or order.rest_waits
    released = due and not reasons
    if released:
        ordering.mark_released(order, actor=actor)
    elif due and order.released_at is not None and facts.allocated:
        ordering.mark_rest_waiting(order)
    return Decision(confirmed=confirmed, released=released, reasons=tuple(reasons))


def release_ready(*, batch: int = 200) -> int:
    """Release what is ready but was missed, one transaction each; return how many orders went."""
    released = 0
    for order_id in list(queries.ready().values_list("pk", flat=True)[:batch]):
        released += release_if_ready(order_id=order_id, actor=SYSTEM).released
    return released
