"""A capture that comes back from its gateway after what it was for is owed no more."""

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


def shipped_with_capture_under_way() -> Order:
    """Return an order of three units at 10.00 and 4.90 shipping that has shipped; its card is not charged yet."""
    order = place_order([(stocked_sku(10), 3)], unit_price="10.00", released=True)
    pay(order, "fake_card")
    ship(order)
    outbox.drain()
    assert Transaction.objects.get(kind="capture").state == "pending"
    return order


def credit(order: Order, units: int) -> None:
    ordering.credit_units(
        order_id=order.pk,
        line_id=lines_of(order)[0].pk,
        units=units,
        reason=CreditReason.RETURNED,
        cause="return",
        actor=CLERK,
    )
    payments.refund_overpaid(order_id=order.pk, cause="return", reason="return", actor=CLERK)


def settle(order: Order) -> None:
    """Carry out the capture, and what follows from it."""
    payments.carry_out_due()
    payments.carry_out_due()
    outbox.drain()
    order.refresh_from_db()


def test_what_was_credited_while_the_capture_was_under_way_is_given_back() -> None:
    order = shipped_with_capture_under_way()
    credit(order, 2)
    assert not Transaction.objects.filter(kind="refund").exists()

    settle(order)

    assert (order.captured_total, order.refunded_total, order.due_total) == (D("34.90"), 20, 0)


def test_a_capture_of_what_is_still_owed_is_kept() -> None:
    order = shipped_with_capture_under_way()

    settle(order)

    assert (order.captured_total, order.refunded_total, order.due_total) == (D("34.90"), 0, 0)


def test_no_more_is_given_back_than_the_capture_took() -> None:
    order = shipped_with_capture_under_way()
    credit(order, 1)
    payments.record_receipt(
        order_id=order.pk,
        gateway="bank_transfer",
        amount=D("50.00"),
        reference="sent too much",
        cause="receipt-1",
        actor=CLERK,
    )

    settle(order)

    # What somebody sent is kept, and shows as overpaid until a person decides.
    assert [each.amount for each in Transaction.objects.filter(kind="refund")] == [D("34.90")]
