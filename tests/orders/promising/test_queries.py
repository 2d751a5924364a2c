"""Promises rest on what lies and comes where orders are shipped from, behind the orders that wait."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.catalog.models import Sku
from inventory.inbound import services as inbound
from inventory.inbound.services import Expected
from inventory.locations.models import Location
from orders.ordering.models import Order
from orders.promising import queries
from orders.promising.rules import Part
from tests.inventory.factories import LocationFactory, SkuFactory
from tests.orders.factories import ChannelFactory, lines_of, place_order

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("monday"),
]

FRIDAY = date(2026, 3, 6)
TUESDAY = date(2026, 3, 10)


@pytest.fixture
def monday() -> object:
    """Stop the clock."""
    with time_machine.travel(datetime(2026, 3, 2, 10, tzinfo=ZoneInfo("UTC")), tick=False):
        yield


def waits(sku: Sku, units: int) -> Order:
    """Place an order of units that are not there."""
    return place_order([(sku, units)], channel=ChannelFactory.create(backorders=True))


def comes(sku: Sku, units: int, on: date | None, *, to: Location | None = None) -> None:
    """Let units be on their way."""
    number = inbound.Inbound.objects.count() + 1
    place = to or LocationFactory.create()
    inbound.expect(
        supply="inventory.purchaseline", lines=[Expected(number, sku.pk, place.pk, units, on)]
    )


def promised(order: Order) -> list[Part]:
    """Return the promises of the only line of an order."""
    order.refresh_from_db()
    (line,) = lines_of(order)
    return list(queries.of_order(order)[line.pk])


def test_who_ordered_first_gets_what_comes_first() -> None:
    sku = SkuFactory.create()
    first, second = waits(sku, 3), waits(sku, 4)
    comes(sku, 5, TUESDAY)
    comes(sku, 4, FRIDAY)

    assert promised(first) == [Part(3, FRIDAY)]
    assert promised(second) == [Part(1, FRIDAY), Part(3, TUESDAY)]
    assert queries.for_new_orders([sku.pk]) == {sku.pk: [Part(2, TUESDAY)]}


def test_an_order_that_is_cancelled_is_nobody_ahead() -> None:
    sku = SkuFactory.create()
    first, second = waits(sku, 3), waits(sku, 3)
    comes(sku, 3, FRIDAY)
    assert promised(second) == [Part(3, None)]

    Order.objects.filter(pk=first.pk).update(status="cancelled")

    assert promised(second) == [Part(3, FRIDAY)]


def test_goods_for_another_sku_or_a_place_that_ships_no_orders_promise_nothing() -> None:
    sku = SkuFactory.create()
    order = waits(sku, 1)
    comes(SkuFactory.create(), 9, FRIDAY)
    comes(sku, 9, FRIDAY, to=LocationFactory.create(closed_to_orders=True))
    comes(sku, 9, FRIDAY, to=LocationFactory.create(inactive=True))

    assert promised(order) == [Part(1, None)]


def test_an_order_that_waits_for_nothing_asks_nothing() -> None:
    order = place_order()

    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert queries.of_order(order) == {}

    assert len(asked) == 0


def test_it_takes_as_many_statements_for_many_orders_and_supplies_as_for_one() -> None:
    sku = SkuFactory.create()
    order = waits(sku, 2)

    def statements() -> int:
        order.refresh_from_db()
        with CaptureQueriesContext(connection) as asked:
            queries.of_order(order)
            queries.for_new_orders([sku.pk])
        return len(asked)

    few = statements()
    for day in (FRIDAY, TUESDAY, None):
        comes(sku, 5, day)
        waits(sku, 1)

    assert statements() == few == 7


def test_a_caller_of_some_places_is_promised_what_comes_there() -> None:
    sku = SkuFactory.create()
    berlin, paris = LocationFactory.create(), LocationFactory.create()
    comes(sku, 2, FRIDAY, to=berlin)
    comes(sku, 3, TUESDAY, to=paris)

    assert queries.for_new_orders([sku.pk], location_codes=frozenset({paris.code})) == {
        sku.pk: [Part(3, TUESDAY)]
    }
