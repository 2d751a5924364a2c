"""Counting while orders flow: what is picked, and what a posted count takes off orders and their work."""

from collections.abc import Callable

import pytest

from fulfillment.counting import services
from fulfillment.picking import services as picking
from fulfillment.work.models import FulfillmentLine
from inventory.counting import services as counting
from inventory.counting.models import CountLine, CountOrder
from inventory.reservations.models import Allocation
from inventory.stock.models import Level, Movement
from oms.core.outbox.models import Event
from oms.core.timeline.models import Entry
from oms.reporting.invariants import services as invariants
from orders.ordering import errors
from orders.ordering.models import Order
from orders.ordering.services import CountPosted
from tests.fulfillment.factories import (
    PICKER,
    open_work,
    packed_shipment,
    pick_all,
    shipped_shipment,
)
from tests.inventory.counting.counts import ANNA, BEN, BOSS, started
from tests.inventory.factories import LevelFactory
from tests.orders.factories import lines_of, place_order, units_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def level() -> Level:
    """Give ten units of TEA at berlin."""
    level: Level = LevelFactory.create(sku__code="TEA", location__code="berlin")
    return level


def counted(level: Level, units: int) -> CountOrder:
    """Return a count of TEA that two people made and that waits for the review."""
    order = started(level)
    for who in (ANNA, BEN):
        noted = services.record(count_id=order.pk, sku_code="TEA", counted=units, actor=who)
        if noted.is_accepted:
            break
    return counting.finish(count_id=order.pk, actor=ANNA)


def post(order: CountOrder) -> CountPosted:
    """Let the boss post it."""
    return services.post(count_id=order.pk, actor=BOSS)


def broken() -> list[str]:
    """Return the invariants that do not hold."""
    return [result.check.name for result in invariants.run() if not result.holds]


def test_what_is_picked_or_packed_is_not_expected_on_the_shelf(level: Level) -> None:
    pick_all(open_work([(level.sku, 2)]))
    packed_shipment([(level.sku, 3)])
    shipped_shipment([(level.sku, 1)])
    open_work([(level.sku, 1)])

    order = counted(level, 4)  # ten, one shipped, five off the shelf

    line = CountLine.objects.get(count=order)
    assert (line.book, line.off_shelf, line.difference) == (9, 5, 0)


def test_available_units_go_first(level: Level) -> None:
    order = place_order([(level.sku, 4)])

    outcome = post(counted(level, 4))

    assert (outcome.rerouted, outcome.backordered) == (0, 0)
    assert units_of(lines_of(order)[0]) == {"allocated": 4}
    level.refresh_from_db()
    assert (level.on_hand, level.committed, level.available) == (4, 4, 0)


def test_the_newest_order_loses_first_and_waits(level: Level) -> None:
    old, new = place_order([(level.sku, 4)]), place_order([(level.sku, 5)])

    outcome = post(counted(level, 6))

    assert (outcome.rerouted, outcome.backordered) == (0, 3)
    assert units_of(lines_of(old)[0]) == {"allocated": 4}
    assert units_of(lines_of(new)[0]) == {"allocated": 2, "backordered": 3}
    new.refresh_from_db()
    assert new.has_backorder
    entry = Entry.objects.get(kind="order.lost_to_count")
    assert (entry.data["units"], entry.data["backordered"]) == (3, 3)
    level.refresh_from_db()
    assert (level.on_hand, level.committed) == (6, 6)


def test_what_is_lost_comes_from_elsewhere_where_it_can(level: Level) -> None:
    order = place_order([(level.sku, 9)])
    other = LevelFactory.create(sku=level.sku, on_hand=2)

    outcome = post(counted(level, 6))

    assert (outcome.rerouted, outcome.backordered) == (2, 1)
    assert units_of(lines_of(order)[0]) == {"allocated": 8, "backordered": 1}
    assert dict(Allocation.objects.values_list("level_id", "quantity")) == {
        level.pk: 6,
        other.pk: 2,
    }
    assert Event.objects.filter(name="orders.lines_reallocated.v1").count() == 1


def test_the_work_is_relieved_of_what_does_not_lie_there(level: Level) -> None:
    work = open_work([(level.sku, 8)])

    post(counted(level, 5))

    line = FulfillmentLine.objects.get(fulfillment_order=work)
    assert (line.cancelled, line.to_pick) == (3, 5)
    assert Entry.objects.get(kind="work.units_stopped").reason == "not found by a count"
    assert broken() == []


def test_work_of_which_everything_is_lost_ends(level: Level) -> None:
    work = open_work([(level.sku, 8)])

    post(counted(level, 0))

    work.refresh_from_db()
    assert work.status == "cancelled"
    level.refresh_from_db()
    assert (level.on_hand, level.committed) == (0, 0)
    assert broken() == []


def test_a_newer_order_that_no_work_holds_loses_before_older_work(level: Level) -> None:
    work = open_work([(level.sku, 4)])
    place_order([(level.sku, 4)])

    post(counted(level, 4))

    assert FulfillmentLine.objects.get(fulfillment_order=work).short == 0


def test_picked_units_are_not_taken_away(level: Level) -> None:
    order = counted(level, 3)  # counted before anything was picked
    work = open_work([(level.sku, 8)])
    picking.confirm(
        fulfillment_order_id=work.pk,
        quantities={FulfillmentLine.objects.get(fulfillment_order=work).pk: 5},
        actor=PICKER,
    )

    with pytest.raises(errors.CountTakesPicked) as caught:
        post(order)

    assert caught.value.fields == {"orders": [work.order.number], "skus": {"TEA": 2}}
    assert work.order.number in caught.value.detail
    order.refresh_from_db()
    level.refresh_from_db()
    assert (order.status, level.on_hand, level.committed) == ("to_review", 10, 8)
    assert FulfillmentLine.objects.get(fulfillment_order=work).short == 0
    assert not Movement.objects.filter(kind="count").exists()


def test_an_order_that_is_half_picked_loses_the_other_half(level: Level) -> None:
    order = counted(level, 5)
    work = open_work([(level.sku, 8)])
    picking.confirm(
        fulfillment_order_id=work.pk,
        quantities={FulfillmentLine.objects.get(fulfillment_order=work).pk: 5},
        actor=PICKER,
    )

    post(order)

    line = FulfillmentLine.objects.get(fulfillment_order=work)
    assert (line.picked, line.short, line.to_pick) == (5, 3, 0)
    assert units_of(lines_of(Order.objects.get())[0]) == {"picked": 5, "backordered": 3}
    assert broken() == []


def test_picks_and_shipments_after_the_count_are_kept(level: Level) -> None:
    order = counted(level, 9)
    shipped_shipment([(level.sku, 4)])

    post(order)

    level.refresh_from_db()
    assert (level.on_hand, level.available) == (5, 5)
    assert broken() == []


def test_what_is_found_serves_who_waits(level: Level, drain: Callable[[], int]) -> None:
    order = place_order([(level.sku, 12)], confirmed=True)

    post(counted(level, 12))
    drain()

    assert units_of(lines_of(order)[0]) == {"allocated": 12}
    level.refresh_from_db()
    assert (level.on_hand, level.available) == (12, 0)
