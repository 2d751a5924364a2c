"""Where goods lie in bins, or are known by lot, these follow what production takes, brings and gives back."""

import pytest

from inventory.production import services as production
from inventory.production.rules import Used
from inventory.stock.models import Level
from oms.reporting.invariants import services as invariants
from tests.inventory.factories import (
    LocationFactory,
    SkuFactory,
    by_lot,
    lots_level,
    lying,
    with_bins,
)
from tests.inventory.production.made import (
    MAKER,
    begun_order,
    component,
    posted,
    released_bill,
    stocked,
)

pytestmark = pytest.mark.django_db


def assert_books_agree() -> None:
    assert [result.check.name for result in invariants.run() if not result.holds] == []


def test_bins_follow_a_posting_and_what_takes_it_back() -> None:
    place = LocationFactory.create()
    part = stocked(place, 21)
    with_bins(place)
    bill = released_bill(parts={part: 2}, byproducts={SkuFactory.create(): 1})
    order = begun_order(location=place, bill=bill)

    posting = posted(order, 7, inspect=1, scrapped=2, used=[Used(part.code, 21)], reason="spilt")

    parts, goods = (Level.objects.get(sku=sku, location=place) for sku in (part, bill.sku))
    assert lying(parts) == {}
    assert lying(goods) == {"DOCK": 7, "DOCK quality_control": 1}
    assert_books_agree()

    production.undo(order_id=order.pk, posting_id=posting.pk, reason="miscounted", actor=MAKER)

    assert lying(parts) == {"DOCK": 21}
    assert lying(goods) == {}
    assert_books_agree()


def test_components_that_are_taken_back_are_of_the_lots_that_they_were_of() -> None:
    parts = lots_level({"L-1": 5, "L-2": 17})
    bill = released_bill(parts={parts.sku: 2})
    order = begun_order(location=parts.location, bill=bill)
    posting = posted(order, 8, used=[Used(parts.sku.code, 21)], reason="spilt")
    assert component(order).consumed == 21
    assert sum(by_lot(parts).values()) == 1

    production.undo(order_id=order.pk, posting_id=posting.pk, reason="miscounted", actor=MAKER)

    assert by_lot(parts) == {"L-1": 5, "L-2": 17}
    assert_books_agree()
