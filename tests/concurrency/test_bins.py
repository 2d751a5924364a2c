"""Bins under parallel calls, on PostgreSQL with real threads and commits.

Beside each promise stands a control: the same harness without the protection, which must show the harm.
"""

import time
from typing import Any

import pytest

from fulfillment.picking import services as picking
from inventory.bins.models import Bin
from inventory.bins.states import BinKind
from inventory.locations.models import Location
from inventory.stock import services as stock
from inventory.stock.models import Level
from inventory.storing import services as storing
from inventory.storing.services import carrying, switching
from oms.core import locking
from oms.reporting.invariants import services as invariants
from tests.concurrency.meeting import met
from tests.concurrency.test_placing import assert_books_agree, in_parallel
from tests.fulfillment.factories import lines_of, open_work
from tests.inventory.factories import MOVER, BinFactory, LevelFactory, LocationFactory, lying

pytestmark = [pytest.mark.pg, pytest.mark.django_db(transaction=True)]


def receive(level: Level, number: int) -> str:
    stock.receive(
        sku_id=level.sku_id,
        location_id=level.location_id,
        quantity=1,
        document="PO",
        cause=f"race-{number}",
        actor=MOVER,
    )
    return "received"


# Switching ----------------------------------------------------------------------------------------


def docked(location: Location | None = None) -> Location:
    """Return a location whose docks are there and not used yet."""
    location = location or LocationFactory.create()
    BinFactory.create(location=location, code="DOCK", kind=BinKind.RECEIVING)
    BinFactory.create(location=location, code="OUT", kind=BinKind.OUTBOUND)
    return location


def switched_among_receipts() -> Level:
    """Switch a location to bins while nine others receive there."""
    level = LevelFactory.create()
    docked(level.location)

    def act(number: int) -> str:
        if number == 4:
            storing.switch_on(location_id=level.location_id, actor=MOVER)
            return "switched"
        return receive(level, number)

    outcomes = in_parallel(10, act)
    assert outcomes == {"received": 9, "switched": 1}
    level.refresh_from_db()
    assert level.on_hand == 19
    return level


def test_a_location_is_switched_among_receipts_and_no_unit_is_forgotten() -> None:
    level = switched_among_receipts()

    assert lying(level) == {"DOCK": 19}
    assert_books_agree()


def test_control_who_switches_without_keeping_the_others_away_forgets_what_they_bring(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def kept_by_nobody(model: Any) -> None:
        time.sleep(0.02)

    counted = switching._piles

    def slowly(level: Level) -> Any:
        found = list(counted(level))
        time.sleep(0.2)
        return found

    monkeypatch.setattr(locking, "lock_table", kept_by_nobody)
    monkeypatch.setattr(switching, "_piles", slowly)

    level = switched_among_receipts()

    assert lying(level).get("DOCK", 0) < level.on_hand
    assert [r.check.name for r in invariants.run() if not r.holds] == [
        "contents_add_up_to_the_level"
    ]


# Limits -------------------------------------------------------------------------------------------


def filled_by_rivals() -> tuple[Bin, dict[str, int]]:
    """Let eight receive a SKU of their own, of 500 g a unit, into one bin that carries three units."""
    location = docked()
    storing.switch_on(location_id=location.pk, actor=MOVER)
    small = BinFactory.create(location=location, max_weight_g=1500)
    levels = [LevelFactory.create(location=location, on_hand=0) for _ in range(8)]

    def act(number: int) -> str:
        stock.receive(
            sku_id=levels[number].sku_id,
            location_id=location.pk,
            quantity=1,
            document="PO",
            cause=f"race-{number}",
            actor=MOVER,
            spots=[stock.Spot(small.pk)],
        )
        return "received"

    return small, in_parallel(8, act)


def test_rivals_who_fill_one_bin_with_different_goods_keep_its_limit() -> None:
    small, outcomes = filled_by_rivals()

    assert outcomes == {"received": 3, "BinFull": 5}
    assert small.contents.count() == 3
    assert_books_agree()


def test_control_who_does_not_wait_for_the_bin_breaks_its_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lock = locking.lock

    def unlocked(queryset: Any) -> Any:
        if queryset.model is Bin:
            return list(queryset)
        return lock(queryset)

    room = stock.contents.room

    def slowly(*given: Any) -> Any:
        time.sleep(0.1)
        return room(*given)

    monkeypatch.setattr(locking, "lock", unlocked)
    monkeypatch.setattr(stock.contents, "room", slowly)

    small, outcomes = filled_by_rivals()

    assert outcomes["received"] > 3
    assert small.contents.count() > 3


# Moving -------------------------------------------------------------------------------------------


def shelved(units: int) -> tuple[Level, Bin, list[Bin]]:
    """Return a level of which `units` lie in one bin, that bin, and eight empty ones."""
    level = LevelFactory.create(on_hand=units)
    docked(level.location)
    storing.switch_on(location_id=level.location_id, actor=MOVER)
    dock = Bin.objects.get(location=level.location, code="DOCK")
    return level, dock, BinFactory.create_batch(8, location=level.location)


def carry(level: Level, source: Bin, target: Bin, key: str) -> str:
    storing.move(
        wanted=storing.Wanted(level.location_id, level.sku_id, 1, source.pk, target.pk),
        key=key,
        actor=MOVER,
    )
    return "moved"


def lying_units(level: Level) -> int:
    return sum(level.contents.values_list("quantity", flat=True))


def test_of_eight_who_carry_the_last_unit_away_one_does() -> None:
    level, dock, targets = shelved(1)

    outcomes = in_parallel(8, lambda number: carry(level, dock, targets[number], f"k{number}"))

    assert outcomes == {"moved": 1, "NotInBin": 7}
    assert lying_units(level) == 1
    assert_books_agree()


def test_one_key_carries_once_however_often_it_is_sent_at_once() -> None:
    level, dock, targets = shelved(5)

    outcomes = in_parallel(8, lambda _: carry(level, dock, targets[0], "k"))

    assert outcomes == {"moved": 8}
    assert lying(level) == {"DOCK": 4, targets[0].code: 1}
    assert_books_agree()


def test_control_who_does_not_wait_for_the_level_carries_a_unit_that_is_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    level, dock, targets = shelved(1)

    def unlocked(queryset: Any, *, missing: Any) -> Any:
        return queryset.get()

    monkeypatch.setattr(locking, "lock_one", unlocked)
    monkeypatch.setattr(carrying, "_drawn", met(3, carrying._drawn))

    outcomes = in_parallel(3, lambda number: carry(level, dock, targets[number], f"k{number}"))

    assert outcomes["moved"] > 1 or outcomes["IntegrityError"] > 0 or lying_units(level) != 1
    assert outcomes != {"moved": 1, "NotInBin": 2}


def test_a_unit_is_put_away_or_picked_and_never_both() -> None:
    level, dock, targets = shelved(1)
    work = open_work({level.sku: 1})
    (line,) = lines_of(work)

    def act(number: int) -> str:
        if number % 2:
            return carry(level, dock, targets[number], f"k{number}")
        picking.confirm(
            fulfillment_order_id=work.pk,
            quantities={line.pk: 1},
            bin_id=dock.pk,
            actor=MOVER,
        )
        return "picked"

    outcomes = in_parallel(6, act)

    assert outcomes["picked"] + outcomes["moved"] == 1
    line.refresh_from_db()
    assert line.picked == outcomes["picked"]
    assert lying_units(level) == 1
    assert_books_agree()
