"""The page of one item."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from inventory.inbound import services as inbound
from inventory.inbound.services import Expected
from inventory.locations.models import StaffLocation
from inventory.stock.models import Level
from oms.accounts import roles
from oms.core import clock
from tests.accounts.factories import signed_in
from tests.fulfillment.factories import shipped_shipment
from tests.inventory.factories import LevelFactory
from tests.orders.factories import ChannelFactory, place_order, stocked_sku

pytestmark = pytest.mark.django_db

SOON = date(2036, 3, 6)


def page_of(level: Level) -> str:
    return f"/admin/items/{level.sku_id}/"


def comes(level: Level, units: int, number: int = 1) -> None:
    inbound.expect(
        supply="inventory.purchaseline",
        lines=[Expected(number, level.sku_id, level.location_id, units, SOON)],
    )


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_it_shows_what_lies_what_comes_who_waits_and_who_has_been_promised() -> None:
    channel = ChannelFactory.create(backorders=True)
    level = LevelFactory.create(on_hand=4)
    held = place_order([(level.sku, 4)], channel=channel)
    waits = place_order([(level.sku, 3)], channel=channel)
    comes(level, 5)

    answer = signed_in(roles.MANAGER).get(page_of(level))
    page = answer.context["page"]

    assert (page.on_hand, page.available) == (4, 0)
    assert [(row.quantity, row.on, row.location) for row in page.coming] == [
        (5, SOON, level.location.name)
    ]
    assert [(row.quantity, row.document.number) for row in page.promised] == [(4, held.number)]
    assert [
        (row.quantity, row.document.number, [(part.units, part.on) for part in row.parts])
        for row in page.waiting
    ] == [(3, waits.number, [(3, SOON)])]
    assert [(part.units, part.on) for part in page.free] == [(2, SOON)]
    assert f"/admin/orders/order/{waits.pk}/change/" in answer.content.decode()


def test_weeks_count_what_was_shipped() -> None:
    sku = stocked_sku(9)
    shipped_shipment([(sku, 2)])

    page = signed_in(roles.MANAGER).get(f"/admin/items/{sku.pk}/").context["page"]

    monday = clock.today("Europe/Berlin") - timedelta(days=clock.today("Europe/Berlin").weekday())
    assert page.weeks[-1] == (monday, 2)
    assert sum(units for _, units in page.weeks) == 2
    assert len(page.weeks) == 26


def test_a_person_of_one_place_sees_its_stock_and_no_links_to_orders() -> None:
    level = LevelFactory.create(on_hand=4)
    elsewhere = LevelFactory.create(sku=level.sku, on_hand=9)
    order = place_order([(level.sku, 4)])
    comes(elsewhere, 5)
    client = signed_in(roles.WAREHOUSE)
    StaffLocation.objects.create(user_id=client.session["_auth_user_id"], location=level.location)

    text = text_of(client, page_of(level))

    assert elsewhere.location.name not in text
    assert order.number not in text or f"/admin/orders/order/{order.pk}/" not in text


def test_an_item_that_does_not_exist_is_not_found() -> None:
    client = signed_in(roles.MANAGER)
    for key in (10**9, 10**30):
        assert client.get(f"/admin/items/{key}/").status_code == 404


def test_it_takes_the_same_statements_for_few_rows_and_many() -> None:
    channel = ChannelFactory.create(backorders=True)
    level = LevelFactory.create(on_hand=1)
    client = signed_in(roles.MANAGER)

    def statements() -> int:
        with CaptureQueriesContext(connection) as asked:
            text_of(client, page_of(level))
        return len(asked)

    def more(number: int) -> Any:
        comes(LevelFactory.create(sku=level.sku, on_hand=2), 5, number)
        return place_order([(level.sku, 2)], channel=channel)

    more(1)
    place_order([(level.sku, 9)], channel=channel)
    statements()
    few = statements()
    for number in range(2, 8):
        more(number)
        place_order([(level.sku, 9)], channel=channel)

    assert statements() == few <= 24
