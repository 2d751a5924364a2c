"""Which lots went into which, both ways and over several levels."""

from typing import Any

import pytest

from inventory.catalog.models import Tracking
from inventory.lots.errors import SerialElsewhere
from inventory.lots.models import Lot
from inventory.lots.rules import LotUnits
from inventory.production import services as production
from inventory.production import statements as trace
from inventory.production import tracing
from inventory.production.models import PostedLot, ProductionPosting
from inventory.production.rules import Used
from inventory.production.tracing import Traced, Units
from inventory.stock.models import Level
from tests.inventory.factories import SkuFactory, lot_of, lots_level
from tests.inventory.production.made import MAKER, begun_order, posted, released_bill, stocked

pytestmark = pytest.mark.django_db


def baked(flour: Level, units: int = 4, **report: Any) -> ProductionPosting:
    """Make units of tracked goods, each of one unit of what lies at a level, and of a packet that is not tracked."""
    packet = stocked(flour.location)
    bill = released_bill(SkuFactory.create(tracking=Tracking.LOT), parts={flour.sku: 1, packet: 1})
    return posted(begun_order(location=flour.location, bill=bill, quantity=units), units, **report)


def goods(posting: ProductionPosting) -> Level:
    return Level.objects.select_related("sku", "location").get(
        sku=posting.order.bill.sku, location=posting.order.location
    )


def made_with(lot: Lot) -> set[str]:
    found = Lot.objects.filter(pk__in=trace.made_with(lot.pk)).exclude(pk=lot.pk)
    return set(found.values_list("number", flat=True))


def made_of(lot: Lot) -> set[str]:
    found = Lot.objects.filter(pk__in=trace.made_of(lot.pk)).exclude(pk=lot.pk)
    return set(found.values_list("number", flat=True))


def told(units: Units) -> tuple[str, str, int]:
    return units.sku, units.lot, units.quantity


def numbers(found: list[Traced]) -> list[str]:
    return [each.number for each in found]


def test_a_posting_keeps_the_lots_that_it_used_and_those_that_it_brought() -> None:
    flour = lots_level({"F-1": 3, "F-2": 3})

    posting = baked(flour, 4, lots=[LotUnits("B-1", 1), LotUnits("B-2", 3)])

    rows = PostedLot.objects.order_by("line__kind", "lot__number")
    assert list(rows.values_list("line__kind", "lot__number", "quantity")) == [
        ("consume", "F-1", 3),
        ("consume", "F-2", 1),
        ("output", "B-1", 1),
        ("output", "B-2", 3),
    ]
    (traced,) = tracing.went_into(lot_of(flour.sku, "F-2").pk)
    sku = posting.order.bill.sku.code
    assert (traced.number, traced.location_code) == (posting.number, flour.location.code)
    assert [told(each) for each in traced.used] == [(flour.sku.code, "F-2", 1)]
    assert [told(each) for each in traced.made] == [(sku, "B-1", 1), (sku, "B-2", 3)]
    (traced,) = tracing.made_of(lot_of(goods(posting).sku, "B-1").pk)
    assert [told(each) for each in traced.made] == [(sku, "B-1", 1)]
    used = [told(each) for each in traced.used]
    assert used[:2] == [(flour.sku.code, "F-1", 3), (flour.sku.code, "F-2", 1)]
    assert [units for _, lot, units in used[2:] if not lot] == [4]  # packets, of no lot


def test_a_lot_is_followed_over_several_levels_and_no_further_than_it_went() -> None:
    flour = lots_level({"F-1": 4, "F-2": 4})
    dough = baked(flour, 4)  # of F-1
    other = baked(flour, 4)  # of F-2
    bread = baked(goods(dough), 4)
    first = lot_of(flour.sku, "F-1")

    assert made_with(first) == {dough.number, bread.number}
    assert made_of(lot_of(goods(bread).sku, bread.number)) == {dough.number, "F-1"}
    assert made_of(first) == set()
    assert numbers(tracing.went_into(first.pk)) == [bread.number, dough.number]
    assert made_with(lot_of(flour.sku, "F-2")) == {other.number}


def test_what_a_posting_linked_is_undone_with_it() -> None:
    flour = lots_level({"F-1": 4})
    posting = baked(flour, 2)
    lot = lot_of(flour.sku, "F-1")
    assert made_with(lot) == {posting.number}

    production.undo(
        order_id=posting.order_id, posting_id=posting.pk, reason="miscounted", actor=MAKER
    )

    assert made_with(lot) == set()
    assert tracing.went_into(lot.pk) == []


def test_a_serial_number_that_came_in_again_keeps_its_posting_from_being_undone() -> None:
    part = lots_level({"S1": 1, "S2": 1}, tracking=Tracking.SERIAL)
    bill = released_bill(parts={part.sku: 1})
    order = begun_order(location=part.location, bill=bill, quantity=1)
    posting = posted(order, 1, used=[Used(part.sku.code, 1, [LotUnits("S1", 1)])])
    lots_level({"S1": 1}, sku=part.sku, location=part.location)

    with pytest.raises(SerialElsewhere) as refused:
        production.undo(order_id=order.pk, posting_id=posting.pk, reason="never", actor=MAKER)

    words = f"S1 of {part.sku.code} is in stock again at {part.location.name}."
    assert [each.message for each in refused.value.problems] == [words]


def test_goods_that_go_back_into_what_they_were_made_of_do_not_end_in_a_circle() -> None:
    flour = lots_level({"F-1": 4})
    dough = baked(flour, 4)
    level = goods(dough)
    production.retire_bill(bill_id=dough.order.bill_id, reason="the other way", actor=MAKER)
    back = released_bill(flour.sku, parts={level.sku: 1})
    order = begun_order(location=flour.location, bill=back, quantity=2)

    posted(order, 2, lots=[LotUnits("F-1", 2)])

    first = lot_of(flour.sku, "F-1")
    assert made_with(first) == {dough.number}
    assert made_of(first) == {dough.number}


def test_untracked_goods_are_named_without_a_lot_and_other_locations_are_left_out() -> None:
    flour = lots_level({"F-1": 4})
    bill = released_bill(SkuFactory.create(), parts={flour.sku: 1})
    posting = posted(begun_order(location=flour.location, bill=bill, quantity=4), 3)
    lot = lot_of(flour.sku, "F-1")

    (traced,) = tracing.went_into(lot.pk, location_codes=frozenset({flour.location.code}))
    assert [told(each) for each in traced.made] == [(posting.order.bill.sku.code, "", 3)]
    assert tracing.went_into(lot.pk, location_codes=frozenset({"elsewhere"})) == []


def test_a_long_trace_costs_no_more_statements(statements: Any) -> None:
    flour = lots_level({"F-1": 9})
    lot = lot_of(flour.sku, "F-1")

    def cost() -> int:
        with statements() as seen:
            tracing.went_into(lot.pk)
        return len(seen)

    dough = baked(flour, 4)
    assert cost() == 4
    baked(goods(dough), 2)
    baked(flour, 2, used=[Used(flour.sku.code, 3)], reason="spilt")
    assert cost() == 4
