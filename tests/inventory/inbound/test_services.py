"""What is on its way is said by its supply line, and `incoming` of a level is the sum of what was said."""

from datetime import date

import pytest

from inventory.inbound import services
from inventory.inbound.models import Inbound
from inventory.inbound.services import Expected
from inventory.stock.models import Level, Movement
from tests.inventory.factories import LevelFactory, LocationFactory, SkuFactory

pytestmark = pytest.mark.django_db

KIND = "inventory.purchaseline"
FRIDAY = date(2026, 3, 6)


def expect(*lines: Expected, supply: str = KIND) -> None:
    """Say what is to come."""
    services.expect(supply=supply, lines=lines)


def incoming(level: Level) -> int:
    """Return what the level counts."""
    level.refresh_from_db()
    return level.incoming


def test_what_is_expected_is_counted_as_incoming_and_nowhere_else() -> None:
    level = LevelFactory.create(on_hand=10)

    expect(Expected(1, level.sku_id, level.location_id, 7, FRIDAY))

    assert incoming(level) == 7
    assert (level.on_hand, level.available) == (10, 10)
    assert Movement.objects.filter(level=level).count() == 1  # the opening alone
    row = Inbound.objects.get()
    assert (row.level_id, row.quantity, row.due_on) == (level.pk, 7, FRIDAY)


def test_a_place_that_never_had_the_sku_gets_a_level() -> None:
    sku, place = SkuFactory.create(), LocationFactory.create()

    expect(Expected(1, sku.pk, place.pk, 3))

    level = Level.objects.get(sku=sku, location=place)
    assert (level.on_hand, level.incoming) == (0, 3)


def test_said_twice_nothing_changes_and_said_anew_it_replaces() -> None:
    level = LevelFactory.create()
    line = Expected(1, level.sku_id, level.location_id, 7, FRIDAY)

    expect(line)
    expect(line)
    assert incoming(level) == 7

    expect(Expected(1, level.sku_id, level.location_id, 2))
    assert incoming(level) == 2
    assert Inbound.objects.get().due_on is None


def test_nothing_more_to_come_leaves_no_row() -> None:
    level = LevelFactory.create()
    expect(Expected(1, level.sku_id, level.location_id, 7))

    expect(Expected(1, level.sku_id, level.location_id, 0))

    assert incoming(level) == 0
    assert not Inbound.objects.exists()


def test_a_line_that_goes_elsewhere_takes_its_units_along() -> None:
    berlin = LevelFactory.create()
    paris = LevelFactory.create(sku=berlin.sku)
    expect(Expected(1, berlin.sku_id, berlin.location_id, 7))

    expect(Expected(1, berlin.sku_id, paris.location_id, 5))

    assert (incoming(berlin), incoming(paris)) == (0, 5)


def test_lines_of_one_level_and_kinds_of_supply_add_up() -> None:
    level = LevelFactory.create()
    expect(
        Expected(1, level.sku_id, level.location_id, 7),
        Expected(2, level.sku_id, level.location_id, 4),
    )
    expect(Expected(1, level.sku_id, level.location_id, 1), supply="inventory.transferline")
    assert incoming(level) == 12

    expect(Expected(2, level.sku_id, level.location_id, 0))
    assert incoming(level) == 8
