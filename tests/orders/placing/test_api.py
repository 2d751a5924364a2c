"""Placing over HTTP: the good order, the repeated one, and every bad one."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from inventory.stock.models import Level, Movement
from oms.core import clock
from oms.core.api.models import IdempotencyKey
from oms.core.outbox.models import Event
from oms.core.timeline.models import Entry
from orders.channels.models import Channel
from orders.ordering.models import Order, OrderLine
from tests.inventory.factories import LevelFactory, SkuFactory
from tests.orders.factories import (
    ChannelFactory,
    PriceFactory,
    TaxRateFactory,
    api_key,
    stocked_sku,
)

pytestmark = pytest.mark.django_db

Body = dict[str, Any]
Statements = Callable[[], AbstractContextManager[list[str]]]


class Shop:
    """A channel with its key, one SKU on its list at 11.90 of which ten lie in one warehouse, and German VAT."""

    def __init__(self, **changes: Any) -> None:
        self.channel: Channel = ChannelFactory.create(code="web", **changes)
        self.key = api_key(self.channel)
        self.sku = stocked_sku(10, code="TEA-1")
        PriceFactory.create(price_list=self.channel.price_list, sku=self.sku)
        TaxRateFactory.create()
        self.http = Client()
        self._keys = 0

    def body(self, **changes: Any) -> Body:
        """Return a good order of two units; a change of None leaves the member out."""
        body = {
            "external_id": "A-1001",
            "customer": {"name": "Ada Lovelace", "email": "ada@example.com"},
            "ship_to": {
                "name": "Ada Lovelace",
                "street": ["Torstr. 12"],
                "city": "Berlin",
                "postcode": "10119",
                "country": "DE",
            },
            "lines": [{"sku": "TEA-1", "quantity": 2}],
            **changes,
        }
        return {name: value for name, value in body.items() if value is not None}

    def post(
        self, body: Any, *, key: str | None = None, headers: dict[str, str] | None = None
    ) -> Any:
        """Send an order under a new key, unless one is named."""
        self._keys += 1
        return self.http.post(
            "/api/v1/orders",
            body if isinstance(body, str | bytes) else json.dumps(body),
            content_type="application/json",
            headers={
                "Authorization": f"Bearer {self.key}",
                "Idempotency-Key": key or f"key-{self._keys}",
                **(headers or {}),
            },
        )

    def get(self, path: str) -> Any:
        """Read with the shop's key."""
        return self.http.get(path, headers={"Authorization": f"Bearer {self.key}"})


@pytest.fixture
def shop() -> Shop:
    return Shop()


def nothing_is_left(movements: int = 0) -> bool:
    """Say whether no trace of an order exists."""
    return (
        not Order.objects.exists()
        and not OrderLine.objects.exists()
        and Movement.objects.filter(kind="allocation").count() == movements
        and not Event.objects.filter(aggregate="orders.order").exists()
        and not Entry.objects.filter(document="orders.order").exists()
        and not IdempotencyKey.objects.exists()
        and not Level.objects.filter(committed__gt=0).exists()
    )


def test_an_order_is_priced_taxed_numbered_and_reserved(shop: Shop) -> None:
    response = shop.post(shop.body())

    assert response.status_code == 201
    order = response.json()
    assert order["number"].startswith("WEB-")
    assert (order["subtotal"], order["shipping_total"], order["total"]) == (
        "23.80",
        "4.90",
        "28.70",
    )
    assert order["tax_total"] == "4.58"  # 3.80 of the goods and 0.78 of the shipping
    assert order["lines"][0]["allocated"] == 2
    assert order["fulfillment_status"] == "allocated"
    level = Level.objects.get(sku=shop.sku)
    assert (level.on_hand, level.committed) == (10, 2)


def test_the_same_key_gets_the_first_answer_again(shop: Shop) -> None:
    first = shop.post(shop.body(), key="k")
    again = shop.post(shop.body(), key="k")

    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert Order.objects.count() == 1


def test_the_same_key_with_another_body_is_refused(shop: Shop) -> None:
    shop.post(shop.body(), key="k")
    again = shop.post(shop.body(note="other"), key="k")

    assert (again.status_code, again.json()["code"]) == (422, "idempotency_key_reused")


def test_the_same_order_under_a_new_key_is_the_first_order(shop: Shop) -> None:
    first = shop.post(shop.body()).json()
    again = shop.post(shop.body())

    assert (again.status_code, again.json()["number"]) == (200, first["number"])
    assert Level.objects.get(sku=shop.sku).committed == 2


def test_the_same_external_id_with_other_content_is_a_conflict(shop: Shop) -> None:
    number = shop.post(shop.body()).json()["number"]
    again = shop.post(shop.body(lines=[{"sku": "TEA-1", "quantity": 3}]))

    assert (again.status_code, again.json()["code"]) == (409, "external_id_conflict")
    assert again.json()["number"] == number


def test_another_channel_may_use_the_same_external_id_and_key(shop: Shop) -> None:
    shop.post(shop.body(), key="k")
    other = ChannelFactory.create(price_list=shop.channel.price_list)
    shop.key = api_key(other)

    assert shop.post(shop.body(), key="k").status_code == 201


def test_the_same_order_is_still_the_first_when_the_stock_is_gone(shop: Shop) -> None:
    first = shop.post(shop.body(lines=[{"sku": "TEA-1", "quantity": 10}]), key="k")
    again = shop.post(shop.body(lines=[{"sku": "TEA-1", "quantity": 10}]))

    assert (first.status_code, again.status_code) == (201, 200)


def test_units_of_one_sku_on_two_lines_are_summed_before_stock_is_checked(shop: Shop) -> None:
    line = {"sku": "TEA-1", "quantity": 6}
    response = shop.post(shop.body(lines=[line, line]))

    assert (response.status_code, response.json()["code"]) == (409, "insufficient_stock")
    assert response.json()["shortages"] == [{"sku": "TEA-1", "asked": 12, "available": 10}]
    assert nothing_is_left()


def test_all_shortages_are_listed(shop: Shop) -> None:
    PriceFactory.create(price_list=shop.channel.price_list, sku=SkuFactory.create(code="TEA-2"))
    response = shop.post(
        shop.body(
            lines=[{"sku": "TEA-1", "quantity": 11}, {"sku": "TEA-2", "quantity": 1}],
        )
    )

    assert response.status_code == 409
    assert {shortage["sku"] for shortage in response.json()["shortages"]} == {"TEA-1", "TEA-2"}
    assert nothing_is_left()


def test_what_is_not_in_stock_is_backordered_if_the_channel_allows() -> None:
    shop = Shop(backorder_policy="allow")
    order = shop.post(shop.body(lines=[{"sku": "TEA-1", "quantity": 12}])).json()

    assert (order["lines"][0]["allocated"], order["lines"][0]["backordered"]) == (10, 2)
    assert order["fulfillment_status"] == "backordered"


def test_declared_totals_that_differ_hold_the_order_and_are_kept(shop: Shop) -> None:
    order = shop.post(shop.body(declared={"total": "28.72", "tax": "4.58"})).json()

    assert order["on_hold"] is True
    assert order["declared"] == {"total": "28.72", "tax": "4.58"}
    hold = Order.objects.get().holds.get()
    assert hold.reason == "validation"
    assert hold.detail == {"totals": {"total": {"declared": "28.72", "computed": "28.70"}}}


def test_declared_totals_may_be_one_minor_unit_off(shop: Shop) -> None:
    assert shop.post(shop.body(declared={"total": "28.71"})).json()["on_hold"] is False


def test_a_bad_address_holds_the_order_on_a_lenient_channel() -> None:
    shop = Shop(address_strictness="lenient")
    ship_to = {**shop.body()["ship_to"], "postcode": "ABC"}
    order = shop.post(shop.body(ship_to=ship_to)).json()

    assert order["on_hold"] is True
    assert Order.objects.get().holds.get().reason == "incorrect_address"


def test_an_order_paid_at_the_channel_is_paid(shop: Shop) -> None:
    order = shop.post(shop.body(payment={"method": "channel", "reference": "P-1"})).json()

    assert (order["payment_status"], order["due"]) == ("paid", "0.00")


def test_hostile_text_is_kept_as_text(shop: Shop) -> None:
    customer = {"name": "<script>alert(1)</script> {{7*7}} Robert'); DROP TABLE"}
    order = shop.post(shop.body(customer=customer)).json()

    assert order["customer_name"] == customer["name"]


def address(**changes: Any) -> Body:
    return {
        "name": "Ada",
        "street": ["Torstr. 12"],
        "city": "Berlin",
        "postcode": "10119",
        "country": "DE",
        **changes,
    }


def line(**changes: Any) -> Body:
    return {"lines": [{"sku": "TEA-1", "quantity": 2, **changes}]}


BAD_FIELDS: list[tuple[Body, str, str]] = [
    ({"pric": 1}, "/pric", "unknown_field"),
    *(
        ({name: "x"}, f"/{name}", "unknown_field")
        for name in ("status", "paid", "total", "id", "channel", "created_at", "number")
    ),
    ({"lines": []}, "/lines", "no_lines"),
    ({"lines": [{"sku": "TEA-1", "quantity": 1}] * 1001}, "/lines", "too_many_lines"),
    (line(quantity=0), "/lines/0/quantity", "number_range"),
    (line(quantity=-1), "/lines/0/quantity", "number_range"),
    (line(quantity=1.5), "/lines/0/quantity", "not_plain_integer"),
    (line(quantity=True), "/lines/0/quantity", "not_plain_integer"),
    (line(quantity=""), "/lines/0/quantity", "not_plain_integer"),
    (line(quantity=None), "/lines/0/quantity", "null_not_allowed"),
    (line(quantity=2**31), "/lines/0/quantity", "number_range"),
    (line(quantity=10**30), "/lines/0/quantity", "number_range"),
    (line(quantity="１２"), "/lines/0/quantity", "not_plain_integer"),
    (line(quantity="1_000"), "/lines/0/quantity", "not_plain_integer"),
    (line(quantity="1e3"), "/lines/0/quantity", "not_plain_integer"),
    (line(unit_price="1,00"), "/lines/0/unit_price", "not_plain_decimal"),
    (line(unit_price="0.001"), "/lines/0/unit_price", "minor_units"),
    (line(unit_price="-0"), "/lines/0/unit_price", "not_plain_decimal"),
    (line(unit_price="-1.00"), "/lines/0/unit_price", "number_range"),
    (line(unit_price="٣"), "/lines/0/unit_price", "not_plain_decimal"),
    (line(discount="23.81"), "/lines/0/discount", "discount_too_large"),
    ({"discount": "23.81"}, "/discount", "discount_too_large"),
    (line(sku="NO-SUCH"), "/lines/0/sku", "unknown_sku"),
    (line(sku="tea-1"), "/lines/0/sku", "unknown_sku"),
    (line(sku="TEA-1 "), "/lines/0/sku", "unknown_sku"),
    (line(sku="TEA-1\u200b"), "/lines/0/sku", "control_char"),
    (line(sku="T\u0415A-1"), "/lines/0/sku", "unknown_sku"),
    ({"currency": "USD"}, "/currency", "wrong_currency"),
    ({"currency": "XXZ"}, "/currency", "unknown_currency"),
    ({"external_id": None}, "/external_id", "required"),
    ({"external_id": "x" * 300}, "/external_id", "too_long"),
    ({"external_id": "   "}, "/external_id", "blank"),
    ({"placed_at": "9999-01-01T00:00:00Z"}, "/placed_at", "instant_range"),
    ({"placed_at": "2026-02-30T00:00:00Z"}, "/placed_at", "not_instant"),
    ({"placed_at": "2026-02-03T02:30:00"}, "/placed_at", "offset_required"),
    ({"ship_to": address(country="XX")}, "/ship_to/country", "unknown_country"),
    ({"ship_to": address(postcode="ABC")}, "/ship_to/postcode", "invalid_postcode"),
    ({"ship_to": address(street=["x" * 5000])}, "/ship_to/street/0", "too_long"),
    ({"ship_to": address(name="")}, "/ship_to/name", "required"),
    ({"customer": {"name": "Ada", "email": "a@b"}}, "/customer/email", "invalid_email"),
    (
        {"customer": {"name": "Ada", "email": "a@example.com\r\nBcc: x@example.com"}},
        "/customer/email",
        "control_char",
    ),
    ({"customer": {"name": "Ada", "email": "a" * 320}}, "/customer/email", "too_long"),
    ({"customer": {"name": "Ada", "phone": "call me"}}, "/customer/phone", "invalid_phone"),
    ({"customer": {"name": "A\u202eda"}}, "/customer/name", "control_char"),
    ({"customer": {"name": ""}}, "/customer/name", "blank"),
    ({"payment": {"method": "gold"}}, "/payment/method", "unknown_method"),
    ({"shipping": "1.999"}, "/shipping", "minor_units"),
    ({"declared": {"total": "NaN"}}, "/declared/total", "not_plain_decimal"),
]


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    BAD_FIELDS,
    ids=[f"{pointer}-{code}-{index}" for index, (_, pointer, code) in enumerate(BAD_FIELDS)],
)
def test_a_bad_field_is_named_and_nothing_is_left(
    shop: Shop, changes: Body, pointer: str, code: str
) -> None:
    response = shop.post(shop.body(**changes))

    assert response.status_code == 422
    assert response.headers["Content-Type"] == "application/problem+json"
    found = {(error["pointer"], error["code"]) for error in response.json()["errors"]}
    assert (pointer, code) in found
    assert nothing_is_left()


def test_a_yen_order_has_no_decimals() -> None:
    shop = Shop(currency="JPY", shipping_fee=Decimal(0))
    response = shop.post(shop.body(**line(unit_price="100.5")))

    assert response.json()["errors"][0]["code"] == "minor_units"
    assert shop.post(shop.body(**line(unit_price="100"))).json()["total"] == "200"


def test_everything_wrong_is_said_at_once(shop: Shop) -> None:
    response = shop.post(
        shop.body(
            lines=[{"sku": "NO-1", "quantity": 1}, {"sku": "NO-2", "quantity": 1}],
            currency="USD",
            ship_to=address(postcode="ABC"),
        )
    )

    assert {error["pointer"] for error in response.json()["errors"]} >= {
        "/lines/0/sku",
        "/lines/1/sku",
        "/currency",
        "/ship_to/postcode",
    }


def test_an_order_from_the_future_is_refused(shop: Shop) -> None:
    tomorrow = (clock.now() + timedelta(days=1)).isoformat()
    response = shop.post(shop.body(placed_at=tomorrow))

    assert response.json()["errors"][0]["code"] == "in_the_future"
    assert nothing_is_left()


BAD_BODIES: list[tuple[bytes, int, str]] = [
    (b"", 400, "empty_body"),
    (b'{"lines": [', 400, "invalid_json"),
    (b"[" * 200_000, 400, "too_deep"),
    (b'{"external_id": NaN}', 400, "not_a_number"),
    (b'{"external_id": "a", "external_id": "b"}', 400, "duplicate_key"),
    (b"\xff\xfe{}", 400, "invalid_utf8"),
    (b"\xef\xbb\xbf{}", 400, "byte_order_mark"),
    (b"[]", 422, "invalid"),
    (b'{"note": "\\u0000"}', 422, "invalid"),
    (b'{"note": "\\ud800"}', 422, "invalid"),
]


@pytest.mark.parametrize(("body", "status", "code"), BAD_BODIES, ids=[c for _, _, c in BAD_BODIES])
def test_a_body_that_cannot_be_read_is_refused(
    shop: Shop, body: bytes, status: int, code: str
) -> None:
    response = shop.post(body)

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert nothing_is_left()


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Idempotency-Key": ""}, 400, "idempotency_key_invalid"),
        ({"Idempotency-Key": "x" * 256}, 400, "idempotency_key_invalid"),
        ({"Idempotency-Key": "a,b"}, 400, "idempotency_key_invalid"),
        ({"Authorization": "Bearer oms_wrong_key"}, 401, "authentication_failed"),
        ({"Authorization": "Basic eDp5"}, 401, "not_authenticated"),
        ({"OMS-Channel": "other"}, 422, "unknown_channel"),
    ],
)
def test_bad_headers_are_refused(
    shop: Shop, headers: dict[str, str], status: int, code: str
) -> None:
    response = shop.post(shop.body(), headers=headers)

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert nothing_is_left()


def test_a_key_without_the_scope_may_not_place(shop: Shop) -> None:
    shop.key = api_key(shop.channel, scopes=["orders:read"])
    response = shop.post(shop.body())

    assert (response.status_code, response.json()["code"]) == (403, "missing_scope")
    assert nothing_is_left()


def test_a_key_of_two_channels_says_which_one_it_means(shop: Shop) -> None:
    second = ChannelFactory.create(code="second", price_list=shop.channel.price_list)
    shop.key = api_key(shop.channel, second)

    assert shop.post(shop.body()).json()["code"] == "channel_unclear"
    order = shop.post(shop.body(), headers={"OMS-Channel": "second"}).json()
    assert order["channel"] == "second"


@pytest.mark.parametrize(
    ("payment", "on_postgresql", "on_sqlite"), [(None, 6, 12), ({"method": "channel"}, 7, 14)]
)
def test_placing_takes_few_statements_however_many_lines(
    shop: Shop,
    statements: Statements,
    payment: dict[str, str] | None,
    on_postgresql: int,
    on_sqlite: int,
) -> None:
    for index in range(100):
        sku = SkuFactory.create(code=f"MANY-{index}")
        LevelFactory.create(sku=sku, on_hand=1000)
        PriceFactory.create(price_list=shop.channel.price_list, sku=sku)
    counts = {}
    for lines in (1, 10, 100):
        body = shop.body(
            external_id=f"many-{lines}",
            lines=[{"sku": f"MANY-{index}", "quantity": 1} for index in range(lines)],
            payment=payment,
        )
        shop.post(body | {"external_id": f"warm-{lines}"})
        with statements() as seen:
            assert shop.post(body).status_code == 201
        counts[lines] = len(seen)

    assert len(set(counts.values())) == 1
    # PostgreSQL allocates and writes the order with all that belongs to it in one statement, a payment and its
    # transactions in another.
    # SQLite writes each table by a statement of its own: ten of them, after four that read.
    assert counts[1] == (on_postgresql if connection.vendor == "postgresql" else on_sqlite)


def test_reading_and_listing_take_few_statements(shop: Shop, statements: Statements) -> None:
    number = shop.post(shop.body()).json()["number"]
    with statements() as one:
        assert shop.get(f"/api/v1/orders/{number}").status_code == 200
    with statements() as some:
        assert shop.get("/api/v1/orders").status_code == 200

    assert (len(one), len(some)) == (3, 2)
