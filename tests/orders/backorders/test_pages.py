"""The queue in the console and the what-if of the API."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from inventory.stock.models import Level
from oms.accounts import roles
from oms.core import clock
from oms.core.timeline.models import Entry
from orders.ordering.models import OrderLine
from tests.accounts.factories import signed_in
from tests.inventory.factories import LevelFactory
from tests.orders.factories import ChannelFactory, api_key, lines_of, place_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def level() -> Level:
    """Return a place where nothing lies."""
    return LevelFactory.create(on_hand=0)


def page_of(level: Level) -> str:
    return f"/admin/backorders/{level.sku_id}/"


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_staff_find_the_sku_see_the_queue_and_set_units_aside(level: Level) -> None:
    first, second = (place_order([(level.sku, 2)]) for _ in range(2))
    client = signed_in(roles.MANAGER)
    assert page_of(level) in text_of(client, "/admin/backorders/")
    words = text_of(client, page_of(level))
    assert words.index(first.number) < words.index(second.number)
    (line,) = lines_of(second)

    answer = client.post(
        page_of(level), {f"units_{line.pk}": "2", f"place_{line.pk}": "1", "reason": "wedding"}
    )

    assert answer.status_code == 302
    line.refresh_from_db()
    assert (line.pinned, line.pin_rank) == (2, 1)
    assert Entry.objects.get(kind="order.reserved_for").reason == "wedding"
    words = text_of(client, page_of(level))
    assert words.index(second.number) < words.index(first.number)


def test_the_queue_names_the_day_until_which_a_line_waits(level: Level) -> None:
    (limited,) = lines_of(place_order([(level.sku, 2)]))
    place_order([(level.sku, 1)])
    client = signed_in(roles.MANAGER)
    assert "cancelled" not in text_of(client, page_of(level))
    for day, words in (
        (clock.today(), f"cancelled after {clock.today():%-d %b %Y}"),
        (clock.today() - timedelta(days=1), "cancelled in a moment"),
    ):
        OrderLine.objects.filter(pk=limited.pk).update(cancel_on=day)
        assert text_of(client, page_of(level)).count(words) == 1


@pytest.mark.parametrize("units", ["3", "-1", "x"])
def test_units_that_nobody_waits_for_are_refused_at_the_field(level: Level, units: str) -> None:
    (line,) = lines_of(place_order([(level.sku, 2)]))

    answer = signed_in(roles.MANAGER).post(
        page_of(level), {f"units_{line.pk}": units, "reason": "x"}
    )

    assert answer.status_code == 422
    assert not OrderLine.objects.filter(pinned__gt=0).exists()


def test_who_may_only_look_sets_nothing_aside(level: Level) -> None:
    (line,) = lines_of(place_order([(level.sku, 2)]))
    reader = signed_in(roles.READ_ONLY)

    assert "Save who gets" not in text_of(reader, page_of(level))
    assert reader.post(page_of(level), {f"units_{line.pk}": "1", "reason": "x"}).status_code == 403
    assert signed_in(roles.WAREHOUSE).get(page_of(level)).status_code == 403
    assert signed_in(roles.MANAGER).get(f"/admin/backorders/{10**30}/").status_code == 404


def test_the_page_answers_what_if(level: Level) -> None:
    order = place_order([(level.sku, 2)], channel=ChannelFactory.create(on_terms=True))

    words = text_of(
        signed_in(roles.MANAGER), f"{page_of(level)}?location={level.location_id}&units=5"
    )

    assert "3 would be left" in words
    assert "2 of 2" in words
    assert "can be shipped" in words
    assert order.number in words


def ask(key: str, **query: Any) -> Any:
    return Client().get(
        "/api/v1/backorders/what-if", query, headers={"authorization": f"Bearer {key}"}
    )


def test_a_shop_asks_and_sees_its_own_orders_alone(level: Level) -> None:
    mine, theirs = (ChannelFactory.create(on_terms=True) for _ in range(2))
    other = place_order([(level.sku, 2)], channel=theirs)
    own = place_order([(level.sku, 2)], channel=mine)

    answer = ask(api_key(mine), sku=level.sku.code, location=level.location.code, units=3)

    assert answer.status_code == 200
    body = answer.json()
    assert [(one["order"], one["units"], one["shippable"]) for one in body["served"]] == [
        (None, 2, True),
        (own.number, 1, True),
    ]
    assert body["left"] == 0
    assert other.number not in answer.content.decode()


def test_everything_that_is_wrong_is_said_at_once() -> None:
    answer = ask(api_key(ChannelFactory.create()), sku="\0", location="nowhere", units="-1", x="1")

    assert answer.status_code == 422
    assert {problem["pointer"] for problem in answer.json()["errors"]} == {
        "/x",
        "/sku",
        "/location",
        "/units",
    }
