from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import call_command

from inventory.catalog.models import Sku
from inventory.planning import services as planning
from inventory.planning.models import DemandDay, DemandMark, DemandWaiting
from inventory.planning.services import Demand
from oms.core import clock
from oms.core.actors import Actor
from orders.demand import services as demand
from orders.ordering import services as ordering
from orders.ordering.models import Order
from tests.inventory.factories import LevelFactory, LocationFactory
from tests.orders.factories import lines_of, place_order, ship

pytestmark = pytest.mark.django_db

CLERK = Actor("staff", "7", "Carl Clerk")
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
Row = tuple[str, str, date, int, int]


def place(*lines: tuple[Sku, int], at: datetime = NOON) -> Order:
    with clock.travelled(at):
        return place_order(list(lines), placed_at=at)


def told() -> list[Row]:
    rows = DemandDay.objects.order_by("day", "sku__code", "location__code")
    return list(rows.values_list("sku__code", "location__code", "day", "units", "lost"))


def test_a_day_counts_what_was_ordered_where_it_was_promised_from() -> None:
    level = LevelFactory.create(sku__code="MUG", location__code="ber", on_hand=10)
    other = LevelFactory.create(sku=level.sku, location__code="ham", on_hand=10)
    place((level.sku, 3))
    place((level.sku, 8))

    demand.tell()

    # The second order does not fit into what Berlin has left.
    assert other.location.code == "ham"
    assert told() == [
        ("MUG", "ber", date(2026, 3, 4), 3, 0),
        ("MUG", "ham", date(2026, 3, 4), 8, 0),
    ]


def test_what_could_not_be_shipped_counts_at_the_place_that_is_asked_first() -> None:
    first = LevelFactory.create(location__priority=1, location__code="ber", on_hand=2)
    LevelFactory.create(sku=first.sku, location__priority=2, location__code="ham", on_hand=1)
    order = place((first.sku, 9))

    demand.tell()

    assert [(row[1], row[3]) for row in told()] == [("ber", 8), ("ham", 1)]
    waiting = DemandWaiting.objects.get()
    assert (waiting.location.code, waiting.units) == ("ber", lines_of(order)[0].backordered)


def test_shipping_changes_nothing() -> None:
    order = place((LevelFactory.create().sku, 2))
    demand.tell()
    before = told()

    ordering.confirm(order, actor=CLERK)
    ordering.mark_released(order, actor=CLERK)
    ship(order)
    demand.rebuild()

    assert told() == before


def test_what_was_cancelled_after_it_had_been_promised_is_no_demand() -> None:
    order = place((LevelFactory.create(on_hand=10).sku, 5))

    ordering.cancel(
        order_id=order.pk, units={lines_of(order)[0].pk: 2}, reason="too many", actor=CLERK
    )
    demand.rebuild()

    assert [row[3:] for row in told()] == [(3, 0)]


def test_what_was_cancelled_while_it_waited_is_lost() -> None:
    order = place((LevelFactory.create(on_hand=3).sku, 5))

    ordering.cancel(
        order_id=order.pk, units={lines_of(order)[0].pk: 2}, reason="took too long", actor=CLERK
    )
    demand.rebuild()

    assert [row[3:] for row in told()] == [(3, 2)]


def test_the_day_is_that_of_the_location() -> None:
    place = LocationFactory.create(time_zone="Pacific/Auckland")
    level = LevelFactory.create(location=place)
    late = datetime(2026, 3, 4, 13, tzinfo=UTC)
    with clock.travelled(late):
        place_order([(level.sku, 1)], placed_at=late)

    demand.tell()

    assert [row[2] for row in told()] == [date(2026, 3, 5)]


def test_telling_again_changes_nothing_and_a_change_is_told_for_the_day_of_the_order() -> None:
    level = LevelFactory.create(on_hand=50)
    order = place((level.sku, 5))
    place((level.sku, 7), at=NOON + timedelta(days=3))
    assert demand.tell() > 0
    before = told()
    assert demand.tell() == 0
    assert told() == before

    ordering.cancel(
        order_id=order.pk, units={lines_of(order)[0].pk: 1}, reason="too many", actor=CLERK
    )
    with clock.travelled(clock.now() + timedelta(minutes=5)):
        demand.tell()

    assert [row[2:4] for row in told()] == [(date(2026, 3, 4), 4), (date(2026, 3, 7), 7)]


def test_telling_as_it_comes_and_telling_anew_are_the_same() -> None:
    first = LevelFactory.create(location__priority=1, on_hand=20)
    LevelFactory.create(sku=first.sku, location__priority=2, on_hand=6)
    second = LevelFactory.create(location=first.location, on_hand=9)
    orders = []
    for number in range(12):
        at = NOON + timedelta(hours=17 * number)
        orders.append(place((first.sku, 1 + number % 4), (second.sku, 1), at=at))
        if number % 3 == 2:
            with clock.travelled(at + timedelta(minutes=1)):
                ordering.cancel(
                    order_id=orders[-2].pk,
                    units={lines_of(orders[-2])[0].pk: 1},
                    reason="no",
                    actor=CLERK,
                )
        with clock.travelled(at + timedelta(minutes=10)):
            demand.tell()
    bit_by_bit = told()
    mark = DemandMark.objects.get().until

    call_command("rebuild_demand")

    assert told() == bit_by_bit
    assert DemandMark.objects.get().until != mark


def test_more_orders_than_fit_are_told_by_the_next_call() -> None:
    level = LevelFactory.create(on_hand=50)
    for number in range(5):
        place((level.sku, 1), at=NOON + timedelta(days=number))

    demand.tell(limit=2)
    assert len(told()) < 5
    for _ in range(3):
        demand.tell(limit=2)

    assert [row[3] for row in told()] == [1] * 5


def test_an_order_that_may_not_be_committed_yet_waits_for_the_next_call() -> None:
    place_order([(LevelFactory.create().sku, 1)])

    demand.tell()
    assert told() == []

    with clock.travelled(clock.now() + timedelta(minutes=3)):
        demand.tell()
    assert len(told()) == 1


def test_a_day_is_told_by_the_same_statements_however_many_orders_it_has(
    statements: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    level = LevelFactory.create(on_hand=100)
    counted = []
    for orders in (1, 20):
        for _ in range(orders):
            place((level.sku, 1))
        with statements() as seen:
            demand.rebuild()
        counted.append(len(seen))

    assert counted[0] == counted[1]


def test_demand_of_another_day_than_told_is_refused() -> None:
    level = LevelFactory.create()
    with pytest.raises(ValueError, match="none of the days"):
        planning.record_demand(
            days=[date(2026, 1, 1)],
            demand=[
                Demand(
                    sku_id=level.sku_id,
                    location_id=level.location_id,
                    day=date(2026, 1, 2),
                    units=1,
                )
            ],
        )
