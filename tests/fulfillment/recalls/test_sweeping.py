"""Between two sweeps units of a recalled lot may come free; that they stay so is an alarm."""

from datetime import timedelta

import pytest

from fulfillment.packing import services as packing
from fulfillment.picking import services as picking
from fulfillment.recalls import queries
from fulfillment.recalls import services as recalls
from fulfillment.recalls.models import SweepMark
from inventory.stock.models import Level
from oms.core import clock
from oms.reporting.invariants import services as invariants
from tests.fulfillment.factories import PICKER, lines_of, pack, picked_work
from tests.inventory.factories import Came, by_lot, lot_of, lots_level

pytestmark = pytest.mark.django_db


def alarms() -> list[str]:
    return [result.check.name for result in invariants.run() if not result.holds]


def come_free(*, swept: bool) -> Level:
    """Recall a lot of which two units are packed; after the sweep, or without one, the parcel is taken apart."""
    level = lots_level({"LATE": Came(6, 90), "SOON": Came(4, 10)}, expires=True)
    work = picked_work([(level.sku, 2)])
    parcel = pack(work)
    recalls.recall(lot_id=lot_of(level.sku, "SOON").pk, reason="Glass in it.", actor=PICKER)
    if swept:
        assert recalls.sweep() == 0
    packing.unpack(shipment_id=parcel.pk, actor=PICKER, reason="recalled")
    (line,) = lines_of(work)
    picking.undo(fulfillment_order_id=work.pk, quantities={line.pk: 2}, actor=PICKER)
    assert by_lot(level)["SOON"] == 2
    assert queries.free_though_unsellable().count() == 1
    return level


def test_what_comes_free_between_two_sweeps_is_the_next_ones() -> None:
    level = come_free(swept=True)

    assert alarms() == []
    assert recalls.sweep() == 2
    assert by_lot(level) == {"LATE": 6, "SOON quality_control": 4}
    assert alarms() == []


def test_what_no_sweep_has_looked_at_for_an_hour_is_an_alarm() -> None:
    come_free(swept=True)

    with clock.travelled(clock.now() + timedelta(minutes=61)):
        assert alarms() == ["unsellable_lots_are_set_aside"]
        recalls.sweep()
        assert alarms() == []


def test_where_no_sweep_ever_runs_it_is_one_at_once() -> None:
    come_free(swept=False)

    assert alarms() == ["unsellable_lots_are_set_aside"]


def test_the_mark_of_the_last_sweep_is_one_row() -> None:
    for _ in range(2):
        recalls.sweep()

    assert SweepMark.objects.get().clear_at is not None
