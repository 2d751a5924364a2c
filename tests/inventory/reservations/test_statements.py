"""The hot statements beside a plain reference, on random stock."""

import random
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F

from inventory.catalog.models import Sku
from inventory.locations.models import Location
from inventory.reservations import statements
from inventory.reservations.models import Allocation
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
    for promise in promises:
        level = Level.objects.filter(sku_id=promise.sku_id, location_id=promise.location_id).first()
        if level is None or level.available - level.safety_stock < promise.quantity:
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
    return [Promise(*key, chance.randint(1, most)) for key in sorted(keys)]


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

    with transaction.atomic():
        enough = ours(promises, cause="x")
        assert enough == expected
        if enough:
            assert state() == wanted
        else:
            transaction.set_rollback(True)
    if not enough:
        assert state() == before
        assert any(
            not Level.objects.filter(
                sku_id=sku,
                location_id=place,
                on_hand__gte=units
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


def plain_shelves(**narrowed: Any) -> list[tuple[Any, ...]]:
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
            level.available,
            level.safety_stock,
            level.location.priority,
            level.location.country,
            level.location.region,
            level.location.postcode,
        )
        for level in sorted(
            levels, key=lambda one: (one.sku_id, one.location.priority, one.location_id)
        )
    ]


@pytest.mark.parametrize("seed", SEEDS)
def test_shelves_are_what_the_plain_reference_reads(seed: int) -> None:
    chance = random.Random(seed)
    random_world(chance)
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

    assert statements.shelves() == plain_shelves()
    assert statements.shelves(sku_ids=ids) == plain_shelves(sku_id__in=ids)
    assert statements.shelves(sku_codes=codes) == plain_shelves(sku__code__in=codes)
    assert statements.shelves(sku_codes=codes, location_codes=places) == plain_shelves(
        sku__code__in=codes, location__code__in=places
    )
    assert statements.shelves(sku_ids=[]) == []


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

    with transaction.atomic():
        assert not ours([Promise(1, *key, 3), Promise(2, *key, 3)], cause="six")
        transaction.set_rollback(True)
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
        Level.objects.create(sku=SkuFactory.create(), location=place, on_hand=50, committed=20)
        for _ in range(chance.randint(1, 6))
    ]
    changes = [
        Change(level.pk, chance.randint(-20, 20), chance.randint(-20, 20)) for level in levels
    ]
    bystander = Level.objects.create(
        sku=SkuFactory.create(), location=place, on_hand=50, committed=20
    )
    with transaction.atomic():
        for change in changes:
            Level.objects.filter(pk=change.level_id).update(
                on_hand=F("on_hand") + change.on_hand, committed=F("committed") + change.committed
            )
        wanted = state()
        transaction.set_rollback(True)

    statements.change_levels(changes)

    assert state() == wanted
    bystander.refresh_from_db()
    assert (bystander.on_hand, bystander.committed) == (50, 20)


@pytest.mark.parametrize("change", [Change(0, -11, 0), Change(0, 0, -5), Change(0, 0, 7)])
def test_the_database_refuses_a_bucket_below_nothing(change: Change) -> None:
    level = Level.objects.create(
        sku=SkuFactory.create(), location=LocationFactory.create(), on_hand=10, committed=4
    )

    with pytest.raises(IntegrityError), transaction.atomic():
        statements.change_levels([Change(level.pk, change.on_hand, change.committed)])

    level.refresh_from_db()
    assert (level.on_hand, level.committed) == (10, 4)
