"""Take work."""

from collections import defaultdict
from typing import Any

from django.db import transaction
from django.db.models import F, Sum

from fulfillment import events
from fulfillment.work import rules
from fulfillment.work.models import FulfillmentLine, FulfillmentOrder
from fulfillment.work.states import WorkStatus
from inventory.reservations.models import Allocation
from oms.core import locking
from oms.core.actors import Actor
from oms.core.outbox import services as outbox
from oms.core.timeline import services as timeline
from orders.ordering.errors import OrderMissing
from orders.ordering.models import Order, OrderLine
from orders.ordering.services.lines import DEMAND
from orders.ordering.states import OrderStatus


def take_order(*, order_id: int, actor: Actor) -> list[FulfillmentOrder]:
    """Make work of every allocated unit of a released order that no work holds yet.

    One fulfillment order per location; units that come later join the one there that nobody has begun, else they make a
    new one. Nothing is taken of an order that waits or is not released: its release asks again. Asked twice, nothing is
    left to take. Returns the work that was made or added to. Raises OrderMissing. Publishes WorkTaken.
    """
    with transaction.atomic():
        rows = locking.lock(Order.objects.filter(pk=order_id))
        if not rows:
            raise OrderMissing
        order = rows[0]
        if order.status != OrderStatus.CONFIRMED or order.on_hold or order.released_at is None:
            return []
        lines = {line.pk: line for line in OrderLine.objects.filter(order=order)}
        new = rules.untaken(allocated_places(list(lines)), held_places(order_id))
        by_location: defaultdict[int, dict[int, int]] = defaultdict(dict)
        for (line_id, location_id), count in new.items():
            by_location[location_id][line_id] = count
        if not by_location:
            return []
        known = list(FulfillmentOrder.objects.filter(order=order).order_by("pk"))
        taken = []
        for location_id, units in sorted(by_location.items()):
            work = next(
                (w for w in known if w.location_id == location_id and w.status == WorkStatus.OPEN),
                None,
            )
            if work is None:
                work = FulfillmentOrder.objects.create(
                    number=f"{order.number}-F{len(known) + 1}",
                    order=order,
                    location_id=location_id,
                    recipient=order.ship_to,
                )
                known.append(work)
                _add_lines(work, lines, units)
            else:
                _join(work, lines, units)
            timeline.record(
                work,
                "work.taken",
                actor=actor,
                data={"units": {lines[line].sku_code: count for line, count in units.items()}},
            )
            outbox.publish(events.WorkTaken(fulfillment_order_id=work.pk, order_id=order.pk))
            taken.append(work)
    return taken


def allocated_places(line_ids: list[int]) -> dict[rules.Place, int]:
    """Return the units that stock holds for order lines, by line and location."""
    rows: Any = Allocation.objects.filter(demand=DEMAND, demand_id__in=line_ids).values_list(
        "demand_id", "level__location_id", "quantity"
    )
    return {(line, location): units for line, location, units in rows}


def held_places(order_id: int) -> dict[rules.Place, int]:
    """Return the units of an order that lie in work and have neither shipped nor been taken off."""
    rows = (
        FulfillmentLine.objects.filter(order_line__order_id=order_id)
        .values_list("order_line_id", "fulfillment_order__location_id")
        .annotate(units=Sum(F("quantity") - F("cancelled") - F("short") - F("shipped")))
        .order_by()
    )
    return {(line, location): units for line, location, units in rows}


def _add_lines(work: FulfillmentOrder, lines: dict[int, OrderLine], units: dict[int, int]) -> None:
    in_order = sorted(units, key=lambda line: lines[line].position)
    FulfillmentLine.objects.bulk_create(
        FulfillmentLine(
            fulfillment_order=work,
            order_line_id=line,
            sku_id=lines[line].sku_id,
            quantity=units[line],
        )
        for line in in_order
    )


def _join(work: FulfillmentOrder, lines: dict[int, OrderLine], units: dict[int, int]) -> None:
    there = set(
        FulfillmentLine.objects.filter(fulfillment_order=work, order_line_id__in=units).values_list(
            "order_line_id", flat=True
        )
    )
    for line in sorted(there):
        FulfillmentLine.objects.filter(fulfillment_order=work, order_line_id=line).update(
            quantity=F("quantity") + units[line]
        )
    _add_lines(work, lines, {line: n for line, n in units.items() if line not in there})
