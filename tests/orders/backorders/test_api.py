"""Over HTTP: who waits, whom the next units are for, and what channels do when stock is short."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from inventory.stock.models import Level
from oms.core import clock
from oms.core.timeline.models import Entry
from orders.channels.models import Channel, ChannelBackorder
from orders.ordering.models import OrderLine
from tests.inventory.factories import LevelFactory, SkuFactory
from tests.orders.factories import ChannelFactory, api_key, lines_of, place_order

pytestmark = pytest.mark.django_db


class Caller:
    """A client of some channels."""

    def __init__(self, *channels: Channel, **changes: Any) -> None:
        self.headers = {"Authorization": f"Bearer {api_key(*channels, **changes)}"}
        self.http, self.calls = Client(), 0

    def get(self, path: str, **query: Any) -> Any:
        return self.http.get(f"/api/v1/{path}", query, headers=self.headers)

    def post(self, path: str, body: Mapping[str, Any], **headers: str) -> Any:
        self.calls += 1
        return self.http.post(
            f"/api/v1/{path}",
            body,
            content_type="application/json",
            headers={**self.headers, "Idempotency-Key": f"k-{self.calls}", **headers},
        )


def pointers(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 422
    return [(each["pointer"], each["code"]) for each in answer.json()["errors"]]


@pytest.fixture
def level() -> Level:
    """Return a place where nothing lies."""
    return LevelFactory.create(on_hand=0)


@pytest.fixture
def shop() -> Channel:
    """Return a channel."""
    return ChannelFactory.create(on_terms=True)


# Who waits ----------------------------------------------------------------------------------------


def test_a_shop_lists_what_its_own_orders_wait_for(level: Level, shop: Channel) -> None:
    other = ChannelFactory.create()
    foreign = LevelFactory.create(on_hand=0)
    place_order([(level.sku, 2)], channel=shop)
    place_order([(level.sku, 3), (foreign.sku, 1)], channel=other)
    OrderLine.objects.filter(order__channel=other).update(promised_on=date(2020, 1, 1))
    caller = Caller(shop)

    (row,) = caller.get("backorders").json()["results"]

    assert (row["sku"], row["units"], row["lines"], row["without_day"], row["late"]) == (
        level.sku.code,
        2,
        1,
        1,
        0,
    )
    assert caller.get("backorders", trouble="late").json()["results"] == []
    assert len(caller.get("backorders", trouble="no_day").json()["results"]) == 1
    assert caller.get("backorders", sku="else").json()["results"] == []


def test_the_queue_names_its_own_lines_and_counts_the_others(level: Level, shop: Channel) -> None:
    place_order([(level.sku, 3)], channel=ChannelFactory.create())
    own = place_order([(level.sku, 2)], channel=shop)

    queue = Caller(shop).get(f"backorders/{level.sku.code}").json()

    assert (queue["units"], queue["left_off"]) == (5, 0)
    assert [(line["order"], line["units"]) for line in queue["lines"]] == [
        (None, 3),
        (own.number, 2),
    ]
    assert Caller(shop).get("backorders/NOPE").status_code == 404


# Whom the next units are for ----------------------------------------------------------------------


def test_what_a_shop_sets_aside_stands_behind_what_others_said_and_replaces_its_own(
    level: Level, shop: Channel
) -> None:
    first, second = (place_order([(level.sku, 2)], channel=shop) for _ in range(2))
    others = place_order([(level.sku, 2)], channel=ChannelFactory.create())
    OrderLine.objects.filter(order=others).update(pinned=1, pin_rank=1)
    caller = Caller(shop)
    path = f"backorders/{level.sku.code}/reserve-for"

    def put(*lines: tuple[Any, int]) -> Any:
        return caller.post(
            path,
            {
                "reason": "wedding",
                "lines": [
                    {"line_id": str(lines_of(order)[0].uuid), "units": units}
                    for order, units in lines
                ],
            },
        )

    answer = put((second, 2), (first, 1))

    assert answer.status_code == 200
    assert [(line["order"], line["set_aside"]) for line in answer.json()["lines"]] == [
        (None, 1),
        (second.number, 2),
        (first.number, 1),
    ]
    assert Entry.objects.filter(kind="order.reserved_for").count() == 2
    assert put().json()["lines"][0]["set_aside"] == 1
    assert [lines_of(order)[0].pinned for order in (first, second, others)] == [0, 0, 1]
    assert not Entry.objects.filter(kind="order.reserved_for", document_id=others.pk).exists()


def test_lines_of_others_are_no_lines_and_too_many_units_are_refused(
    level: Level, shop: Channel
) -> None:
    own = place_order([(level.sku, 2)], channel=shop)
    others = place_order([(level.sku, 2)], channel=ChannelFactory.create())

    answer = Caller(shop).post(
        f"backorders/{level.sku.code}/reserve-for",
        {
            "reason": "x",
            "lines": [
                {"line_id": str(lines_of(others)[0].uuid), "units": 1},
                {"line_id": str(lines_of(own)[0].uuid), "units": 3},
            ],
        },
    )

    assert pointers(answer) == [
        ("/lines/0/line_id", "unknown_reference"),
        ("/lines/1/units", "number_range"),
    ]
    assert not OrderLine.objects.filter(pinned__gt=0).exists()


def test_each_right_is_asked_for(level: Level, shop: Channel) -> None:
    reader = Caller(shop, scopes=["backorders:read"])
    body = {"reason": "x", "lines": []}

    assert reader.get("backorders").status_code == 200
    for path in (f"backorders/{level.sku.code}/reserve-for", "backorder-rules", "preorders"):
        assert reader.post(path, body).json()["scope"] == "backorders:write"
    other = Caller(shop, scopes=["orders:read"])
    for path in ("backorders", "backorder-rules", "preorders", "substitutes", "substitution-rules"):
        assert other.get(path).json()["scope"] == "backorders:read"


# Rules when stock is short ------------------------------------------------------------------------


def test_a_channel_says_what_happens_when_stock_is_short(shop: Channel) -> None:
    mug, soap = SkuFactory.create_batch(2)
    caller = Caller(shop)

    answer = caller.post(
        "backorder-rules",
        {
            "policy": "incoming",
            "wait_days": 14,
            "skus": [
                {"sku": mug.code, "policy": "allow"},
                {"sku": soap.code, "policy": "deny"},
            ],
        },
    )

    assert answer.json() == {
        "channel": shop.code,
        "policy": "incoming",
        "wait_days": 14,
        "tolerance_days": 3,
        "offer_days": None,
        "priority": 2,
    }
    rules = caller.get("backorder-rules", policy="deny").json()
    assert rules["results"] == [{"channel": shop.code, "sku": soap.code, "policy": "deny"}]
    assert rules["channels"] == [answer.json()]
    entry = Entry.objects.get(document_id=shop.pk, kind="changed")
    assert entry.before == {"backorder_policy": "deny", "backorder_days": None, mug.code: None} | {
        soap.code: None
    }

    again = caller.post(
        "backorder-rules", {"wait_days": None, "skus": [{"sku": soap.code, "policy": None}]}
    ).json()
    assert (again["policy"], again["wait_days"]) == ("incoming", None)
    assert ChannelBackorder.objects.get().sku == mug


def test_wrong_rules_are_refused_as_a_whole(shop: Channel) -> None:
    mug = SkuFactory.create()
    other = ChannelFactory.create()
    rule = {"sku": mug.code, "policy": "allow"}

    answer = Caller(shop).post(
        "backorder-rules", {"policy": "allow", "skus": [rule, rule, {**rule, "sku": "NOPE"}]}
    )

    assert pointers(answer) == [("/skus/1/sku", "repeated"), ("/skus/2/sku", "unknown_sku")]
    unserved = Caller(shop).post("backorder-rules", {}, **{"OMS-Channel": other.code})
    assert unserved.json()["code"] == "unknown_channel"
    shop.refresh_from_db()
    assert (shop.backorder_policy, ChannelBackorder.objects.count()) == ("deny", 0)


# Pre-orders ---------------------------------------------------------------------------------------


def test_a_preorder_is_defined_listed_and_changed(level: Level, shop: Channel) -> None:
    today = clock.today()
    caller = Caller(shop)
    terms = {
        "sku": level.sku.code,
        "starts_on": today.isoformat(),
        "ends_on": (today + timedelta(days=5)).isoformat(),
        "released_on": (today + timedelta(days=9)).isoformat(),
        "units": 4,
        "limits": [{"channel": shop.code, "units": 3}],
    }

    made = caller.post("preorders", terms).json()

    assert made == {
        **terms,
        "state": "open",
        "sold": 0,
        "limits": [{"channel": shop.code, "units": 3, "sold": 0}],
    }
    assert caller.get("preorders", state="open").json()["results"] == [made]
    assert caller.get("preorders", state="sold_out").json()["results"] == []
    assert caller.get(f"preorders/{level.sku.code}").json() == made
    assert caller.get("preorders/NOPE").json()["code"] == "preorder_not_found"

    order = place_order([(level.sku, 3)], channel=shop)
    preorder = level.sku.preorder
    OrderLine.objects.filter(order=order).update(preorder=preorder, preordered=3)
    wrong = caller.post(
        "preorders",
        {
            **terms,
            "ends_on": terms["released_on"],
            "released_on": terms["starts_on"],
            "units": 2,
            "limits": [{"channel": shop.code, "units": 2}],
        },
    )
    assert pointers(wrong) == [
        ("/ends_on", "day_order"),
        ("/units", "below_sold"),
        ("/limits/0/units", "below_sold"),
    ]
    full = caller.post("preorders", {**terms, "units": 3, "limits": []}).json()
    assert (full["state"], full["sold"], full["limits"]) == ("sold_out", 3, [])
    assert [
        each["sku"] for each in caller.get("preorders", state="sold_out").json()["results"]
    ] == [level.sku.code]


def test_limits_of_channels_that_are_not_served_stay(level: Level, shop: Channel) -> None:
    other = ChannelFactory.create()
    today = clock.today().isoformat()
    terms = {
        "sku": level.sku.code,
        "starts_on": today,
        "ends_on": today,
        "released_on": today,
    }
    Caller(other).post("preorders", {**terms, "limits": [{"channel": other.code, "units": 3}]})

    refused = Caller(shop).post(
        "preorders", {**terms, "limits": [{"channel": other.code, "units": 9}]}
    )
    made = Caller(shop).post("preorders", terms).json()

    assert pointers(refused) == [("/limits/0/channel", "unknown_reference")]
    assert made["limits"] == []
    assert level.sku.preorder.limits.get().units == 3
