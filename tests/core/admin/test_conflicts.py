"""The page that says that someone else was faster."""

import uuid

import pytest

from oms.accounts import roles
from orders.holds.models import Hold
from tests.accounts.factories import signed_in
from tests.orders.factories import place_order, stocked_sku

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seen", ["9" * 5000, str(2**63), "-1", "x", "\x00", "\u0663"])
def test_it_takes_any_nonsense_for_what_was_seen_before(seen: str) -> None:
    order = place_order([(stocked_sku(5), 1)])

    answer = signed_in(roles.MANAGER).post(
        f"/admin/orders/order/{order.pk}/do/hold/",
        {
            "press_key": uuid.uuid4().hex,
            "press_version": str(order.version + 1),
            "press_seen": seen,
            "reason": "fraud_risk",
        },
    )

    assert answer.status_code == 412
    assert not Hold.objects.exists()
