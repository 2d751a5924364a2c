"""Many movements at once."""

import pytest

from inventory.stock import errors
from inventory.stock import services as stock
from inventory.stock.models import Level, Movement
from inventory.stock.states import MovementKind
from oms.core.actors import SYSTEM
from oms.core.outbox.models import Event
from tests.inventory.factories import LevelFactory

pytestmark = pytest.mark.django_db


def move(
    level: Level, quantity: int, target: str = "available", source: str = "transit"
) -> stock.Move:
    return stock.Move(
        level=level,
        kind=MovementKind.TRANSFER_IN,
        source=source,
        target=target,
        quantity=quantity,
        cause=f"c-{level.pk}-{target}",
    )


def move_all(*moves: stock.Move) -> None:
    stock.move_all(moves=moves, document="TR-1", actor=SYSTEM)


def test_levels_change_by_all_their_movements() -> None:
    one, other = LevelFactory.create_batch(2)
    before = Movement.objects.count()

    move_all(move(one, 3), move(one, 2, "damaged"), move(other, 3), move(other, 1, "adjustment"))

    one.refresh_from_db()
    other.refresh_from_db()
    assert (one.on_hand, one.damaged, other.on_hand, other.damaged) == (15, 2, 13, 0)
    assert Movement.objects.count() == before + 4
    told = Event.objects.filter(name="inventory.stock_received.v1").order_by("pk")
    assert [(e.payload["sku_id"], e.payload["quantity"]) for e in told] == [
        (one.sku_id, 3),
        (other.sku_id, 3),
    ]


def test_levels_that_change_alike_take_one_statement(
    django_assert_num_queries: pytest.FixtureRequest,
) -> None:
    levels = LevelFactory.create_batch(30)

    with django_assert_num_queries(2):  # type: ignore[operator]  # the movements, the levels
        move_all(*(move(level, 2, "damaged") for level in levels))

    assert set(Level.objects.values_list("on_hand", "damaged")) == {(12, 2)}


def test_a_level_does_not_pass_what_can_be_counted() -> None:
    full, other = LevelFactory.create(), LevelFactory.create()

    with pytest.raises(errors.LevelFull):
        move_all(move(full, stock.MAX_UNITS - 9), move(other, stock.MAX_UNITS - 9))


def test_what_lies_at_a_location_is_not_moved_in_bulk() -> None:
    level = LevelFactory.create()

    with pytest.raises(ValueError, match="one by one"):
        move_all(move(level, 1, "damaged", source="available"))

    level.refresh_from_db()
    assert level.damaged == 0
