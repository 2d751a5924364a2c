"""Carts over HTTP."""

import json
from typing import Any

import pytest
from django.test import Client

from inventory.reservations.models import Reservation
from inventory.stock.models import Level
from oms.core.ids import uuid7
from orders.channels.models import ChannelBuffer
from orders.ordering.models import Order
from tests.inventory.factories import LevelFactory
from tests.orders.factories import ChannelFactory, api_key

pytestmark = pytest.mark.django_db


class Shop:
    """A client of the API."""

    def __init__(self, *channels: Any, **changes: Any) -> None:
        self.headers = {"Authorization": f"Bearer {api_key(*channels, **changes)}"}

    def get(self, path: str, **query: Any) -> Any:
        """Ask."""
        return Client().get(f"/api/v1/{path}", query, headers=self.headers)

    def post(self, path: str, body: Any, key: str = "", **headers: str) -> Any:
        """Do."""
        return Client().post(
            f"/api/v1/{path}",
            json.dumps(body),
            content_type="application/json",
            headers={**self.headers, **headers, "Idempotency-Key": key or str(uuid7())},
        )


@pytest.fixture
def level() -> Level:
    """Return five units."""
    found: Level = LevelFactory.create(on_hand=5, sku__code="TEA", location__code="berlin")
    return found


def cart(units: int = 2, **more: Any) -> dict[str, Any]:
    """Return a body."""
    return {"lines": [{"sku": "TEA", "quantity": units}], **more}


def order(units: int = 2, **more: Any) -> dict[str, Any]:
    """Return the body of an order."""
    return {
        "external_id": "A-1",
        "customer": {"name": "Ada Lovelace"},
        "ship_to": {
            "name": "Ada Lovelace",
            "street": ["Torstr. 12"],
            "city": "Berlin",
            "postcode": "10119",
            "country": "DE",
        },
        "lines": [{"sku": "TEA", "quantity": units, "unit_price": "11.90"}],
        **more,
    }


def test_a_cart_is_held_told_extended_and_let_go(level: Level) -> None:
    channel = ChannelFactory.create()
    shop = Shop(channel)

    made = shop.post("reservations", cart(owner="cart 7", minutes=10))
    assert made.status_code == 201, made.content
    body = made.json()
    assert (body["status"], body["purpose"], body["channel"], body["owner"]) == (
        "active",
        "cart",
        channel.code,
        "cart 7",
    )
    assert body["lines"] == [{"sku": "TEA", "location": "berlin", "quantity": 2}]
    where = f"reservations/{body['id']}"
    assert shop.get(where).json() == body

    longer = shop.post(f"{where}/extend", {"minutes": 60})
    assert longer.status_code == 200
    assert longer.json()["expires_at"] > body["expires_at"]

    gone = shop.post(f"{where}/release", {})
    assert (gone.status_code, gone.json()["status"], gone.json()["lines"]) == (200, "released", [])
    again = shop.post(f"{where}/release", {})
    assert (again.status_code, again.json()["code"]) == (409, "invalid_transition")
    level.refresh_from_db()
    assert (level.reserved, level.available) == (0, 5)


def test_one_key_reserves_once(level: Level) -> None:
    shop = Shop(ChannelFactory.create())

    first, second = (shop.post("reservations", cart(), key="the-one") for _ in range(2))

    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert Reservation.objects.count() == 1
    level.refresh_from_db()
    assert level.reserved == 2


def test_a_cart_that_is_not_in_stock_is_refused_with_its_shortages(level: Level) -> None:
    answer = Shop(ChannelFactory.create()).post("reservations", cart(6))

    assert (answer.status_code, answer.json()["code"]) == (409, "insufficient_stock")
    assert answer.json()["shortages"] == [{"sku": "TEA", "asked": 6, "available": 5}]
    assert not Reservation.objects.exists()
    level.refresh_from_db()
    assert level.reserved == 0


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({}, ("/lines", "required")),
        ({"lines": []}, ("/lines", "no_lines")),
        (cart(0), ("/lines/0/quantity", "number_range")),
        (cart(minutes=43_201), ("/minutes", "number_range")),
        (cart(purpose="person"), ("/purpose", "unknown_choice")),
        (cart(payment_method="shells"), ("/payment_method", "unknown_method")),
        (cart(colour="red"), ("/colour", "unknown_field")),
    ],
)
def test_a_bad_cart_is_refused_and_nothing_is_held(
    level: Level, body: Any, problem: tuple[str, str]
) -> None:
    answer = Shop(ChannelFactory.create()).post("reservations", body)

    assert answer.status_code == 422
    assert [(each["pointer"], each["code"]) for each in answer.json()["errors"]] == [problem]
    assert not Reservation.objects.exists()


def test_a_cart_of_another_channel_does_not_exist(level: Level) -> None:
    mine = Shop(ChannelFactory.create())
    where = f"reservations/{mine.post('reservations', cart()).json()['id']}"
    other = Shop(ChannelFactory.create())

    answers = [
        other.get(where),
        other.get("reservations/nonsense"),
        other.post(f"{where}/extend", {}),
        other.post(f"{where}/release", {}),
    ]

    assert [answer.json()["code"] for answer in answers] == ["reservation_not_found"] * 4
    assert Reservation.objects.get().status == "active"


def test_availability_is_told_for_whom(level: Level) -> None:
    channel = ChannelFactory.create(default_buffer=1)
    shop, stranger = Shop(channel), Shop(ChannelFactory.create())
    found = shop.post("reservations", cart(3)).json()["id"]

    def sellable(client: Shop, **query: Any) -> int:
        (row,) = client.get("availability", sku="TEA", **query).json()["results"]
        (place,) = row["locations"]
        assert place["available_to_sell"] == row["available_to_sell"]
        return int(row["available_to_sell"])

    assert sellable(stranger) == 2
    assert sellable(shop) == 1
    assert sellable(shop, reservation=found) == 4
    ChannelBuffer.objects.create(channel=channel, sku=level.sku, units=2)
    assert sellable(shop, channel=channel.code, reservation=found) == 3
    refused = stranger.get("availability", sku="TEA", reservation=found)
    assert [(each["pointer"], each["code"]) for each in refused.json()["errors"]] == [
        ("/reservation", "unknown_reservation")
    ]
    refused = stranger.get("availability", sku="TEA", channel=channel.code)
    assert refused.json()["code"] == "unknown_channel"


def test_a_client_of_several_channels_says_which_one_asks(level: Level) -> None:
    one, two = ChannelFactory.create(default_buffer=1), ChannelFactory.create()
    shop = Shop(one, two)

    def sellable(**query: Any) -> int:
        return int(
            shop.get("availability", sku="TEA", **query).json()["results"][0]["available_to_sell"]
        )

    assert (sellable(), sellable(channel=one.code), sellable(channel=two.code)) == (5, 4, 5)
    assert shop.post("reservations", cart()).json()["code"] == "channel_unclear"
    assert shop.post("reservations", cart(), **{"OMS-Channel": two.code}).status_code == 201


def test_an_order_takes_its_cart_over(level: Level) -> None:
    shop = Shop(ChannelFactory.create())
    found = shop.post("reservations", cart(5)).json()["id"]

    refused = shop.post("orders", order(5))
    placed = shop.post("orders", order(5, reservation=found))

    assert (refused.status_code, refused.json()["code"]) == (409, "insufficient_stock")
    assert placed.status_code == 201, placed.content
    told = shop.get(f"reservations/{found}").json()
    assert (told["status"], told["order"], told["lines"]) == (
        "ordered",
        placed.json()["number"],
        [],
    )
    level.refresh_from_db()
    assert (level.committed, level.reserved) == (5, 0)


def test_an_order_with_a_cart_that_is_not_its_own_is_refused(level: Level) -> None:
    found = Shop(ChannelFactory.create()).post("reservations", cart()).json()["id"]
    shop = Shop(ChannelFactory.create())

    for reservation in (found, str(uuid7())):
        refused = shop.post("orders", order(reservation=reservation))
        assert [(each["pointer"], each["code"]) for each in refused.json()["errors"]] == [
            ("/reservation", "unknown_reservation")
        ]

    assert not Order.objects.exists()
    level.refresh_from_db()
    assert (level.committed, level.reserved) == (0, 2)
