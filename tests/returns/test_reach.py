"""What the system of one location may do about returns: take goods in, and nothing else."""

import json
from typing import Any

import pytest
from django.test import Client

from orders.ordering.models import Credit
from orders.payments.models import Transaction
from returns.authorizations.models import Return
from tests.inventory.factories import LocationFactory
from tests.orders.factories import api_key, lines_of
from tests.returns.factories import open_return, receive_return, shipped_order

pytestmark = pytest.mark.django_db


def call(key: str, path: str, body: dict[str, Any]) -> Any:
    return Client().post(
        f"/api/v1/returns{path}",
        json.dumps(body),
        content_type="application/json",
        headers={"Authorization": f"Bearer {key}", "Idempotency-Key": f"k{path}"},
    )


def test_the_system_of_a_location_decides_nothing() -> None:
    order = shipped_order(3)
    (line,) = lines_of(order)
    asked, coming = open_return(order, 1, approved=False), open_return(order, 1)
    receive_return(coming, restock=1)
    key = api_key(location_codes=["berlin"])
    wish = {"line_id": str(line.uuid), "quantity": 1, "reason": "late"}

    answers = [
        call(key, "", {"order": order.number, "lines": [wish]}),
        call(key, f"/{asked.number}/approve", {}),
        call(key, f"/{asked.number}/decline", {"reason": "no"}),
        call(key, f"/{asked.number}/cancel", {"reason": "no"}),
        call(key, f"/{coming.number}/settle", {}),
    ]

    assert [(each.status_code, each.json()["code"]) for each in answers] == [
        (403, "not_for_warehouses")
    ] * 5
    assert Return.objects.count() == 2
    asked.refresh_from_db()
    assert asked.status == "requested"
    assert not Credit.objects.exists()
    assert not Transaction.objects.filter(kind="refund").exists()


def test_the_system_of_a_location_takes_goods_in_there() -> None:
    order = shipped_order(3)
    coming = open_return(order, 1)
    LocationFactory.create(code="berlin")
    unit = {"line_id": str(lines_of(order)[0].uuid), "grade": "restock", "quantity": 1}

    answer = call(
        api_key(location_codes=["berlin"]),
        f"/{coming.number}/receive",
        {"location": "berlin", "units": [unit]},
    )

    assert (answer.status_code, answer.json()["status"]) == (200, "received")


@pytest.mark.parametrize("bound", [True, False])
def test_a_shop_decides_also_when_it_is_bound_to_a_place(bound: bool) -> None:
    order = shipped_order(3)
    asked = open_return(order, 1, approved=False)
    key = api_key(order.channel, location_codes=["berlin"] if bound else [])

    assert call(key, f"/{asked.number}/approve", {}).json()["status"] == "approved"
