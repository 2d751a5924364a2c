"""The warehouse's part of the story as it happens by itself: through events, the relay and the schedule."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from fulfillment.packing.models import Shipment
from fulfillment.tracking import services as tracking
from fulfillment.work.models import FulfillmentLine, FulfillmentOrder
from fulfillment.work.states import WorkStatus
from inventory.stock.models import Level
from oms.celery import SCHEDULE, app
from oms.core.outbox import services as outbox
from oms.core.outbox.models import Delivery
from orders.channels.models import Channel
from orders.holds import services as holds
from orders.holds.states import HoldReason
from orders.ordering import services as ordering
from orders.ordering.models import Order
from orders.ordering.states import FulfillmentStatus, OrderStatus
from orders.placing import services as placing
from orders.placing.drafts import Draft, DraftLine
from tests.fulfillment import factories
from tests.fulfillment.factories import PICKER
from tests.orders.factories import BERLIN, ChannelFactory, PriceFactory, TaxRateFactory, stocked_sku

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel() -> Channel:
    """Return a channel whose orders are released unpaid."""
    TaxRateFactory.create()
    channel: Channel = ChannelFactory.create(on_terms=True, backorders=True)
    return channel


def place(channel: Channel, units: int, **changes: Any) -> Order:
    """Let the channel send an order of one SKU, of which each number in `levels` lies somewhere."""
    sku = stocked_sku(*changes.pop("levels", [10]))
    PriceFactory.create(price_list=channel.price_list, sku=sku)
    placed = placing.place(
        channel=channel,
        draft=Draft(
            external_id=f"A-{sku.code}",
            lines=(DraftLine(sku=sku.code, quantity=units),),
            customer_name="Ada Lovelace",
            email="ada@example.com",
            ship_to=BERLIN,
            **changes,
        ),
        actor=PICKER,
    )
    return placed.order


def drain() -> None:
    """Run everything that is due; nothing may stay behind."""
    outbox.drain()
    assert list(Delivery.objects.exclude(state="delivered").values("handler", "last_error")) == []


def work_of(order: Order) -> FulfillmentOrder:
    return FulfillmentOrder.objects.get(order=order)


def test_an_order_reaches_the_warehouse_and_the_door_by_itself(channel: Channel) -> None:
    start = datetime(2026, 11, 23, 9, tzinfo=UTC)
    with time_machine.travel(start, tick=False):
        order = place(channel, 2)
        drain()
        work = work_of(order)
        factories.pick_all(work)
        shipment = factories.label(factories.pack(work))
        factories.shipping.ship(shipment_id=shipment.pk, actor=PICKER)
        drain()
    with time_machine.travel(start + timedelta(days=4), tick=False):
        tracking.poll_due()
        drain()
    order.refresh_from_db()
    assert order.status == OrderStatus.COMPLETED
    assert order.fulfillment_status == FulfillmentStatus.DELIVERED
    assert Shipment.objects.get().status == "delivered"
    assert (Level.objects.get().on_hand, Level.objects.get().committed) == (8, 0)


def test_a_cancelled_order_is_stopped_in_the_warehouse(channel: Channel) -> None:
    order = place(channel, 2)
    drain()
    ordering.cancel(order_id=order.pk, units=None, reason="changed mind", actor=PICKER)
    drain()
    order.refresh_from_db()
    assert order.status == OrderStatus.CANCELLED
    assert work_of(order).status == WorkStatus.CANCELLED
    assert Level.objects.get().committed == 0


def test_a_cancellation_that_overtakes_the_work_leaves_none(channel: Channel) -> None:
    order = place(channel, 2)
    for _ in range(20):
        outbox.fan_out()
        if not outbox.deliver_next() or Order.objects.get().released_at:
            break
    assert not FulfillmentOrder.objects.exists()
    ordering.cancel(order_id=order.pk, units=None, reason="changed mind", actor=PICKER)
    drain()
    order.refresh_from_db()
    assert order.status == OrderStatus.CANCELLED
    assert not FulfillmentLine.objects.filter(cancelled=0).exists()


def test_a_hold_stops_the_work_and_its_release_lets_it_go_on(channel: Channel) -> None:
    order = place(channel, 2)
    drain()
    hold = holds.place_hold(order_id=order.pk, reason=HoldReason.FRAUD_RISK, actor=PICKER)
    drain()
    assert work_of(order).status == WorkStatus.ON_HOLD
    holds.release_hold(hold_id=hold.pk, reason="checked", actor=PICKER)
    drain()
    assert work_of(order).status == WorkStatus.OPEN


def test_a_backorder_that_is_filled_becomes_work(channel: Channel) -> None:
    order = place(channel, 5, levels=[3])
    drain()
    work = work_of(order)
    factories.pick_all(work)
    level = Level.objects.get()
    Level.objects.filter(pk=level.pk).update(on_hand=level.on_hand + 2)
    ordering.fill_backorders(sku_id=level.sku_id, document="R-1", actor=PICKER)
    drain()
    second = FulfillmentOrder.objects.exclude(pk=work.pk).get()
    assert [line.quantity for line in factories.lines_of(second)] == [2]


@pytest.mark.parametrize(
    "task",
    [
        "fulfillment.shipping.tasks.settle_labels",
        "fulfillment.tracking.tasks.poll",
        "fulfillment.tracking.tasks.attach_parked",
    ],
)
def test_the_schedule_runs_what_nobody_calls(task: str) -> None:
    assert task in dict(SCHEDULE)
    app.loader.import_default_modules()
    assert app.tasks[task].apply().get() == 0
