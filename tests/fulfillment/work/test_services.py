import pytest

from fulfillment.work import services
from fulfillment.work.models import FulfillmentOrder
from fulfillment.work.states import FULFILLMENT_ORDER, WorkStatus
from inventory.reservations.models import Allocation
from inventory.stock.models import Level
from oms.core.outbox.models import Event
from oms.core.timeline.models import Entry
from orders.holds import services as holds
from orders.holds.models import Hold
from orders.holds.states import HoldReason
from orders.ordering import services as ordering
from orders.ordering.errors import OrderMissing
from orders.ordering.models import Order
from orders.ordering.states import OrderStatus
from tests.fulfillment import factories
from tests.fulfillment.factories import PICKER
from tests.orders.factories import (
    ChannelFactory,
    lines_of,
    place_order,
    stocked_sku,
)
from tests.orders.factories import (
    units_of as order_units_of,
)

pytestmark = pytest.mark.django_db


def hold(order: Order) -> Hold:
    """Place a hold on the order."""
    return holds.place_hold(order_id=order.pk, reason=HoldReason.FRAUD_RISK, note="", actor=PICKER)


def events_named(name: str) -> list[Event]:
    return list(Event.objects.filter(name=name).order_by("pk"))


def test_work_is_taken_where_the_units_are_allocated() -> None:
    cup, pot = stocked_sku(5), stocked_sku(5)
    order = factories.released_order([(cup, 2), (pot, 1)])
    works = factories.take(order)
    assert [work.number for work in works] == [f"{order.number}-F1", f"{order.number}-F2"]
    assert {
        (work.location_id, line.sku_id, line.quantity)
        for work in works
        for line in factories.lines_of(work)
    } == {
        (cup.levels.get().location_id, cup.pk, 2),
        (pot.levels.get().location_id, pot.pk, 1),
    }
    assert {work.recipient["postcode"] for work in works} == {"10119"}
    assert len(events_named("fulfillment.work_taken.v1")) == 2
    assert Entry.objects.filter(kind="work.taken").count() == 2


def test_one_line_over_two_locations_is_work_at_both() -> None:
    sku = stocked_sku(3, 2)
    order = factories.released_order([(sku, 5)])
    units = {
        work.location_id: factories.lines_of(work)[0].quantity for work in factories.take(order)
    }
    assert units == {level.location_id: level.on_hand for level in sku.levels.all()}


def test_taking_twice_takes_nothing_more() -> None:
    order = factories.released_order()
    (work,) = factories.take(order)
    assert factories.take(order) == []
    assert [line.quantity for line in factories.lines_of(work)] == [2]
    assert len(events_named("fulfillment.work_taken.v1")) == 1


@pytest.mark.parametrize("state", ["pending", "unreleased", "held"])
def test_nothing_is_taken_of_an_order_that_waits(state: str) -> None:
    order = place_order(confirmed=state != "pending", released=state == "held")
    if state == "held":
        hold(order)
    assert factories.take(order) == []
    assert not FulfillmentOrder.objects.exists()


def test_an_unknown_order_is_refused() -> None:
    with pytest.raises(OrderMissing):
        services.take_order(order_id=987_654, actor=PICKER)


def backordered_order() -> Order:
    """Return a released order of 5 units of which 3 are in stock."""
    channel = ChannelFactory.create(backorders=True)
    return factories.released_order([(stocked_sku(3), 5)], channel=channel)


def receive_two(order: Order) -> None:
    """Let two units arrive and fill the backorder."""
    (line,) = lines_of(order)
    level = Level.objects.get(sku=line.sku)
    Level.objects.filter(pk=level.pk).update(on_hand=level.on_hand + 2)
    assert ordering.fill_backorders(sku_id=line.sku_id, document="R-1", actor=PICKER) == 2


def test_units_that_come_later_join_work_that_nobody_has_begun() -> None:
    order = backordered_order()
    (work,) = factories.take(order)
    receive_two(order)
    assert factories.take(order) == [work]
    assert [line.quantity for line in factories.lines_of(work)] == [5]


def test_units_that_come_later_are_new_work_beside_work_in_progress() -> None:
    order = backordered_order()
    (work,) = factories.take(order)
    factories.pick_all(work)
    receive_two(order)
    (second,) = factories.take(order)
    assert second.number == f"{order.number}-F2"
    assert [line.quantity for line in factories.lines_of(work)] == [3]
    assert [line.quantity for line in factories.lines_of(second)] == [2]


def test_shipped_units_are_not_taken_again() -> None:
    shipment = factories.shipped_shipment()
    assert factories.take(shipment.fulfillment_order.order) == []


# Stopping -------------------------------------------------------------------------------------------------------------


def cancel(order: Order, units: dict[int, int] | None = None) -> None:
    """Let the customer cancel, and the warehouse answer."""
    outcome = ordering.cancel(order_id=order.pk, units=units, reason="changed mind", actor=PICKER)
    services.stop(order_id=order.pk, units=outcome.requested, reason="changed mind", actor=PICKER)
    order.refresh_from_db()


def test_work_that_nobody_has_begun_is_cancelled_with_its_order() -> None:
    work = factories.open_work()
    cancel(work.order)
    work.refresh_from_db()
    (line,) = factories.lines_of(work)
    assert factories.units_of(line) == {"cancelled": 2}
    assert (work.status, work.order.status) == (WorkStatus.CANCELLED, OrderStatus.CANCELLED)
    assert not Allocation.objects.exists()
    level = Level.objects.get()
    assert (level.on_hand, level.committed) == (10, 0)


def test_what_is_picked_is_refused_and_stays() -> None:
    work = factories.picked_work()
    order = work.order
    cancel(order)
    work.refresh_from_db()
    (line,) = factories.lines_of(work)
    assert factories.units_of(line) == {"picked": 2}
    assert work.status == WorkStatus.IN_PROGRESS
    assert order.status == OrderStatus.CONFIRMED
    assert Level.objects.get().committed == 2
    (refused,) = events_named("orders.cancellation_refused.v1")
    assert refused.payload["units"] == {str(line.order_line_id): 2}
    assert refused.payload["reason"] == "These units are already picked."


def test_part_of_a_line_is_stopped() -> None:
    work = factories.open_work([(stocked_sku(10), 5)])
    (line,) = factories.lines_of(work)
    factories.picking.confirm(fulfillment_order_id=work.pk, quantities={line.pk: 2}, actor=PICKER)
    cancel(work.order, {line.order_line_id: 4})
    assert factories.units_of(line) == {"cancelled": 3, "picked": 2}
    assert order_units_of(line.order_line) == {"cancelled": 3, "credited": 3, "picked": 2}
    assert Level.objects.get().committed == 2


def test_stock_is_freed_where_the_units_were_stopped() -> None:
    sku = stocked_sku(2, 2)
    order = factories.released_order([(sku, 4)])
    first, second = factories.take(order)
    factories.pick_all(second)  # allocated last, so that freeing "the latest" would take from here
    (order_line,) = lines_of(order)
    cancel(order, {order_line.pk: 2})
    levels = {level.location_id: level.committed for level in Level.objects.all()}
    assert levels == {first.location_id: 0, second.location_id: 2}
    held = Allocation.objects.get()
    assert (held.level.location_id, held.quantity) == (second.location_id, 2)


def test_units_that_no_work_holds_yet_are_stopped_too() -> None:
    order = factories.released_order()
    cancel(order)
    assert order.status == OrderStatus.CANCELLED
    assert factories.take(order) == []


# Holding --------------------------------------------------------------------------------------------------------------


def test_a_held_order_stops_work_that_nobody_has_begun_and_lets_it_go_on() -> None:
    work = factories.open_work()
    placed = hold(work.order)
    assert services.hold(order_id=work.order_id, actor=PICKER) == 1
    work.refresh_from_db()
    assert work.status == WorkStatus.ON_HOLD
    assert services.resume(order_id=work.order_id, actor=PICKER) == 0
    holds.release_hold(hold_id=placed.pk, reason="checked", actor=PICKER)
    assert services.resume(order_id=work.order_id, actor=PICKER) == 1
    work.refresh_from_db()
    assert work.status == WorkStatus.OPEN


def test_work_in_progress_is_not_put_on_hold() -> None:
    work = factories.picked_work()
    hold(work.order)
    assert services.hold(order_id=work.order_id, actor=PICKER) == 0


def test_every_state_of_work_is_reachable_and_final_states_are_ends() -> None:
    assert set(FULFILLMENT_ORDER.states) == set(WorkStatus.values)
    assert all(not FULFILLMENT_ORDER.allowed(state) for state in FULFILLMENT_ORDER.final)
