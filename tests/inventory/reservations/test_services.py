"""Promise stock to demand, give it back, hand it out: counters, allocations and the ledger keep step."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum

from inventory.reservations import errors, queries
from inventory.reservations import services as reservations
from inventory.reservations.models import Allocation
from inventory.reservations.services import Held, Promise
from inventory.stock.models import Level, Movement
from oms.core.actors import Actor
from oms.core.errors import Raced
from tests.inventory.factories import LevelFactory, LocationFactory, SkuFactory

pytestmark = pytest.mark.django_db

DEMAND = "orders.orderline"
CLERK = Actor("staff", "7", "Grace Clerk")


def promise(level: Level, demand_id: int, quantity: int) -> Promise:
    """Promise units of a level to a line."""
    return Promise(demand_id, level.sku_id, level.location_id, quantity)


def allocate(*promises: Promise, cause: str = "place:WEB-1") -> None:
    """Allocate."""
    reservations.allocate(
        demand=DEMAND, promises=promises, document="WEB-1", cause=cause, actor=CLERK
    )


def release(quantities: dict[int, int], cause: str = "cancel:WEB-1") -> list[Held]:
    """Release the latest allocations of lines."""
    return reservations.release(
        demand=DEMAND, quantities=quantities, document="WEB-1", cause=cause, actor=CLERK
    )


def put(
    service: Callable[..., list[Held]], units: Sequence[Promise], cause: str = "ship:1"
) -> list[Held]:
    """Call `release_at` or `issue`."""
    return service(demand=DEMAND, units=units, document="WEB-1", cause=cause, actor=CLERK)


def counters(level: Level) -> tuple[int, int, int]:
    """Return (on hand, committed, available) as stored."""
    level.refresh_from_db()
    return level.on_hand, level.committed, level.available


def held(demand_id: int) -> dict[int, int]:
    """Return what a line holds: units by level."""
    rows = Allocation.objects.filter(demand=DEMAND, demand_id=demand_id)
    return dict(rows.values_list("level_id", "quantity"))


def moved(level: Level, *, beyond_opening: int = 1) -> list[tuple[str, str, str, int, str]]:
    """Return the level's movements after the opening ones, oldest first."""
    rows = level.movements.order_by("id").values_list(
        "kind", "source", "target", "quantity", "cause"
    )
    return list(rows)[beyond_opening:]


def assert_books_agree() -> None:
    """Check on every level that committed is the sum of the open allocations and what the ledger says."""
    for level in Level.objects.all():
        promised = level.allocations.aggregate(sum=Sum("quantity"))["sum"] or 0
        into = level.movements.filter(target="committed").aggregate(sum=Sum("quantity"))["sum"] or 0
        out = level.movements.filter(source="committed").aggregate(sum=Sum("quantity"))["sum"] or 0
        assert level.committed == promised == into - out


@pytest.fixture(autouse=True)
def _books(db: None) -> Any:
    yield
    assert_books_agree()


# Allocate ----------------------------------------------------------------------------------------


def test_allocating_commits_units_writes_who_holds_them_and_the_ledger() -> None:
    level = LevelFactory.create(on_hand=10)

    allocate(promise(level, 1, 3), promise(level, 2, 4))

    assert counters(level) == (10, 7, 3)
    assert (held(1), held(2)) == ({level.pk: 3}, {level.pk: 4})
    assert sorted(moved(level)) == [
        ("allocation", "available", "committed", 3, f"place:WEB-1:1:{level.pk}"),
        ("allocation", "available", "committed", 4, f"place:WEB-1:2:{level.pk}"),
    ]
    movement = Movement.objects.latest("id")
    assert (movement.document, movement.actor, movement.reason) == (
        "WEB-1",
        "staff:Grace Clerk",
        "",
    )


def test_a_line_that_gets_more_of_a_level_holds_the_sum() -> None:
    level = LevelFactory.create(on_hand=10)

    allocate(promise(level, 1, 3))
    allocate(promise(level, 1, 2), promise(level, 1, 1), cause="fill")

    assert held(1) == {level.pk: 6}
    assert counters(level) == (10, 6, 4)


def test_all_or_nothing_is_promised() -> None:
    plenty, little = LevelFactory.create(on_hand=10), LevelFactory.create(on_hand=2)

    with pytest.raises(Raced), transaction.atomic():
        allocate(promise(plenty, 1, 3), promise(little, 1, 3))

    assert (counters(plenty), counters(little)) == ((10, 0, 10), (2, 0, 2))
    assert not Allocation.objects.exists()


def test_two_lines_cannot_share_the_same_units() -> None:
    level = LevelFactory.create(on_hand=5)

    with pytest.raises(Raced), transaction.atomic():
        allocate(promise(level, 1, 3), promise(level, 2, 3))

    assert counters(level) == (5, 0, 5)


def test_safety_stock_is_not_promised() -> None:
    level = LevelFactory.create(on_hand=5, safety_stock=2)

    with pytest.raises(Raced), transaction.atomic():
        allocate(promise(level, 1, 4))
    allocate(promise(level, 1, 3))

    assert counters(level) == (5, 3, 2)


def test_where_there_is_no_level_nothing_can_be_promised() -> None:
    with pytest.raises(Raced), transaction.atomic():
        allocate(Promise(1, SkuFactory.create().pk, LocationFactory.create().pk, 1))


def test_one_act_commits_once() -> None:
    level = LevelFactory.create(on_hand=10)
    allocate(promise(level, 1, 3))

    with pytest.raises(IntegrityError), transaction.atomic():
        allocate(promise(level, 1, 3))

    assert counters(level) == (10, 3, 7)


def test_nothing_is_done_for_no_promises() -> None:
    allocate()

    assert not Movement.objects.exists()


# Release -----------------------------------------------------------------------------------------


def test_releasing_gives_back_the_latest_allocation_first() -> None:
    first, second = LevelFactory.create(on_hand=10), LevelFactory.create(on_hand=10)
    allocate(promise(first, 1, 3))
    allocate(promise(second, 1, 3), cause="fill")

    gone = release({1: 4})

    assert gone == [
        Held(1, second.sku_id, second.location_id, 3),
        Held(1, first.sku_id, first.location_id, 1),
    ]
    assert held(1) == {first.pk: 2}
    assert (counters(first), counters(second)) == ((10, 2, 8), (10, 0, 10))
    assert moved(second)[-1] == (
        "deallocation",
        "committed",
        "available",
        3,
        f"cancel:WEB-1:1:{second.pk}",
    )


def test_a_line_cannot_give_back_more_than_it_holds() -> None:
    level = LevelFactory.create(on_hand=10)
    allocate(promise(level, 1, 3), promise(level, 2, 3))

    with pytest.raises(errors.NotAllocated) as refused, transaction.atomic():
        release({1: 4, 2: 1})

    assert refused.value.fields == {"missing": {1: 1}}
    assert counters(level) == (10, 6, 4)
    assert (held(1), held(2)) == ({level.pk: 3}, {level.pk: 3})


def test_a_demand_of_another_kind_is_left_alone() -> None:
    level = LevelFactory.create(on_hand=10)
    allocate(promise(level, 1, 3))
    reservations.allocate(
        demand="other.line", promises=[promise(level, 1, 2)], document="T-1", cause="t", actor=CLERK
    )

    release({1: 3})

    assert counters(level) == (10, 2, 8)
    assert Allocation.objects.get().demand == "other.line"


def test_releasing_at_a_place_takes_nothing_from_another() -> None:
    first, second = LevelFactory.create(on_hand=10), LevelFactory.create(on_hand=10)
    allocate(promise(first, 1, 3), promise(second, 1, 3))

    put(reservations.release_at, [promise(first, 1, 2)])

    assert held(1) == {first.pk: 1, second.pk: 3}


# Issue -------------------------------------------------------------------------------------------


def test_issuing_lowers_on_hand_and_what_is_promised_together() -> None:
    level = LevelFactory.create(on_hand=10)
    allocate(promise(level, 1, 3), promise(level, 2, 2))

    gone = put(reservations.issue, [promise(level, 1, 2), promise(level, 2, 2)])

    assert counters(level) == (6, 1, 5)
    assert (held(1), held(2)) == ({level.pk: 1}, {})
    assert [one.quantity for one in gone] == [2, 2]
    assert moved(level)[-2:] == [
        ("shipment", "committed", "customer", 2, f"ship:1:1:{level.pk}"),
        ("shipment", "committed", "customer", 2, f"ship:1:2:{level.pk}"),
    ]


@pytest.mark.parametrize("service", [reservations.issue, reservations.release_at])
def test_nothing_leaves_from_where_it_is_not_promised(service: Callable[..., list[Held]]) -> None:
    here = LevelFactory.create(on_hand=10)
    there = LevelFactory.create(sku=here.sku, on_hand=10)
    allocate(promise(here, 1, 3))

    for wrong, asked in (
        (promise(there, 1, 1), 1),
        (promise(here, 1, 3), 4),
        (promise(here, 2, 1), 1),
    ):
        with pytest.raises(errors.NotAllocated) as refused, transaction.atomic():
            put(service, [promise(here, 1, 1), wrong])
        assert refused.value.fields["asked"] == asked

    assert (counters(here), counters(there)) == ((10, 3, 7), (10, 0, 10))


@pytest.mark.parametrize("service", [reservations.issue, reservations.release_at])
def test_units_of_one_line_named_twice_are_summed_before_they_are_taken(
    service: Callable[..., list[Held]],
) -> None:
    level = LevelFactory.create(on_hand=10)
    allocate(promise(level, 1, 3))

    with pytest.raises(errors.NotAllocated), transaction.atomic():
        put(service, [promise(level, 1, 2), promise(level, 1, 2)])
    put(service, [promise(level, 1, 2), promise(level, 1, 1)], cause="again")

    assert held(1) == {}
    assert counters(level)[1] == 0


# Availability ------------------------------------------------------------------------------------


def test_availability_counts_every_bucket_and_keeps_the_safety_stock_back() -> None:
    level = LevelFactory.create(on_hand=20, damaged=2, safety_stock=4)
    allocate(promise(level, 1, 3))

    (one,) = queries.availability(sku_codes=[level.sku.code])

    assert (one.on_hand, one.committed, one.available, one.available_to_sell) == (20, 3, 15, 11)
    assert (one.sku_code, one.location_code) == (level.sku.code, level.location.code)


def test_what_can_be_sold_is_never_below_nothing() -> None:
    level = LevelFactory.create(on_hand=3, safety_stock=5)

    (one,) = queries.availability(sku_ids=[level.sku_id])

    assert (one.available, one.available_to_sell) == (3, 0)


def test_places_that_ship_no_orders_promise_nothing() -> None:
    sku = SkuFactory.create()
    shipping = LevelFactory.create(sku=sku)
    LevelFactory.create(sku=sku, location=LocationFactory.create(inactive=True))
    LevelFactory.create(sku=sku, location=LocationFactory.create(closed_to_orders=True))
    LevelFactory.create(location=shipping.location)

    assert [one.location_id for one in queries.availability(sku_ids=[sku.pk])] == [
        shipping.location_id
    ]


def test_availability_is_asked_in_one_statement_by_sku_then_priority(
    django_assert_num_queries: Any,
) -> None:
    late, early = LocationFactory.create(priority=9), LocationFactory.create(priority=1)
    skus = [SkuFactory.create() for _ in range(3)]
    for sku in skus:
        for place in (late, early):
            LevelFactory.create(sku=sku, location=place)

    with django_assert_num_queries(1):
        rows = queries.availability(sku_codes=[sku.code for sku in skus])

    assert [(row.sku_id, row.location_id) for row in rows] == [
        (sku.pk, place.pk) for sku in skus for place in (early, late)
    ]
    only = queries.availability(sku_ids=[sku.pk for sku in skus], location_codes=[late.code])
    assert [row.sku_id for row in only] == [sku.pk for sku in skus]


def test_a_code_matches_to_the_letter() -> None:
    LevelFactory.create(sku=SkuFactory.create(code="Mug"))

    assert queries.availability(sku_codes=["mug", "MUG", "Mug "]) == []


def test_an_actor_with_the_longest_name_fits_into_the_ledger() -> None:
    level = LevelFactory.create(on_hand=5)
    actor = Actor("staff", "7", "n" * 150)

    for act, units in (("a", 2), ("b", 1)):
        reservations.allocate(
            demand=DEMAND,
            promises=[promise(level, 1, units)],
            document="WEB-1",
            cause=f"place:{act}",
            actor=actor,
        )
    reservations.release(
        demand=DEMAND, quantities={1: 3}, document="WEB-1", cause="cancel:WEB-1", actor=actor
    )

    kept = "staff:" + "n" * 144
    moved = Movement.objects.filter(document="WEB-1")
    assert list(moved.values_list("actor", flat=True)) == [kept] * 3
