"""Place, release and expire holds. The order shows `on_hold` while one is active."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from oms.core import bulk, clock, locking
from oms.core.actors import SYSTEM, Actor
from oms.core.outbox import services as outbox
from oms.core.timeline import services as timeline
from orders import events
from orders.holds import errors
from orders.holds.models import Hold
from orders.holds.states import HOLD, HoldReason, HoldStatus
from orders.ordering import errors as ordering_errors
from orders.ordering import services as ordering
from orders.ordering.models import Order
from orders.ordering.states import OrderStatus


def place_at_birth(
    *, order: Order, reason: HoldReason, note: str, detail: Mapping[str, Any], actor: Actor
) -> None:
    """Write a hold of an order that is being placed, in one INSERT, inside the caller's transaction.

    The order is not touched (it goes in with `on_hold` set) and no event is published: OrderPlaced says it all.
    """
    bulk.insert(
        [
            Hold(
                order=order,
                reason=reason,
                note=note[:500],
                detail=dict(detail),
                placed_by=str(actor),
            )
        ]
    )


@transaction.atomic
def place_hold(
    *,
    order_id: int,
    reason: str,
    actor: Actor,
    note: str = "",
    detail: Mapping[str, Any] | None = None,
    expires_at: datetime | None = None,
) -> Hold:
    """Make an open order wait, until the hold is released or expires.

    Raises OrderMissing, OrderNotOpen, InvalidHold. Publishes HoldPlaced.
    """
    order = _locked(order_id)
    if order.status not in (OrderStatus.PENDING, OrderStatus.CONFIRMED):
        raise errors.OrderNotOpen(status=order.status)
    if reason not in HoldReason.values:
        raise errors.InvalidHold(f"There is no reason {reason!r}.", reasons=HoldReason.values)
    if expires_at is not None and expires_at <= clock.now():
        raise errors.InvalidHold("The expiry must lie in the future.")
    hold = Hold.objects.create(
        order=order,
        reason=reason,
        note=note[:500],
        detail=dict(detail or {}),
        placed_by=str(actor),
        expires_at=expires_at,
    )
    ordering.set_on_hold(order_id=order.pk, on_hold=True)
    timeline.record(
        order,
        "hold.placed",
        actor=actor,
        reason=hold.note,
        data={"reason": reason, "hold": hold.pk},
    )
    outbox.publish(events.HoldPlaced(order_id=order.pk, hold_id=hold.pk))
    return hold


@transaction.atomic
def release_hold(*, hold_id: int, reason: str, actor: Actor) -> Hold:
    """End an active hold, saying why. The order goes on when it was the last one.

    Raises HoldMissing, IllegalTransition. Publishes HoldReleased.
    """
    return _end(hold_id, "release", reason=reason, actor=actor)


def expire_due(*, batch: int = 200) -> int:
    """End the holds whose time has come, one transaction each; return how many."""
    due = Hold.objects.filter(status=HoldStatus.ACTIVE, expires_at__lte=clock.now())
    ended = 0
    for hold_id in list(due.order_by("expires_at", "id").values_list("pk", flat=True)[:batch]):
        with transaction.atomic():
            order = _locked(Hold.objects.values_list("order_id", flat=True).get(pk=hold_id))
            hold = Hold.objects.get(pk=hold_id)
            # Someone may have released it since it was found.
            if hold.status == HoldStatus.ACTIVE:
                _finish(order, hold, "expire", reason="Its time has come.", actor=SYSTEM)
                ended += 1
    return ended


def _end(hold_id: int, action: str, *, reason: str, actor: Actor) -> Hold:
    found = Hold.objects.filter(pk=hold_id).first()
    if found is None:
        raise errors.HoldMissing
    order = _locked(found.order_id)
    # Read again: a rival may have ended it while we waited for the order.
    hold = Hold.objects.get(pk=hold_id)
    _finish(order, hold, action, reason=reason, actor=actor)
    return hold


def _finish(order: Order, hold: Hold, action: str, *, reason: str, actor: Actor) -> None:
    before = HOLD.move(
        hold,
        action,
        ended_by=str(actor),
        ended_at=clock.now(),
        end_reason=reason[:500],
    )
    others = Hold.objects.filter(order=order, status=HoldStatus.ACTIVE).exists()
    ordering.set_on_hold(order_id=order.pk, on_hold=others)
    timeline.record(
        order,
        f"hold.{hold.status}",
        actor=actor,
        before={"hold": before},
        after={"hold": hold.status},
        reason=hold.end_reason,
        data={"reason": hold.reason, "hold": hold.pk},
    )
    outbox.publish(events.HoldReleased(order_id=order.pk, hold_id=hold.pk))


def _locked(order_id: int) -> Order:
    return locking.lock_one(Order.objects.filter(pk=order_id), missing=ordering_errors.OrderMissing)
