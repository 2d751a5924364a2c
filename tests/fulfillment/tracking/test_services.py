from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from pytest_django import DjangoAssertNumQueries

from fulfillment.packing.models import Shipment
from fulfillment.packing.states import ShipmentStatus, TrackingStatus
from fulfillment.shipping import services as shipping
from fulfillment.shipping.carriers.base import CarrierScan
from fulfillment.tracking import queries, services
from fulfillment.tracking.models import Scan
from oms.core import clock
from oms.core.outbox import services as outbox
from oms.core.outbox.models import Event
from oms.core.timeline.models import Entry
from orders.ordering.models import Order
from orders.ordering.states import FulfillmentStatus
from tests.fulfillment import factories
from tests.fulfillment.carriers import MoodyCarrier
from tests.fulfillment.factories import PICKER, scan
from tests.orders.factories import units_of as order_units_of

pytestmark = pytest.mark.django_db

NOON = datetime(2130, 1, 1, 12, tzinfo=UTC)


def hours(count: float) -> datetime:
    return NOON + timedelta(hours=count)


def told(name: str) -> list[dict[str, Any]]:
    return [event.payload for event in Event.objects.filter(name=name).order_by("pk")]


def delivered() -> int:
    return len(told("fulfillment.shipment_delivered.v1"))


def exceptions() -> list[str]:
    return [event["status"] for event in told("fulfillment.shipment_exception.v1")]


@pytest.fixture
def shipment() -> Shipment:
    """Return a parcel that has left."""
    return factories.shipped_shipment()


def test_a_scan_is_stored_raw_and_moves_the_status(shipment: Shipment) -> None:
    recorded = scan(
        shipment,
        "in_transit",
        code="SORT",
        place="Leipzig",
        description="Sorted",
        raw={"evt": 7},
    )
    assert recorded == services.Recorded(recorded=1, duplicates=0, parked=0)
    assert shipment.tracking_status == TrackingStatus.IN_TRANSIT
    stored = Scan.objects.get()
    assert (stored.shipment, stored.raw, stored.code) == (shipment, {"evt": 7}, "SORT")
    entry = Entry.objects.get(kind="shipment.tracked")
    assert entry.before == {"tracking_status": "unknown", "leg": 1}
    assert entry.after == {"tracking_status": "in_transit", "leg": 1}


def test_a_delivery_reaches_the_order_once(shipment: Shipment) -> None:
    scan(shipment, "delivered", hours(1))
    scan(shipment, "delivered", hours(2))
    assert (shipment.status, shipment.delivered_at) == (ShipmentStatus.DELIVERED, hours(1))
    assert shipment.next_poll_at is None
    line = Order.objects.get().lines.get()
    assert order_units_of(line) == {"shipped": 2, "delivered": 2}
    assert Order.objects.get().fulfillment_status == FulfillmentStatus.DELIVERED
    assert delivered() == 1


def test_the_same_report_again_changes_nothing(shipment: Shipment) -> None:
    scan(shipment, "delivery_failed")
    before = [list(m.objects.order_by("pk").values()) for m in (Scan, Shipment, Entry, Event)]
    recorded = scan(shipment, "delivery_failed", description="the same in other words")
    assert recorded == services.Recorded(recorded=0, duplicates=1, parked=0)
    assert [
        list(m.objects.order_by("pk").values()) for m in (Scan, Shipment, Entry, Event)
    ] == before


def test_a_report_that_is_twice_in_one_batch_is_one_scan(shipment: Shipment) -> None:
    report = services.Report(
        tracking_number=shipment.tracking_number, status="in_transit", occurred_at=NOON
    )
    recorded = services.record_scans(carrier="house", scans=[report, report], actor=PICKER)
    assert recorded == services.Recorded(recorded=1, duplicates=1, parked=0)


def test_a_late_scan_is_kept_and_does_not_undo_a_delivery(shipment: Shipment) -> None:
    scan(shipment, "delivered", hours(10))
    scan(shipment, "in_transit", hours(2))
    assert shipment.tracking_status == TrackingStatus.DELIVERED
    assert shipment.status == ShipmentStatus.DELIVERED
    assert Scan.objects.count() == 2
    assert delivered() == 1


def test_numbers_are_known_with_spaces_and_in_lower_case(shipment: Shipment) -> None:
    number = shipment.tracking_number.lower()
    spaced = f" {number[:2]} {number[2:]}\t"
    assert scan(shipment, "in_transit", tracking_number=spaced).recorded == 1
    assert Scan.objects.get().tracking_number == shipment.tracking_number


def test_a_code_that_nobody_knows_is_kept_as_unknown(shipment: Shipment) -> None:
    scan(shipment, "in_transit", hours(1))
    scan(shipment, "EATEN_BY_DOG", hours(2))
    assert shipment.tracking_status == TrackingStatus.IN_TRANSIT
    unknown = Scan.objects.get(status="unknown")
    assert unknown.code == "EATEN_BY_DOG"


def test_another_carriers_parcel_with_the_number_is_not_meant(shipment: Shipment) -> None:
    report = services.Report(
        tracking_number=shipment.tracking_number, status="delivered", occurred_at=NOON
    )
    recorded = services.record_scans(carrier="ups", scans=[report], actor=PICKER)
    assert recorded.parked == 1
    shipment.refresh_from_db()
    assert shipment.status == ShipmentStatus.SHIPPED


# Numbers that nobody knows yet ----------------------------------------------------------------------------------------


def test_scans_of_an_unknown_number_wait_for_their_parcel() -> None:
    parcel = factories.packed_shipment()
    number = "1Z 999"
    report = services.Report(tracking_number=number, status="in_transit", occurred_at=NOON)
    assert services.record_scans(carrier="ups", scans=[report], actor=PICKER).parked == 1
    assert services.attach_parked() == 0
    shipping.record_label(
        shipment_id=parcel.pk,
        carrier="ups",
        service="",
        tracking_number=number,
        key="k",
        actor=PICKER,
    )
    shipping.ship(shipment_id=parcel.pk, actor=PICKER)
    outbox.drain()
    parcel.refresh_from_db()
    assert parcel.tracking_status == TrackingStatus.IN_TRANSIT
    assert Scan.objects.get().shipment == parcel


def test_the_regular_check_attaches_what_was_left(shipment: Shipment) -> None:
    scan(shipment, "in_transit")
    Scan.objects.update(shipment=None)
    assert services.attach_parked() == 1
    assert Scan.objects.get().shipment == shipment
    assert services.attach_parked() == 0


def test_the_next_scan_of_a_number_attaches_the_parked_ones(shipment: Shipment) -> None:
    scan(shipment, "delivered", hours(1))
    Scan.objects.update(shipment=None)
    scan(shipment, "in_transit", hours(0))
    assert Scan.objects.filter(shipment=shipment).count() == 2


def test_a_parcel_that_the_carrier_has_before_it_was_shipped_is_flagged_and_caught_up() -> None:
    parcel = factories.labelled_shipment()
    scan(parcel, "delivered")
    assert parcel.tracking_status == TrackingStatus.DELIVERED
    assert parcel.status == ShipmentStatus.LABELLED
    assert Entry.objects.filter(kind="shipment.tracked_before_shipping").count() == 1
    assert delivered() == 0
    shipping.ship(shipment_id=parcel.pk, actor=PICKER)
    outbox.drain()
    parcel.refresh_from_db()
    assert parcel.status == ShipmentStatus.DELIVERED
    assert delivered() == 1


def test_a_parcel_never_arrives_before_it_has_left_but_the_scan_keeps_the_carriers_time() -> None:
    parcel = factories.labelled_shipment()
    at = clock.now() - timedelta(hours=3)
    scan(parcel, "delivered", at)
    shipping.ship(shipment_id=parcel.pk, actor=PICKER)
    outbox.drain()
    parcel.refresh_from_db()
    assert parcel.status == ShipmentStatus.DELIVERED
    assert parcel.shipped_at is not None
    assert parcel.delivered_at == parcel.shipped_at
    assert Scan.objects.get().occurred_at == at


# Problems and the way back --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["delivery_failed", "on_hold", "delayed", "return_to_sender"])
def test_a_problem_is_told_once(shipment: Shipment, status: str) -> None:
    scan(shipment, status, hours(1))
    scan(shipment, status, hours(2))
    assert exceptions() == [status]
    (event,) = told("fulfillment.shipment_exception.v1")
    assert event["shipment_id"] == shipment.pk


def test_a_problem_that_has_passed_is_not_told(shipment: Shipment) -> None:
    scan(shipment, "delivered", hours(5))
    scan(shipment, "delivery_failed", hours(1))
    assert exceptions() == []


def test_each_problem_is_told(shipment: Shipment) -> None:
    scan(shipment, "delayed", hours(1))
    scan(shipment, "delivery_failed", hours(2))
    assert exceptions() == ["delayed", "delivery_failed"]


def test_a_return_after_delivery_keeps_the_delivery(shipment: Shipment) -> None:
    scan(shipment, "delivered", hours(1))
    scan(shipment, "return_to_sender", hours(30))
    scan(shipment, "delivered", hours(60))
    assert shipment.status == ShipmentStatus.DELIVERED
    assert shipment.delivered_at == hours(1)
    assert shipment.leg == 2
    assert list(Scan.objects.order_by("occurred_at").values_list("leg", flat=True)) == [1, 2, 2]
    assert delivered() == 1
    assert exceptions() == ["return_to_sender"]


def test_a_parcel_that_comes_back_was_never_delivered(shipment: Shipment) -> None:
    scan(shipment, "return_to_sender", hours(1))
    assert shipment.status == ShipmentStatus.SHIPPED
    scan(shipment, "delivered", hours(20))
    assert shipment.status == ShipmentStatus.RETURNED_TO_SENDER
    assert delivered() == 0
    assert order_units_of(Order.objects.get().lines.get()) == {"shipped": 2}


def test_a_lost_parcel_that_turns_up_is_delivered(shipment: Shipment) -> None:
    Shipment.objects.filter(pk=shipment.pk).update(status=ShipmentStatus.LOST)
    scan(shipment, "delivered")
    assert shipment.status == ShipmentStatus.DELIVERED


def test_a_batch_over_many_parcels_finds_each(shipment: Shipment) -> None:
    other = factories.shipped_shipment()
    reports = [
        services.Report(tracking_number=number, status="delivered", occurred_at=NOON)
        for number in (shipment.tracking_number, "UNKNOWN", other.tracking_number)
    ]
    recorded = services.record_scans(carrier="house", scans=reports, actor=PICKER)
    assert recorded == services.Recorded(recorded=2, duplicates=0, parked=1)
    assert set(Shipment.objects.values_list("status", flat=True)) == {ShipmentStatus.DELIVERED}


# Polling --------------------------------------------------------------------------------------------------------------


def test_the_house_carriers_parcels_move_on_by_the_clock() -> None:
    start = datetime(2026, 11, 23, 9, tzinfo=UTC)
    with time_machine.travel(start, tick=False):
        shipment = factories.shipped_shipment()
        assert services.poll_due() == 0
    seen = []
    for hour in (1, 3, 7, 80):
        with time_machine.travel(start + timedelta(hours=hour), tick=False):
            services.poll_due()
        shipment.refresh_from_db()
        seen.append(shipment.tracking_status)
    assert seen == ["pre_transit", "picked_up", "in_transit", "delivered"]
    assert (shipment.status, shipment.next_poll_at) == (ShipmentStatus.DELIVERED, None)
    with time_machine.travel(start + timedelta(days=9), tick=False):
        assert services.poll_due() == 0


def test_all_that_is_due_is_asked_about_however_small_the_batch() -> None:
    parcels = [factories.shipped_shipment() for _ in range(3)]
    with time_machine.travel(clock.now() + timedelta(days=9), tick=False):
        services.poll_due(batch=1)
    assert {parcel.pk for parcel in Shipment.objects.filter(status=ShipmentStatus.DELIVERED)} == {
        parcel.pk for parcel in parcels
    }


@pytest.mark.parametrize("mood", ["silent", "broken"])
def test_a_carrier_that_fails_is_asked_at_the_next_interval(
    moody: type[MoodyCarrier], mood: str
) -> None:
    shipment = factories.label(factories.packed_shipment(), carrier="moody", service="slow")
    shipping.ship(shipment_id=shipment.pk, actor=PICKER)
    moody.told = [
        CarrierScan(
            status="in_transit",
            code="T",
            description="",
            place="",
            occurred_at=clock.now(),
        )
    ]
    moody.moods = [mood]
    due = clock.now() + timedelta(minutes=11)
    with time_machine.travel(due, tick=False):
        assert services.poll_due() == 0
        assert services.poll_due() == 0
        assert moody.asked["track"] == 1
    with time_machine.travel(due + timedelta(minutes=11), tick=False):
        assert services.poll_due() == 1


# Reads ----------------------------------------------------------------------------------------------------------------


def test_scans_of_parcels_are_read_at_once_latest_first(
    shipment: Shipment, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    scan(shipment, "in_transit", hours(2))
    scan(shipment, "picked_up", hours(1))
    other = factories.shipped_shipment()
    scan(other, "in_transit")
    with django_assert_num_queries(1):
        found = queries.scans_of([shipment.pk, other.pk])
    assert [each.status for each in found[shipment.pk]] == ["in_transit", "picked_up"]
    assert len(found[other.pk]) == 1
