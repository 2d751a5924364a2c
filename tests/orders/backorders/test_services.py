"""Units set aside by hand go first, whatever else happens to the line; a what-if says what filling will do."""

from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum

from inventory.stock import services as stock
from inventory.stock.models import Level
from oms.core.errors import Invalid
from oms.core.outbox.models import Event
from oms.core.timeline.models import Entry
from orders.backorders import queries
from orders.channels.models import ChannelBuffer
from orders.holds import services as holds
from orders.holds.states import HoldReason
from orders.ordering import services as ordering
from orders.ordering.models import Order, OrderLine
from orders.ordering.services import Pin
from tests.inventory.factories import LevelFactory, LocationFactory
from tests.orders.factories import CLERK, ChannelFactory, lines_of, place_order, units_of

pytestmark = pytest.mark.django_db


def only(order: Order) -> OrderLine:
    """Return the only line of an order."""
    (line,) = lines_of(order)
    return line


def receive(level: Level, units: int, cause: str = "R") -> None:
    """Let goods come and serve who waits."""
    stock.receive(
        sku_id=level.sku_id,
        location_id=level.location_id,
        quantity=units,
        document=cause,
        cause=cause,
        actor=CLERK,
    )
    ordering.fill_backorders(sku_id=level.sku_id, document=cause, actor=CLERK)


def reserve(level: Level, *pins: tuple[Order, int]) -> None:
    """Set the next units aside."""
    ordering.reserve_for(
        sku_id=level.sku_id,
        pins=[Pin(only(order).pk, units) for order, units in pins],
        reason="promised on the phone",
        actor=CLERK,
    )


@pytest.fixture
def level() -> Level:
    """Return a place where nothing lies."""
    return LevelFactory.create(on_hand=0)


def test_units_set_aside_go_first_in_their_order_and_the_rest_in_turn(level: Level) -> None:
    first, second, third = (place_order([(level.sku, 3)]) for _ in range(3))
    reserve(level, (third, 2), (second, 1))

    receive(level, 2, "a")
    assert [units_of(only(order)).get("allocated", 0) for order in (first, second, third)] == [
        0,
        0,
        2,
    ]
    receive(level, 2, "b")
    assert [units_of(only(order)).get("allocated", 0) for order in (first, second, third)] == [
        1,
        1,
        2,
    ]
    assert not OrderLine.objects.filter(pinned__gt=0).exists()


def test_a_line_that_gets_more_than_was_set_aside_takes_it_as_one(level: Level) -> None:
    order = place_order([(level.sku, 3)])
    reserve(level, (order, 1))

    receive(level, 3)

    assert units_of(only(order)) == {"allocated": 3}
    assert only(order).pinned == 0


def test_cancelled_units_are_set_aside_for_nobody(level: Level) -> None:
    order = place_order([(level.sku, 3)])
    reserve(level, (order, 2))
    line = only(order)

    ordering.cancel(order_id=order.pk, units={line.pk: 1}, reason="x", actor=CLERK)
    assert only(order).pinned == 2
    ordering.cancel(order_id=order.pk, units={line.pk: 1}, reason="x", actor=CLERK)
    assert only(order).pinned == 1


def test_the_list_is_replaced_as_a_whole_and_each_order_knows(level: Level) -> None:
    first, second = (place_order([(level.sku, 3)]) for _ in range(2))
    reserve(level, (first, 2))
    reserve(level, (second, 1))

    assert [only(order).pinned for order in (first, second)] == [0, 1]
    entries = Entry.objects.filter(kind="order.reserved_for", document_id=first.pk).order_by("pk")
    assert [entry.data for entry in entries] == [{level.sku.code: 2}, {level.sku.code: 0}]
    assert entries[0].reason == "promised on the phone"
    assert Event.objects.filter(name="orders.reserved_for.v1").count() == 3
    reserve(level, (second, 1))
    assert Event.objects.filter(name="orders.reserved_for.v1").count() == 3


def test_what_cannot_be_set_aside_is_refused_at_once_and_changes_nothing(level: Level) -> None:
    waits = only(place_order([(level.sku, 3)]))
    other = only(place_order())

    with pytest.raises(Invalid) as refused:
        ordering.reserve_for(
            sku_id=level.sku_id,
            pins=[Pin(waits.pk, 4), Pin(other.pk, 1)],
            reason="x",
            actor=CLERK,
        )

    assert [(p.pointer, p.code) for p in refused.value.problems] == [
        ("/lines/0/units", "number_range"),
        ("/lines/1/line_id", "unknown_reference"),
    ]
    with pytest.raises(Invalid):
        ordering.reserve_for(
            sku_id=level.sku_id,
            pins=[Pin(waits.pk, 1), Pin(waits.pk, 1)],
            reason="x",
            actor=CLERK,
        )
    assert OrderLine.objects.aggregate(units=Sum("pinned"))["units"] == 0


# What if ------------------------------------------------------------------------------------------


def asked(level: Level, units: int) -> list[tuple[int, int, bool]]:
    """Return who would get units, how many, and whether the order could go then."""
    found = queries.what_if(level.sku, level.location, units)
    return [(one.line.order_id, one.units, one.shippable) for one in found.served]


def test_it_says_what_filling_does_and_does_nothing(level: Level) -> None:
    channel = ChannelFactory.create(on_terms=True)
    kept = ChannelFactory.create(on_terms=True)
    ChannelBuffer.objects.create(channel=kept, sku=level.sku, units=4)
    held, plain, buffered = (
        place_order([(level.sku, 2)], channel=each) for each in (channel, channel, kept)
    )
    holds.place_hold(
        order_id=held.pk, reason=HoldReason.CUSTOMER_REQUEST, note="later", actor=CLERK
    )

    before = asked(level, 7)

    assert before == [(held.pk, 2, False), (plain.pk, 2, True)]
    assert queries.what_if(level.sku, level.location, 7).left == 3
    assert units_of(only(plain)) == {"backordered": 2}
    receive(level, 7)
    assert [units_of(only(order)) for order in (held, plain, buffered)] == [
        {"allocated": 2},
        {"allocated": 2},
        {"backordered": 2},
    ]


def test_an_unpaid_order_and_one_that_ships_complete_could_not_go(level: Level) -> None:
    shop = ChannelFactory.create()
    trade = ChannelFactory.create(on_terms=True)
    other = LevelFactory.create(on_hand=0)
    unpaid = place_order([(level.sku, 1)], channel=shop)
    partly = place_order([(level.sku, 1), (other.sku, 1)], channel=trade, ship_complete=True)

    found = queries.what_if(level.sku, level.location, 5)

    assert [
        (one.line.order_id, [reason.code for reason in one.reasons]) for one in found.served
    ] == [(unpaid.pk, ["unpaid"]), (partly.pk, ["ship_complete"])]


def test_safety_stock_and_a_place_that_ships_nothing_serve_nobody() -> None:
    level = LevelFactory.create(on_hand=0, safety_stock=3)
    order = place_order([(level.sku, 2)], channel=ChannelFactory.create(on_terms=True))

    assert asked(level, 3) == []
    assert asked(level, 4) == [(order.pk, 1, True)]
    closed = LocationFactory.create(closed_to_orders=True)
    assert queries.what_if(level.sku, closed, 9).served == []


def test_it_takes_the_same_statements_for_one_line_and_for_many(
    level: Level, statements: Any
) -> None:
    channel = ChannelFactory.create(on_terms=True)

    def counted() -> int:
        with statements() as seen:
            queries.what_if(level.sku, level.location, 99)
            queries.queue(level.sku_id)
            queries.skus()
        return len(seen)

    place_order([(level.sku, 2)], channel=channel)
    few = counted()
    for _ in range(5):
        place_order([(level.sku, 2)], channel=channel)

    assert counted() == few


def test_the_queue_says_who_waits_in_turn_and_the_skus_what_for(level: Level) -> None:
    first, second = (place_order([(level.sku, 2)], unit_price=Decimal(1)) for _ in range(2))
    reserve(level, (second, 1))

    assert [one.line.order_id for one in queries.queue(level.sku_id)] == [second.pk, first.pk]
    (row,) = queries.skus(level.sku.code.lower())
    assert (row.units, row.lines, row.pinned, row.dayless) == (4, 2, 1, 2)
    assert queries.skus("no such thing") == []
