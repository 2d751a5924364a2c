"""What all use-cases of work share: lock the order with its work, move units between counters, end what is done."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Case, F, IntegerField, Q, Value, When

from fulfillment.work import errors, rules
from fulfillment.work.models import FulfillmentLine, FulfillmentOrder
from fulfillment.work.states import FULFILLMENT_ORDER, WorkStatus
from oms.core import clock, locking
from oms.core.actors import Actor
from oms.core.timeline import services as timeline
from orders.ordering.models import Order


@dataclass(frozen=True, slots=True)
class Work:
    """One fulfillment order with its order (locked) and its lines by key, in order."""

    order: Order
    fulfillment_order: FulfillmentOrder
    lines: Mapping[int, FulfillmentLine]

    def per_order_line(self, units: Mapping[int, int]) -> dict[int, int]:
        """Sum `units` of fulfillment lines by the order line that they serve."""
        summed: defaultdict[int, int] = defaultdict(int)
        for line_id, count in units.items():
            summed[self.lines[line_id].order_line_id] += count
        return dict(summed)


def locked(fulfillment_order_id: int) -> Work:
    """Lock the order that the work belongs to and read the work under that lock.

    Everything that changes work, parcels or the order's counters takes this one lock first, so that rivals queue and
    never wait in a circle. Raises WorkMissing.
    """
    orders = locking.lock(Order.objects.filter(fulfillment_orders=fulfillment_order_id))
    if not orders:
        raise errors.WorkMissing
    # New statements, so that they see what a rival committed while we waited for the order.
    work = FulfillmentOrder.objects.select_related("location").get(pk=fulfillment_order_id)
    return Work(orders[0], work, lines_of(work))


def lines_of(work: FulfillmentOrder) -> dict[int, FulfillmentLine]:
    """Return the lines of the work with their SKUs, by key and in order."""
    lines = FulfillmentLine.objects.filter(fulfillment_order=work).select_related("sku")
    return {line.pk: line for line in lines.order_by("pk")}


def shift(
    lines: Mapping[int, FulfillmentLine],
    units: Mapping[int, int],
    *,
    source: str | None,
    target: str | None,
) -> None:
    """Move units between counters of fulfillment lines in one statement; None is "to pick".

    The statement repeats the condition, so that it moves everything or raises UnitsNotHere.
    """
    moving = {line: count for line, count in units.items() if count}
    if not moving:
        return
    if any(count < 0 or line not in lines for line, count in moving.items()):
        raise errors.UnitsNotHere("These units are not part of this work.")
    amount = Case(
        *(When(pk=line, then=Value(count)) for line, count in moving.items()),
        output_field=IntegerField(),
    )
    enough = Q()
    for line, count in moving.items():
        if source is None:
            taken = F("cancelled") + F("short") + F("picked") + F("packed") + F("shipped")
            enough |= Q(pk=line, quantity__gte=taken + count)
        else:
            enough |= Q(pk=line, **{f"{source}__gte": count})
    changes = {}
    if source is not None:
        changes[source] = F(source) - amount
    if target is not None:
        changes[target] = F(target) + amount
    if FulfillmentLine.objects.filter(enough).update(**changes) != len(moving):
        raise errors.UnitsNotHere(
            place=source or "to_pick", units={str(line): count for line, count in moving.items()}
        )
    for line_id, count in moving.items():
        row = lines[line_id]
        if source is not None:
            setattr(row, source, getattr(row, source) - count)
        if target is not None:
            setattr(row, target, getattr(row, target) + count)


def begin(work: Work, *, actor: Actor) -> None:
    """Move work that nobody has begun to in progress; work in progress stays as it is.

    Raises OrderOnHold, and IllegalTransition for work that is finished or waits.
    """
    document = work.fulfillment_order
    if document.status == WorkStatus.IN_PROGRESS:
        return
    if work.order.on_hold:
        raise errors.OrderOnHold(order=work.order.number)
    before = FULFILLMENT_ORDER.move(document, "start", started_at=clock.now())
    timeline.record(
        document,
        "work.started",
        actor=actor,
        before={"status": before},
        after={"status": document.status},
    )


def end_if_done(work: Work, *, actor: Actor) -> None:
    """Close or cancel work on which nothing is left to do."""
    document = work.fulfillment_order
    action = rules.ending(
        rules.Tally(
            line.quantity, line.cancelled, line.short, line.picked, line.packed, line.shipped
        )
        for line in work.lines.values()
    )
    if action is None or document.status in FULFILLMENT_ORDER.final:
        return
    before = FULFILLMENT_ORDER.move(document, action, closed_at=clock.now())
    timeline.record(
        document,
        f"work.{document.status}",
        actor=actor,
        before={"status": before},
        after={"status": document.status},
    )
