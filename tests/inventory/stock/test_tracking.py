"""A SKU begins to be tracked, and what lies there is named."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

import pytest

from inventory.bins.states import BinKind
from inventory.catalog.models import Sku, Tracking
from inventory.lots.errors import InvalidLots
from inventory.lots.rules import LotUnits
from inventory.stock import errors, services
from inventory.stock.models import Content, Level, Movement
from inventory.storing import services as storing
from oms.core.ids import uuid7
from oms.core.timeline.models import Entry
from oms.reporting.invariants import services as invariants
from tests.inventory.factories import (
    MOVER,
    Came,
    LevelFactory,
    LocationFactory,
    SkuFactory,
    by_lot,
    lot_of,
    lots_level,
    lying,
    receive_lots,
    with_bins,
)

pytestmark = pytest.mark.django_db

Collector = Callable[[], AbstractContextManager[list[str]]]


def track(level: Level, tracking: str = "lot", *, expires: bool = False) -> None:
    services.track(
        sku_id=level.sku_id,
        tracking=tracking,
        expires=expires,
        shelf_life_days=None,
        actor=MOVER,
    )


def name(level: Level, *lots: LotUnits) -> int:
    return services.name_units(level_id=level.pk, lots=lots, actor=MOVER)


def broken() -> list[str]:
    return [result.check.name for result in invariants.run() if not result.holds]


def test_what_lies_there_is_of_an_unknown_lot_until_it_is_named() -> None:
    level = LevelFactory.create(on_hand=10, damaged=2)
    track(level)
    assert by_lot(level) == {"unknown": 8, "unknown damaged": 2}

    assert name(level, LotUnits("A", 3), LotUnits("B", 6)) == 9

    assert by_lot(level) == {"A": 3, "B": 5, "B damaged": 1, "unknown damaged": 1}
    assert broken() == []


def test_more_than_is_unknown_is_not_named() -> None:
    level = LevelFactory.create(on_hand=2)
    track(level)

    with pytest.raises(InvalidLots, match="2 units are of an unknown lot; 3 are named"):
        name(level, LotUnits("A", 3))

    assert by_lot(level) == {"unknown": 2}


def test_with_bins_it_is_known_of_the_units_in_each_bin() -> None:
    level = LevelFactory.create(on_hand=4)
    with_bins(level.location, FACE=BinKind.PICK_FACE)
    track(level)
    assert by_lot(level) == {"unknown": 4}

    name(level, LotUnits("A", 4))

    assert by_lot(level) == {"A": 4}
    assert lying(level) == {"DOCK": 4}


def test_tracking_ends_and_lots_are_forgotten() -> None:
    plain, binned = lots_level({"A": 3}), lots_level({"B": 2})
    with_bins(binned.location)

    for level in (plain, binned):
        track(level, "none")

    assert not Content.objects.filter(level=plain).exists()
    assert by_lot(binned) == {"unknown": 2}
    assert broken() == []


def test_lots_survive_that_a_location_begins_and_ends_to_have_bins() -> None:
    level = lots_level({"A": 3, "B": 2})
    with_bins(level.location)
    assert lying(level) == {"DOCK": 2} or by_lot(level) == {"A": 3, "B": 2}

    storing.switch_off(location_id=level.location_id, reason="too much", actor=MOVER)

    assert by_lot(level) == {"A": 3, "B": 2}
    assert broken() == []


def test_lots_and_serial_numbers_are_not_exchanged_while_units_lie_there() -> None:
    level = lots_level({"A": 3})

    with pytest.raises(errors.TrackingInUse):
        track(level, "serial")

    level.sku.refresh_from_db()
    assert level.sku.tracking == "lot"


def test_nothing_expires_whose_lots_have_no_day() -> None:
    level = lots_level({"A": 3})

    with pytest.raises(InvalidLots, match="when these lots expire: A"):
        track(level, expires=True)


def test_a_receipt_without_a_lot_is_refused_whoever_makes_it() -> None:
    sku, location = SkuFactory.create(tracking="lot"), LocationFactory.create()

    with pytest.raises(errors.LotNeeded, match="2 units"):
        services.receive(
            sku_id=sku.pk,
            location_id=location.pk,
            quantity=2,
            document="PO",
            cause="x",
            actor=MOVER,
        )

    assert not Movement.objects.exists()


def test_a_serial_number_is_in_one_place() -> None:
    level = lots_level({"SN-1": 1}, tracking="serial")

    with pytest.raises(InvalidLots, match="SN-1: it is in stock at"):
        receive_lots(level.sku, LocationFactory.create(), {"SN-1": Came(1)})
    with pytest.raises(InvalidLots, match="named twice"):
        receive_lots(level.sku, level.location, {"SN-2": Came(2)})

    assert by_lot(level) == {"SN-1": 1}


def test_a_count_finds_units_of_an_unknown_lot_and_misses_what_expires_first() -> None:
    level = lots_level({"LATE": Came(3, 90), "SOON": Came(2, 5)}, expires=True)
    for delta in (-3, 1):
        services.adjust(
            sku_id=level.sku_id,
            location_id=level.location_id,
            delta=delta,
            document="",
            cause=f"adjust{delta}",
            actor=MOVER,
            reason="counted",
        )

    assert by_lot(level) == {"LATE": 2, "unknown": 1}
    assert broken() == []


def test_a_lot_with_another_day_than_is_known_is_refused() -> None:
    level = lots_level({"A": Came(3, 90)}, expires=True)

    with pytest.raises(InvalidLots, match="as was said before"):
        receive_lots(level.sku, level.location, {"A": Came(1, 91)})
    assert lot_of(level.sku, "A").expires_on is not None


def delivered(sku: Sku, *lots: LotUnits) -> None:
    """Receive a delivery with a line of one unit for each lot that is named."""
    services.receive_delivery(
        location_code=LocationFactory.create().code,
        lines=[services.Delivered(sku.code, each.quantity, [each]) for each in lots],
        document="DN-2",
        cause=f"test:{uuid7()}",
        actor=MOVER,
    )


def test_a_new_lot_that_comes_with_two_days_is_refused() -> None:
    sku = SkuFactory.create(tracking=Tracking.LOT, expires=True)

    with pytest.raises(InvalidLots) as refused:
        delivered(sku, LotUnits("A", 1, date(2030, 5, 1)), LotUnits("A", 1, date(2031, 5, 1)))

    assert [(each.pointer, each.code) for each in refused.value.problems] == [
        ("/lines/1/lots/0/expires_on", "expiry_differs")
    ]
    delivered(sku, LotUnits("A", 1), LotUnits("A", 1, date(2030, 5, 1)))
    assert lot_of(sku, "A").expires_on == date(2030, 5, 1)


def test_a_lot_without_a_day_gets_the_one_that_it_comes_with_when_it_has_to_expire() -> None:
    sku = SkuFactory.create(tracking=Tracking.LOT)
    delivered(sku, LotUnits("A", 1))
    sku.expires = True
    sku.save()

    with pytest.raises(InvalidLots) as refused:
        delivered(sku, LotUnits("A", 1))
    assert [each.code for each in refused.value.problems] == ["expiry_missing"]

    delivered(sku, LotUnits("A", 1, date(2030, 5, 1)))

    lot = lot_of(sku, "A")
    assert lot.expires_on == date(2030, 5, 1)
    assert Entry.objects.get(document="inventory.lot", document_id=lot.pk).after == {
        "expires_on": "2030-05-01"
    }


def test_what_is_not_tracked_costs_no_statement_more(statements: Collector) -> None:
    level = LevelFactory.create()

    with statements() as found:
        services.adjust(
            sku_id=level.sku_id,
            location_id=level.location_id,
            delta=1,
            document="",
            cause="more",
            actor=MOVER,
            reason="found",
        )

    assert not [each for each in found if "content" in each or "lot" in each.split("WHERE")[-1]]
