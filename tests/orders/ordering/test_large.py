"""A large order costs no more statements than a small one."""

from decimal import Decimal
from typing import Any

import pytest

from orders.ordering import services as ordering
from orders.ordering.models import Credit, Order, OrderLine
from tests.orders.factories import CLERK, place_order, stocked_sku

pytestmark = pytest.mark.django_db


def cancelled(lines: int, statements: Any) -> tuple[Order, int]:
    """Return an order of so many lines that was cancelled, and what that took."""
    order = place_order([(stocked_sku(2), 2) for _ in range(lines)])
    with statements() as seen:
        ordering.cancel(order_id=order.pk, units=None, reason="no more", actor=CLERK)
    order.refresh_from_db()
    return order, len(seen)


def test_cancelling_takes_as_many_statements_for_thirty_lines_as_for_two(statements: Any) -> None:
    _, few = cancelled(2, statements)
    order, many = cancelled(30, statements)

    assert many == few
    assert order.status == "cancelled"
    assert order.credited_total == order.total
    made = Credit.objects.filter(order=order, reason="cancelled")
    assert sum(each.amount for each in made) == order.total - order.shipping_total
    assert {(each.first_unit, each.units) for each in made} == {(0, 2)}
    assert set(OrderLine.objects.filter(order=order).values_list("credited", flat=True)) == {2}
    assert order.due_total == Decimal(0)
