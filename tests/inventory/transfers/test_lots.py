"""Lots go with a transfer, and serial numbers come back to where they never left."""

import pytest

from inventory.stock.models import Level
from inventory.transfers import services as transfers
from inventory.transfers.rules import Units
from oms.core.ids import uuid7
from oms.reporting.invariants import services as invariants
from tests.inventory.factories import (
    MOVER,
    Came,
    LocationFactory,
    by_lot,
    lots_level,
    shipped_transfer,
)

pytestmark = pytest.mark.django_db


def receive(transfer_id: int, *units: Units) -> None:
    transfers.receive(transfer_id=transfer_id, units=units, key=uuid7().hex, actor=MOVER)


def test_what_expires_first_is_sent_and_arrives_as_what_it_is() -> None:
    source = lots_level({"LATE": Came(6, 90), "SOON": Came(4, 10)}, expires=True)
    transfer = shipped_transfer({source.sku: 5}, source=source.location)
    assert by_lot(source) == {"LATE": 5}

    receive(transfer.pk, Units(source.sku.code, 3, "available"))
    there = Level.objects.get(sku=source.sku, location=transfer.destination)
    assert by_lot(there) == {"SOON": 3}
    receive(
        transfer.pk,
        Units(source.sku.code, 1, "damaged"),
        Units(source.sku.code, 1, "available"),
    )

    assert by_lot(there) == {"LATE": 1, "SOON": 3, "SOON damaged": 1}
    assert [result.check.name for result in invariants.run() if not result.holds] == []


def test_a_serial_number_that_never_left_is_at_its_source_again() -> None:
    source = lots_level({"SN-1": 1}, tracking="serial")
    transfer = shipped_transfer(
        {source.sku: 1}, source=source.location, destination=LocationFactory.create()
    )
    transfers.receive(transfer_id=transfer.pk, units=[], key="k", complete=True, actor=MOVER)

    transfers.settle(
        transfer_id=transfer.pk,
        units=[Units(source.sku.code, 1, "found_at_source")],
        reason="still on the shelf",
        key=uuid7().hex,
        actor=MOVER,
    )

    assert by_lot(source) == {"SN-1": 1}
