"""The queue of holds."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from oms.accounts import roles
from oms.core.actors import SYSTEM
from orders.holds import services
from orders.holds.models import Hold
from tests.accounts.factories import signed_in
from tests.orders.factories import place_order

pytestmark = pytest.mark.django_db


def held(reason: str = "fraud_risk") -> Hold:
    order = place_order(payment_status="paid", confirmed=True)
    return services.place_hold(order_id=order.pk, reason=reason, note="odd", actor=SYSTEM)


def press(client: Client, hold: Hold, **data: Any) -> Any:
    page = reverse("admin:orders_hold_press", args=(hold.pk, "release"))
    key = re.search(r'name="press_key" value="(\w+)"', client.get(page).content.decode())
    return client.post(page, {"press_key": key[1] if key else "", **data})


def test_releasing_the_last_hold_lets_the_order_go_on() -> None:
    hold = held()

    answer = press(signed_in(roles.SERVICE), hold, reason="called back, all fine")

    hold.refresh_from_db()
    assert answer["Location"] == reverse("admin:orders_order_change", args=(hold.order_id,))
    assert (hold.status, hold.end_reason) == ("released", "called back, all fine")
    hold.order.refresh_from_db()
    assert not hold.order.on_hold


def test_a_hold_is_not_released_without_a_reason() -> None:
    hold = held()

    assert press(signed_in(roles.SERVICE), hold, reason="").status_code == 422

    hold.refresh_from_db()
    assert hold.status == "active"


def test_a_released_hold_offers_no_release() -> None:
    hold = held()
    services.release_hold(hold_id=hold.pk, reason="x", actor=SYSTEM)
    page = reverse("admin:orders_hold_press", args=(hold.pk, "release"))

    answer = signed_in(roles.SERVICE).get(page)

    assert answer.status_code == 409
    assert "It is released already." in answer.content.decode()


def test_tabs_hold_the_reasons_that_they_name() -> None:
    fraud, address = held(), held("incorrect_address")
    ended = held("other")
    services.release_hold(hold_id=ended.pk, reason="x", actor=SYSTEM)
    client = signed_in(roles.SERVICE)

    def shown(tab: str, **more: str) -> list[int]:
        rows = client.get("/admin/orders/hold/", {"tab": tab, **more}).context["cl"].result_list
        return [row.pk for row in rows]

    assert shown("active") == [address.pk, fraud.pk]
    assert shown("fraud") == [fraud.pk]
    assert shown("address") == [address.pk]
    assert shown("ended") == [ended.pk]
    assert shown("active", q=fraud.order.number) == [fraud.pk]
