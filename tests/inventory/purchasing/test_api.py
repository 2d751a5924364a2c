"""Purchase orders over the API."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from inventory.catalog.models import Sku
from inventory.inbound.models import Inbound
from inventory.locations.models import Location
from inventory.purchasing.models import PurchaseOrder, PurchaseReceipt
from inventory.stock.models import Level
from oms.accounts import services as accounts
from oms.accounts.models import ApiClient, Scope
from tests.inventory.factories import LocationFactory, SkuFactory
from tests.inventory.purchasing.orders import line_of, placed, receive, sells, supplier

pytestmark = pytest.mark.django_db


class Api:
    """A client with a key."""

    def __init__(self, *location_codes: str) -> None:
        client = ApiClient.objects.create(
            name=f"client {ApiClient.objects.count()}",
            scopes=[str(scope) for scope in Scope],
            location_codes=list(location_codes),
        )
        self.key = accounts.issue_key(client)
        self.http = Client()
        self.calls = 0

    def get(self, path: str, **query: str) -> HttpResponse:
        return self.http.get(
            f"/api/v1/{path}", query, headers={"Authorization": f"Bearer {self.key}"}
        )

    def post(self, path: str, body: dict[str, Any], key: str = "") -> HttpResponse:
        self.calls += 1
        return self.http.post(
            f"/api/v1/{path}",
            body,
            content_type="application/json",
            headers={
                "Authorization": f"Bearer {self.key}",
                "Idempotency-Key": key or f"call-{self.calls}",
            },
        )


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
def berlin() -> Location:
    return LocationFactory.create(code="BER")


@pytest.fixture
def mug() -> Sku:
    return SkuFactory.create(code="MUG", name="Mug")


def test_an_order_is_written_placed_confirmed_and_received(
    api: Api, berlin: Location, mug: Sku
) -> None:
    seller = supplier()
    sells(seller, mug, {1: "2.50", 12: "1.9975"}, pack_size=6)
    body = {
        "supplier": seller.code,
        "location": "BER",
        "lines": [{"sku": "MUG", "quantity": 13}],
    }
    written = api.post("purchase-orders", body, key="one")
    assert written.status_code == 201
    order = written.json()
    assert order["status"] == "draft"
    assert order["actions"] == ["cancel", "change", "place"]
    assert order["lines"][0]["ordered"] == 18
    again = api.post("purchase-orders", body, key="one")
    assert again.json() == order
    assert PurchaseOrder.objects.count() == 1

    there = f"purchase-orders/{order['number']}"
    changed = api.post(f"{there}/change", {"lines": [{"sku": "MUG", "quantity": 12}]}).json()
    assert changed["lines"][0]["ordered"] == 12
    order = api.post(f"{there}/place", {}).json()
    assert (order["status"], order["total"]) == ("placed", "23.97")
    assert order["lines"][0]["unit_cost"] == "1.9975"
    order = api.post(
        f"{there}/acknowledge",
        {
            "reference": "SO-7",
            "lines": [{"sku": "MUG", "quantity": 10, "unit_cost": "2", "rest": "cancel"}],
        },
    ).json()
    assert (order["status"], order["reference"], order["total"]) == (
        "acknowledged",
        "SO-7",
        "20.00",
    )
    order = api.post(
        f"{there}/receive",
        {
            "lines": [
                {"sku": "MUG", "quantity": 6},
                {"sku": "MUG", "quantity": 1, "inspect": True},
            ],
            "delivery_note": "LS 1",
        },
    ).json()
    assert order["status"] == "partially_received"
    (receipt,) = order["receipts"]
    assert receipt["delivery_note"] == "LS 1"
    assert [(row["quantity"], row["inspect"], row["unit_cost"]) for row in receipt["lines"]] == [
        (6, False, "2.00"),
        (1, True, "2.00"),
    ]
    order = api.post(f"{there}/receipts/{receipt['number']}/undo", {"reason": "wrong order"}).json()
    assert order["status"] == "acknowledged"
    api.post(f"{there}/receive", {"lines": [{"sku": "MUG", "quantity": 6}]})
    order = api.post(
        f"{there}/cancel", {"reason": "enough", "lines": [{"sku": "MUG", "quantity": 1}]}
    ).json()
    assert order["lines"][0]["to_come"] == 3
    order = api.post(f"{there}/close", {"reason": "they have no more"}).json()
    assert (order["status"], order["actions"]) == ("closed", [])
    line = order["lines"][0]
    assert line["ordered"] + line["over"] == line["cancelled"] + line["received"] + line["to_come"]
    assert Level.objects.get(sku=mug).on_hand == 6
    assert not Inbound.objects.exists()


def test_an_order_is_written_and_placed_at_once_or_not_at_all(
    api: Api, berlin: Location, mug: Sku
) -> None:
    seller = supplier(minimum_order="100")
    sells(seller, mug)
    body = {
        "supplier": seller.code,
        "location": "BER",
        "lines": [{"sku": "MUG", "quantity": 1}],
        "place": True,
    }
    refused = api.post("purchase-orders", body)
    assert (refused.status_code, refused.json()["code"]) == (409, "below_minimum_order")
    assert not PurchaseOrder.objects.exists()
    body["lines"] = [{"sku": "MUG", "quantity": 40}]
    assert api.post("purchase-orders", body).json()["status"] == "placed"


def test_all_that_is_wrong_is_told_at_once(api: Api, berlin: Location, mug: Sku) -> None:
    refused = api.post(
        "purchase-orders",
        {
            "supplier": "nobody",
            "location": "nowhere",
            "lines": [
                {"sku": "mug", "quantity": 1},
                {"sku": "MUG", "quantity": 1},
                {"sku": "MUG", "quantity": 2},
            ],
        },
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "purchase_invalid")
    found = {(each["pointer"], each["code"]) for each in refused.json()["errors"]}
    assert found == {
        ("/supplier", "unknown_reference"),
        ("/location", "unknown_reference"),
        ("/lines/0/sku", "unknown_sku"),
        ("/lines/1/sku", "repeated"),
        ("/lines/2/sku", "repeated"),
    }
    assert not PurchaseOrder.objects.exists()


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ({"sku": "MUG", "quantity": 0}, "number_range"),
        ({"sku": "MUG", "quantity": 1.5}, "not_plain_integer"),
        ({"sku": "MUG", "quantity": 10**30}, "number_range"),
        ({"sku": "MUG", "quantity": 1, "unit_cost": "1,00"}, "not_plain_decimal"),
        ({"sku": "MUG", "quantity": 1, "unit_cost": "-1"}, "number_range"),
        ({"sku": "MUG", "quantity": 1, "expected_on": "2026-02-30"}, "not_date"),
        ({"sku": "MUG", "quantity": 1, "price": "1"}, "unknown_field"),
    ],
)
def test_lines_are_read_strictly(
    api: Api, berlin: Location, mug: Sku, line: dict[str, Any], code: str
) -> None:
    seller = supplier()
    refused = api.post(
        "purchase-orders", {"supplier": seller.code, "location": "BER", "lines": [line]}
    )
    assert refused.status_code == 422
    assert [each["code"] for each in refused.json()["errors"]] == [code]
    assert not PurchaseOrder.objects.exists()


def test_more_than_ordered_is_refused_without_a_reason(
    api: Api, berlin: Location, mug: Sku
) -> None:
    order = placed(berlin, {mug: 2})
    there = f"purchase-orders/{order.uuid}/receive"
    refused = api.post(there, {"lines": [{"sku": "MUG", "quantity": 3}]}, key="k")
    assert (refused.status_code, refused.json()["code"]) == (409, "more_than_ordered")
    assert not PurchaseReceipt.objects.exists()
    body = {"lines": [{"sku": "MUG", "quantity": 3}], "over_reason": "free of charge"}
    assert api.post(there, body, key="k").json()["lines"][0]["over"] == 1
    api.post(there, body, key="k")
    assert PurchaseReceipt.objects.count() == 1


def test_an_act_that_is_not_legal_names_those_that_are(
    api: Api, berlin: Location, mug: Sku
) -> None:
    order = placed(berlin, {mug: 2})
    refused = api.post(f"purchase-orders/{order.number}/place", {})
    assert refused.status_code == 409
    assert refused.json()["code"] == "invalid_transition"
    assert refused.json()["current"] == "placed"
    refused = api.post(f"purchase-orders/{order.number}/close", {"reason": "x"})
    assert refused.status_code == 409


def test_a_client_of_a_location_sees_and_touches_its_own_orders_only(
    berlin: Location, mug: Sku
) -> None:
    LocationFactory.create(code="HAM")
    order = placed(berlin, {mug: 2})
    own, other = Api("BER"), Api("HAM")
    assert own.get(f"purchase-orders/{order.number}").status_code == 200
    assert len(own.get("purchase-orders").json()["results"]) == 1
    assert other.get("purchase-orders").json()["results"] == []
    for path in ("", "/pdf", "/x12", "/ubl"):
        refused = other.get(f"purchase-orders/{order.number}{path}")
        assert (refused.status_code, refused.json()["code"]) == (404, "purchase_order_not_found")
    refused = other.post(
        f"purchase-orders/{order.number}/receive", {"lines": [{"sku": "MUG", "quantity": 1}]}
    )
    assert refused.status_code == 404
    refused = other.post(
        "purchase-orders",
        {
            "supplier": order.supplier.code,
            "location": "BER",
            "lines": [{"sku": "MUG", "quantity": 1}],
        },
    )
    assert refused.status_code == 422
    assert line_of(order, mug).received == 0
    assert PurchaseOrder.objects.count() == 1


def test_the_list_is_narrowed(api: Api, berlin: Location, mug: Sku) -> None:
    come, waiting = placed(berlin, {mug: 1}), placed(berlin, {mug: 1})
    receive(come, {mug: 1})

    def numbers(**query: str) -> list[str]:
        found = api.get("purchase-orders", **query).json()["results"]
        return [each["number"] for each in found]

    assert numbers() == [waiting.number, come.number]
    assert numbers(status="received") == [come.number]
    assert numbers(waiting="to_receive") == [waiting.number]
    assert numbers(waiting="late") == []
    assert numbers(supplier=come.supplier.code) == [come.number]
    assert numbers(location="BER", limit="1") == [waiting.number]
    assert api.get("purchase-orders", color="red").status_code == 422


def test_the_order_goes_out_as_a_file(api: Api, berlin: Location, mug: Sku) -> None:
    order = placed(berlin, {mug: 1})
    for form, kind, begins in (
        ("pdf", "application/pdf", b"%PDF"),
        ("x12", "application/edi-x12", b"ISA*"),
        ("ubl", "application/xml", b"<?xml"),
    ):
        answer = api.get(f"purchase-orders/{order.number}/{form}")
        assert (answer.status_code, answer["Content-Type"]) == (200, kind)
        assert answer.content.startswith(begins)


def test_a_receipt_of_another_order_is_not_there(api: Api, berlin: Location, mug: Sku) -> None:
    order, other = placed(berlin, {mug: 1}), placed(berlin, {mug: 1})
    receipt = receive(other, {mug: 1})
    refused = api.post(
        f"purchase-orders/{order.number}/receipts/{receipt.number}/undo", {"reason": "x"}
    )
    assert (refused.status_code, refused.json()["code"]) == (404, "purchase_receipt_not_found")
