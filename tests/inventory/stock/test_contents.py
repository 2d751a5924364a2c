"""What lies in which bin follows every movement of stock."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

import pytest

from inventory.bins.errors import BinFull, BinMissing
from inventory.bins.states import BinKind
from inventory.lots.models import Lot
from inventory.reservations import services as reservations
from inventory.reservations.services import Promise
from inventory.stock import errors, services
from inventory.stock.models import BinMove, Level, Movement
from inventory.stock.services import Carry, Delivered, Spot
from inventory.stock.states import BinMoveKind, Bucket
from oms.core.actors import Actor
from oms.reporting.invariants import services as invariants
from tests.inventory.factories import (
    MOVER,
    BinFactory,
    LevelFactory,
    bin_of,
    lying,
    shipped_transfer,
    transfer_line,
    with_bins,
)

pytestmark = pytest.mark.django_db

CLERK = Actor("staff", "7", "Grace Clerk")
Collector = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def level() -> Level:
    """Return ten units at the dock of a location with a picking face, storage and quarantine."""
    found = LevelFactory.create()
    with_bins(
        found.location,
        FACE=BinKind.PICK_FACE,
        HIGH=BinKind.STORAGE,
        QUAR=BinKind.QUARANTINE,
    )
    return found


def put(level: Level, code: str, units: int, *, source: str = "DOCK", **changes: Any) -> None:
    """Carry units of a level from one bin to another."""
    services.carry(
        carries=[
            Carry(
                level,
                units,
                f"test:{code}:{units}:{BinMove.objects.count()}",
                source_id=bin_of(level.location, source).pk,
                target_id=bin_of(level.location, code).pk,
                **changes,
            )
        ],
        kind=BinMoveKind.MOVE,
        document="",
        actor=MOVER,
    )


def receive(level: Level, units: int = 5, **changes: Any) -> Level:
    return services.receive(
        sku_id=level.sku_id,
        location_id=level.location_id,
        quantity=units,
        document="PO-1",
        cause=f"receipt-{Movement.objects.count()}",
        actor=CLERK,
        **changes,
    )


def adjust(level: Level, delta: int, **changes: Any) -> Level:
    return services.adjust(
        sku_id=level.sku_id,
        location_id=level.location_id,
        delta=delta,
        document="",
        cause=f"adjust-{Movement.objects.count()}",
        actor=CLERK,
        reason="found so",
        **changes,
    )


def change_state(level: Level, source: str, target: str, units: int, **changes: Any) -> Level:
    return services.change_state(
        level_id=level.pk,
        source=source,
        target=target,
        quantity=units,
        document="",
        cause=f"state-{Movement.objects.count()}",
        actor=CLERK,
        reason="looked",
        **changes,
    )


def ship(level: Level, units: int, **changes: Any) -> None:
    promise = Promise(7, level.sku_id, level.location_id, units)
    reservations.allocate(
        demand="x", promises=[promise], document="O-1", cause="allocate", actor=CLERK
    )
    reservations.issue(
        demand="x", units=[promise], document="S-1", cause="ship", actor=CLERK, **changes
    )


def agree() -> bool:
    """Say whether contents, moves and levels agree."""
    return all(
        result.holds
        for result in invariants.run()
        if "content" in result.check.name or "bin" in result.check.name
    )


# In -----------------------------------------------------------------------------------------------


def test_what_comes_lies_at_the_receiving_dock(level: Level) -> None:
    receive(level)
    receive(level, 3, bucket=Bucket.QUALITY_CONTROL)

    assert lying(level) == {"DOCK": 15, "DOCK quality_control": 3}
    assert agree()


def test_who_receives_may_name_bins_and_a_lot(level: Level) -> None:
    lot = Lot.objects.create(sku=level.sku, number="L1")
    face, high = bin_of(level.location, "FACE"), bin_of(level.location, "HIGH")

    receive(level, 6, spots=[Spot(face.pk, quantity=2), Spot(high.pk, lot.pk, 3)])

    assert lying(level) == {"DOCK": 11, "FACE": 2, "HIGH": 3}
    assert level.contents.get(bin=high).lot == lot
    moves = BinMove.objects.filter(document="PO-1").order_by("part")
    assert [(move.target, move.quantity) for move in moves] == [
        (face, 2),
        (high, 3),
        (bin_of(level.location, "DOCK"), 1),
    ]
    assert agree()


def test_a_bin_of_another_location_is_refused_and_nothing_comes(level: Level) -> None:
    foreign = BinFactory.create()

    with pytest.raises(BinMissing):
        receive(level, spots=[Spot(foreign.pk)])

    level.refresh_from_db()
    assert level.on_hand == 10
    assert lying(level) == {"DOCK": 10}


def test_more_than_a_bin_takes_is_refused_and_nothing_comes(level: Level) -> None:
    small = BinFactory.create(location=level.location, max_weight_g=1400)

    with pytest.raises(BinFull) as refused:
        receive(level, 3, spots=[Spot(small.pk)])
    assert refused.value.fields["room"] == 2

    receive(level, 2, spots=[Spot(small.pk)])
    assert level.contents.get(bin=small).quantity == 2


def test_what_is_counted_into_a_full_bin_lies_there(level: Level) -> None:
    small = BinFactory.create(location=level.location, max_weight_g=100)

    adjust(level, 2, spots=[Spot(small.pk)])

    assert level.contents.get(bin=small).quantity == 2
    assert agree()


def test_the_first_receipt_of_a_sku_lies_at_the_dock_as_well(level: Level) -> None:
    sku = LevelFactory.create().sku

    (made,) = services.receive_delivery(
        location_code=level.location.code,
        lines=[Delivered(sku.code, 4)],
        document="D",
        cause="d",
        actor=CLERK,
    )

    assert lying(made) == {"DOCK": 4}


def test_a_transfer_arrives_at_the_dock_and_leaves_what_is_picked_for_orders() -> None:
    arrives = with_bins()
    leaves = with_bins(LevelFactory.create(on_hand=10).location)
    level = leaves.levels.get()
    put(level, "OUT", 4)

    transfer = shipped_transfer({level.sku: 4}, source=leaves, destination=arrives)
    services.move_all(
        moves=[
            services.Move(
                level=services.lock_levels_at(location_ids=[arrives.pk], sku_ids=[level.sku_id])[0],
                kind="transfer_in",  # type: ignore[arg-type]
                source=Bucket.TRANSIT,
                target=Bucket.DAMAGED,
                quantity=3,
                cause="in",
            )
        ],
        document=transfer.number,
        actor=MOVER,
    )

    assert lying(level) == {"DOCK": 2, "OUT": 4}
    assert transfer_line(transfer).in_transit == 4
    assert lying(Level.objects.get(location=arrives)) == {"DOCK damaged": 3}


# Out ----------------------------------------------------------------------------------------------


def test_what_leaves_is_taken_from_the_outbound_dock_then_from_the_face_then_as_one_walks(
    level: Level,
) -> None:
    put(level, "OUT", 1)
    put(level, "HIGH", 2)
    put(level, "FACE", 2)
    put(level, "QUAR", 2)

    ship(level, 4)

    assert lying(level) == {"DOCK": 3, "HIGH": 1, "QUAR": 2}
    assert agree()


def test_who_ships_may_name_the_bin(level: Level) -> None:
    put(level, "OUT", 3)

    ship(level, 2, spots={7: [Spot(bin_of(level.location, "DOCK").pk)]})

    assert lying(level) == {"DOCK": 5, "OUT": 3}


def test_who_takes_more_out_of_a_bin_than_lies_there_is_refused(level: Level) -> None:
    put(level, "FACE", 2)

    with pytest.raises(errors.NotInBin):
        adjust(level, -3, spots=[Spot(bin_of(level.location, "FACE").pk)])

    level.refresh_from_db()
    assert level.on_hand == 10
    assert lying(level) == {"DOCK": 8, "FACE": 2}


def test_what_is_missing_was_in_the_face_and_not_at_the_outbound_dock(level: Level) -> None:
    put(level, "FACE", 2)
    put(level, "OUT", 7)

    adjust(level, -3)

    assert lying(level) == {"OUT": 7}


def test_a_receipt_that_was_a_mistake_is_taken_from_the_dock(level: Level) -> None:
    put(level, "FACE", 6)
    services.undo_receipt(
        sku_id=level.sku_id,
        location_id=level.location_id,
        quantity=4,
        document="PO-1",
        cause="undo",
        actor=CLERK,
        reason="wrong",
    )

    assert lying(level) == {"FACE": 6}


def test_the_first_to_expire_leaves_first(level: Level) -> None:
    old, new = (
        Lot.objects.create(sku=level.sku, number=number, expires_on=date(year, 1, 1))
        for number, year in (("A", 2031), ("B", 2032))
    )
    face = bin_of(level.location, "FACE")
    receive(level, 2, spots=[Spot(face.pk, new.pk)])
    receive(level, 2, spots=[Spot(face.pk, old.pk)])

    ship(level, 3)

    assert [(row.lot, row.quantity) for row in level.contents.filter(bin=face)] == [(new, 1)]


# In place -----------------------------------------------------------------------------------------


def test_what_turns_out_damaged_stays_where_it_lies(level: Level) -> None:
    put(level, "FACE", 4)

    change_state(level, Bucket.AVAILABLE, Bucket.DAMAGED, 3)
    assert lying(level) == {"DOCK": 6, "FACE": 1, "FACE damaged": 3}
    change_state(
        level,
        Bucket.AVAILABLE,
        Bucket.QUALITY_CONTROL,
        2,
        spots=[Spot(bin_of(level.location, "DOCK").pk)],
    )
    assert lying(level) == {
        "DOCK": 4,
        "DOCK quality_control": 2,
        "FACE": 1,
        "FACE damaged": 3,
    }
    change_state(level, Bucket.DAMAGED, Bucket.ADJUSTMENT, 3)
    assert "FACE damaged" not in lying(level)
    assert agree()


def test_promising_moves_nothing(level: Level) -> None:
    before = BinMove.objects.count()

    reservations.allocate(
        demand="x",
        promises=[Promise(7, level.sku_id, level.location_id, 2)],
        document="O-1",
        cause="allocate",
        actor=CLERK,
    )

    assert lying(level) == {"DOCK": 10}
    assert BinMove.objects.count() == before


# Cost ---------------------------------------------------------------------------------------------


def test_a_location_without_bins_costs_no_statement(statements: Collector) -> None:
    level = LevelFactory.create()

    with statements() as asked:
        receive(level)
        ship(level, 2)
        adjust(level, -1)

    assert not [each for each in asked if "inventory_content" in each or "inventory_bin" in each]
    assert lying(level) == {}


def test_the_number_of_statements_does_not_depend_on_that_of_the_bins(
    level: Level, statements: Collector
) -> None:
    other = LevelFactory.create()
    with_bins(other.location)
    for code in ("FACE", "HIGH", "QUAR", "OUT"):
        put(level, code, 2)

    def cost(of: Level, demand: int) -> int:
        promise = Promise(demand, of.sku_id, of.location_id, 9)
        reservations.allocate(
            demand="x", promises=[promise], document="O", cause="allocate", actor=CLERK
        )
        with statements() as asked:
            reservations.issue(demand="x", units=[promise], document="S", cause="ship", actor=CLERK)
        return len(asked)

    assert cost(level, 1) <= cost(other, 2) + 1  # one that deletes the bins that are empty now
    assert lying(level) == {"QUAR": 1}
