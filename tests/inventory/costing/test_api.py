"""The API of costs: stock value, charges, margins."""

import json
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from inventory.costing import services as costing
from oms.core.ids import uuid7
from tests.inventory.costing.costs import books, bought, decided
from tests.inventory.factories import LevelFactory, LocationFactory, SkuFactory, shipped_transfer
from tests.orders.factories import ChannelFactory, api_key
from tests.reporting.margins.test_queries import sold

pytestmark = pytest.mark.django_db

D = Decimal
SCOPES = ["costs:read", "costs:write", "purchases:read"]


def call(method: str, path: str, body: Any = None, *, key: str = "", **changes: Any) -> Any:
    """Call as a client with the scopes of costs; answers (status, body)."""
    bearer = key or api_key(ChannelFactory.create(), scopes=SCOPES, **changes)
    answer = Client().generic(
        method,
        f"/api/v1/{path}",
        json.dumps(body) if body is not None else "",
        content_type="application/json",
        headers={"Authorization": f"Bearer {bearer}", "Idempotency-Key": uuid7().hex},
    )
    return answer.status_code, answer.json()


def test_a_charge_is_noted_listed_with_its_split_and_taken_back() -> None:
    decided()
    sku = SkuFactory.create()
    order = bought(sku, 10, "2.00", LocationFactory.create())
    path = f"purchase-orders/{order.number}/charges"
    status, made = call(
        "POST", path, {"kind": "freight", "amount": "5.00", "currency": "EUR", "reference": "R-1"}
    )

    assert (status, made["cost"], made["cost_currency"]) == (201, "5.00", "EUR")
    assert [(share["sku"], share["amount"]) for share in made["shares"]] == [(sku.code, "5.00")]
    status, listed = call("GET", path)
    assert (status, listed["results"]) == (200, [made])
    status, gone = call("POST", f"{path}/{made['id']}/withdraw", {"reason": "not ours"})
    assert status == 200
    assert gone["withdrawn_at"] is not None
    assert call("POST", f"{path}/{made['id']}/withdraw", {"reason": "again"})[0] == 409
    assert call("POST", f"{path}/nonsense/withdraw", {"reason": "again"})[0] == 404


def test_what_is_wrong_with_a_charge_is_told() -> None:
    decided()
    order = bought(SkuFactory.create(), 10, "2.00", LocationFactory.create())
    path = f"purchase-orders/{order.number}/charges"
    status, told = call("POST", path, {"kind": "duty", "amount": "5.001", "currency": "EUR"})
    assert (status, told["errors"][0]["code"]) == (422, "too_precise")
    status, told = call("POST", path, {"kind": "duty", "amount": "5", "currency": "USD"})
    assert (status, told["code"]) == (422, "exchange_rate_needed")
    body = {"kind": "duty", "amount": "5", "currency": "EUR", "receipt": "nope"}
    assert call("POST", path, body)[0] == 404


def test_before_the_method_is_decided_nothing_has_a_value() -> None:
    status, told = call("GET", "stock/value")
    assert (status, told["code"]) == (409, "costing_not_set_up")


def test_the_value_of_stock_is_listed_with_its_places() -> None:
    decided()
    sku, berlin = SkuFactory.create(), LocationFactory.create()
    bought(sku, 7, "1.00", berlin)
    shipped_transfer({sku: 3}, source=berlin)
    unknown = LevelFactory.create(on_hand=2).sku
    books(sku)
    status, found = call("GET", f"stock/value?sku={sku.code}")

    assert status == 200
    (row,) = found["results"]
    assert (row["units"], row["known"], row["value"], row["average"]) == (7, 7, "7.00", "1.00")
    assert row["locations"] == [
        {"location": berlin.code, "units": 4, "value": "4.00"},
        {"location": None, "units": 3, "value": "3.00"},
    ]
    _, lacking = call("GET", "stock/value?unknown=true")
    assert [(row["sku"], row["unknown"]) for row in lacking["results"]] == [(unknown.code, 2)]
    _, bound = call("GET", f"stock/value?sku={sku.code}", location_codes=[berlin.code])
    assert (bound["results"][0]["units"], bound["results"][0]["value"]) == (4, "4.00")


def test_margins_are_those_of_the_callers_channels() -> None:
    decided()
    channel = ChannelFactory.create()
    order = sold(channel=channel)
    sold()
    costing.run()
    status, found = call("GET", "margins", key=api_key(channel, scopes=SCOPES))

    assert status == 200
    (row,) = found["results"]
    assert (row["order"], row["cost"], row["why"]) == (order.number, "6.00", "")
    assert D(row["margin"]) == D(row["revenue"]) - D("6.00")
    assert call("GET", "margins?placed_at_min=x")[0] == 422
