"""What the customer gets for goods that came back."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oms.core.outbox.models import Event
from oms.core.timeline.models import Entry
from orders.ordering import services as ordering
from orders.ordering.models import Credit, Order
from orders.payments import services as payments
from orders.payments.models import Transaction
from returns.authorizations import errors as authorization_errors
from returns.settlement import errors, queries, services
from returns.settlement.models import Settlement
from tests.orders.factories import CLERK, lines_of, pay, place_order, ship, stocked_sku
from tests.returns.factories import open_return, receive_return, shipped_order

pytestmark = pytest.mark.django_db

D = Decimal


def money_of(order: Order) -> tuple[str, Decimal, Decimal]:
    """Return payment status, what was credited and what was refunded."""
    order.refresh_from_db()
    return order.payment_status, order.credited_total, order.refunded_total


def card_order(units: int = 3, **changes: Any) -> Order:
    """Return a shipped order whose card was charged on shipment: 11.90 each, 4.90 for shipping."""
    order = place_order([(stocked_sku(10), units)], released=True, **changes)
    pay(order, "fake_card")
    ship(order, number=f"S-{order.pk}")
    payments.capture_shipped(order_id=order.pk, cause="ship", actor=CLERK)
    payments.carry_out_due()
    return order


def test_received_units_are_credited_and_their_price_given_back() -> None:
    order = card_order(3)
    opened = open_return(order, 2)
    receive_return(opened, restock=1, damaged=1)

    settled = services.settle(return_id=opened.pk, actor=CLERK)
    payments.carry_out_due()

    assert settled.credited == D("23.80")
    assert [each.amount for each in settled.settlements] == [D("11.90"), D("11.90")]
    assert [each.amount for each in settled.refunds] == [D("23.80")]
    assert money_of(order) == ("partially_refunded", D("23.80"), D("23.80"))
    opened.refresh_from_db()
    assert opened.status == "closed"
    assert Event.objects.filter(name="returns.return_settled.v1").count() == 1
    entry = Entry.objects.of("returns.return", opened.pk).get(kind="return.settled")
    assert entry.data == {"credited": "23.80", "refund": "23.80", "currency": "EUR"}


def test_a_part_is_settled_when_it_has_come_and_the_rest_later() -> None:
    order = card_order(3)
    opened = open_return(order, 3)

    for number, status in enumerate(["partially_received", "partially_received", "closed"]):
        receive_return(opened, restock=1, key=f"call-{number}")
        services.settle(return_id=opened.pk, actor=CLERK)
        opened.refresh_from_db()
        assert opened.status == status
    payments.carry_out_due()

    assert money_of(order) == ("partially_refunded", D("35.70"), D("35.70"))
    assert Transaction.objects.filter(kind="refund").count() == 3


def test_nothing_is_settled_twice() -> None:
    order = card_order(3)
    opened = open_return(order, 2)
    receive_return(opened, restock=1)
    services.settle(return_id=opened.pk, actor=CLERK)

    with pytest.raises(errors.NothingToSettle):
        services.settle(return_id=opened.pk, actor=CLERK)

    assert Settlement.objects.count() == 1
    assert Credit.objects.count() == 1
    assert Transaction.objects.filter(kind="refund").count() == 1


def test_what_has_not_come_is_not_settled() -> None:
    opened = open_return(card_order())

    with pytest.raises(errors.NothingToSettle):
        services.settle(return_id=opened.pk, actor=CLERK)
    with pytest.raises(authorization_errors.ReturnMissing):
        services.settle(return_id=10**9, actor=CLERK)


def test_an_order_that_was_never_paid_gets_a_credit_and_no_money() -> None:
    order = shipped_order(3, paid=False)
    opened = open_return(order, 2)
    receive_return(opened, restock=2)

    settled = services.settle(return_id=opened.pk, actor=CLERK)

    assert (settled.credited, settled.refunds) == (D("23.80"), [])
    assert money_of(order) == ("unpaid", D("23.80"), D(0))


def test_money_taken_by_the_channel_is_given_back_by_a_person() -> None:
    order = shipped_order(3)
    opened = open_return(order, 1)
    receive_return(opened, restock=1)

    (refund,) = services.settle(return_id=opened.pk, actor=CLERK).refunds

    assert (refund.state, refund.amount) == ("manual", D("11.90"))
    assert money_of(order)[0] == "overpaid"


def test_the_preview_says_what_settling_then_does() -> None:
    order = card_order(3, unit_price="3.34", discount="0.02")
    opened = open_return(order, 3)
    receive_return(opened, restock=2, damaged=1)

    shown = queries.preview(opened)
    assert not Settlement.objects.exists()
    settled = services.settle(return_id=opened.pk, actor=CLERK)

    assert [each.amount for each in shown.credits] == [each.amount for each in settled.settlements]
    assert (shown.credited, shown.refund) == (
        settled.credited,
        sum(r.amount for r in settled.refunds),
    )
    assert shown.credited == D("10.00")


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cents=st.integers(1, 5_000),
    ordered=st.integers(1, 5),
    cancelled=st.integers(0, 4),
    cuts=st.lists(st.integers(1, 5), min_size=5, max_size=5),
)
def test_returning_every_unit_in_any_steps_gives_back_exactly_what_was_paid_for_them(
    cents: int, ordered: int, cancelled: int, cuts: list[int]
) -> None:
    cancelled = min(cancelled, ordered - 1)
    price = D(cents) / 100
    order = place_order([(stocked_sku(10), ordered)], unit_price=price, confirmed=True)
    pay(order, "fake_card")
    (line,) = lines_of(order)
    if cancelled:
        ordering.cancel(order_id=order.pk, units={line.pk: cancelled}, reason="", actor=CLERK)
    ship(order, number=f"S-{order.pk}")
    payments.capture_shipped(order_id=order.pk, cause="ship", actor=CLERK)
    payments.carry_out_due()
    paid = Order.objects.get(pk=order.pk).captured_total
    left = ordered - cancelled
    for number, cut in enumerate(cuts):
        count = min(cut, left)
        if count:
            opened = open_return(order, count)
            receive_return(opened, restock=count, key=f"{order.pk}-{number}")
            services.settle(return_id=opened.pk, actor=CLERK)
            left -= count
    payments.carry_out_due()

    order.refresh_from_db()
    assert paid == price * (ordered - cancelled) + D("4.90")
    assert order.refunded_total == price * (ordered - cancelled)
    assert order.credited_total == price * ordered
