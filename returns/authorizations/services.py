"""Let goods come back, or not. Locks are taken in one order: the order, then its return."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from oms.core import locking
from oms.core.actors import Actor
from oms.core.errors import FieldProblem
from oms.core.outbox import services as outbox
from oms.core.timeline import services as timeline
from orders.ordering import errors as ordering_errors
from orders.ordering import services as ordering
from orders.ordering.models import Order
from returns import events
from returns.authorizations import errors, queries, rules
from returns.authorizations.models import Return, ReturnLine
from returns.authorizations.rules import Wish
from returns.authorizations.states import RETURN, ReturnReason, ReturnStatus

__all__ = ["Wish", "approve", "authorize", "cancel", "close", "decline", "lock", "mark_sent"]


@transaction.atomic
def authorize(
    *, order_id: int, wishes: Sequence[Wish], actor: Actor, note: str = "", approved: bool = True
) -> Return:
    """Open a return of shipped units, approved at once or requested for a person to decide.

    Open and received returns of a line never pass what was shipped, however many ask at once: the order is locked, and
    the line's counters hold it. Raises OrderMissing, InvalidReturn, NotReturnable (every line at once). Publishes
    ReturnAuthorized when approved.
    """
    orders = locking.lock(Order.objects.filter(pk=order_id))
    if not orders:
        raise ordering_errors.OrderMissing
    (order,) = orders
    _check(order, wishes)
    opened = Return.objects.create(
        number=f"{order.number}-R{Return.objects.filter(order=order).count() + 1}",
        order=order,
        status=ReturnStatus.APPROVED if approved else ReturnStatus.REQUESTED,
        note=note[:500],
    )
    ReturnLine.objects.bulk_create(
        ReturnLine(
            return_order=opened,
            order_line_id=wish.line_id,
            quantity=wish.quantity,
            reason=wish.reason,
        )
        for wish in wishes
    )
    ordering.request_return(
        order_id=order.pk, units={wish.line_id: wish.quantity for wish in wishes}, actor=actor
    )
    timeline.record(
        opened,
        "return.opened",
        actor=actor,
        after={"status": str(opened.status)},
        reason=note,
        data={"units": {str(wish.line_id): wish.quantity for wish in wishes}},
    )
    if approved:
        outbox.publish(events.ReturnAuthorized(return_id=opened.pk, order_id=order.pk))
    return opened


@transaction.atomic
def approve(*, return_id: int, actor: Actor) -> Return:
    """Let the goods of a requested return come. Raises ReturnMissing, IllegalTransition. Publishes ReturnAuthorized."""
    found = lock(return_id)
    _move(found, "approve", actor=actor)
    outbox.publish(events.ReturnAuthorized(return_id=found.pk, order_id=found.order_id))
    return found


@transaction.atomic
def decline(*, return_id: int, reason: str, actor: Actor) -> Return:
    """Refuse a requested return; its units may be asked for anew. Raises ReturnMissing, IllegalTransition."""
    found = lock(return_id)
    _move(found, "decline", actor=actor, reason=reason)
    _give_up(found, actor=actor)
    return found


@transaction.atomic
def cancel(*, return_id: int, reason: str, actor: Actor) -> Return:
    """End a return of which nothing has come yet. Raises ReturnMissing, IllegalTransition."""
    found = lock(return_id)
    _move(found, "cancel", actor=actor, reason=reason)
    _give_up(found, actor=actor)
    return found


@transaction.atomic
def mark_sent(*, return_id: int, actor: Actor, note: str = "") -> Return:
    """Note that the goods are on their way. Raises ReturnMissing, IllegalTransition."""
    found = lock(return_id)
    _move(found, "send", actor=actor, reason=note)
    return found


@transaction.atomic
def close(*, return_id: int, reason: str, actor: Actor) -> Return:
    """End a return of which something has come; what has not come is expected no more.

    Raises ReturnMissing, IllegalTransition.
    """
    found = lock(return_id)
    _move(found, "close", actor=actor, reason=reason)
    _give_up(found, actor=actor)
    return found


def lock(return_id: int) -> Return:
    """Lock the order of a return, then the return, and return it as it is now. Raises ReturnMissing."""
    order_id = Return.objects.filter(pk=return_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise errors.ReturnMissing
    locking.lock(Order.objects.filter(pk=order_id))
    return locking.lock_one(Return.objects.filter(pk=return_id))


def _check(order: Order, wishes: Sequence[Wish]) -> None:
    if not wishes:
        raise errors.InvalidReturn(
            problems=[FieldProblem("/lines", "no_lines", "At least one line is needed.")]
        )
    lines = {line.pk: counters for line, counters in queries.counted(order.pk).items()}
    faults = rules.faults(wishes, lines, ReturnReason.values)
    if not faults:
        return
    problems = [
        FieldProblem(
            f"{wishes[fault.index].said_at or f'/lines/{fault.index}'}/{fault.field}",
            fault.code,
            fault.words,
        )
        for fault in faults
    ]
    if any(fault.senseless for fault in faults):
        raise errors.InvalidReturn(problems=problems)
    raise errors.NotReturnable(problems=problems)


def _move(found: Return, action: str, *, actor: Actor, reason: str = "", **changes: Any) -> None:
    before = RETURN.move(found, action, **changes)
    timeline.record(
        found,
        f"return.{found.status}",
        actor=actor,
        before={"status": str(before)},
        after={"status": str(found.status)},
        reason=reason,
    )


def _give_up(found: Return, *, actor: Actor) -> None:
    """Expect nothing more of the return."""
    outstanding = {
        line.order_line_id: line.outstanding
        for line in ReturnLine.objects.filter(return_order=found)
        if line.outstanding
    }
    if outstanding:
        ordering.cancel_return_request(order_id=found.order_id, units=outstanding, actor=actor)
