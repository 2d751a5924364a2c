"""What production makes costs what went into it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any

import pytest

from inventory.catalog.models import Sku
from inventory.costing import services as costing
from inventory.costing.models import CostCarry, CostChange, CostLayer
from inventory.locations.models import Location
from inventory.production import services as production
from inventory.production.models import ProductionOrder, ProductionPosting
from inventory.production.rules import Used
from oms.reporting.invariants import checks
from oms.reporting.invariants import services as invariants
from tests.inventory.costing.costs import (
    KEEPER,
    books,
    bought,
    charged,
    cost_of,
    decided,
    written,
)
from tests.inventory.factories import LocationFactory, SkuFactory
from tests.inventory.production.made import MAKER, begun_order, posted, released_bill, stocked
from tests.orders.factories import place_order, ship

pytestmark = pytest.mark.django_db

D = Decimal
Statements = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def place() -> Location:
    return LocationFactory.create()


def an_order(place: Location, quantity: int = 10, **bill: Any) -> tuple[Sku, ProductionOrder]:
    """Return a part of which a hundred were bought at 1.50, and an order that was begun: two go into each unit."""
    part = SkuFactory.create()
    bought(part, 100, "1.50", place)
    order = begun_order(
        location=place, bill=released_bill(parts={part: 2}, **bill), quantity=quantity
    )
    return part, order


def worth(sku: Sku) -> tuple[int, int, Decimal]:
    """Cost everything, and return the units of a SKU, those of known cost, and their value."""
    kept = books(sku)
    return kept.units, kept.known, kept.value


def layer(posting: ProductionPosting) -> CostLayer:
    line = posting.lines.get(kind="output")
    return CostLayer.objects.get(movement__cause=f"production-line:{line.pk}")


def assert_books_agree() -> None:
    ours = {check.name for check in (*checks.costing.CHECKS, *checks.production.CHECKS)}
    broken = {result.check.name for result in invariants.run() if not result.holds}
    assert broken & ours == set()


@pytest.mark.parametrize("method", ["fifo", "average"])
def test_goods_cost_what_went_into_them_and_what_is_spoilt_falls_on_the_sound_ones(
    method: str, place: Location
) -> None:
    decided(method)
    part, order = an_order(place)

    posted(order, 3, inspect=1, scrapped=1, used=[Used(part.code, 13)], reason="spilt")

    assert worth(order.bill.sku) == (4, 4, D("19.50"))
    assert worth(part) == (87, 87, D("130.50"))
    changes = CostChange.objects.filter(kind="made").order_by("movement_id")
    assert list(changes.values_list("amount", flat=True)) == [D("14.63"), D("4.87")]
    assert not CostCarry.objects.exists()
    assert_books_agree()


def test_what_was_sold_of_them_costs_so_before_and_after(place: Location) -> None:
    decided()
    _, order = an_order(place)
    posted(order, 4)
    first = place_order([(order.bill.sku, 3)], released=True)
    ship(first, number="S-1")

    assert worth(order.bill.sku) == (1, 1, D("3.00"))
    assert (cost_of("ship:").cost, cost_of("ship:").unknown) == (D("9.00"), 0)


def test_by_products_cost_nothing(place: Location) -> None:
    decided()
    rest = SkuFactory.create()
    _, order = an_order(place, byproducts={rest: 1})

    posted(order, 4)

    assert worth(rest) == (4, 4, D(0))
    assert worth(order.bill.sku) == (4, 4, D("12.00"))
    assert_books_agree()


def test_several_levels_are_carried_in_one_run(place: Location) -> None:
    decided()
    _, dough = an_order(place)
    posted(dough, 6)
    bread = begun_order(location=place, bill=released_bill(parts={dough.bill.sku: 3}), quantity=2)
    posted(bread, 2)

    assert worth(bread.bill.sku) == (2, 2, D("18.00"))
    assert_books_agree()


def test_a_charge_on_parts_reaches_what_was_made_of_them_and_what_was_sold_of_that(
    place: Location,
) -> None:
    decided()
    part = SkuFactory.create()
    bill = bought(part, 100, "1.50", place)
    order = begun_order(location=place, bill=released_bill(parts={part: 2}), quantity=10)
    posted(order, 4)
    first = place_order([(order.bill.sku, 3)], released=True)
    ship(first, number="S-1")
    assert worth(order.bill.sku) == (1, 1, D("3.00"))

    charged(bill, "50.00")  # half a euro a unit

    assert worth(order.bill.sku) == (1, 1, D("4.00"))
    assert cost_of("ship:").cost == D("12.00")
    assert CostChange.objects.get(kind="remade").amount == D("4.00")
    assert_books_agree()


def test_goods_of_parts_of_unknown_cost_are_unknown_until_somebody_states_it(
    place: Location,
) -> None:
    decided()
    part = SkuFactory.create()
    bought(part, 2, "1.50", place)
    opening = stocked(place, 90)
    order = begun_order(location=place, bill=released_bill(parts={part: 1, opening: 1}), quantity=2)
    posted(order, 2)
    costing.run()
    # Opening stock has no movement; what nobody knows goes short.
    assert worth(order.bill.sku) == (2, 0, D(0))
    assert_books_agree()


def test_what_went_into_postings_without_goods_falls_on_all_goods_of_the_order(
    place: Location,
) -> None:
    decided()
    part, order = an_order(place)
    first, _ = posted(order, 1), posted(order, 3)
    assert worth(order.bill.sku) == (4, 4, D("12.00"))

    wasted = posted(order, 0, scrapped=2)

    assert worth(order.bill.sku) == (4, 4, D("18.00"))
    assert layer(first).value == D("4.50")
    assert_books_agree()
    production.undo(order_id=order.pk, posting_id=wasted.pk, reason="not so", actor=MAKER)
    assert worth(order.bill.sku) == (4, 4, D("12.00"))
    assert worth(part) == (92, 92, D("138.00"))
    assert_books_agree()


@pytest.mark.parametrize("method", ["fifo", "average"])
def test_a_posting_taken_back_gives_back_what_the_parts_cost_then(
    method: str, place: Location
) -> None:
    decided(method)
    part, order = an_order(place)
    posting = posted(order, 4, used=[Used(part.code, 23)], reason="spilt")
    assert worth(order.bill.sku) == (4, 4, D("34.50"))
    bought(part, 100, "9.00", place)

    production.undo(order_id=order.pk, posting_id=posting.pk, reason="miscounted", actor=MAKER)

    assert worth(order.bill.sku) == (0, 0, D(0))
    assert worth(part) == (200, 200, D("1050.00"))
    assert_books_agree()


def test_a_posting_taken_back_before_it_was_costed_comes_to_the_same(place: Location) -> None:
    decided()
    part, order = an_order(place)
    posting = posted(order, 4)
    production.undo(order_id=order.pk, posting_id=posting.pk, reason="miscounted", actor=MAKER)
    posted(order, 5)

    assert worth(order.bill.sku) == (5, 5, D("15.00"))
    assert worth(part) == (90, 90, D("135.00"))
    assert_books_agree()


def test_what_somebody_has_stated_of_goods_stays(place: Location) -> None:
    decided()
    part = stocked(place, 90)
    order = begun_order(location=place, bill=released_bill(parts={part: 1}), quantity=2)
    posted(order, 2)
    costing.run()

    costing.state_cost(
        sku_id=order.bill.sku_id, unit_cost=D("7.00"), reason="as last year", actor=KEEPER
    )

    assert worth(order.bill.sku) == (2, 2, D("14.00"))
    posted(order, 0, used=[Used(part.code, 1)], reason="broken")
    assert worth(order.bill.sku) == (2, 2, D("14.00"))
    assert_books_agree()


def test_books_written_anew_say_the_same(place: Location) -> None:
    decided()
    part, order = an_order(place)
    posted(order, 3, scrapped=1)
    posted(order, 2)
    skus = (part, order.bill.sku)
    books(part)
    before = [written(sku) for sku in skus]

    for sku in skus:
        costing.work_out_anew(sku_id=sku.pk, reason="to be sure", actor=KEEPER)
    books(part)

    assert [written(sku) for sku in skus] == before
    assert_books_agree()


def test_another_method_reaches_the_goods(place: Location) -> None:
    decided()
    part, order = an_order(place)
    bought(part, 100, "4.50", place)
    posted(order, 4)
    assert worth(order.bill.sku) == (4, 4, D("12.00"))

    decided("average")

    assert worth(order.bill.sku) == (4, 4, D("24.00"))
    assert_books_agree()


def test_carrying_costs_no_more_statements_for_more_postings(
    place: Location, statements: Statements
) -> None:
    decided()
    _, order = an_order(place)
    counted = []
    for postings in (1, 1, 4):
        for _ in range(postings):
            posted(order, 1)
        with statements() as seen:
            costing.run()
        counted.append(len(seen))

    assert counted[1] == counted[2]
