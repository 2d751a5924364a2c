"""Cancelling, whole or by units of lines.

What the warehouse has not been given is cancelled at once. For the rest the warehouse is asked: it stops what it still
can and calls back to confirm or refuse.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from inventory.reservations import services as reservations
from inventory.reservations.services import Promise
from oms.core import clock
from oms.core.actors import Actor
from oms.core.outbox import services as outbox
from oms.core.timeline import services as timeline
from orders import events
from orders.ordering import errors
from orders.ordering.models import Order, OrderLine
from orders.ordering.services import amounts, lines, progress
from orders.ordering.states import ORDER

Units = Mapping[int, int]


@dataclass(frozen=True, slots=True)
class CancelOutcome:
    """Units by line: cancelled at once, and asked of the warehouse."""

    cancelled: Mapping[int, int]
    requested: Mapping[int, int]


def cancel(
    *,
    order_id: int,
    units: Units | None,
    reason: str,
    actor: Actor,
    expected_version: int | None = None,
) -> CancelOutcome:
    """Cancel units by line, or everything that has not shipped when `units` is None.

    Units are taken from what is nearest to not existing: backordered, then allocated. Frees stock and lowers what is
    owed in the same transaction. Raises OrderMissing, Stale, IllegalTransition (completed or cancelled),
    UnitsNotThere (more than is open), NothingToCancel. Publishes OrderCancelled, CancellationRequested.
    """
    with transaction.atomic():
        order = lines.locked(order_id, expected_version=expected_version)
        ORDER.target(order.status, "cancel")
        rows = list(OrderLine.objects.filter(order=order).order_by("position"))
        wanted = _wanted(rows, units)
        if not any(wanted.values()):
            raise errors.NothingToCancel
        with_warehouse = order.released_at is not None
        now: dict[int, int] = {}
        later: dict[int, int] = {}
        for line in rows:
            count = wanted.get(line.pk, 0)
            if not count:
                continue
            at_once = line.unallocated + line.backordered
            if not with_warehouse:
                at_once += line.allocated
            now[line.pk] = min(count, at_once)
            later[line.pk] = count - now[line.pk]
        now = {line: count for line, count in now.items() if count}
        later = {line: count for line, count in later.items() if count}
        if now:
            _take_off(order, rows, now, reason=reason, actor=actor)
        if later:
            timeline.record(
                order,
                "order.cancellation_requested",
                actor=actor,
                reason=reason,
                data={"units": lines.as_text(later)},
            )
            outbox.publish(
                events.CancellationRequested(
                    order_id=order.pk, units=lines.as_text(later), reason=reason
                )
            )
    return CancelOutcome(cancelled=now, requested=later)


def confirm_cancellation(
    *,
    order_id: int,
    units: Units,
    reason: str,
    actor: Actor,
    held_at: Sequence[Promise] | None = None,
) -> None:
    """Cancel units that the warehouse has stopped: they are on nobody's list any more.

    `held_at` names the places where the allocated ones among them were stopped, so that stock is freed there and not
    where units of the same line are being packed. Raises OrderMissing, UnitsNotThere, NotAllocated. Publishes
    OrderCancelled.
    """
    with transaction.atomic():
        order = lines.locked(order_id)
        rows = list(OrderLine.objects.filter(order=order).order_by("position"))
        _take_off(order, rows, units, reason=reason, actor=actor, held_at=held_at)


def refuse_cancellation(*, order_id: int, units: Units, reason: str, actor: Actor) -> None:
    """Note that the warehouse could not stop units. Publishes CancellationRefused."""
    with transaction.atomic():
        order = lines.locked(order_id)
        timeline.record(
            order,
            "order.cancellation_refused",
            actor=actor,
            reason=reason,
            data={"units": lines.as_text(units)},
        )
        outbox.publish(
            events.CancellationRefused(order_id=order.pk, units=lines.as_text(units), reason=reason)
        )


def _wanted(rows: list[OrderLine], units: Units | None) -> dict[int, int]:
    open_units = {
        line.pk: line.unallocated + line.backordered + line.allocated + line.picked + line.packed
        for line in rows
    }
    if units is None:
        return open_units
    for line_id, count in units.items():
        if count < 0 or count > open_units.get(line_id, -1):
            raise errors.UnitsNotThere(
                place="open",
                units={str(line_id): count},
                open=open_units.get(line_id, 0),
            )
    return dict(units)


def _take_off(
    order: Order,
    rows: list[OrderLine],
    units: Units,
    *,
    reason: str,
    actor: Actor,
    held_at: Sequence[Promise] | None = None,
) -> None:
    cause = f"cancel:{order.number}:v{order.version}"
    plan: dict[str, dict[int, int]] = {"unallocated": {}, "backordered": {}, "allocated": {}}
    for line in rows:
        rest = units.get(line.pk, 0)
        for place, taken in plan.items():
            count = min(rest, getattr(line, place))
            if count:
                taken[line.pk] = count
                rest -= count
        if rest:
            raise errors.UnitsNotThere(place="cancellable", units={str(line.pk): rest})
    for place, taken in plan.items():
        lines.shift(order, taken, source=place, target="cancelled")
    if plan["allocated"] and held_at is not None:
        reservations.release_at(
            demand=lines.DEMAND, units=held_at, document=order.number, cause=cause, actor=actor
        )
    elif plan["allocated"]:
        reservations.release(
            demand=lines.DEMAND,
            quantities=plan["allocated"],
            document=order.number,
            cause=cause,
            actor=actor,
        )
    amounts.credit_cancelled(order, rows, units, cause=cause, actor=actor)
    counters = lines.refresh(order)
    whole = all(line.cancelled == line.ordered for line in counters)
    before = order.status
    if whole:
        amounts.credit_shipping(order_id=order.pk, cause=f"{cause}:shipping", actor=actor)
        ORDER.move(order, "cancel", updated_at=clock.now())
    timeline.record(
        order,
        "order.cancelled" if whole else "order.lines_cancelled",
        actor=actor,
        before={"status": before} if whole else {},
        after={"status": order.status} if whole else {},
        reason=reason,
        data={"units": lines.as_text(units)},
    )
    outbox.publish(
        events.OrderCancelled(order_id=order.pk, units=lines.as_text(units), whole=whole)
    )
    if not whole:
        progress.complete_if_done(order, counters, actor=actor)
