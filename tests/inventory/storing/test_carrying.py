"""Units are carried from bin to bin, and back."""

from typing import Any

import pytest

from inventory.bins.errors import BinFull, BinMissing, NoDock
from inventory.bins.states import BinKind
from inventory.lots.models import Lot
from inventory.stock import services as stock
from inventory.stock.errors import InvalidQuantity, NotInBin, ReasonRequired
from inventory.stock.models import BinMove, Level
from inventory.stock.services import Spot
from inventory.storing import errors, queries, services
from inventory.storing.models import SkuClass, StorageRule
from inventory.storing.services import Wanted
from tests.inventory.factories import MOVER, BinFactory, LevelFactory, bin_of, lying, with_bins

pytestmark = pytest.mark.django_db


@pytest.fixture
def level() -> Level:
    """Return ten units at the dock, two of them damaged."""
    found = LevelFactory.create(damaged=2)
    with_bins(found.location, FACE=BinKind.PICK_FACE, HIGH=BinKind.STORAGE, QUAR=BinKind.QUARANTINE)
    return found


def wanted(level: Level, target: str, units: int = 3, source: str = "DOCK", **more: Any) -> Wanted:
    return Wanted(
        level.location_id,
        level.sku_id,
        units,
        bin_of(level.location, source).pk,
        bin_of(level.location, target).pk,
        **more,
    )


def test_units_are_put_away_and_the_level_stays_as_it_is(level: Level) -> None:
    (move,) = services.put_away(wanted=wanted(level, "HIGH"), key="k", actor=MOVER)

    assert lying(level) == {"DOCK": 5, "DOCK damaged": 2, "HIGH": 3}
    assert (move.kind, move.quantity, move.actor) == ("put_away", 3, str(MOVER))
    level.refresh_from_db()
    assert (level.on_hand, level.available) == (10, 8)


def test_the_same_key_carries_once(level: Level) -> None:
    first = services.move(wanted=wanted(level, "HIGH"), key="k", actor=MOVER)

    assert services.move(wanted=wanted(level, "HIGH"), key="k", actor=MOVER) == first
    assert lying(level)["HIGH"] == 3
    with pytest.raises(errors.BinMoveKeyReused):
        services.move(wanted=wanted(level, "HIGH", 2), key="k", actor=MOVER)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"units": 0}, InvalidQuantity),
        ({"units": 9}, NotInBin),
        ({"target": "DOCK"}, errors.SameBin),
        ({"target": "OUT"}, errors.WrongBin),
        ({"target": "QUAR"}, errors.WrongBin),
        ({"target": "HIGH", "condition": "damaged"}, errors.WrongBin),
        ({"source": "FACE"}, NotInBin),
    ],
)
def test_what_cannot_be_put_away_is_refused_and_stays(
    level: Level, changes: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        services.put_away(
            wanted=wanted(level, **{"target": "HIGH", **changes}), key="k", actor=MOVER
        )

    assert lying(level) == {"DOCK": 8, "DOCK damaged": 2}


def test_a_bin_elsewhere_or_out_of_use_is_no_place_to_put_anything(level: Level) -> None:
    for changes in ({}, {"location": level.location, "is_active": False}):
        target = BinFactory.create(**changes)
        with pytest.raises(BinMissing):
            services.move(
                wanted=Wanted(
                    level.location_id,
                    level.sku_id,
                    1,
                    bin_of(level.location, "DOCK").pk,
                    target.pk,
                ),
                key=str(target.pk),
                actor=MOVER,
            )


def test_limits_hold_whoever_carries(level: Level) -> None:
    small = BinFactory.create(location=level.location, code="SMALL", max_volume_ml=6500)

    with pytest.raises(BinFull):
        services.move(wanted=wanted(level, "SMALL"), key="k", actor=MOVER)
    services.move(wanted=wanted(level, "SMALL", 2), key="k", actor=MOVER)

    assert small.contents.get().quantity == 2


def test_a_move_is_undone_by_its_opposite_once(level: Level) -> None:
    (move,) = services.move(wanted=wanted(level, "FACE"), key="k", actor=MOVER)

    with pytest.raises(ReasonRequired):
        services.undo(move_id=move.pk, reason=" ", actor=MOVER)
    back = services.undo(move_id=move.pk, reason="wrong shelf", actor=MOVER)

    assert (back.source, back.target, back.quantity) == (move.target, move.source, 3)
    assert lying(level) == {"DOCK": 8, "DOCK damaged": 2}
    for again in (move, back):
        with pytest.raises(errors.NotToBeUndone):
            services.undo(move_id=again.pk, reason="again", actor=MOVER)


def test_what_followed_a_movement_of_stock_is_not_undone_here(level: Level) -> None:
    move = BinMove.objects.filter(kind="switch").first()
    assert move is not None

    with pytest.raises(errors.NotToBeUndone):
        services.undo(move_id=move.pk, reason="no", actor=MOVER)
    with pytest.raises(errors.BinMoveMissing):
        services.undo(move_id=0, reason="no", actor=MOVER)


def test_units_of_several_lots_are_carried_first_expired_first(level: Level) -> None:
    lots = [Lot.objects.create(sku=level.sku, number=name) for name in ("L1", "L2")]
    for lot in lots:
        stock.receive(
            sku_id=level.sku_id,
            location_id=level.location_id,
            quantity=2,
            document="PO",
            cause=lot.number,
            actor=MOVER,
            spots=[Spot(bin_of(level.location, "FACE").pk, lot.pk)],
        )

    moves = services.move(wanted=wanted(level, "HIGH", 3, "FACE"), key="k", actor=MOVER)

    assert [(move.lot, move.quantity) for move in sorted(moves, key=lambda m: m.part)] == [
        (lots[0], 2),
        (lots[1], 1),
    ]
    services.move(wanted=wanted(level, "HIGH", 1, "FACE", lot_id=lots[1].pk), key="k2", actor=MOVER)
    assert "FACE" not in lying(level)


def test_a_bin_is_shut_when_it_is_empty_and_no_dock_is_the_last_one(level: Level) -> None:
    with pytest.raises(errors.BinNotEmpty):
        services.shut(bin_id=bin_of(level.location, "DOCK").pk, is_active=False, actor=MOVER)
    with pytest.raises(NoDock):
        services.shut(bin_id=bin_of(level.location, "OUT").pk, is_active=False, actor=MOVER)

    assert not services.shut(
        bin_id=bin_of(level.location, "HIGH").pk, is_active=False, actor=MOVER
    ).is_active


# Proposals ----------------------------------------------------------------------------------------


def test_the_closest_rule_is_followed(level: Level) -> None:
    location, sku = level.location, level.sku
    for zone in "WXYZ":
        BinFactory.create(location=location, code=zone, zone=zone, walk_order=900)

    def first() -> str:
        return queries.advise(location_id=location.pk, sku_id=sku.pk, quantity=1).proposals[0].code

    assert first() == "FACE"
    StorageRule.objects.create(location=location, zone="W")
    assert first() == "W"
    SkuClass.objects.create(location=location, sku=sku, letter="B", picks=1, units=1, days=30)
    StorageRule.objects.create(location=location, zone="X", abc="A")
    assert first() == "W"
    StorageRule.objects.create(location=location, zone="X", abc="B")
    assert first() == "X"
    StorageRule.objects.create(location=location, zone="Y", category=sku.product.category)
    assert first() == "Y"
    StorageRule.objects.create(location=location, zone="Z", sku=sku)
    assert first() == "Z"


def test_what_waits_at_the_dock_is_listed(level: Level) -> None:
    services.put_away(wanted=wanted(level, "FACE", 8), key="k", actor=MOVER)

    assert [(row.condition, row.quantity) for row in queries.to_put_away(level.location_id)] == [
        ("damaged", 2)
    ]
