"""Reasons to wait: placed, released, expired; the order shows whether any is active."""

from datetime import timedelta

import pytest
import time_machine

from oms.core import clock
from oms.core.flows import IllegalTransition
from oms.core.outbox.models import Event
from oms.core.timeline.models import Entry
from orders.holds import errors, services
from orders.holds.models import Hold
from orders.holds.states import HoldReason
from orders.ordering import errors as ordering_errors
from orders.ordering import services as ordering
from orders.ordering.models import Order
from tests.orders.factories import CLERK, place_order

pytestmark = pytest.mark.django_db


def hold(order: Order, reason: str = HoldReason.FRAUD_RISK, **changes: object) -> Hold:
    """Put an order on hold."""
    return services.place_hold(order_id=order.pk, reason=reason, actor=CLERK, **changes)


def is_held(order: Order) -> bool:
    """Say whether the order shows a hold."""
    order.refresh_from_db()
    return order.on_hold


def events_named(name: str) -> int:
    """Return how many events of a name were published."""
    return Event.objects.filter(name=f"orders.{name}.v1").count()


def test_a_hold_makes_the_order_wait_and_is_on_its_timeline() -> None:
    order = place_order()

    placed = hold(order, note="odd address", detail={"score": 91})

    assert (placed.status, placed.reason, placed.placed_by) == (
        "active",
        "fraud_risk",
        "staff:Grace Clerk",
    )
    assert placed.detail == {"score": 91}
    assert is_held(order)
    assert events_named("hold_placed") == 1
    entry = Entry.objects.of("orders.order", order.pk).get(kind="hold.placed")
    assert (entry.reason, entry.data["reason"]) == ("odd address", "fraud_risk")


def test_only_the_last_hold_that_ends_lets_the_order_go_on() -> None:
    order = place_order()
    first, second = hold(order), hold(order, HoldReason.CREDIT_LIMIT)

    services.release_hold(hold_id=first.pk, reason="checked", actor=CLERK)
    assert is_held(order)
    services.release_hold(hold_id=second.pk, reason="paid", actor=CLERK)
    assert not is_held(order)

    second.refresh_from_db()
    assert (second.status, second.ended_by, second.end_reason) == (
        "released",
        "staff:Grace Clerk",
        "paid",
    )
    assert second.ended_at is not None
    assert events_named("hold_released") == 2


def test_a_hold_is_released_once() -> None:
    order = place_order()
    placed = hold(order)
    services.release_hold(hold_id=placed.pk, reason="checked", actor=CLERK)

    with pytest.raises(IllegalTransition):
        services.release_hold(hold_id=placed.pk, reason="again", actor=CLERK)
    with pytest.raises(errors.HoldMissing):
        services.release_hold(hold_id=10**9, reason="", actor=CLERK)

    placed.refresh_from_db()
    assert placed.end_reason == "checked"
    assert events_named("hold_released") == 1


def test_a_closed_order_cannot_wait() -> None:
    order = place_order()
    ordering.cancel(order_id=order.pk, units=None, reason="", actor=CLERK)

    with pytest.raises(errors.OrderNotOpen):
        hold(order)
    with pytest.raises(ordering_errors.OrderMissing):
        services.place_hold(order_id=10**9, reason=HoldReason.OTHER, actor=CLERK)

    assert not Hold.objects.exists()
    assert not is_held(order)


def test_an_unknown_reason_or_a_past_expiry_is_refused() -> None:
    order = place_order()

    with pytest.raises(errors.InvalidHold):
        hold(order, "because")
    with pytest.raises(errors.InvalidHold):
        hold(order, expires_at=clock.now() - timedelta(seconds=1))

    assert not Hold.objects.exists()


def test_a_hold_expires_when_its_time_has_come_and_not_before() -> None:
    order = place_order()
    timed = hold(order, expires_at=clock.now() + timedelta(hours=1))
    endless = hold(place_order())

    assert services.expire_due() == 0
    with time_machine.travel(clock.now() + timedelta(hours=1, seconds=1), tick=False):
        assert services.expire_due() == 1
        assert services.expire_due() == 0

    timed.refresh_from_db()
    endless.refresh_from_db()
    assert (timed.status, endless.status) == ("expired", "active")
    assert timed.ended_by == "system:system"
    assert not is_held(order)
    assert events_named("hold_released") == 1


def test_an_order_is_born_with_its_holds_in_one_statement_each(
    django_assert_num_queries: object,
) -> None:
    order = place_order(on_hold=True)

    with django_assert_num_queries(1):  # type: ignore[operator]  # a fixture without a type
        services.place_at_birth(
            order=order,
            reason=HoldReason.VALIDATION,
            note="totals differ",
            detail={"total": ["1", "2"]},
            actor=CLERK,
        )

    born = Hold.objects.get()
    assert (born.order_id, born.status, born.detail) == (order.pk, "active", {"total": ["1", "2"]})
    assert events_named("hold_placed") == 0
