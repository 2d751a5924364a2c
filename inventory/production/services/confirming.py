"""Set components aside, book days of capacity, say what comes; begin; plan anew."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Min

from inventory import events
from inventory.production import errors, queries, rules
from inventory.production.models import (
    ProductionComponent,
    ProductionOrder,
    ProductionSlot,
    WorkCenter,
)
from inventory.production.queries import Reach
from inventory.production.rules import Fault
from inventory.production.services import steps
from inventory.production.services.steps import COMPONENT
from inventory.production.states import PRODUCTION_ORDER, BillStatus
from inventory.reservations import services as reservations
from inventory.reservations.services import Promise, holding
from oms.core import clock, locking
from oms.core.actors import SYSTEM, Actor
from oms.core.errors import Busy, Conflict
from oms.core.outbox import services as outbox

log = structlog.get_logger()


@transaction.atomic
def confirm(
    *, order_id: int, actor: Actor, with_shortages: bool = False, reach: Reach = None
) -> ProductionOrder:
    """Allocate the components of a draft, book the days of its work center, and expect its goods.

    The safety stock stays. With shortages, what is there is set aside, and the rest is waited for; without, nothing is
    done when a component is short. Work begins when the components are there, as far as anybody knows.

    Raises ProductionMissing, IllegalTransition, InvalidProduction when bill or location are used no more,
    ComponentsShort with every shortage, NoCapacity. Publishes ProductionConfirmed.
    """
    order = steps.lock(order_id, reach=reach)
    PRODUCTION_ORDER.target(order.status, "confirm")
    steps.check(_faults(order))
    _lock_center(order)
    components = steps.components_of(order)
    _lock_all(order, components)
    plan = _plan(order, components, start=None)
    held = _hold(
        order,
        components,
        cause=f"production-confirm:{order.pk}",
        partly=with_shortages,
        actor=actor,
    )
    before = PRODUCTION_ORDER.move(
        order,
        "confirm",
        confirmed_at=clock.now(),
        starts_on=plan.starts_on,
        finishes_on=plan.finishes_on,
    )
    _book(order, plan)
    steps.say_expected(order)
    steps.record(
        order,
        "confirmed",
        before=before,
        actor=actor,
        data={
            "held": held,
            "missing": {each.sku.code: each.missing for each in components if each.missing},
            "finishes_on": plan.finishes_on.isoformat(),
        },
    )
    outbox.publish(steps.fact(events.ProductionConfirmed, order, quantity=order.quantity))
    return order


@transaction.atomic
def start(*, order_id: int, actor: Actor, reach: Reach = None) -> ProductionOrder:
    """Begin the work. Raises ProductionMissing, IllegalTransition. Publishes ProductionStarted."""
    order = steps.lock(order_id, reach=reach)
    begin(order, actor=actor)
    return order


def begin(order: ProductionOrder, *, actor: Actor) -> None:
    """Move a locked order on to being worked on."""
    before = PRODUCTION_ORDER.move(order, "start", started_at=clock.now())
    steps.record(order, "started", before=before, actor=actor)
    outbox.publish(steps.fact(events.ProductionStarted, order))


@transaction.atomic
def hold_missing(*, order_id: int, actor: Actor, reach: Reach = None) -> ProductionOrder:
    """Set aside what is there of the components that are missing; nothing is there: nothing is done.

    Raises ProductionMissing, IllegalTransition.
    """
    order = steps.lock(order_id, reach=reach)
    PRODUCTION_ORDER.target(order.status, "hold")
    components = steps.components_of(order)
    _lock_all(order, components)
    held = _hold(
        order,
        components,
        cause=f"production-hold:{order.pk}:{order.version}",
        partly=True,
        actor=actor,
    )
    if held:
        before = PRODUCTION_ORDER.move(order, "hold")
        steps.record(order, "components_held", before=before, actor=actor, data={"held": held})
    return order


def hold_what_is_missing(*, batch: int = 200) -> int:
    """Set aside what has come of components that orders wait for, oldest first; return how many orders got some.

    One transaction each; one that somebody holds is left to the next call. An order of which nothing is there costs a
    row of one statement.
    """
    served = 0
    for order_id in queries.can_be_served(limit=batch):
        try:
            before = ProductionOrder.objects.values_list("version", flat=True).get(pk=order_id)
            served += hold_missing(order_id=order_id, actor=SYSTEM).version > before
        except Busy as error:
            log.warning("production_left_waiting", order=order_id, error=error.code)
        except Conflict as error:
            log.info("production_ended_meanwhile", order=order_id, error=error.code)
    return served


@transaction.atomic
def reschedule(
    *, order_id: int, start: date | None, reason: str, actor: Actor, reach: Reach = None
) -> ProductionOrder:
    """Plan what is left to be made anew: the earliest days from `start` on, or from the day the components are there.

    Days that are over stay booked. Raises ProductionMissing, IllegalTransition, NoCapacity.
    """
    order = steps.lock(order_id, reach=reach)
    PRODUCTION_ORDER.target(order.status, "schedule")
    _lock_center(order)
    components = steps.components_of(order)
    said = {"starts_on": str(order.starts_on or ""), "finishes_on": str(order.finishes_on or "")}
    plan = _plan(order, components, start=start)
    today = clock.today(order.location.time_zone)
    ProductionSlot.objects.filter(order=order, day__gte=today).delete()
    _book(order, plan)
    first = ProductionSlot.objects.filter(order=order).aggregate(day=Min("day"))["day"]
    before = PRODUCTION_ORDER.move(
        order,
        "schedule",
        starts_on=first or plan.starts_on,
        finishes_on=plan.finishes_on,
    )
    steps.say_expected(order)
    steps.record(
        order,
        "scheduled",
        before=before,
        actor=actor,
        reason=reason,
        data={"before": said, "finishes_on": plan.finishes_on.isoformat()},
    )
    return order


def _faults(order: ProductionOrder) -> list[Fault]:
    found = []
    if order.bill.status != BillStatus.ACTIVE:
        found.append(
            Fault("/revision", "bill_retired", f"{order.bill} is used no more: edit the draft.")
        )
    if not order.location.is_active:
        found.append(Fault("/location", "location_off", f"{order.location} is switched off."))
    if order.work_center is not None and not order.work_center.is_active:
        found.append(
            Fault("/work_center", "work_center_off", f"{order.work_center} is switched off.")
        )
    return found


def _lock_center(order: ProductionOrder) -> None:
    """Let nobody else book days of the work center meanwhile."""
    if order.work_center_id is not None:
        locking.lock(WorkCenter.objects.filter(pk=order.work_center_id))


def _lock_all(order: ProductionOrder, components: Sequence[ProductionComponent]) -> None:
    """Lock the levels of everything that the order touches, at once and by key."""
    byproducts = steps.byproducts_of(order)
    steps.lock_levels(
        order,
        [
            order.bill.sku_id,
            *(row.sku_id for row in components),
            *(row.sku_id for row in byproducts),
        ],
    )


def _plan(
    order: ProductionOrder, components: Sequence[ProductionComponent], *, start: date | None
) -> queries.Plan:
    """Return the days for what is left to be made: from `start` on, else when the components are there.

    Raises NoCapacity.
    """
    today = clock.today(order.location.time_zone)
    if start is None:
        ready = queries.components_on(order, components)
        start = max(ready or today, order.not_before or today)
    way = (
        queries.way_at(order.bill, order.location_id, code=order.work_center.code)
        if order.work_center
        else None
    )
    plan = queries.plan_of(order.bill, way, order.open, start=max(start, today), order_id=order.pk)
    if plan is None:
        raise errors.NoCapacity(
            f"{order.work_center} has no days left for it within {rules.HORIZON} days."
        )
    return plan


def _book(order: ProductionOrder, plan: queries.Plan) -> None:
    if order.work_center is None:
        return
    ProductionSlot.objects.bulk_create(
        ProductionSlot(order=order, work_center=order.work_center, day=slot.day, load=slot.load)
        for slot in plan.slots
    )


def _hold(
    order: ProductionOrder,
    components: Sequence[ProductionComponent],
    *,
    cause: str,
    partly: bool,
    actor: Actor,
) -> Mapping[str, int]:
    """Allocate what is missing of the components, whose levels are locked; return the units held by SKU.

    Raises ComponentsShort with every shortage, unless `partly`.
    """
    lacking = [each for each in components if each.missing]
    free = _free(order, lacking)
    if any(free[each.sku_id] < each.missing for each in lacking) and holding.lapse(
        [Promise(each.pk, each.sku_id, order.location_id, each.missing) for each in lacking],
        at=clock.now(),
    ):
        free = _free(order, lacking)
    if not partly:
        _check_all_there(order, lacking, free)
    units = {each.pk: min(each.missing, free[each.sku_id]) for each in lacking}
    reservations.allocate(
        demand=COMPONENT,
        promises=[
            Promise(each.pk, each.sku_id, order.location_id, units[each.pk])
            for each in lacking
            if units[each.pk]
        ],
        document=order.number,
        cause=cause,
        actor=actor,
    )
    for each in lacking:
        if units[each.pk]:
            steps.change_component(each, held=each.held + units[each.pk])
    return {each.sku.code: units[each.pk] for each in lacking if units[each.pk]}


def _free(order: ProductionOrder, lacking: Sequence[ProductionComponent]) -> dict[int, int]:
    levels = steps.lock_levels(order, [each.sku_id for each in lacking])
    return {sku_id: queries.free_of(level) for sku_id, level in levels.items()}


def _check_all_there(
    order: ProductionOrder, lacking: Sequence[ProductionComponent], free: Mapping[int, int]
) -> None:
    shortages: list[dict[str, Any]] = [
        {"sku": each.sku.code, "asked": each.missing, "available": free[each.sku_id]}
        for each in lacking
        if free[each.sku_id] < each.missing
    ]
    if shortages:
        raise errors.ComponentsShort(
            f"Not in stock at {order.location}: "
            + ", ".join(f"{s['sku']} ({s['available']} of {s['asked']})" for s in shortages[:20]),
            shortages=shortages,
        )
