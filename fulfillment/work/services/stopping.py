"""Stop work that is not picked yet."""

from collections import defaultdict
from collections.abc import Mapping

from django.db import transaction

from fulfillment.work import rules
from fulfillment.work.models import FulfillmentLine
from fulfillment.work.services import lines as work_lines
from fulfillment.work.services import taking
from fulfillment.work.services.lines import Work
from fulfillment.work.states import WorkStatus
from inventory.reservations.services import Promise
from oms.core import locking
from oms.core.actors import Actor
from oms.core.timeline import services as timeline
from orders.ordering import services as ordering
from orders.ordering.errors import OrderMissing
from orders.ordering.models import Order, OrderLine

TOO_LATE = "These units are already picked."


def stop(*, order_id: int, units: Mapping[int, int], reason: str, actor: Actor) -> rules.Stop:
    """Take units of order lines off the work where they are not picked yet, and answer the order.

    What can be stopped is confirmed to the order with the places it is freed at; the rest is refused with the reason.
    Raises OrderMissing.
    """
    with transaction.atomic():
        orders = locking.lock(Order.objects.filter(pk=order_id))
        if not orders:
            raise OrderMissing
        order = orders[0]
        order_lines = {
            line.pk: line for line in OrderLine.objects.filter(order=order, pk__in=units)
        }
        # What has lost its stock since it was asked is on nobody's list.
        loose = {
            pk: min(units[pk], line.unallocated + line.backordered)
            for pk, line in order_lines.items()
        }
        allocated = taking.allocated_places(list(order_lines))
        free = rules.untaken(allocated, taking.held_places(order_id))
        held_lines = list(
            FulfillmentLine.objects.filter(order_line__in=order_lines)
            .select_related("fulfillment_order")
            .order_by("pk")
        )
        decision = rules.stop(
            {pk: units[pk] - loose[pk] for pk in order_lines},
            free,
            [
                rules.Held(
                    line.pk,
                    line.order_line_id,
                    line.fulfillment_order.location_id,
                    line.to_pick,
                    line.fulfillment_order.status == WorkStatus.IN_PROGRESS,
                )
                for line in held_lines
            ],
        )
        _take_off(order, held_lines, decision.off_lines, reason=reason, actor=actor)
        stopped = {pk: loose[pk] + decision.stopped.get(pk, 0) for pk in order_lines}
        stopped = {pk: count for pk, count in stopped.items() if count}
        if stopped:
            ordering.confirm_cancellation(
                order_id=order_id,
                units=stopped,
                held_at=[
                    Promise(pk, order_lines[pk].sku_id, location_id, count)
                    for (pk, location_id), count in decision.off_places.items()
                ],
                reason=reason,
                actor=actor,
            )
        if decision.refused:
            ordering.refuse_cancellation(
                order_id=order_id, units=decision.refused, reason=TOO_LATE, actor=actor
            )
    return decision


def _take_off(
    order: Order,
    held_lines: list[FulfillmentLine],
    off: Mapping[int, int],
    *,
    reason: str,
    actor: Actor,
) -> None:
    work_lines.shift({line.pk: line for line in held_lines}, off, source=None, target="cancelled")
    touched: defaultdict[int, dict[int, int]] = defaultdict(dict)
    documents = {}
    for line in held_lines:
        if line.pk in off:
            touched[line.fulfillment_order_id][line.pk] = off[line.pk]
            documents[line.fulfillment_order_id] = line.fulfillment_order
    everything = FulfillmentLine.objects.filter(fulfillment_order__in=touched).order_by("pk")
    all_lines = list(everything) if touched else []
    for key, document in sorted(documents.items()):
        own = {line.pk: line for line in all_lines if line.fulfillment_order_id == key}
        timeline.record(
            document,
            "work.units_stopped",
            actor=actor,
            reason=reason,
            data={"units": {str(line): count for line, count in touched[key].items()}},
        )
        work_lines.end_if_done(Work(order, document, own), actor=actor)
