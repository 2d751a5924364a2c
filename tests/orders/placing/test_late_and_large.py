"""Orders that reach us long after they were placed, and amounts beyond all proportion."""

from datetime import timedelta
from typing import Any

import pytest

from oms.core import clock
from orders.ordering.models import Order
from tests.orders.placing.test_api import Shop, nothing_is_left

pytestmark = pytest.mark.django_db


def test_an_order_placed_long_ago_is_new_to_whoever_asks_for_what_is_new() -> None:
    shop = Shop()
    asked_last = clock.now()

    placed_at = (asked_last - timedelta(days=3)).isoformat()
    assert shop.post(shop.body(placed_at=placed_at)).status_code == 201

    found = shop.http.get(
        "/api/v1/orders",
        {"updated_at_min": asked_last.isoformat()},
        headers={"Authorization": f"Bearer {shop.key}"},
    )
    assert len(found.json()["results"]) == 1
    assert Order.objects.get().placed_at.isoformat() == placed_at


@pytest.mark.parametrize(
    ("member", "pointer"),
    [
        ({"payment": {"method": "channel", "amount": "99999999999999"}}, "/payment/amount"),
        ({"declared": {"total": "99999999999999"}}, "/declared/total"),
        ({"shipping": "99999999999999"}, "/shipping"),
    ],
)
def test_an_amount_that_no_database_keeps_is_refused(member: dict[str, Any], pointer: str) -> None:
    shop = Shop()

    answer = shop.post(shop.body(**member))

    assert answer.status_code == 422
    assert [(each["pointer"], each["code"]) for each in answer.json()["errors"]] == [
        (pointer, "number_range")
    ]
    assert nothing_is_left()
