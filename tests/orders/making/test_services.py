"""Goods made to order: what is made for a line goes to it first."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse

from inventory.production import services as production
from inventory.production.errors import InvalidProduction
from inventory.production.models import ProductionOrder
from inventory.reservations.models import Allocation, Reservation
from inventory.stock.models import Level
from oms.accounts import roles
from oms.core.actors import SYSTEM
from oms.core.errors import Invalid
from oms.reporting.invariants import services as invariants
from orders.making import errors
from orders.making import services as making
from orders.ordering import services as ordering
from orders.ordering.models import Order
from tests.accounts.factories import signed_in
from tests.inventory.factories import LevelFactory, LocationFactory, SkuFactory
from tests.inventory.production.made import MAKER, posted, released_bill, stocked
from tests.orders.factories import lines_of, place_order, units_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting() -> Order:
    """Give an order of which three units wait; there is a bill for their SKU, and parts lie at one location."""
    place = LocationFactory.create(code="BER")
    bill = released_bill(SkuFactory.create(code="MUG"), {stocked(place): 1})
    return place_order({bill.sku: 3}, confirmed=True)


def make(order: Order, **more: Any) -> ProductionOrder:
    (line,) = lines_of(order)
    return making.make_to_order(
        **{
            "order_id": order.pk,
            "line_id": line.pk,
            "location_code": "BER",
            "actor": MAKER,
            **more,
        }
    )


def made(order: Order, units: int, **more: Any) -> ProductionOrder:
    """Have units made for the order, and post them."""
    found = make(order, **more)
    production.confirm(order_id=found.pk, actor=MAKER)
    posted(found, units, reason="fewer")
    return found


def units(order: Order) -> dict[str, int]:
    return units_of(lines_of(order)[0])


def assert_books_agree() -> None:
    assert [result.check.name for result in invariants.run() if not result.holds] == []


def test_a_line_that_waits_is_given_a_production_order(waiting: Order) -> None:
    found = make(waiting)

    assert (found.status, found.quantity) == ("draft", 3)
    assert found.demand_document == waiting.number
    with pytest.raises(errors.NothingToMake), transaction.atomic():
        make(waiting)
    production.cancel(order_id=found.pk, reason="no", actor=MAKER)
    assert make(waiting, quantity=2).quantity == 2
    assert make(waiting).quantity == 1


def test_what_is_made_goes_to_its_line_before_older_ones(
    waiting: Order, drain: Callable[[], int]
) -> None:
    sku = lines_of(waiting)[0].sku
    younger = place_order({sku: 2}, confirmed=True)

    made(younger, 2)
    drain()

    assert units(younger) == {"allocated": 2}
    assert units(waiting) == {"backordered": 3}
    assert Reservation.objects.get().status == "ordered"
    assert_books_agree()


def test_nobody_gets_it_before_the_handler_has_run(waiting: Order) -> None:
    (line,) = lines_of(waiting)
    older = place_order({line.sku: 1}, confirmed=True)
    made(waiting, 3)

    assert ordering.fill_backorders(sku_id=line.sku_id, document="x", actor=SYSTEM) == 0

    assert units(older) == {"backordered": 1}
    assert Level.objects.get(sku=line.sku).available == 0


def test_partial_postings_serve_the_line_bit_by_bit(
    waiting: Order, drain: Callable[[], int]
) -> None:
    found = made(waiting, 1)
    drain()
    assert units(waiting) == {"allocated": 1, "backordered": 2}

    posted(found, 2)
    drain()

    assert units(waiting) == {"allocated": 3}
    assert_books_agree()


def test_what_the_line_wants_no_more_is_free_for_everyone(
    waiting: Order, drain: Callable[[], int]
) -> None:
    (line,) = lines_of(waiting)
    made(waiting, 3)
    ordering.cancel(order_id=waiting.pk, units={line.pk: 2}, reason="no", actor=MAKER)

    drain()

    assert units(waiting) == {"allocated": 1, "cancelled": 2, "credited": 2}
    level = Level.objects.get(sku=line.sku)
    assert (level.reserved, level.available) == (0, 2)
    assert_books_agree()


def test_what_is_made_for_an_order_that_was_cancelled_is_released(
    waiting: Order, drain: Callable[[], int]
) -> None:
    made(waiting, 3)
    ordering.cancel(order_id=waiting.pk, units=None, reason="no", actor=MAKER)

    drain()

    assert Reservation.objects.get().status == "released"
    assert not Allocation.objects.filter(demand="orders.orderline").exists()
    assert_books_agree()


def test_what_cannot_be_made_is_refused(waiting: Order) -> None:
    bought = SkuFactory.create()
    other = place_order({bought: 1}, confirmed=True)
    workshop = LocationFactory.create(closed_to_orders=True)
    LevelFactory.create(location=workshop)

    with pytest.raises(InvalidProduction), transaction.atomic():
        make(other)
    with pytest.raises(Invalid) as raised, transaction.atomic():
        make(waiting, location_code=workshop.code, quantity=4)
    assert [(each.pointer, each.code) for each in raised.value.problems] == [
        ("/quantity", "number_range"),
        ("/location", "unknown_reference"),
    ]
    with pytest.raises(errors.LineMissing), transaction.atomic():
        make(waiting, line_id=lines_of(other)[0].pk)
    assert not ProductionOrder.objects.exists()


def test_the_page_of_the_order_offers_it_and_shows_what_is_made(waiting: Order) -> None:
    client = signed_in(roles.SERVICE)
    page = reverse("admin:orders_order_change", args=(waiting.pk,))
    press = reverse("admin:orders_order_press", args=(waiting.pk, "make"))
    (line,) = lines_of(waiting)

    shown = client.get(press).content.decode()
    assert "MUG: 3 to be made" in shown
    form = {
        "press_key": "0" * 32,
        "press_version": waiting.version,
        "line": line.pk,
        "location": "BER",
        "quantity": "",
    }
    assert client.post(press, form).status_code == 302

    assert ProductionOrder.objects.get().number in client.get(page).content.decode()
