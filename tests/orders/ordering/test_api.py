"""Finding and cancelling orders over HTTP: what nobody should be able to send."""

import json
from typing import Any

import pytest
from django.test import Client

from orders.ordering.models import Order
from tests.orders.factories import ChannelFactory, api_key, lines_of, place_order, units_of

pytestmark = pytest.mark.django_db


class Shop:
    """The client of the channel of an order of two units."""

    def __init__(self) -> None:
        self.order: Order = place_order(channel=ChannelFactory.create())
        self.headers = {"Authorization": f"Bearer {api_key(self.order.channel)}"}

    def get(self, path: str, query: dict[str, str] | None = None) -> Any:
        return Client().get(f"/api/v1/orders{path}", query, headers=self.headers)

    def cancel(self, *lines: tuple[Any, int]) -> Any:
        asked = [{"line_id": str(line), "quantity": count} for line, count in lines]
        return Client().post(
            f"/api/v1/orders/{self.order.number}/cancel",
            json.dumps({"reason": "changed my mind", "lines": asked}),
            content_type="application/json",
            headers={**self.headers, "Idempotency-Key": "cancel-1"},
        )


def codes(answer: Any) -> list[tuple[str, str]]:
    return [(each["pointer"], each["code"]) for each in answer.json()["errors"]]


def test_a_line_named_twice_is_refused_and_not_guessed() -> None:
    shop = Shop()
    (line,) = lines_of(shop.order)

    answer = shop.cancel((line.uuid, 1), (line.uuid, 2))

    assert (answer.status_code, codes(answer)) == (422, [("/lines/1/line_id", "repeated")])
    assert units_of(line) == {"allocated": 2}


def test_foreign_and_repeated_lines_are_named_together() -> None:
    shop = Shop()
    (line,) = lines_of(shop.order)
    (foreign,) = lines_of(place_order())

    answer = shop.cancel((foreign.uuid, 1), (line.uuid, 1), (line.uuid, 1))

    assert codes(answer) == [
        ("/lines/0/line_id", "unknown_reference"),
        ("/lines/2/line_id", "repeated"),
    ]


@pytest.mark.parametrize("name", ["placed_at_min", "placed_at_max", "updated_at_min"])
@pytest.mark.parametrize("instant", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
def test_an_instant_at_the_end_of_time_is_refused(name: str, instant: str) -> None:
    answer = Shop().get("", {name: instant})

    assert (answer.status_code, codes(answer)) == (422, [(f"/{name}", "instant_range")])


def test_an_instant_in_our_time_narrows_the_list() -> None:
    shop = Shop()

    def found(instant: str) -> int:
        return len(shop.get("", {"placed_at_min": instant}).json()["results"])

    assert (found("2020-01-01T00:00:00Z"), found("2199-12-31T00:00:00Z")) == (1, 0)


@pytest.mark.parametrize("reference", ["%00", "A%00B", "by-external-id/%00", "by-external-id/A%00"])
def test_a_name_that_no_database_can_hold_is_not_found(
    reference: str, caplog: pytest.LogCaptureFixture
) -> None:
    shop = Shop()

    answer = shop.get(f"/{reference}")

    assert answer.status_code == 404
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
