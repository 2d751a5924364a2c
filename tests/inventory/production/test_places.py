"""Where goods lie in bins, or are known by lot, these follow what production takes, brings and gives back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from inventory.catalog.models import Tracking
from inventory.lots.errors import InvalidLots
from inventory.lots.models import Lot
from inventory.lots.rules import LotUnits
from inventory.production import services as production
from inventory.production.errors import GoodsGone, LotsRefused
from inventory.production.models import ProductionOrder, ProductionPosting
from inventory.production.rules import Used
from inventory.stock import services as stock
from inventory.stock.models import Content, Level
from inventory.stock.services import Spot
from oms.core import clock
from oms.reporting.invariants import services as invariants
from tests.inventory.factories import (
    Came,
    LocationFactory,
    SkuFactory,
    by_lot,
    lot_of,
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


# Lots ---------------------------------------------------------------------------------------------


def made_of_lots(lots: dict[str, Came], **goods: Any) -> tuple[Level, ProductionOrder]:
    """Return the level of a tracked part, and an order that was begun, of goods that are tracked as `goods` says."""
    parts = lots_level(lots, expires=True)
    tracked = {"tracking": Tracking.LOT, "expires": True, "shelf_life_days": 90, **goods}
    bill = released_bill(SkuFactory.create(**tracked), parts={parts.sku: 1})
    return parts, begun_order(location=parts.location, bill=bill, quantity=parts.on_hand)


def goods_of(order: ProductionOrder) -> Level:
    return Level.objects.get(sku=order.bill.sku, location=order.location)


def refused(error: type[Exception], act: Callable[[], Any]) -> list[str]:
    """Return what was said; nothing was posted, and nothing moved."""
    before = list(Content.objects.order_by("pk").values()), Lot.objects.count()
    with pytest.raises(error) as raised, transaction.atomic():
        act()
    assert (list(Content.objects.order_by("pk").values()), Lot.objects.count()) == before
    assert not ProductionPosting.objects.exists()
    return [problem.message for problem in raised.value.problems]


def test_what_expires_first_is_used_and_goods_are_of_a_lot_of_their_own() -> None:
    parts, order = made_of_lots({"LATE": Came(6, 60), "SOON": Came(3, 5)})
    today = clock.today(order.location.time_zone)

    posting = posted(order, 4, inspect=1)

    assert by_lot(parts) == {"LATE": 4}
    assert by_lot(goods_of(order)) == {posting.number: 4, f"{posting.number} quality_control": 1}
    lot = lot_of(order.bill.sku, posting.number)
    assert (lot.made_on, lot.expires_on) == (today, today + timedelta(days=90))
    assert lot.origin == order.location.name
    assert_books_agree()


def test_lots_that_are_named_are_used_and_made() -> None:
    parts, order = made_of_lots({"LATE": Came(6, 60), "SOON": Came(3, 5)})
    day = clock.now().date() + timedelta(days=30)

    posted(
        order,
        4,
        used=[Used(parts.sku.code, 4, [LotUnits("LATE", 3)])],
        lots=[LotUnits("B-1", 1), LotUnits("B-2", 3, day)],
    )

    assert by_lot(parts) == {"LATE": 3, "SOON": 2}
    assert by_lot(goods_of(order)) == {"B-1": 1, "B-2": 3}
    assert lot_of(order.bill.sku, "B-2").expires_on == day
    assert_books_agree()


def test_lots_that_must_not_be_used_are_refused_all_at_once() -> None:
    parts, order = made_of_lots({"GONE": Came(4, 1), "GOOD": Came(3, 60)})
    Lot.objects.filter(number="GONE").update(expires_on=clock.now().date() - timedelta(days=2))

    def use(units: int, *named: LotUnits) -> list[str]:
        used = [Used(parts.sku.code, units, list(named))]
        return refused(LotsRefused, lambda: posted(order, 4, used=used, reason="so it was"))

    expired, unknown = use(4, LotUnits("GONE", 1), LotUnits("NONE", 1))
    assert expired.startswith(f"GONE of {parts.sku.code}: it expired on ")
    assert unknown == f"NONE of {parts.sku.code} is not in stock here"
    assert use(3, LotUnits("GOOD", 4)) == [
        f"GOOD of {parts.sku.code} has 3 units left",
        f"3 units of {parts.sku.code} are used, 4 have a lot",
    ]
    assert use(4) == [f"1 units of {parts.sku.code} have no lot that may be used"]


def test_serial_numbers_are_named() -> None:
    parts, order = made_of_lots({"L": Came(9, 60)}, tracking=Tracking.SERIAL, expires=False)
    assert parts.on_hand == 9

    words = refused(InvalidLots, lambda: posted(order, 2))
    assert words == [f"Say which serial numbers the 2 units of {order.bill.sku.code} are."]
    posted(order, 2, lots=[LotUnits("S-1"), LotUnits("S-2")])

    assert by_lot(goods_of(order)) == {"S-1": 1, "S-2": 1}
    assert_books_agree()


def test_goods_that_expire_on_a_day_that_nobody_knows_are_refused() -> None:
    _, order = made_of_lots({"L": Came(9, 60)}, shelf_life_days=None)

    (words,) = refused(InvalidLots, lambda: posted(order, 2))

    assert words.startswith("Say when ")


def test_lots_are_taken_back_as_they_went_and_only_while_they_are_there() -> None:
    parts, order = made_of_lots({"LATE": Came(6, 60), "SOON": Came(3, 5)})
    first, second = posted(order, 4), posted(order, 2, inspect=1)

    production.undo(order_id=order.pk, posting_id=first.pk, reason="miscounted", actor=MAKER)

    assert by_lot(parts) == {"LATE": 3, "SOON": 3}
    assert by_lot(goods_of(order)) == {second.number: 2, f"{second.number} quality_control": 1}
    assert_books_agree()
    third = posted(order, 2)
    stock.adjust(
        sku_id=order.bill.sku_id,
        location_id=order.location_id,
        delta=-1,
        document="",
        cause="lost",
        actor=MAKER,
        reason="lost",
        spots=[Spot(lot_id=lot_of(order.bill.sku, third.number).pk, quantity=1)],
    )

    with pytest.raises(GoodsGone):
        production.undo(order_id=order.pk, posting_id=third.pk, reason="again", actor=MAKER)


def test_lots_cost_no_more_statements_for_more_of_them(statements: Any) -> None:
    def cost(lots: int) -> int:
        _, order = made_of_lots({f"L-{number}": Came(1, 60) for number in range(lots)})
        with statements() as seen:
            posted(order, lots, lots=[LotUnits(f"M-{number}") for number in range(lots)])
        return len(seen)

    assert cost(2) == cost(8)
