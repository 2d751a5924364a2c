"""Margins of real lines: sold, sent, sent back, in another currency."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from fulfillment.shipping.models import Label
from inventory.costing import services as costing
from oms.core import clock, money
from oms.reporting.margins import queries
from oms.reporting.margins.queries import Asked
from oms.reporting.margins.rules import NO_RATE, NOT_COSTED
from orders.ordering.models import Order, OrderLine
from returns.settlement import services as settlement
from tests.fulfillment.factories import shipped_shipment
from tests.inventory.costing.costs import KEEPER, bought, decided
from tests.inventory.factories import LocationFactory, SkuFactory
from tests.orders.factories import ChannelFactory, lines_of, place_order, ship
from tests.returns.factories import open_return, receive_return

pytestmark = pytest.mark.django_db

D = Decimal
Statements = Callable[[], AbstractContextManager[list[str]]]


def period(**changes: Any) -> Asked:
    """Ask for what was placed lately."""
    today = clock.today()
    return Asked(
        **{"since": today - timedelta(days=2), "until": today + timedelta(days=1), **changes}
    )


def sold(units: int = 3, unit_cost: str = "2.00", **changes: Any) -> Order:
    """Buy, sell and ship units of a new SKU."""
    sku = SkuFactory.create()
    bought(sku, units + 5, unit_cost, LocationFactory.create())
    order = place_order([(sku, units)], released=True, **changes)
    ship(order, number=f"S-{order.pk}")
    order.refresh_from_db()
    return order


def line_of(order: Order) -> OrderLine:
    """Return the only line with its order, as stored now."""
    return OrderLine.objects.select_related("order__channel").get(order=order)


def test_a_line_earns_its_net_amount_less_what_its_units_cost() -> None:
    decided()
    order = sold()
    costing.run()
    (row,) = queries.of_lines([line_of(order)])

    assert row.margin.cost == D("6.00")
    assert row.margin.margin == lines_of(order)[0].net - D("6.00")


def test_before_it_is_costed_it_says_so() -> None:
    decided()
    (row,) = queries.of_lines([line_of(sold())])
    assert (row.margin.cost, row.margin.why) == (None, NOT_COSTED)


def test_what_came_back_is_off_both_sides() -> None:
    decided()
    order = sold()
    found = open_return(order, 1)
    receive_return(found, restock=1)
    settlement.settle(return_id=found.pk, actor=KEEPER)
    costing.run()
    (row,) = queries.of_lines([line_of(order)])
    net = lines_of(order)[0].net

    assert (row.margin.units, row.margin.cost) == (2, D("4.00"))
    assert row.margin.revenue == net - money.unit_share(net, 3, 0, 1, order.currency)


def test_freight_of_a_parcel_is_shared_by_weight_to_the_cent() -> None:
    decided()
    light, heavy = SkuFactory.create(weight_g=100), SkuFactory.create(weight_g=900)
    berlin = LocationFactory.create()
    for sku in (light, heavy):
        bought(sku, 10, "1.00", berlin)
    shipment = shipped_shipment([(light, 1), (heavy, 1)])
    Label.objects.filter(shipment=shipment).update(cost=D("5.55"), currency="EUR")
    costing.run()
    found = OrderLine.objects.select_related("order").order_by("position")
    rows = queries.of_lines(list(found))

    assert [row.margin.freight for row in rows] == [D("0.56"), D("4.99")]


def test_an_order_in_another_currency_is_compared_by_a_stored_rate_only() -> None:
    decided()
    order = sold()
    Order.objects.filter(pk=order.pk).update(currency="GBP")
    costing.run()
    (row,) = queries.of_lines([line_of(order)])
    assert (row.margin.margin, row.margin.why) == (None, NO_RATE)

    costing.add_rate(currency="GBP", rate=D("1.2"), valid_from=date(2020, 1, 1), actor=KEEPER)
    (row,) = queries.of_lines([line_of(order)])
    assert row.margin.value == money.quantize(row.margin.revenue * D("1.2"), "EUR")
    assert row.margin.margin == row.margin.value - D("6.00")


def test_the_report_adds_up_what_it_shows() -> None:
    decided()
    channel = ChannelFactory.create()
    sold(channel=channel)
    sold(2, "900.00", channel=channel)
    sold()
    costing.run()
    report = queries.report(period())

    assert len(report.rows) == 3
    assert report.total.margin == sum(row.margin.margin or 0 for row in report.rows)
    assert sum(group.total.margin for group in report.groups) == report.total.margin
    (lost,) = queries.report(period(negative=True)).rows
    assert lost.margin.margin is not None
    assert lost.margin.margin < 0
    only = queries.report(period(channel=channel.code))
    assert (len(only.rows), only.total.lines) == (2, 2)
    assert queries.report(period(until=clock.today() - timedelta(days=1))).rows == []


def test_too_many_lines_are_not_added_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "MOST", 1)
    decided()
    sold()
    sold()
    costing.run()
    report = queries.report(period())
    assert (report.too_many, report.total.lines, report.groups) == (True, 0, [])


def test_the_report_costs_the_same_however_many_lines_there_are(statements: Statements) -> None:
    decided()
    sold()
    costing.run()
    with statements() as few:
        queries.report(period())
    for _ in range(3):
        sold()
    costing.run()
    with statements() as many:
        queries.report(period())
    assert len(many) == len(few) <= 8
