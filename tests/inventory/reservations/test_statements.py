"""The hot statements beside a plain reference, on random stock."""

import random
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F

from inventory.catalog.models import Sku
from inventory.locations.models import Location
from inventory.reservations import statements
from inventory.reservations.models import Allocation, Reservation, ReservationLine
from inventory.reservations.statements import Change, Promise
from inventory.stock.models import Level, Movement
from inventory.stock.states import Bucket, MovementKind
from tests.inventory.factories import LocationFactory, SkuFactory

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 21, 8, 30, 0, 123456, tzinfo=UTC)
SEEDS = range(25)

Statements = Callable[[], AbstractContextManager[list[str]]]


def reference(promises: list[Promise], *, cause: str) -> bool:
    """Allocate row by row, as anyone would write it."""
    enough = True
    keep = Counter[tuple[int, int]]()
    for promise in promises:
        place = (promise.sku_id, promise.location_id)
        keep[place] = max(keep[place], promise.keep)
    for promise in promises:
        level = Level.objects.filter(sku_id=promise.sku_id, location_id=promise.location_id).first()
        kept = keep[promise.sku_id, promise.location_id]
        if level is None or level.available - level.safety_stock - kept < promise.quantity:
            enough = False
            continue
        Level.objects.filter(pk=level.pk).update(committed=F("committed") + promise.quantity)
        allocation, created = Allocation.objects.get_or_create(
            level=level,
            demand="orders.orderline",
            demand_id=promise.demand_id,
            defaults={"quantity": promise.quantity, "created_at": AT},
        )
        if not created:
            allocation.quantity += promise.quantity
            allocation.save(update_fields=["quantity"])
        Movement.objects.create(
            level=level,
            kind=MovementKind.ALLOCATION,
            source=Bucket.AVAILABLE,
            target=Bucket.COMMITTED,
            quantity=promise.quantity,
            document="WEB-1",
            cause=f"{cause}:{promise.demand_id}:{level.pk}",
            actor="system:system",
            at=AT,
        )
    return enough


def ours(promises: list[Promise], *, cause: str) -> bool:
    """Allocate by the statement."""
    return statements.allocate(
        promises,
        demand="orders.orderline",
        document="WEB-1",
        cause=cause,
        actor="system:system",
        at=AT,
    )


def state() -> tuple[list[object], list[object], list[object]]:
    """Return levels, allocations and movements as stored, without the keys that differ from run to run."""
    return (
        list(Level.objects.order_by("id").values_list("id", "on_hand", "committed", "reserved")),
        list(
            Allocation.objects.order_by("demand_id", "level_id").values_list(
                "demand", "demand_id", "level_id", "quantity", "created_at"
            )
        ),
        list(
            Movement.objects.order_by("cause").values_list(
                "level_id",
                "kind",
                "source",
                "target",
                "quantity",
                "document",
                "cause",
                "actor",
                "reason",
                "at",
            )
        ),
    )


def random_world(chance: random.Random) -> list[Promise]:
    """Make levels with random buckets and return random promises, most of which can be kept."""
    skus = [SkuFactory.create().pk for _ in range(3)]
    places = [LocationFactory.create().pk for _ in range(3)]
    levels = []
    for sku in skus:
        for place in places:
            if chance.random() < 0.85:
                committed, reserved, damaged, control = (chance.randint(0, 2) for _ in range(4))
                levels.append(
                    Level.objects.create(
                        sku_id=sku,
                        location_id=place,
                        on_hand=committed + reserved + damaged + control + chance.randint(0, 12),
                        committed=committed,
                        reserved=reserved,
                        damaged=damaged,
                        quality_control=control,
                        safety_stock=chance.choice([0, 0, 0, 2]),
                    )
                )
    for level in levels:
        if chance.random() < 0.3:
            Allocation.objects.create(
                level=level, demand="orders.orderline", demand_id=1, quantity=2, created_at=AT
            )
    most = chance.choice([2, 2, 3, 10])
    keys = {
        (chance.randint(1, 4), chance.choice(skus), chance.choice(places))
        for _ in range(chance.randint(1, 8))
    }
    return [
        Promise(*key, chance.randint(1, most), chance.choice([0, 0, 0, 1])) for key in sorted(keys)
    ]


@pytest.mark.parametrize("seed", SEEDS)
def test_allocating_does_what_the_plain_reference_does(seed: int) -> None:
    promises = random_world(random.Random(seed))
    before = state()

    with transaction.atomic():
        expected = reference(promises, cause="x")
        wanted = state()
        transaction.set_rollback(True)
    assert state() == before
    # Demand is summed before it is checked: the reference takes what it can line by line and may serve a part.
    summed = Counter[tuple[int, int]]()
    for promise in promises:
        summed[promise.sku_id, promise.location_id] += promise.quantity

    enough = ours(promises, cause="x")
    assert enough == expected
    if enough:
        assert state() == wanted
    else:
        keep = {(one.sku_id, one.location_id): 0 for one in promises}
        for one in promises:
            place = (one.sku_id, one.location_id)
            keep[place] = max(keep[place], one.keep)
        assert state() == before
        assert any(
            not Level.objects.filter(
                sku_id=sku,
                location_id=place,
                on_hand__gte=units
                + keep[sku, place]
                + F("committed")
                + F("reserved")
                + F("damaged")
                + F("quality_control")
                + F("safety_stock"),
            ).exists()
            for (sku, place), units in summed.items()
        )


def test_the_random_worlds_hold_both_answers() -> None:
    answers = Counter()
    for seed in SEEDS:
        with transaction.atomic():
            answers[reference(random_world(random.Random(seed)), cause="x")] += 1
            transaction.set_rollback(True)

    assert min(answers[True], answers[False]) >= 5


def hold(level: Level, units: int, *, minutes: int) -> Reservation:
    """Write a reservation of units that the level's counter holds already; it ends so many minutes after AT."""
    found = Reservation.objects.create(
        purpose="cart", expires_at=AT + timedelta(minutes=minutes), placed_by="x"
    )
    ReservationLine.objects.create(reservation=found, level=level, quantity=units)
    return found


def plain_held(level: Level, *, expired: bool, **which: Any) -> int:
    """Return how many units of a level reservations hold that had expired at AT, or had not."""
    lines = ReservationLine.objects.filter(level=level, **which).select_related("reservation")
    return sum(line.quantity for line in lines if line.reservation.has_expired(AT) == expired)


def plain_shelves(own: int = 0, **narrowed: Any) -> list[tuple[Any, ...]]:
    """Read the shelves as anyone would write it."""
    levels = Level.objects.filter(
        location__is_active=True, location__ships_orders=True, **narrowed
    ).select_related("sku", "location")
    return [
        (
            level.sku_id,
            level.sku.code,
            level.location_id,
            level.location.code,
            level.on_hand,
            level.committed,
            level.available + plain_held(level, expired=True),
            level.safety_stock,
            level.location.priority,
            level.location.country,
            level.location.region,
            level.location.postcode,
            plain_held(level, expired=False, reservation_id=own),
        )
        for level in sorted(
            levels, key=lambda one: (one.sku_id, one.location.priority, one.location_id)
        )
    ]


@pytest.mark.parametrize("seed", SEEDS)
def test_shelves_are_what_the_plain_reference_reads(seed: int) -> None:
    chance = random.Random(seed)
    random_world(chance)
    held = [
        hold(level, level.reserved, minutes=chance.choice([-1, 0, 1]))
        for level in Level.objects.filter(reserved__gt=0)
    ]
    one = chance.choice(held).pk if held else 0
    for place in Location.objects.all():
        place.priority = chance.randint(1, 2)
        place.is_active = chance.random() < 0.8
        place.ships_orders = chance.random() < 0.8
        place.region = chance.choice(["", "BE"])
        place.save(update_fields=["priority", "is_active", "ships_orders", "region"])
    skus = list(Sku.objects.values_list("pk", "code"))
    some = chance.sample(skus, 2)
    ids, codes = [pk for pk, _ in some], [code for _, code in some]
    places = chance.sample(list(Location.objects.values_list("code", flat=True)), 2)

    assert statements.shelves(at=AT) == plain_shelves()
    assert statements.shelves(at=AT, sku_ids=ids) == plain_shelves(sku_id__in=ids)
    assert statements.shelves(at=AT, sku_codes=codes) == plain_shelves(sku__code__in=codes)
    assert statements.shelves(at=AT, sku_codes=codes, location_codes=places) == plain_shelves(
        sku__code__in=codes, location__code__in=places
    )
    assert statements.shelves(at=AT, sku_ids=[]) == []
    assert statements.shelves(at=AT, reservation_id=one, sku_codes=codes) == plain_shelves(
        own=one, sku__code__in=codes
    )


def plain_reserve(promises: list[Promise], *, cause: str) -> bool:
    """Reserve row by row, as anyone would write it; the reference of allocating with other rows."""
    levels = {
        (level.sku_id, level.location_id): level for level in Level.objects.select_for_update()
    }
    for promise in promises:
        level = levels.get((promise.sku_id, promise.location_id))
        if level is None or level.available - level.safety_stock - promise.keep < promise.quantity:
            return False
    for promise in promises:
        level = levels[promise.sku_id, promise.location_id]
        Level.objects.filter(pk=level.pk).update(reserved=F("reserved") + promise.quantity)
        ReservationLine.objects.create(
            reservation_id=promise.demand_id, level=level, quantity=promise.quantity
        )
        Movement.objects.create(
            level=level,
            kind=MovementKind.RESERVATION,
            source=Bucket.AVAILABLE,
            target=Bucket.RESERVED,
            quantity=promise.quantity,
            document="R-1",
            cause=f"{cause}:{promise.demand_id}:{level.pk}",
            actor="system:system",
            at=AT,
        )
    return True


def held_lines() -> list[object]:
    """Return the lines of all reservations."""
    return list(
        ReservationLine.objects.order_by("level_id").values_list(
            "reservation_id", "level_id", "quantity"
        )
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_reserving_does_what_the_plain_reference_does(seed: int) -> None:
    asked = random_world(random.Random(seed))
    key = Reservation.objects.create(purpose="cart", expires_at=AT, placed_by="x").pk
    places = {(one.sku_id, one.location_id): one for one in asked}
    promises = [Promise(key, *place, one.quantity, one.keep) for place, one in places.items()]
    before = (state(), held_lines())
    with transaction.atomic():
        expected = plain_reserve(promises, cause="r")
        wanted = (state(), held_lines())
        transaction.set_rollback(True)

    enough = statements.reserve(promises, document="R-1", cause="r", actor="system:system", at=AT)

    assert enough == expected
    assert (state(), held_lines()) == (wanted if expected else before)


def test_a_shelf_that_holds_just_enough_is_emptied_and_one_unit_more_is_refused() -> None:
    level = Level.objects.create(
        sku=SkuFactory.create(),
        location=LocationFactory.create(),
        on_hand=10,
        committed=1,
        reserved=1,
        damaged=1,
        quality_control=1,
        safety_stock=1,
    )
    key = (level.sku_id, level.location_id)

    assert not ours([Promise(1, *key, 3), Promise(2, *key, 3)], cause="six")
    assert not ours([Promise(1, *key, 3), Promise(2, *key, 2, 1)], cause="one to keep")
    assert ours([Promise(1, *key, 3), Promise(2, *key, 2)], cause="five")

    level.refresh_from_db()
    assert (level.committed, level.available) == (6, 1)


def test_a_cause_moves_stock_once() -> None:
    level = Level.objects.create(
        sku=SkuFactory.create(), location=LocationFactory.create(), on_hand=10
    )
    promise = Promise(1, level.sku_id, level.location_id, 2)
    ours([promise], cause="once")

    with pytest.raises(IntegrityError), transaction.atomic():
        ours([promise], cause="once")

    level.refresh_from_db()
    assert level.committed == 2


@pytest.mark.parametrize("number", [1, 100])
def test_the_number_of_statements_does_not_depend_on_the_number_of_promises(
    number: int, request: pytest.FixtureRequest
) -> None:
    place = LocationFactory.create()
    levels = [
        Level.objects.create(sku=SkuFactory.create(), location=place, on_hand=1)
        for _ in range(number)
    ]

    collected: Statements = request.getfixturevalue("statements")
    with collected() as seen:
        assert ours(
            [Promise(n, one.sku_id, place.pk, 1) for n, one in enumerate(levels)], cause="x"
        )

    assert len(seen) == (1 if connection.vendor == "postgresql" else 3)
    assert Movement.objects.count() == number


@pytest.mark.parametrize("seed", range(10))
def test_changing_levels_does_what_the_plain_reference_does(seed: int) -> None:
    chance = random.Random(seed)
    place = LocationFactory.create()
    levels = [
        Level.objects.create(
            sku=SkuFactory.create(), location=place, on_hand=50, committed=20, reserved=5
        )
        for _ in range(chance.randint(1, 6))
    ]
    changes = [
        Change(level.pk, chance.randint(-15, 20), chance.randint(-20, 5), chance.randint(-5, 5))
        for level in levels
    ]
    bystander = Level.objects.create(
        sku=SkuFactory.create(), location=place, on_hand=50, committed=20
    )
    with transaction.atomic():
        for change in changes:
            Level.objects.filter(pk=change.level_id).update(
                on_hand=F("on_hand") + change.on_hand,
                committed=F("committed") + change.committed,
                reserved=F("reserved") + change.reserved,
            )
        wanted = state()
        transaction.set_rollback(True)

    statements.change_levels(changes)

    assert state() == wanted
    bystander.refresh_from_db()
    assert (bystander.on_hand, bystander.committed) == (50, 20)


@pytest.mark.parametrize(
    "change", [Change(0, -11, 0), Change(0, 0, -5), Change(0, 0, 7), Change(0, 0, 0, -1)]
)
def test_the_database_refuses_a_bucket_below_nothing(change: Change) -> None:
    level = Level.objects.create(
        sku=SkuFactory.create(), location=LocationFactory.create(), on_hand=10, committed=4
    )

    with pytest.raises(IntegrityError), transaction.atomic():
        statements.change_levels([replace(change, level_id=level.pk)])

    level.refresh_from_db()
    assert (level.on_hand, level.committed) == (10, 4)
