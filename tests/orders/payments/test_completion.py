"""What is still owed when an order ends without a last shipment."""

from decimal import Decimal

import pytest

from oms.core.outbox import services as outbox
from orders.ordering import services as ordering
from orders.ordering.models import CreditReason, Order
from orders.payments import services as payments
from orders.payments.models import Transaction
from tests.orders.factories import CLERK, lines_of, pay, place_order, ship, stocked_sku

pytestmark = pytest.mark.django_db

D = Decimal


def card_order() -> Order:
    """Return an order of three units for 10.00 together and 4.90 shipping, on a card."""
    order = place_order([(stocked_sku(10), 3)], unit_price="3.34", discount="0.02", released=True)
    pay(order, "fake_card")
    return order


def cancel_rest(order: Order) -> None:
    """Let the warehouse stop the two units that have not shipped."""
    (line,) = lines_of(order)
    ordering.confirm_cancellation(
        order_id=order.pk, units={line.pk: 2}, reason="stopped", actor=CLERK
    )


def settle(order: Order) -> None:
    for _ in range(2):
        outbox.drain()
        payments.carry_out_due()
    order.refresh_from_db()


def test_a_cent_that_a_return_left_over_is_taken_when_the_rest_is_cancelled() -> None:
    order = card_order()
    (line,) = lines_of(order)
    ship(order, {line.pk: 1})
    ordering.credit_units(
        order_id=order.pk,
        line_id=line.pk,
        units=1,
        reason=CreditReason.RETURNED,
        cause="return",
        actor=CLERK,
    )
    settle(order)
    # The unit that shipped was worth 3.33, the one that came back 3.34: all of the shipping charge but a cent.
    assert order.captured_total == D("4.89")

    cancel_rest(order)
    settle(order)

    assert order.status == "completed"
    assert (order.captured_total, order.due_total, order.payment_status) == (D("4.90"), 0, "paid")


def test_a_favour_is_not_taken_again_when_the_order_ends() -> None:
    order = card_order()
    (line,) = lines_of(order)
    ship(order, {line.pk: 1})
    settle(order)
    payments.refund(
        order_id=order.pk, amount=D("2.00"), cause="favour", reason="sorry", actor=CLERK
    )
    settle(order)

    cancel_rest(order)
    settle(order)

    assert order.status == "completed"
    assert (order.captured_total, order.refunded_total) == (D("8.23"), 2)


def test_an_order_that_ends_with_its_last_shipment_is_captured_once() -> None:
    order = card_order()
    ship(order)

    settle(order)

    assert order.status == "completed"
    assert [each.amount for each in Transaction.objects.filter(kind="capture")] == [D("14.90")]
