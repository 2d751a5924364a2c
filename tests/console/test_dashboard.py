"""The start page."""

import json
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from oms.accounts import roles
from oms.core import clock
from oms.core.actors import SYSTEM
from oms.reporting import figures
from orders.holds import services as holds
from orders.ordering.models import Order
from orders.ordering.states import OrderStatus
from returns.authorizations import services as authorizations
from returns.settlement import services as settlement
from tests.accounts.factories import signed_in
from tests.fulfillment.factories import open_work, packed_shipment, picked_work, shipped_shipment
from tests.inventory.factories import LevelFactory, LocationFactory
from tests.orders.factories import ChannelFactory, place_order, stocked_sku
from tests.returns.factories import open_return, receive_return, shipped_order

pytestmark = pytest.mark.django_db


def counts(client: Client) -> dict[str, str]:
    cards = client.get("/admin/").context["cards"]
    return {card.queue.kind.name: str(card.queue.count) for card in cards}


def test_cards_count_what_waits() -> None:
    held = place_order(payment_status="paid", confirmed=True)
    holds.place_hold(order_id=held.pk, reason="fraud_risk", actor=SYSTEM)
    place_order()
    open_work()
    picked_work()
    packed_shipment()

    shown = counts(signed_in(roles.MANAGER))

    assert shown["hold"] == "1"
    assert shown["payment"] == "1"
    assert (shown["pick"], shown["pack"], shown["ship"]) == ("1", "1", "1")
    assert shown["deliveries"] == "0"


def test_the_role_decides_what_is_shown() -> None:
    own = {"pick", "pack", "ship", "receive", "transfers_ship", "transfers_receive"}
    own |= {"purchases", "late_purchases", "counts", "recounts", "production", "production_late"}
    assert set(counts(signed_in(roles.WAREHOUSE))) == own
    service = set(counts(signed_in(roles.SERVICE)))
    assert {"hold", "payment", "money", "messages"} <= service
    assert "deliveries" not in service


def test_the_warehouse_counts_its_own_work() -> None:
    work = open_work()
    open_work()

    assert counts(signed_in(roles.WAREHOUSE, at=[work.location]))["pick"] == "1"
    assert counts(signed_in(roles.WAREHOUSE, at=[LocationFactory.create()]))["pick"] == "0"
    assert counts(signed_in(roles.MANAGER))["pick"] == "2"


def test_a_card_leads_to_a_list_of_the_same_rows() -> None:
    held = place_order(confirmed=True)
    holds.place_hold(order_id=held.pk, reason="fraud_risk", actor=SYSTEM)
    client = signed_in(roles.SERVICE)
    cards = {card.queue.kind.name: card for card in client.get("/admin/").context["cards"]}

    rows = client.get(cards["hold"].url).context["cl"].result_list

    assert [row.pk for row in rows] == [held.pk]
    assert cards["hold"].queue.oldest == held.placed_at


def test_what_is_to_be_released_is_the_same_on_the_card_and_in_the_list() -> None:
    on_terms = place_order(confirmed=True, pays_on_terms=True)
    place_order(confirmed=True)
    client = signed_in(roles.SERVICE)
    cards = {card.queue.kind.name: card for card in client.get("/admin/").context["cards"]}

    rows = client.get(cards["release"].url).context["cl"].result_list

    assert cards["release"].queue.count.value == 1
    assert [row.pk for row in rows] == [on_terms.pk]


def test_what_came_back_waits_on_a_card_until_it_is_settled_or_closed() -> None:
    order = shipped_order(6)
    whole, part, settled, closed = (open_return(order, units) for units in (1, 2, 1, 2))
    for number, found in enumerate((whole, part, settled, closed)):
        receive_return(found, restock=1, key=f"call-{number}")
    settlement.settle(return_id=settled.pk, actor=SYSTEM)
    authorizations.close(return_id=closed.pk, reason="not as new", actor=SYSTEM)
    client = signed_in(roles.SERVICE)
    cards = {card.queue.kind.name: card for card in client.get("/admin/").context["cards"]}

    rows = client.get(cards["settle"].url).context["cl"].result_list

    assert cards["settle"].queue.count.value == 2
    assert [row.pk for row in rows] == [part.pk, whole.pk]


def chart(client: Client, title: str) -> dict[str, Any]:
    charts = {each.title: each for each in client.get("/admin/").context["charts"]}
    data: dict[str, Any] = json.loads(charts[title].data)
    return data


def test_charts_count_by_day_and_channel_and_never_add_two_currencies() -> None:
    euro, yen = (
        ChannelFactory.create(name="Euro"),
        ChannelFactory.create(name="Yen", currency="JPY"),
    )
    sku, now = stocked_sku(90), clock.now()
    for days in (0, 0, 2):
        place_order([(sku, 1)], channel=euro, placed_at=now - timedelta(days=days))
    place_order([(sku, 1)], channel=yen, unit_price="500", placed_at=now)
    cancelled = place_order([(sku, 1)], channel=euro, placed_at=now)
    Order.objects.filter(pk=cancelled.pk).update(status=OrderStatus.CANCELLED)
    place_order([(sku, 1)], channel=euro, placed_at=now - timedelta(days=40))
    shipped_shipment(placed_at=now - timedelta(days=40))
    client = signed_in(roles.MANAGER)

    placed = chart(client, "Orders per day by channel")
    euros, yens = chart(client, "Turnover in EUR"), chart(client, "Turnover in JPY")
    both = chart(client, "Placed and shipped")

    by_channel = {each["label"]: each["data"] for each in placed["datasets"]}
    assert len(placed["labels"]) == 14
    assert (by_channel["Euro"][-1], by_channel["Euro"][-3], sum(by_channel["Euro"])) == (3, 1, 4)
    assert (by_channel["Yen"][-1], sum(by_channel["Yen"])) == (1, 1)
    assert round(euros["datasets"][0]["data"][-1], 2) == 2 * 16.80
    assert yens["datasets"][0]["data"][-1] == 505
    assert both["datasets"][1]["data"][-1] == 1


def test_lines_go_straight_from_day_to_day_so_that_none_dips_below_zero() -> None:
    place_order(placed_at=clock.now() - timedelta(days=1))
    lines = chart(signed_in(roles.MANAGER), "Placed and shipped")

    assert [line for line in lines["datasets"] if line.get("tension")] == []


def test_people_of_many_places_are_not_shown_the_figures_of_others() -> None:
    place = LocationFactory.create(pk=900_000_000)
    level = LevelFactory.create(location=place)
    shipped_shipment([(level.sku, 1)])
    many = range(100_000_000, 100_000_040)

    shipped = [
        sum(
            figures.last_days(
                ZoneInfo("UTC"), location_ids=frozenset({*many, last}), with_orders=False
            ).shipped
        )
        for last in (900_000_001, place.pk)
    ]

    assert shipped == [0, 1]


def test_the_start_page_takes_the_same_statements_for_few_and_many() -> None:
    client = signed_in(roles.MANAGER)
    client.get("/admin/")
    with CaptureQueriesContext(connection) as few:
        client.get("/admin/")
    sku = stocked_sku(50)
    for _ in range(20):
        place_order([(sku, 1)])
    with CaptureQueriesContext(connection) as many:
        client.get("/admin/")

    assert len(many) <= len(few) + 12  # since when the oldest waits, once for each queue not empty
    assert len(many) <= 20
    assert not [query for query in many.captured_queries if "OFFSET" in query["sql"]]


def test_a_new_house_is_told_what_is_missing() -> None:
    manager, service = signed_in(roles.MANAGER), signed_in(roles.SERVICE)
    assert len(manager.get("/admin/").context["missing"]) == 2
    assert service.get("/admin/").context["missing"] == []
    LocationFactory.create()
    ChannelFactory.create()

    assert manager.get("/admin/").context["missing"] == []
