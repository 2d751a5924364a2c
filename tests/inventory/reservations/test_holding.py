"""Units held for a cart, a quote or a person: they are its own until its time comes."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction

from inventory.reservations import errors, queries
from inventory.reservations import services as reservations
from inventory.reservations.models import Allocation, Reservation, ReservationLine
from inventory.reservations.rules import kept_back
from inventory.reservations.services import Promise, Units
from inventory.reservations.states import Purpose
from inventory.reservations.tasks import expire_due
from inventory.stock import errors as stock_errors
from inventory.stock.models import Level, Movement
from oms.core import clock
from oms.core.actors import Actor
from oms.core.errors import Raced
from oms.core.flows import IllegalTransition
from oms.core.timeline.models import Entry
from tests.inventory.factories import LevelFactory, released_transfer

pytestmark = pytest.mark.django_db

SHOP = Actor("api", "1", "Shop")
LINE = "orders.orderline"


def hold(*held: tuple[Level, int], minutes: int = 30, keep: int = 0) -> Reservation:
    """Reserve units of levels for a cart."""
    return reservations.reserve(
        purpose=Purpose.CART,
        units=[Units(level.sku_id, level.location_id, units, keep) for level, units in held],
        expires_at=clock.now() + timedelta(minutes=minutes),
        actor=SHOP,
        channel_code="web",
        owner="cart 7",
    )


def allocate(level: Level, units: int, *, line: int = 1, **more: Any) -> None:
    """Commit units of a level to an order line."""
    reservations.allocate(
        demand=LINE,
        promises=[Promise(line, level.sku_id, level.location_id, units)],
        document="WEB-1",
        cause=f"place:{line}",
        actor=SHOP,
        **more,
    )


def counters(level: Level) -> tuple[int, int, int, int]:
    """Return on hand, committed, reserved and available as stored."""
    level.refresh_from_db()
    return level.on_hand, level.committed, level.reserved, level.available


def free(level: Level, **asked: Any) -> int:
    """Return what anyone is told can be sold of a level."""
    (row,) = queries.availability(sku_ids=[level.sku_id], **asked)
    return row.available_to_sell


def later(minutes: int) -> Any:
    """Let time pass."""
    return time_machine.travel(clock.now() + timedelta(minutes=minutes), tick=False)


def test_reserved_units_are_off_what_is_available_and_in_the_ledger() -> None:
    level = LevelFactory.create(on_hand=10)

    found = hold((level, 4))

    assert counters(level) == (10, 0, 4, 6)
    assert free(level) == 6
    line = ReservationLine.objects.get()
    assert (line.reservation, line.level, line.quantity) == (found, level, 4)
    moved = Movement.objects.filter(kind="reservation").get()
    assert (moved.source, moved.target, moved.quantity, moved.document) == (
        "available",
        "reserved",
        4,
        str(found.uuid),
    )
    assert Entry.objects.get(kind="reservation.made").data == {"purpose": "cart", "units": 4}


def test_units_of_one_level_are_summed_before_they_are_checked() -> None:
    level = LevelFactory.create(on_hand=5)

    with pytest.raises(Raced):
        hold((level, 3), (level, 3))
    assert counters(level) == (5, 0, 0, 5)
    assert not Reservation.objects.exists()

    hold((level, 3), (level, 2))
    assert counters(level) == (5, 0, 5, 0)
    assert ReservationLine.objects.get().quantity == 5


def test_all_is_reserved_or_nothing() -> None:
    plenty, little = LevelFactory.create(on_hand=10), LevelFactory.create(on_hand=1)

    with pytest.raises(Raced):
        hold((plenty, 2), (little, 2))

    assert counters(plenty) == (10, 0, 0, 10)
    assert counters(little) == (1, 0, 0, 1)
    assert not ReservationLine.objects.exists()


def test_what_is_kept_for_others_is_not_reserved() -> None:
    level = LevelFactory.create(on_hand=5)

    with pytest.raises(Raced):
        hold((level, 4), keep=2)
    hold((level, 3), keep=2)

    assert counters(level) == (5, 0, 3, 2)


@pytest.mark.parametrize(("units", "minutes"), [(0, 30), (1, 0)])
def test_nothing_and_no_time_cannot_be_reserved(units: int, minutes: int) -> None:
    level = LevelFactory.create()

    with pytest.raises(errors.InvalidReservation):
        hold((level, units), minutes=minutes)

    assert counters(level) == (10, 0, 0, 10)
    assert not Reservation.objects.exists()


def test_own_units_are_there_for_whom_they_are_held() -> None:
    level = LevelFactory.create(on_hand=5, safety_stock=2)
    found = hold((level, 3))

    assert free(level) == 0
    assert free(level, reservation_id=found.pk) == 3
    assert free(level, reservation_id=found.pk + 1) == 0


def test_an_expired_hold_counts_for_nobody_before_the_sweeper_ran() -> None:
    level = LevelFactory.create(on_hand=5)
    found = hold((level, 5))

    with later(29):
        assert free(level) == 0
    with later(30):
        assert free(level) == 5
        assert free(level, reservation_id=found.pk) == 5
        assert counters(level) == (5, 0, 5, 0)


def test_an_order_takes_what_only_an_expired_hold_holds() -> None:
    level, other = LevelFactory.create(on_hand=5), LevelFactory.create(on_hand=5)
    found = hold((level, 5), (other, 1))

    with later(31):
        allocate(level, 4)
        assert counters(level) == (5, 4, 0, 1)
        assert counters(other) == (5, 0, 1, 4)
        assert expire_due() == 1

    assert counters(other) == (5, 0, 0, 5)
    found.refresh_from_db()
    assert found.status == "expired"
    assert Movement.objects.filter(kind="reservation_release").count() == 2


def test_an_order_takes_nothing_from_a_hold_that_lives() -> None:
    level = LevelFactory.create(on_hand=5)
    hold((level, 5))

    with later(29), pytest.raises(Raced):
        allocate(level, 1)

    assert counters(level) == (5, 0, 5, 0)
    assert not Allocation.objects.exists()


def test_a_cart_takes_what_only_an_expired_cart_holds() -> None:
    level = LevelFactory.create(on_hand=5)
    hold((level, 5))

    with later(31):
        second = hold((level, 4))

    assert counters(level) == (5, 0, 4, 1)
    assert ReservationLine.objects.get().reservation == second


def test_the_sweeper_ends_what_is_due_and_nothing_else() -> None:
    level = LevelFactory.create(on_hand=10)
    short, long = hold((level, 2), minutes=10), hold((level, 3), minutes=60)

    with later(10):
        assert expire_due() == 1
        assert expire_due() == 0

    short.refresh_from_db()
    long.refresh_from_db()
    assert (short.status, long.status) == ("expired", "active")
    assert counters(level) == (10, 0, 3, 7)
    entry = Entry.objects.get(kind="reservation.expired")
    assert (entry.actor_kind, entry.data) == ("system", {"given_back": 2})


def test_extending_holds_longer_and_never_shorter() -> None:
    level = LevelFactory.create()
    found = hold((level, 2), minutes=30)
    until = found.expires_at

    for minutes, expected in ((10, until), (45, until + timedelta(minutes=15))):
        reservations.extend(
            reservation_id=found.pk,
            expires_at=until + timedelta(minutes=minutes - 30),
            actor=SHOP,
        )
        found.refresh_from_db()
        assert found.expires_at == expected

    assert Entry.objects.filter(kind="reservation.extended").count() == 1


def test_what_has_expired_is_not_extended() -> None:
    level = LevelFactory.create()
    found = hold((level, 2), minutes=30)

    with later(30), pytest.raises(errors.ReservationExpired):
        reservations.extend(
            reservation_id=found.pk, expires_at=clock.now() + timedelta(hours=1), actor=SHOP
        )

    found.refresh_from_db()
    assert found.expires_at < clock.now() + timedelta(minutes=31)


def test_releasing_gives_everything_back_once() -> None:
    level = LevelFactory.create()
    found = hold((level, 2))

    reservations.release_reservation(reservation_id=found.pk, reason="left", actor=SHOP)
    assert counters(level) == (10, 0, 0, 10)
    with pytest.raises(IllegalTransition):
        reservations.release_reservation(reservation_id=found.pk, reason="left", actor=SHOP)
    with pytest.raises(IllegalTransition):
        reservations.extend(
            reservation_id=found.pk, expires_at=clock.now() + timedelta(hours=1), actor=SHOP
        )
    with pytest.raises(errors.ReservationMissing):
        reservations.release_reservation(reservation_id=0, reason="left", actor=SHOP)

    found.refresh_from_db()
    assert (found.status, found.ended_at is not None) == ("released", True)
    assert counters(level) == (10, 0, 0, 10)
    assert not ReservationLine.objects.exists()


def test_a_reservation_adds_to_what_its_line_has_there_already() -> None:
    level = LevelFactory.create(on_hand=10)
    allocate(level, 2)
    found = hold((level, 3))

    reservations.allocate(
        demand=LINE,
        promises=[
            Promise(1, level.sku_id, level.location_id, 2),
            Promise(1, level.sku_id, level.location_id, 2, keep=1),
        ],
        document="WEB-1",
        cause="edit:1",
        actor=SHOP,
        reservation_id=found.pk,
    )

    assert Allocation.objects.get(demand_id=1).quantity == 6
    assert counters(level) == (10, 6, 0, 4)


def test_a_reservation_becomes_allocations_and_what_they_do_not_need_is_free() -> None:
    level, other = LevelFactory.create(on_hand=5), LevelFactory.create(on_hand=5)
    found = hold((level, 4), (other, 2))
    hold((level, 1))

    allocate(level, 3, reservation_id=found.pk)

    assert counters(level) == (5, 3, 1, 1)
    assert counters(other) == (5, 0, 0, 5)
    allocation = Allocation.objects.get()
    assert (allocation.level, allocation.demand_id, allocation.quantity) == (level, 1, 3)
    found.refresh_from_db()
    assert (found.status, found.order_number) == ("ordered", "WEB-1")
    entry = Entry.objects.get(kind="reservation.ordered")
    assert entry.data == {"order": "WEB-1", "units": 3, "given_back": 3}


def test_an_order_that_needs_more_than_it_has_reserved_takes_the_rest_from_what_is_free() -> None:
    level = LevelFactory.create(on_hand=5)
    found = hold((level, 2))

    allocate(level, 4, reservation_id=found.pk)

    assert counters(level) == (5, 4, 0, 1)
    assert Allocation.objects.get().quantity == 4


def test_own_units_are_allocated_below_the_safety_stock_and_others_are_not() -> None:
    level = LevelFactory.create(on_hand=5)
    found = hold((level, 3))
    Level.objects.filter(pk=level.pk).update(safety_stock=2)

    with pytest.raises(Raced), transaction.atomic():
        allocate(level, 4, reservation_id=found.pk)
    allocate(level, 3, reservation_id=found.pk)

    assert counters(level) == (5, 3, 0, 2)


def test_two_lines_share_what_is_reserved() -> None:
    level = LevelFactory.create(on_hand=5)
    found = hold((level, 5))

    reservations.allocate(
        demand=LINE,
        promises=[
            Promise(1, level.sku_id, level.location_id, 3),
            Promise(2, level.sku_id, level.location_id, 2),
        ],
        document="WEB-1",
        cause="place:1",
        actor=SHOP,
        reservation_id=found.pk,
    )

    assert counters(level) == (5, 5, 0, 0)
    assert sorted(Allocation.objects.values_list("demand_id", "quantity")) == [(1, 3), (2, 2)]


@pytest.mark.parametrize("gone", ["released", "expired"])
def test_a_reservation_that_holds_nothing_any_more_is_not_spent(gone: str) -> None:
    level = LevelFactory.create(on_hand=5)
    found = hold((level, 5))
    minutes = 0
    if gone == "released":
        reservations.release_reservation(reservation_id=found.pk, reason="left", actor=SHOP)
    else:
        minutes = 31
    before = counters(level)

    with later(minutes), pytest.raises(Raced):
        allocate(level, 3, reservation_id=found.pk)

    assert counters(level) == before
    assert not Allocation.objects.exists()


def test_a_person_gets_units_of_one_place_with_a_reason() -> None:
    level = LevelFactory.create(on_hand=5, safety_stock=1)
    until = clock.now() + timedelta(days=1)

    def ask(units: int, reason: str = "photo shooting") -> Reservation:
        return reservations.reserve_for_person(
            level_id=level.pk,
            quantity=units,
            person="Mary",
            reason=reason,
            expires_at=until,
            actor=SHOP,
        )

    with pytest.raises(errors.Insufficient) as refused:
        ask(5)
    assert refused.value.fields["shortages"] == [
        {"sku": level.sku.code, "asked": 5, "available": 4}
    ]
    with pytest.raises(stock_errors.ReasonRequired):
        ask(1, "  ")
    assert counters(level) == (5, 0, 0, 5)

    found = ask(4)

    assert counters(level) == (5, 0, 4, 1)
    assert (found.purpose, found.owner, found.note) == ("person", "Mary", "photo shooting")


def test_a_person_gets_what_only_an_expired_hold_holds() -> None:
    level = LevelFactory.create(on_hand=5)
    hold((level, 5))

    with later(31):
        reservations.reserve_for_person(
            level_id=level.pk,
            quantity=5,
            person="Mary",
            reason="photo",
            expires_at=clock.now() + timedelta(days=1),
            actor=SHOP,
        )

    assert counters(level) == (5, 0, 5, 0)


@pytest.mark.parametrize(
    ("free_units", "buffer", "kept"),
    [
        ([5, 3], 0, [0, 0]),
        ([5, 3], 2, [0, 2]),
        ([5, 3], 4, [1, 3]),
        ([5, 3], 9, [5, 3]),
        ([5, -3, 2], 3, [1, 0, 2]),
        ([], 3, []),
    ],
)
def test_the_place_that_is_asked_last_keeps_first(
    free_units: list[int], buffer: int, kept: list[int]
) -> None:
    assert kept_back(free_units, buffer) == kept


def test_a_buffer_is_kept_once_over_all_places() -> None:
    near = LevelFactory.create(on_hand=5, location__priority=1)
    far = LevelFactory.create(on_hand=3, sku=near.sku, location__priority=2)

    first, second = queries.availability(sku_ids=[near.sku_id], buffers={near.sku_id: 4})

    assert (first.available_to_sell, first.kept, first.available) == (4, 1, 5)
    assert (second.available_to_sell, second.kept, second.available) == (0, 3, 3)
    assert counters(far) == (3, 0, 0, 3)


def test_a_transfer_takes_what_only_an_expired_hold_holds() -> None:
    level = LevelFactory.create(on_hand=5)
    hold((level, 5))

    with later(31):
        released_transfer({level.sku: 4}, source=level.location)

    assert counters(level) == (5, 4, 0, 1)
