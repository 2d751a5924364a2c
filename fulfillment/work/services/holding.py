"""Hold work that nobody has begun, and let it go on."""

from django.db import transaction

from fulfillment.work.models import FulfillmentOrder
from fulfillment.work.services import taking
from fulfillment.work.states import FULFILLMENT_ORDER, WorkStatus
from oms.core import locking
from oms.core.actors import Actor
from oms.core.timeline import services as timeline
from orders.ordering.errors import OrderMissing
from orders.ordering.models import Order


def hold(*, order_id: int, actor: Actor) -> int:
    """Set the order's work that nobody has begun on hold, if the order still waits; return how many were.

    What is in progress goes on up to the packed parcel, which does not leave while the order waits.
    Raises OrderMissing.
    """
    with transaction.atomic():
        order = _locked(order_id)
        if not order.on_hold:
            return 0
        waiting = FULFILLMENT_ORDER.sources("hold")
        return _move(order, waiting, "hold", actor=actor)


def resume(*, order_id: int, actor: Actor) -> int:
    """Let held work go on once nothing holds the order any more, and take what was not taken meanwhile.

    Returns how many fulfillment orders go on. Raises OrderMissing. May publish WorkTaken.
    """
    with transaction.atomic():
        order = _locked(order_id)
        if order.on_hold:
            return 0
        resumed = _move(order, [WorkStatus.ON_HOLD], "resume", actor=actor)
        taking.take_order(order_id=order_id, actor=actor)
    return resumed


def _locked(order_id: int) -> Order:
    rows = locking.lock(Order.objects.filter(pk=order_id))
    if not rows:
        raise OrderMissing
    return rows[0]


def _move(order: Order, statuses: list[str], action: str, *, actor: Actor) -> int:
    found = list(FulfillmentOrder.objects.filter(order=order, status__in=statuses).order_by("pk"))
    for work in found:
        before = FULFILLMENT_ORDER.move(work, action)
        timeline.record(
            work,
            f"work.{action}",
            actor=actor,
            before={"status": before},
            after={"status": work.status},
        )
    return len(found)
