from typing import Any

import pytest

from fulfillment.packing import errors, services
from fulfillment.packing.models import Shipment, ShipmentLine
from fulfillment.packing.states import SHIPMENT, ShipmentStatus
from fulfillment.picking.errors import NothingGiven, WrongCount, WrongItem
from fulfillment.work.models import FulfillmentLine
from inventory.stock.models import Level
from oms.core.flows import IllegalTransition
from oms.core.timeline.models import Entry
from tests.fulfillment import factories
from tests.fulfillment.factories import PARCEL, PICKER
from tests.orders.factories import stocked_sku
from tests.orders.factories import units_of as order_units_of

pytestmark = pytest.mark.django_db


def snapshot() -> list[Any]:
    return [
        list(model.objects.order_by("pk").values())
        for model in (Shipment, ShipmentLine, FulfillmentLine, Entry)
    ]


def test_everything_picked_goes_into_one_parcel() -> None:
    work = factories.picked_work()
    shipment = factories.pack(work)
    assert shipment.number == f"{work.order.number}-P1"
    assert (shipment.status, shipment.weight_g) == (ShipmentStatus.PACKED, 1_200)
    (line,) = factories.lines_of(work)
    assert factories.units_of(line) == {"packed": 2}
    assert order_units_of(line.order_line) == {"packed": 2}
    assert list(shipment.lines.values_list("fulfillment_line", "quantity")) == [(line.pk, 2)]


def test_part_of_it_goes_into_each_of_two_parcels() -> None:
    work = factories.picked_work()
    (line,) = factories.lines_of(work)
    first = factories.pack(work, {line.pk: 1})
    second = factories.pack(work, {line.pk: 1})
    assert [first.number[-3:], second.number[-3:]] == ["-P1", "-P2"]
    assert factories.units_of(line) == {"packed": 2}


def test_parcels_of_one_order_are_counted_over_its_locations() -> None:
    order = factories.released_order([(stocked_sku(1, 1), 2)])
    numbers = []
    for work in factories.take(order):
        factories.pick_all(work)
        numbers.append(factories.pack(work).number)
    assert numbers == [f"{order.number}-P1", f"{order.number}-P2"]


def test_packing_by_scan_refuses_the_wrong_item_and_the_wrong_count() -> None:
    work = factories.picked_work([(stocked_sku(10, code="CUP"), 2)])
    before = snapshot()
    with pytest.raises(WrongItem):
        services.pack(
            fulfillment_order_id=work.pk, scans=["CUP", "POT"], key="k", actor=PICKER, **PARCEL
        )
    with pytest.raises(WrongCount):
        services.pack(
            fulfillment_order_id=work.pk, scans=["CUP"] * 3, key="k", actor=PICKER, **PARCEL
        )
    assert snapshot() == before
    shipment = services.pack(
        fulfillment_order_id=work.pk, scans=["CUP"] * 2, key="k", actor=PICKER, **PARCEL
    )
    assert shipment.status == ShipmentStatus.PACKED


def test_more_than_was_picked_is_refused() -> None:
    work = factories.picked_work()
    (line,) = factories.lines_of(work)
    with pytest.raises(WrongCount):
        factories.pack(work, {line.pk: 3})
    (foreign,) = factories.lines_of(factories.picked_work())
    with pytest.raises(WrongItem):
        factories.pack(work, {foreign.pk: 1})


def test_nothing_picked_is_no_parcel() -> None:
    work = factories.open_work()
    with pytest.raises(NothingGiven):
        factories.pack(work)
    assert not Shipment.objects.exists()


def test_weight_and_size_are_refused_together() -> None:
    work = factories.picked_work()
    with pytest.raises(errors.ParcelInvalid) as caught:
        factories.pack(work, weight_g=0, length_mm=10_001, width_mm=-1)
    assert [problem.pointer for problem in caught.value.problems] == [
        "/weight_g",
        "/length_mm",
        "/width_mm",
    ]
    assert not Shipment.objects.exists()


def test_one_key_packs_once() -> None:
    work = factories.picked_work()
    (line,) = factories.lines_of(work)
    first = factories.pack(work, {line.pk: 1}, key="double click")
    assert factories.pack(work, {line.pk: 1}, key="double click") == first
    assert factories.units_of(line) == {"picked": 1, "packed": 1}
    with pytest.raises(errors.PackKeyReused):
        factories.pack(work, {line.pk: 2}, key="double click")


def test_an_opened_parcel_is_the_one_that_is_packed() -> None:
    work = factories.picked_work()
    opened = services.open_parcel(fulfillment_order_id=work.pk, actor=PICKER)
    assert services.open_parcel(fulfillment_order_id=work.pk, actor=PICKER) == opened
    assert opened.status == ShipmentStatus.DRAFT
    assert factories.pack(work) == opened


def test_a_parcel_is_taken_apart() -> None:
    shipment = factories.packed_shipment()
    services.unpack(shipment_id=shipment.pk, reason="box is torn", actor=PICKER)
    shipment.refresh_from_db()
    (line,) = factories.lines_of(shipment.fulfillment_order)
    assert shipment.status == ShipmentStatus.CANCELLED
    assert factories.units_of(line) == {"picked": 2}
    assert order_units_of(line.order_line) == {"picked": 2}
    assert factories.pack(shipment.fulfillment_order).number.endswith("-P2")
    with pytest.raises(IllegalTransition):
        services.unpack(shipment_id=shipment.pk, actor=PICKER)


def test_a_parcel_with_a_label_is_not_taken_apart() -> None:
    shipment = factories.labelled_shipment()
    with pytest.raises(errors.LabelLive):
        services.unpack(shipment_id=shipment.pk, actor=PICKER)
    shipment.refresh_from_db()
    assert shipment.status == ShipmentStatus.LABELLED


def test_packing_moves_no_stock() -> None:
    factories.packed_shipment()
    level = Level.objects.get()
    assert (level.on_hand, level.committed) == (10, 2)


def test_an_unknown_parcel_is_refused() -> None:
    with pytest.raises(errors.ShipmentMissing):
        services.unpack(shipment_id=987_654, actor=PICKER)


def test_every_state_of_a_parcel_is_reachable_and_none_but_the_lost_comes_back() -> None:
    assert set(SHIPMENT.states) == set(ShipmentStatus.values)
    comes_back = {state for state in SHIPMENT.final if SHIPMENT.allowed(state)}
    assert comes_back == {ShipmentStatus.LOST}
