"""What orders wait for goes straight to where orders leave, and the rest to the receiving dock."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfillment.picking import queries as picking
from fulfillment.work.models import FulfillmentOrder
from inventory.bins.errors import BinMissing
from inventory.bins.states import BinKind
from inventory.catalog.models import Sku
from inventory.locations.models import Location
from inventory.purchasing.services import Arrived
from inventory.stock.models import Level
from inventory.storing import rules
from inventory.storing.models import CrossDock
from inventory.transfers import services as transfers
from inventory.transfers.rules import Units
from oms.core.outbox import services as outbox
from oms.reporting.invariants import services as invariants
from orders.ordering.models import Order, OrderLine
from tests.fulfillment.factories import take
from tests.inventory.factories import (
    MOVER,
    LevelFactory,
    bin_of,
    lying,
    shipped_transfer,
    with_bins,
)
from tests.inventory.purchasing import orders as buying
from tests.orders.factories import ChannelFactory, lines_of, place_order

pytestmark = pytest.mark.django_db


@given(*(st.integers(0, 50) for _ in range(4)))
def test_no_more_crosses_the_dock_than_comes_and_than_waits(
    quantity: int, waiting: int, available: int, safety: int
) -> None:
    units = rules.to_cross_dock(quantity, waiting=waiting, available=available, safety_stock=safety)

    assert 0 <= units <= min(quantity, waiting)
    if not safety:
        assert units == min(quantity, max(0, waiting - available))


def test_what_is_available_and_the_safety_stock_come_first() -> None:
    assert rules.to_cross_dock(10, waiting=4, available=0, safety_stock=0) == 4
    assert rules.to_cross_dock(10, waiting=4, available=3, safety_stock=0) == 1
    assert rules.to_cross_dock(10, waiting=4, available=0, safety_stock=8) == 2
    assert rules.to_cross_dock(3, waiting=4, available=0, safety_stock=0) == 3


def waited_for(**kinds: str) -> tuple[Order, Level]:
    """Return an order of five units of which one is there and four are waited for, at a location with bins."""
    level = LevelFactory.create(on_hand=1)
    with_bins(level.location, FACE=BinKind.PICK_FACE, **kinds)
    channel = ChannelFactory.create(backorders=True)
    order = place_order({level.sku: 5}, channel=channel, released=True)
    assert lines_of(order)[0].backordered == 4
    return order, level


def line_of(order: Order) -> OrderLine:
    return lines_of(order)[0]


def receive(location: Location, sku: Sku, units: int, **changes: Any) -> None:
    purchase = buying.placed(location, {sku: units})
    buying.receive(purchase, changes.pop("lines", {sku: units}), **changes)


def everything_holds() -> bool:
    return not [result.check.name for result in invariants.run() if not result.holds]


def test_a_purchase_is_split_and_the_units_are_allocated_and_fetched_at_the_dock() -> None:
    order, level = waited_for()

    receive(level.location, level.sku, 10)

    assert lying(level) == {"DOCK": 7, "OUT": 4}
    split = CrossDock.objects.get()
    assert (split.received, split.waiting, split.quantity, split.is_refused) == (10, 4, 4, False)
    while outbox.drain():
        pass
    assert (line_of(order).backordered, line_of(order).allocated) == (0, 5)
    level.refresh_from_db()
    assert (level.on_hand, level.committed) == (11, 5)
    take(order)
    works = FulfillmentOrder.objects.filter(order=order)
    stops = [
        (stop.bin_code, stop.to_pick)
        for walk in picking.pick_list([work.pk for work in works])
        for stop in walk.stops
    ]
    assert stops == [("DOCK", 1), ("OUT", 4)]
    assert everything_holds()


def test_refused_everything_is_put_away_and_the_promise_is_the_same() -> None:
    order, level = waited_for()

    receive(level.location, level.sku, 10, cross_dock=False)

    assert lying(level) == {"DOCK": 11}
    split = CrossDock.objects.get()
    assert (split.quantity, split.is_refused, split.bin) == (0, True, None)
    while outbox.drain():
        pass
    assert (line_of(order).backordered, line_of(order).allocated) == (0, 5)
    assert everything_holds()


def test_a_bin_for_it_is_used_before_the_outbound_dock() -> None:
    _, level = waited_for(CROSS=BinKind.CROSSDOCK)

    receive(level.location, level.sku, 2)

    assert lying(level) == {"DOCK": 1, "CROSS": 2}


def test_nothing_is_split_when_nobody_waits_or_it_is_to_be_inspected() -> None:
    _, level = waited_for()
    other = LevelFactory.create(location=level.location, on_hand=0)

    receive(level.location, other.sku, 3)
    receive(level.location, level.sku, 3, lines=[Arrived(level.sku.code, 3, inspect=True)])

    assert lying(other) == {"DOCK": 3}
    assert lying(level) == {"DOCK": 1, "DOCK quality_control": 3}
    assert not CrossDock.objects.exists()


def test_who_receives_may_name_the_bin() -> None:
    _, level = waited_for()
    sku = level.sku

    receive(level.location, sku, 3, lines=[Arrived(sku.code, 3, bin_code="B:FACE")])
    assert lying(level) == {"DOCK": 1, "FACE": 3}
    with pytest.raises(BinMissing):
        receive(level.location, sku, 3, lines=[Arrived(sku.code, 3, bin_code="X")])
    level.refresh_from_db()
    assert level.on_hand == 4


def test_a_transfer_is_split_as_well_and_may_name_a_bin() -> None:
    order, level = waited_for()
    source = LevelFactory.create(sku=level.sku, on_hand=9)
    transfer = shipped_transfer({level.sku: 8}, source=source.location, destination=level.location)

    for key, units, code in (("a", 6, ""), ("b", 2, "FACE")):
        transfers.receive(
            transfer_id=transfer.pk,
            units=[Units(level.sku.code, units, "available", code)],
            key=key,
            actor=MOVER,
        )

    assert lying(level) == {"DOCK": 3, "FACE": 2, "OUT": 4}
    assert CrossDock.objects.get().quantity == 4
    assert bin_of(level.location, "OUT").cross_docks.count() == 1
    assert line_of(order).backordered == 4
