"""Until when units wait, and what happens then."""

from collections.abc import Collection
from datetime import date, timedelta

from django.db import transaction

from oms.core import clock, locking
from oms.core.actors import SYSTEM, Actor
from oms.core.outbox import services as outbox
from oms.core.timeline import services as timeline
from orders import events
from orders.channels.models import Channel
from orders.ordering import errors, queries
from orders.ordering.models import Order, OrderLine
from orders.ordering.services import lines
from orders.ordering.services.cancel import cancel


def wait_until(
    *,
    order_id: int,
    on: date | None,
    reason: str,
    actor: Actor,
    expected_version: int | None = None,
) -> Order:
    """Cancel what of an order still waits after a day by itself; None: it waits for ever.

    Raises OrderMissing, Stale, NothingWaits, DayIsOver.
    """
    with transaction.atomic():
        order = lines.locked(order_id, expected_version=expected_version)
        waiting = queries.waiting().filter(order=order)
        before = list(waiting.order_by("position").values_list("cancel_on", flat=True))
        if not before:
            raise errors.NothingWaits
        if on is not None and on < clock.today():
            raise errors.DayIsOver
        waiting.update(cancel_on=on)
        lines.refresh(order)
        known = [day for day in before if day is not None]
        timeline.record(
            order,
            "order.waits_until",
            actor=actor,
            before={"until": min(known).isoformat() if known else None},
            after={"until": on.isoformat() if on else None},
            reason=reason,
        )
    return order


@transaction.atomic
def limit_waiting(*, order_id: int, line_ids: Collection[int]) -> None:
    """Let lines that wait again wait as long as the channel says, unless a day is set."""
    days = Channel.objects.filter(orders=order_id).values_list("backorder_days", flat=True).first()
    if days is None:
        return
    OrderLine.objects.filter(
        pk__in=line_ids, order_id=order_id, backordered__gt=0, cancel_on=None
    ).update(cancel_on=clock.today() + timedelta(days=days))


def orders_that_waited_long_enough(*, at_most: int = 200) -> list[int]:
    """Return orders some of whose units wait although their day is over, the longest first."""
    rows = queries.waiting().filter(cancel_on__lt=clock.today()).order_by("cancel_on", "pk")
    return list(dict.fromkeys(rows.values_list("order_id", flat=True)[:at_most]))


def cancel_waiting(*, order_id: int) -> int:
    """Cancel what of an order waits although its day is over; return the units. Once: who comes second finds nothing.

    Publishes BackorderCancelled besides what `cancel` publishes.
    """
    with transaction.atomic():
        order = locking.lock_one(Order.objects.filter(pk=order_id), missing=errors.OrderMissing)
        units = dict(
            queries.waiting()
            .filter(order=order, cancel_on__lt=clock.today())
            .values_list("pk", "backordered")
        )
        if not units:
            return 0
        cancel(
            order_id=order.pk,
            units=units,
            reason="It did not come by the day until which it was to wait.",
            actor=SYSTEM,
        )
        order.refresh_from_db(fields=["version"])
        outbox.publish(
            events.BackorderCancelled(
                order_id=order.pk, units=lines.as_text(units), change=f"v{order.version}"
            )
        )
        return sum(units.values())
