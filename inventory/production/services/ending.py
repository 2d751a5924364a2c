"""Make no more of an order: finish it, or cancel it before it began."""

from django.db import transaction

from inventory import events
from inventory.production import errors
from inventory.production.models import ProductionOrder, ProductionSlot
from inventory.production.queries import Reach
from inventory.production.services import steps
from inventory.production.services.steps import COMPONENT
from inventory.production.states import PRODUCTION_ORDER, ProductionStatus
from inventory.reservations import services as reservations
from oms.core import clock
from oms.core.actors import Actor
from oms.core.errors import FieldProblem
from oms.core.outbox import services as outbox
from oms.core.text import is_blank


@transaction.atomic
def finish(
    *, order_id: int, actor: Actor, reason: str = "", reach: Reach = None
) -> ProductionOrder:
    """End an order that was begun; what is left of its components and of its days is free.

    Fewer units than were ordered need a reason. Raises ProductionMissing, IllegalTransition, ReasonNeeded. Publishes
    ProductionDone, and StockReceived for components that are available again.
    """
    order = steps.lock(order_id, reach=reach)
    end(order, reason=reason, actor=actor)
    return order


@transaction.atomic
def cancel(*, order_id: int, reason: str, actor: Actor, reach: Reach = None) -> ProductionOrder:
    """Give up an order on which nobody has worked; everything that it held is free.

    Raises ProductionMissing, IllegalTransition, ReasonNeeded. Publishes ProductionCancelled, and StockReceived for
    components that are available again.
    """
    order = steps.lock(order_id, reach=reach)
    PRODUCTION_ORDER.target(order.status, "cancel")
    check_reason(reason)
    was_draft = order.status == ProductionStatus.DRAFT
    _free(order, cause=f"production-cancel:{order.pk}", actor=actor)
    ProductionSlot.objects.filter(order=order).delete()
    before = PRODUCTION_ORDER.move(order, "cancel", ended_at=clock.now())
    if not was_draft:
        steps.say_expected(order)
    steps.record(order, "cancelled", before=before, actor=actor, reason=reason)
    outbox.publish(steps.fact(events.ProductionCancelled, order))
    return order


def end(order: ProductionOrder, *, reason: str, actor: Actor) -> None:
    """Finish a locked order. Raises IllegalTransition, ReasonNeeded."""
    PRODUCTION_ORDER.target(order.status, "finish")
    if order.open and is_blank(reason):
        raise errors.ReasonNeeded(
            problems=[
                FieldProblem(
                    "/reason",
                    "fewer_than_ordered",
                    f"{order.open} of {order.quantity} units were not made.",
                )
            ]
        )
    _free(order, cause=f"production-finish:{order.pk}", actor=actor)
    today = clock.today(order.location.time_zone)
    ProductionSlot.objects.filter(order=order, day__gt=today).delete()
    before = PRODUCTION_ORDER.move(order, "finish", ended_at=clock.now())
    steps.say_expected(order)
    steps.record(
        order,
        "done",
        before=before,
        actor=actor,
        reason=reason,
        data={"made": order.produced, "scrapped": order.scrapped},
    )
    outbox.publish(
        steps.fact(events.ProductionDone, order, produced=order.produced, scrapped=order.scrapped)
    )


def check_reason(reason: str) -> None:
    """Raise ReasonNeeded when nobody says why."""
    if is_blank(reason):
        raise errors.ReasonNeeded(
            problems=[FieldProblem("/reason", "blank", "A reason is required.")]
        )


def _free(order: ProductionOrder, *, cause: str, actor: Actor) -> None:
    """Give back the components that are held, as they were set aside."""
    components = [row for row in steps.components_of(order) if row.held]
    if not components:
        return
    steps.lock_levels(order, [row.sku_id for row in components])
    given = reservations.release(
        demand=COMPONENT,
        quantities={row.pk: row.held for row in components},
        document=order.number,
        cause=cause,
        actor=actor,
    )
    for row in components:
        steps.change_component(row, held=0)
    outbox.publish(
        *(
            events.StockReceived(
                sku_id=held.sku_id,
                location_id=held.location_id,
                quantity=held.quantity,
                document=order.number,
            )
            for held in given
        )
    )
