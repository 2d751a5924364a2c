"""Goods that work waits for are not there any more: take them off it. Orders are served anew by whoever found out."""

from collections.abc import Collection

from django.db.models import F, Sum

from fulfillment import events
from fulfillment.work.models import FulfillmentLine
from fulfillment.work.services import lines, taking
from fulfillment.work.services.lines import Work
from fulfillment.work.states import WorkStatus
from oms.core.actors import Actor
from oms.core.errors import Raced
from oms.core.outbox import services as outbox
from oms.core.timeline import services as timeline
from orders.ordering.models import Order
from orders.ordering.services import Loss


def picked_at(order_line_ids: Collection[int]) -> dict[tuple[int, int], int]:
    """Return the picked and packed units of order lines, by line and location."""
    rows = (
        FulfillmentLine.objects.filter(order_line_id__in=order_line_ids)
        .values_list("order_line_id", "fulfillment_order__location_id")
        .annotate(units=Sum(F("picked") + F("packed")))
        .order_by()
    )
    return {(line, location): units for line, location, units in rows}


def relieve(order: Order, loss: Loss, *, reason: str, actor: Actor) -> None:
    """Take the lost units of an order line off the work that waits for them; some may be in no work yet."""
    held = list(
        FulfillmentLine.objects.filter(
            order_line_id=loss.line_id, fulfillment_order__location_id=loss.location_id
        )
        .select_related("fulfillment_order__location")
        .order_by("-pk")
    )
    left = loss.quantity - max(0, _allocated(loss) - sum(_in_work(line) for line in held))
    for line in held:
        units = min(left, line.to_pick)
        if units <= 0:
            continue
        left -= units
        document = line.fulfillment_order
        work = Work(order, document, lines.lines_of(document))
        # Nobody looked for it yet where the work is not begun: it is work less, not a short pick.
        begun = document.status == WorkStatus.IN_PROGRESS
        lines.shift(
            work.lines, {line.pk: units}, source=None, target="short" if begun else "cancelled"
        )
        timeline.record(
            document,
            "work.short" if begun else "work.units_stopped",
            actor=actor,
            reason=reason,
            data={"units": {work.lines[line.pk].sku.code: units}},
        )
        if begun:
            outbox.publish(
                events.PickShort(
                    fulfillment_order_id=document.pk,
                    order_id=order.pk,
                    order_line_id=loss.line_id,
                    location_id=loss.location_id,
                    quantity=units,
                    reason=reason,
                )
            )
        lines.end_if_done(work, actor=actor)
    if left > 0:
        raise Raced


def _in_work(line: FulfillmentLine) -> int:
    return line.quantity - line.cancelled - line.short - line.shipped


def _allocated(loss: Loss) -> int:
    places = taking.allocated_places([loss.line_id])
    return places.get((loss.line_id, loss.location_id), 0)
