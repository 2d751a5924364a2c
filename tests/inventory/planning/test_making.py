"""What can be made is proposed to be made, and what that needs is proposed as well."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest

from inventory.planning import errors
from inventory.planning import services as planning
from inventory.planning.models import Proposal
from inventory.production import services as production
from inventory.production.models import ProductionOrder, WorkCenter
from inventory.stock.models import Level
from oms.core import clock
from tests.inventory.factories import LevelFactory, LocationFactory, SkuFactory
from tests.inventory.planning.plans import PLANNER, forecast, policy, proposals, propose
from tests.inventory.production.made import MAKER, center, released_bill
from tests.inventory.purchasing.orders import sells, supplier

pytestmark = pytest.mark.django_db


def made_here(on_hand: int = 1, **bill: Any) -> tuple[Level, Level]:
    """Return the level of goods far below what a week wants, and the empty one of their part: two go into each."""
    goods = LevelFactory.create(on_hand=on_hand, location=LocationFactory.create())
    part = LevelFactory.create(on_hand=0, location=goods.location)
    forecast(goods.sku, goods.location)
    bench = center(goods.location)
    released_bill(goods.sku, {part.sku: 2}, at=bench, **bill)
    return goods, part


def of(level: Level, *, status: str = "open") -> Proposal:
    (found,) = [each for each in proposals(status=status) if each.sku_id == level.sku_id]
    return found


def approve(*some: Proposal) -> planning.Approved:
    return planning.approve(proposal_ids=[each.pk for each in some], actor=PLANNER)


def test_what_can_be_made_here_is_made_in_batches_although_somebody_sells_it() -> None:
    goods, _ = made_here(batch=5, way_days=3)
    seller = supplier()
    sells(seller, goods.sku)
    policy()

    propose()

    found, bench = of(goods), WorkCenter.objects.get()
    assert (found.kind, found.work_center, found.supplier) == ("production", bench, None)
    assert found.quantity % 5 == 0
    # 14 units in batches of 5 are 15: three of the ten a day, so today, and three days until they are finished.
    assert found.why["inputs"]["lead_days"] == 3
    assert f"free days of {bench.name}, revision 1" in found.why["words"][1]
    assert f"It is made in batches of 5: {found.quantity}." in found.why["words"]
    assert found.why["refused"] == [{"origin": seller.name, "reason": "we make it here"}]


def test_days_that_are_booked_or_closed_make_it_take_longer() -> None:
    goods, _ = made_here(load=2)  # 14 units take 28 of 10 a day
    bench = WorkCenter.objects.get()
    bench.closures.create(day=clock.today() + timedelta(days=1))
    other = released_bill(
        parts={LevelFactory.create(on_hand=50, location=goods.location).sku: 1}, at=bench, load=7
    )
    order = production.create(
        wish=production.Wish(
            sku_code=other.sku.code, location_code=goods.location.code, quantity=1
        ),
        actor=MAKER,
    )
    production.confirm(order_id=order.pk, actor=MAKER)
    policy()

    propose()

    assert of(goods).why["inputs"]["lead_days"] == 4  # 3 today, none tomorrow, 10, 10, 5


def test_a_place_with_a_surplus_gives_before_anything_is_made() -> None:
    goods, _ = made_here()
    LevelFactory.create(sku=goods.sku, location__code="rich", on_hand=60)
    policy()

    propose()

    found = of(goods)
    assert (found.kind, found.work_center) == ("transfer", None)
    assert {each["reason"] for each in found.why["refused"]} == {
        "the transfer lifts the stock above the reorder point"
    }


def test_where_nobody_makes_it_it_is_bought() -> None:
    goods, _ = made_here()
    elsewhere = LevelFactory.create(sku=goods.sku, on_hand=0)
    forecast(goods.sku, elsewhere.location)
    sells(supplier(), goods.sku)
    policy()

    propose()

    assert {each.location_id: each.kind for each in proposals() if each.sku_id == goods.sku_id} == {
        goods.location_id: "production",
        elsewhere.location_id: "purchase",
    }


def test_a_full_work_center_leaves_it_to_be_bought() -> None:
    goods, _ = made_here(load=1_000_000)
    sells(supplier(), goods.sku)
    policy()

    propose()

    found = of(goods)
    assert found.kind == "purchase"
    assert found.why["refused"][0]["reason"] == "it has no days left"


def test_no_need_is_proposed_twice_from_the_draft_to_the_goods() -> None:
    goods, part = made_here()
    policy()
    propose()
    wanted = of(goods).quantity
    Level.objects.filter(pk=part.pk).update(on_hand=500)

    (order,) = approve(of(goods)).production_orders

    assert (order.status, order.quantity, order.bill.sku_id) == ("draft", wanted, goods.sku_id)
    kept = of(goods, status="approved")
    assert (kept.document_number, kept.production_order_id) == (order.number, order.pk)

    def nothing_more() -> bool:
        propose()
        return all(each.sku_id != goods.sku_id for each in proposals())

    assert nothing_more()
    production.confirm(order_id=order.pk, actor=MAKER)
    assert nothing_more()
    production.post(
        order_id=order.pk,
        report=production.Report(produced=wanted),
        key="all",
        actor=MAKER,
        finish=True,
    )
    assert nothing_more()


def test_a_draft_that_is_cancelled_leaves_the_need() -> None:
    goods, _ = made_here()
    policy()
    propose()
    (order,) = approve(of(goods)).production_orders

    production.cancel(order_id=order.pk, reason="not now", actor=MAKER)
    propose()

    assert of(goods).kind == "production"


def test_components_are_counted_once_from_the_proposal_to_the_confirmed_order() -> None:
    goods, part = made_here()
    sells(supplier(), part.sku)
    policy()
    propose()
    needed = 2 * of(goods).quantity

    def bought() -> int:
        propose()
        assert of(part).kind == "purchase"
        return of(part).quantity

    # The parts that a proposal would need, those that its draft needs, and those that the order lacks.
    assert bought() == needed
    assert (
        f"The position is -{needed}: 0 available - {needed} that production needs."
        in (of(part).why["words"][3])
    )
    (order,) = approve(of(goods)).production_orders
    assert bought() == needed
    Level.objects.filter(pk=part.pk).update(on_hand=3)
    assert bought() == needed - 3
    production.confirm(order_id=order.pk, with_shortages=True, actor=MAKER)
    assert bought() == needed - 3  # three are set aside, and the others lacking


def test_components_that_production_needs_are_no_surplus_to_give_away() -> None:
    goods, part = made_here()
    Level.objects.filter(pk=part.pk).update(on_hand=20)
    short = LevelFactory.create(sku=part.sku, on_hand=0)
    forecast(part.sku, short.location)
    policy()
    propose()
    approve(of(goods))

    propose()

    assert not [each for each in proposals() if each.source_id == part.location_id], (
        "the parts are needed here"
    )


def test_what_is_not_made_here_any_more_is_not_approved() -> None:
    goods, _ = made_here()
    policy()
    propose()
    found = of(goods)
    WorkCenter.objects.update(is_active=False)

    with pytest.raises(errors.NotDecidable) as caught:
        approve(found)

    assert [each.code for each in caught.value.problems] == ["not_made_here"]
    assert not ProductionOrder.objects.exists()
    propose()
    assert (of(goods).kind, of(goods).version) == ("purchase", found.version + 1)


def test_many_that_are_made_cost_no_more_statements_than_few(
    statements: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    place = LocationFactory.create()
    bench, part = center(place, capacity=1_000), SkuFactory.create()
    policy()
    counted = []
    for count in (2, 12):
        for _ in range(count):
            level = LevelFactory.create(on_hand=0, location=place)
            forecast(level.sku, place)
            released_bill(level.sku, {part: 1}, at=bench)
        propose()
        Proposal.objects.all().delete()
        with statements() as seen:
            propose()
        counted.append(len(seen))

    assert counted[0] == counted[1]
