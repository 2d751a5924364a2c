"""Orders that count in packs: units inside, the agreed price outside."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from inventory.packs import services as packs
from inventory.packs.rules import NewPack
from inventory.stock.models import Level
from oms.messaging.models import Message
from oms.reporting.invariants import services as invariants
from orders.ordering import notifications
from orders.ordering import services as ordering
from orders.ordering.models import Credit, Order, OrderLine
from tests.inventory.factories import kit_of
from tests.orders.factories import CLERK, PriceFactory
from tests.orders.placing.test_api import Shop, nothing_is_left

pytestmark = pytest.mark.django_db

Statements = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def shop() -> Shop:
    """Sell TEA-1 (11.90), which comes in a CASE of three as well; ten lie there."""
    found = Shop()
    packs.define(sku_id=found.sku.pk, packs=[NewPack("CASE", 3, "CASE-1")], actor=CLERK)
    return found


def buy(shop: Shop, *lines: dict[str, Any], **changes: Any) -> Any:
    return shop.post(shop.body(lines=list(lines), shipping="0", **changes))


def test_packs_become_units_at_the_price_of_the_pack(shop: Shop) -> None:
    response = buy(shop, {"sku": "TEA-1", "quantity": 2, "unit": "CASE", "unit_price": "20.00"})

    assert response.status_code == 201
    (line,) = response.json()["lines"]
    assert (line["ordered"], line["allocated"], line["total"]) == (6, 6, "40.00")
    assert (line["unit"], line["unit_quantity"], line["units_per_pack"], line["pack_price"]) == (
        "CASE",
        2,
        3,
        "20.00",
    )
    assert line["unit_price"] == "6.67"
    assert response.json()["subtotal"] == "40.00"
    assert Level.objects.get(sku=shop.sku).committed == 6
    assert [result.check.name for result in invariants.run() if not result.holds] == []


def test_without_a_price_a_pack_costs_what_its_units_do(shop: Shop) -> None:
    (line,) = buy(shop, {"sku": "TEA-1", "quantity": 1, "unit": "CASE"}).json()["lines"]

    assert (line["pack_price"], line["total"]) == ("35.70", "35.70")


def test_the_base_unit_may_be_named(shop: Shop) -> None:
    (line,) = buy(shop, {"sku": "TEA-1", "quantity": 2, "unit": "EACH"}).json()["lines"]

    assert (line["ordered"], line["unit"], line["pack_price"]) == (2, "", None)


def test_a_unit_in_which_it_does_not_come_is_refused(shop: Shop) -> None:
    kit = kit_of({shop.sku: 2}, code="SET")
    PriceFactory.create(price_list=shop.channel.price_list, sku=kit)

    response = buy(
        shop,
        {"sku": "TEA-1", "quantity": 1, "unit": "PALLET"},
        {"sku": "SET", "quantity": 1, "unit": "EACH"},
        {"sku": "TEA-1", "quantity": 999_999, "unit": "CASE", "discount": "99999999999.00"},
    )

    assert [(e["pointer"], e["code"]) for e in response.json()["errors"]] == [
        ("/lines/0/unit", "unknown_unit"),
        ("/lines/1/unit", "unknown_unit"),
        ("/lines/2/discount", "discount_too_large"),
    ]
    assert nothing_is_left()


def test_pack_after_pack_gives_back_its_price(shop: Shop) -> None:
    buy(shop, {"sku": "TEA-1", "quantity": 3, "unit": "CASE", "unit_price": "20.00"})
    order, line = Order.objects.get(), OrderLine.objects.get()

    for units in (3, 2, 1, 3):
        ordering.cancel(order_id=order.pk, units={line.pk: units}, reason="no", actor=CLERK)

    amounts = list(Credit.objects.order_by("pk").values_list("amount", flat=True))
    assert amounts == [Decimal("20.00"), Decimal("13.34"), Decimal("6.66"), Decimal("20.00")]


def test_the_mail_says_packs(shop: Shop) -> None:
    buy(shop, {"sku": "TEA-1", "quantity": 2, "unit": "CASE", "unit_price": "20.00"})
    notifications.confirm(order_id=Order.objects.get().pk)

    text = Message.objects.get().text.replace("\u00a0", " ").replace("\u202f", " ")
    assert f"2 × {shop.sku.name} (CASE of 3): €40.00" in text


def test_naming_units_costs_one_statement_more_however_many_lines(
    shop: Shop, statements: Statements
) -> None:
    Level.objects.update(on_hand=1_000)
    line = {"sku": "TEA-1", "quantity": 1, "unit": "CASE"}
    buy(shop, line, external_id="warm")
    counts = []
    for number in (1, 30):
        with statements() as seen:
            assert buy(shop, *[line] * number, external_id=f"n-{number}").status_code == 201
        counts.append(len(seen))

    assert counts == ([7, 7] if connection.vendor == "postgresql" else [13, 13])
