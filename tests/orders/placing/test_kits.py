"""Kits are placed as what they are made of, and worth what they were sold for."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from inventory.catalog.models import Sku
from inventory.stock.models import Level
from oms.reporting.invariants import services as invariants
from orders.ordering import services as ordering
from orders.ordering.models import Credit, Order, OrderKit, OrderLine
from tests.inventory.factories import LevelFactory, SkuFactory, kit_of
from tests.orders.factories import CLERK, PriceFactory, TaxRateFactory, stocked_sku
from tests.orders.placing.test_api import Shop, nothing_is_left

pytestmark = pytest.mark.django_db

Statements = Callable[[], AbstractContextManager[list[str]]]


class GiftShop(Shop):
    """A shop that also sells GIFT at 30.00: two cups (10.00 each), a plate (5.00) of which six and four lie there."""

    def __init__(self, **changes: Any) -> None:
        super().__init__(**changes)
        self.cup: Sku = stocked_sku(6, code="CUP")
        self.plate: Sku = stocked_sku(4, code="PLATE")
        self.gift = kit_of({self.cup: 2, self.plate: 1}, code="GIFT", name="Gift set")
        for sku, price in ((self.cup, "10.00"), (self.plate, "5.00"), (self.gift, "30.00")):
            PriceFactory.create(price_list=self.channel.price_list, sku=sku, amount=Decimal(price))

    def buy(self, *lines: dict[str, Any], **changes: Any) -> Any:
        """Place these lines, without shipping."""
        return self.post(self.body(lines=list(lines), shipping="0", **changes))


@pytest.fixture
def shop() -> GiftShop:
    return GiftShop()


def assert_books_agree() -> None:
    assert [result.check.name for result in invariants.run() if not result.holds] == []


def test_a_kit_becomes_the_lines_of_its_parts(shop: GiftShop) -> None:
    response = shop.buy({"sku": "GIFT", "quantity": 2, "external_line_id": "L-1"})

    assert response.status_code == 201
    order = response.json()
    (kit,) = order["kits"]
    assert (kit["sku"], kit["quantity"], kit["unit_price"], kit["total"], kit["tax"]) == (
        "GIFT",
        2,
        "30.00",
        "60.00",
        "9.58",
    )
    assert kit["external_line_id"] == "L-1"
    assert order["total"] == order["subtotal"] == "60.00"
    cups, plates = order["lines"]
    assert (cups["sku"], cups["ordered"], cups["total"], cups["units_per_kit"]) == (
        "CUP",
        4,
        "48.00",
        2,
    )
    assert (plates["sku"], plates["ordered"], plates["total"]) == ("PLATE", 2, "12.00")
    assert cups["kit_id"] == plates["kit_id"] == kit["id"]
    assert Decimal(cups["tax"]) + Decimal(plates["tax"]) == Decimal("9.58")
    assert shop.get(f"/api/v1/orders/{order['number']}").json() == order
    assert Level.objects.get(sku=shop.cup).committed == 4
    assert_books_agree()


def test_the_same_kit_sent_again_is_the_same_order(shop: GiftShop) -> None:
    first = shop.buy({"sku": "GIFT", "quantity": 1})
    again = shop.buy({"sku": "GIFT", "quantity": 1})

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()


def test_a_part_that_is_also_ordered_alone_is_summed_before_the_check(shop: GiftShop) -> None:
    response = shop.buy({"sku": "GIFT", "quantity": 2}, {"sku": "CUP", "quantity": 3})

    assert (response.status_code, response.json()["code"]) == (409, "insufficient_stock")
    assert response.json()["shortages"] == [{"sku": "CUP", "asked": 7, "available": 6}]
    assert nothing_is_left()
    assert (
        shop.buy({"sku": "GIFT", "quantity": 2}, {"sku": "CUP", "quantity": 2}).status_code == 201
    )


def test_the_discounts_of_line_and_order_are_spread_over_the_parts(shop: GiftShop) -> None:
    order = shop.buy(
        {"sku": "GIFT", "quantity": 1, "discount": "3.00"},
        {"sku": "TEA-1", "quantity": 1},
        discount="1.00",
    ).json()

    assert order["total"] == "37.90"
    (kit,) = order["kits"]
    parts = [line for line in order["lines"] if line["kit_id"]]
    for name in ("discount", "net", "tax", "total"):
        assert sum(Decimal(part[name]) for part in parts) == Decimal(kit[name])
    assert_books_agree()


def test_each_part_is_taxed_by_its_own_class_or_all_by_the_kits(shop: GiftShop) -> None:
    TaxRateFactory.create(reduced=True)
    book = stocked_sku(9, code="BOOK", tax_class="reduced")
    for code, taxed_as in (("MIXED", "parts"), ("ONE", "kit")):
        kit = kit_of({shop.cup: 1, book: 1}, shares=[1, 1], code=code, taxed_as=taxed_as)
        PriceFactory.create(price_list=shop.channel.price_list, sku=kit, amount=Decimal("20.00"))

    order = shop.buy({"sku": "MIXED", "quantity": 1}, {"sku": "ONE", "quantity": 1}).json()

    taxed = [[tax["rate"] for tax in line["taxes"]] for line in order["lines"]]
    assert taxed == [["0.19"], ["0.07"], ["0.19"], ["0.19"]]
    assert [kit["tax"] for kit in order["kits"]] == ["2.25", "3.19"]
    assert OrderLine.objects.get(sku=book, kit__sku_code="ONE").tax_class == "standard"


def test_a_kit_whose_part_is_not_sold_is_refused(shop: GiftShop) -> None:
    Sku.objects.filter(pk=shop.plate.pk).update(is_active=False)

    response = shop.buy({"sku": "GIFT", "quantity": 1})

    assert [(p["pointer"], p["code"]) for p in response.json()["errors"]] == [
        ("/lines/0/sku", "kit_not_sold")
    ]
    assert nothing_is_left()


def test_too_many_units_of_a_part_are_refused_like_too_many_units(shop: GiftShop) -> None:
    response = shop.buy({"sku": "GIFT", "quantity": 999_999_999})

    assert [(p["pointer"], p["code"]) for p in response.json()["errors"]] == [
        ("/lines/0/quantity", "number_range")
    ]


def test_whole_kits_can_be_cancelled_and_give_back_their_price(shop: GiftShop) -> None:
    order = shop.buy({"sku": "GIFT", "quantity": 2}).json()
    kit_id = order["kits"][0]["id"]

    response = shop.http.post(
        f"/api/v1/orders/{order['number']}/cancel",
        {"reason": "one too many", "kits": [{"kit_id": kit_id, "quantity": 1}]},
        content_type="application/json",
        headers={"Authorization": f"Bearer {shop.key}", "Idempotency-Key": "c-1"},
    )

    assert response.status_code == 200
    assert [line["cancelled"] for line in response.json()["order"]["lines"]] == [2, 1]
    assert response.json()["order"]["credited_total"] == "30.00"
    assert_books_agree()


def test_kit_after_kit_is_worth_the_same(shop: GiftShop) -> None:
    TaxRateFactory.create(name="Levy", rate=Decimal("0.013"))
    three = kit_of({shop.cup: 3}, code="THREE")
    PriceFactory.create(price_list=shop.channel.price_list, sku=three, amount=Decimal("10.00"))
    order = Order.objects.get(number=shop.buy({"sku": "THREE", "quantity": 2}).json()["number"])
    (line,) = OrderLine.objects.filter(order=order)

    for number in (1, 2):
        ordering.cancel(order_id=order.pk, units={line.pk: 3}, reason=f"{number}", actor=CLERK)

    assert list(Credit.objects.order_by("pk").values_list("amount", flat=True)) == [
        Decimal("10.00"),
        Decimal("10.00"),
    ]


def test_a_kit_that_is_unknown_or_named_twice_is_not_cancelled(shop: GiftShop) -> None:
    order = shop.buy({"sku": "GIFT", "quantity": 2}).json()
    kit = {"kit_id": order["kits"][0]["id"], "quantity": 1}
    other = {"kit_id": order["lines"][0]["id"], "quantity": 1}

    response = shop.http.post(
        f"/api/v1/orders/{order['number']}/cancel",
        {"reason": "no", "kits": [kit, kit, other]},
        content_type="application/json",
        headers={"Authorization": f"Bearer {shop.key}", "Idempotency-Key": "c-1"},
    )

    assert [(p["pointer"], p["code"]) for p in response.json()["errors"]] == [
        ("/kits/1/kit_id", "repeated"),
        ("/kits/2/kit_id", "unknown_reference"),
    ]
    assert not Credit.objects.exists()


def test_a_kit_costs_a_fixed_number_of_statements_however_many_there_are(
    shop: GiftShop, statements: Statements
) -> None:
    Level.objects.update(on_hand=1_000)
    for index in range(20):
        part = SkuFactory.create(code=f"PART-{index}")
        LevelFactory.create(sku=part, on_hand=1_000)
        kit = kit_of({part: 2, shop.cup: 1}, code=f"KIT-{index}")
        PriceFactory.create(price_list=shop.channel.price_list, sku=kit)
    shop.buy({"sku": "KIT-0", "quantity": 1}, external_id="warm")
    counts = {}
    for kits in (1, 20):
        lines = [{"sku": f"KIT-{index}", "quantity": 1} for index in range(kits)]
        with statements() as seen:
            response = shop.buy(*lines, external_id=f"kits-{kits}", payment={"method": "channel"})
        assert response.status_code == 201
        counts[kits] = len(seen)

    # Two more than without kits: order and kits go in by one statement, the lines by another, then what belongs to it.
    assert counts[1] == counts[20] == (9 if connection.vendor == "postgresql" else 15)
    assert OrderKit.objects.count() == 22
