"""The parcel leaves: stock, counters and events, once."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine

from fulfillment.packing.errors import ShipmentMissing
from fulfillment.packing.models import Shipment
from fulfillment.packing.states import ShipmentStatus
from fulfillment.shipping import errors, services
from fulfillment.work.errors import OrderOnHold
from fulfillment.work.models import FulfillmentLine, FulfillmentOrder
from fulfillment.work.states import WorkStatus
from inventory.reservations.models import Allocation
from inventory.stock.models import Level, Movement
from oms.core.flows import IllegalTransition
from oms.core.outbox.models import Event
from oms.core.timeline.models import Entry
from orders.holds import services as holds
from orders.holds.states import HoldReason
from orders.ordering.models import Order, OrderLine
from orders.ordering.states import FulfillmentStatus, OrderStatus
from tests.fulfillment import factories
from tests.fulfillment.factories import PICKER
from tests.orders.factories import stocked_sku
from tests.orders.factories import units_of as order_units_of

pytestmark = pytest.mark.django_db


def refuses(call: Callable[[], object], error: type[Exception]) -> None:
    """Assert that `call` is refused and that nothing has changed."""

    def snapshot() -> list[Any]:
        models = (Shipment, FulfillmentOrder, FulfillmentLine, Order, OrderLine)
        return [
            list(model.objects.order_by("pk").values())
            for model in (*models, Level, Allocation, Movement, Entry, Event)
        ]

    before = snapshot()
    with pytest.raises(error):
        call()
    assert snapshot() == before


def test_stock_falls_where_the_units_were_committed() -> None:
    shipment = factories.labelled_shipment()
    services.ship(shipment_id=shipment.pk, actor=PICKER)
    level = Level.objects.get()
    assert (level.on_hand, level.committed) == (8, 0)
    assert not Allocation.objects.exists()
    moved = Movement.objects.get(kind="shipment")
    assert (moved.quantity, moved.source, moved.target) == (2, "committed", "customer")
    assert moved.document == shipment.number


def test_counters_statuses_and_events_follow() -> None:
    shipment = factories.shipped_shipment()
    work = shipment.fulfillment_order
    work.refresh_from_db()
    (line,) = factories.lines_of(work)
    assert factories.units_of(line) == {"shipped": 2}
    assert order_units_of(line.order_line) == {"shipped": 2}
    assert (shipment.status, work.status) == (ShipmentStatus.SHIPPED, WorkStatus.CLOSED)
    order = Order.objects.get()
    assert order.status == OrderStatus.COMPLETED
    assert order.fulfillment_status == FulfillmentStatus.SHIPPED
    (told,) = Event.objects.filter(name="fulfillment.shipment_shipped.v1")
    assert told.payload == {"shipment_id": shipment.pk, "order_id": order.pk}
    (lines,) = Event.objects.filter(name="orders.lines_shipped.v1")
    assert lines.payload["units"] == {str(line.order_line_id): 2}
    assert lines.payload["shipment_number"] == shipment.number
    assert Entry.objects.filter(kind="shipment.shipped").count() == 1


def test_work_stays_open_while_units_are_left() -> None:
    work = factories.picked_work()
    (line,) = factories.lines_of(work)
    first = factories.label(factories.pack(work, {line.pk: 1}))
    second = factories.label(factories.pack(work, {line.pk: 1}))
    services.ship(shipment_id=first.pk, actor=PICKER)
    work.refresh_from_db()
    assert work.status == WorkStatus.IN_PROGRESS
    assert factories.units_of(line) == {"packed": 1, "shipped": 1}
    assert Level.objects.get().on_hand == 9
    services.ship(shipment_id=second.pk, actor=PICKER)
    work.refresh_from_db()
    assert work.status == WorkStatus.CLOSED
    assert Level.objects.get().on_hand == 8


def test_two_lines_of_one_sku_leave_together() -> None:
    sku = stocked_sku(10)
    factories.shipped_shipment([(sku, 2), (sku, 3)])
    level = Level.objects.get()
    assert (level.on_hand, level.committed) == (5, 0)
    assert sorted(Movement.objects.filter(kind="shipment").values_list("quantity", flat=True)) == [
        2,
        3,
    ]


def test_shipping_twice_is_refused() -> None:
    shipment = factories.shipped_shipment()
    refuses(lambda: services.ship(shipment_id=shipment.pk, actor=PICKER), IllegalTransition)


def test_a_parcel_without_label_does_not_leave() -> None:
    shipment = factories.packed_shipment()
    refuses(lambda: services.ship(shipment_id=shipment.pk, actor=PICKER), IllegalTransition)


def test_a_parcel_does_not_leave_while_its_label_is_unsettled() -> None:
    shipment = factories.labelled_shipment()
    Shipment.objects.filter(pk=shipment.pk).update(label_pending=True)
    refuses(lambda: services.ship(shipment_id=shipment.pk, actor=PICKER), errors.LabelPending)


def test_a_parcel_of_a_held_order_does_not_leave() -> None:
    shipment = factories.labelled_shipment()
    order_id = shipment.fulfillment_order.order_id
    hold = holds.place_hold(order_id=order_id, reason=HoldReason.FRAUD_RISK, actor=PICKER)
    refuses(lambda: services.ship(shipment_id=shipment.pk, actor=PICKER), OrderOnHold)
    holds.release_hold(hold_id=hold.pk, reason="checked", actor=PICKER)
    services.ship(shipment_id=shipment.pk, actor=PICKER)
    assert Level.objects.get().on_hand == 8


def test_an_unknown_parcel_is_refused() -> None:
    with pytest.raises(ShipmentMissing):
        services.ship(shipment_id=987_654, actor=PICKER)


def test_the_expected_day_counts_working_days_from_the_day_at_the_site() -> None:
    # Friday evening in Berlin, where the parcel leaves; two working days are Tuesday.
    with time_machine.travel(datetime(2026, 11, 20, 21, tzinfo=UTC), tick=False):
        assert factories.shipped_shipment().expected_on == date(2026, 11, 24)
    # Friday evening in London is Saturday in Berlin already.
    with time_machine.travel(datetime(2026, 11, 20, 23, 30, tzinfo=UTC), tick=False):
        assert factories.shipped_shipment().expected_on == date(2026, 11, 24)
    with time_machine.travel(datetime(2026, 11, 22, 23, 30, tzinfo=UTC), tick=False):
        assert factories.shipped_shipment().expected_on == date(2026, 11, 25)


def test_the_carrier_is_asked_again_at_its_pace() -> None:
    with time_machine.travel(datetime(2026, 11, 20, 12, tzinfo=UTC), tick=False):
        shipment = factories.shipped_shipment()
    assert shipment.next_poll_at == datetime(2026, 11, 20, 12, 15, tzinfo=UTC)
