"""Receive, adjust, count, change the state of goods, take goods back."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import pytest

from inventory.catalog.models import Sku
from inventory.locations.models import Location
from inventory.stock import errors, queries, services
from inventory.stock.models import Level, Movement
from oms.core.actors import SYSTEM, Actor
from oms.core.outbox.models import Event
from oms.core.timeline.models import Entry
from tests.inventory.factories import LevelFactory, LocationFactory, SkuFactory

pytestmark = pytest.mark.django_db

CLERK = Actor("staff", "7", "Grace Clerk")


def receive(level: Level | None = None, **changes: Any) -> Level:
    """Receive five units of a level's SKU, or as `changes` say."""
    arguments: dict[str, Any] = {
        "quantity": 5,
        "document": "PO-1",
        "cause": "receipt-1",
        "actor": CLERK,
    }
    if level is not None:
        arguments |= {"sku_id": level.sku_id, "location_id": level.location_id}
    return services.receive(**{**arguments, **changes})


def adjust(level: Level, **changes: Any) -> Level:
    """Take three units off a level, or as `changes` say."""
    arguments: dict[str, Any] = {
        "sku_id": level.sku_id,
        "location_id": level.location_id,
        "delta": -3,
        "document": "",
        "cause": "adjustment-1",
        "actor": CLERK,
        "reason": "broken in the aisle",
    }
    return services.adjust(**{**arguments, **changes})


def recount(level: Level, **changes: Any) -> Level:
    """Set a level of ten to seven, or as `changes` say."""
    arguments: dict[str, Any] = {
        "sku_id": level.sku_id,
        "location_id": level.location_id,
        "counted": 7,
        "expected": 10,
        "document": "",
        "cause": "count-1",
        "actor": CLERK,
        "reason": "recount",
    }
    return services.set_on_hand(**{**arguments, **changes})


def change_state(level: Level, source: str, target: str, quantity: int = 4) -> Level:
    """Move units of a level from one bucket to another."""
    return services.change_state(
        level_id=level.pk,
        source=source,
        target=target,
        quantity=quantity,
        document="",
        cause=f"state-{source}-{target}",
        actor=CLERK,
        reason="looked at it",
    )


def counters(level: Level) -> tuple[int, int, int, int]:
    """Return on hand, available, damaged and quality control as the database has them."""
    level = Level.objects.get(pk=level.pk)
    return level.on_hand, level.available, level.damaged, level.quality_control


def test_the_first_receipt_makes_the_level_with_its_movement() -> None:
    sku, location = SkuFactory(), LocationFactory()

    level = receive(sku_id=sku.pk, location_id=location.pk, reason="first delivery")

    assert (level.on_hand, level.available) == (5, 5)
    movement = Movement.objects.get()
    assert (movement.level_id, movement.kind, movement.source, movement.target) == (
        level.pk,
        "receipt",
        "supplier",
        "available",
    )
    assert (movement.quantity, movement.document, movement.cause) == (5, "PO-1", "receipt-1")
    assert (movement.actor, movement.reason) == ("staff:Grace Clerk", "first delivery")


def test_a_receipt_adds_to_what_is_there_and_tells_it() -> None:
    level = LevelFactory(on_hand=10)

    assert receive(level).on_hand == 15

    event = Event.objects.get()
    assert event.name == "inventory.stock_received.v1"
    assert event.payload == {
        "sku_id": level.sku_id,
        "location_id": level.location_id,
        "quantity": 5,
        "document": "PO-1",
    }


def test_the_same_receipt_again_changes_nothing() -> None:
    level = LevelFactory(on_hand=10)
    receive(level)

    assert receive(level).on_hand == 15
    assert Movement.objects.filter(cause="receipt-1").count() == 1
    assert Event.objects.count() == 1


@pytest.mark.parametrize("difference", [{"quantity": 6}, {"sku_id": "other"}])
def test_a_cause_names_one_act_only(difference: dict[str, Any]) -> None:
    level = LevelFactory(on_hand=10)
    receive(level)
    if "sku_id" in difference:
        difference = {"sku_id": SkuFactory().pk}

    with pytest.raises(errors.CauseReused):
        receive(level, **difference)

    assert counters(level)[0] == 15


def deliver(skus: Sequence[Sku], place: Location, units: int = 5) -> list[Level]:
    """Receive units of each SKU as one delivery."""
    return services.receive_delivery(
        location_code=place.code,
        lines=[services.Delivered(sku.code, units) for sku in skus],
        document="DN-1",
        cause="delivery-1",
        actor=CLERK,
    )


def test_the_same_delivery_again_changes_nothing() -> None:
    skus, place = SkuFactory.create_batch(2), LocationFactory.create()
    deliver(skus, place)

    again = deliver(skus, place)

    assert [level.on_hand for level in again] == [5, 5]
    assert Movement.objects.count() == 2
    assert Event.objects.count() == 2


@pytest.mark.parametrize("more", [{"units": 6}, {"skus": 2}], ids=["other units", "one more line"])
def test_the_cause_of_a_delivery_names_that_delivery_only(more: dict[str, int]) -> None:
    skus, place = SkuFactory.create_batch(2), LocationFactory.create()
    deliver(skus[:1], place)

    with pytest.raises(errors.CauseReused):
        deliver(skus[: more.get("skus", 1)], place, more.get("units", 5))

    assert Movement.objects.count() == 1


def test_a_long_delivery_costs_no_more_statements_than_a_short_one(
    statements: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    place, counts = LocationFactory.create(), []
    for number in (2, 20):
        skus = SkuFactory.create_batch(number)
        with statements() as seen:
            services.receive_delivery(
                location_code=place.code,
                lines=[services.Delivered(sku.code, 3) for sku in skus],
                document="DN-1",
                cause=f"delivery-of-{number}",
                actor=CLERK,
            )
        counts.append(len(seen))

    assert counts[0] == counts[1] <= 12


@pytest.mark.parametrize("quantity", [0, -1, services.MAX_UNITS + 1])
def test_a_receipt_of_no_possible_quantity_is_refused(quantity: int) -> None:
    level = LevelFactory(on_hand=10)

    with pytest.raises(errors.InvalidQuantity):
        receive(level, quantity=quantity)

    assert counters(level)[0] == 10


def test_a_level_never_outgrows_its_column() -> None:
    level = LevelFactory(on_hand=services.MAX_UNITS - 4)

    with pytest.raises(errors.LevelFull):
        receive(level)

    assert receive(level, quantity=4, cause="receipt-2").on_hand == services.MAX_UNITS


@pytest.mark.parametrize("missing", ["sku_id", "location_id"])
def test_an_unknown_sku_or_location_is_refused(missing: str) -> None:
    level = LevelFactory()

    with pytest.raises(errors.UnknownPlace):
        receive(level, **{missing: 10**9})

    assert Level.objects.count() == 1


def test_an_adjustment_takes_units_away_and_is_on_the_timeline() -> None:
    level = LevelFactory(on_hand=10)

    assert adjust(level).on_hand == 7

    movement = Movement.objects.get(cause="adjustment-1")
    assert (movement.source, movement.target, movement.quantity) == ("available", "adjustment", 3)
    entry = Entry.objects.get()
    assert (entry.document, entry.document_id) == ("inventory.level", level.pk)
    assert (entry.kind, entry.actor_name, entry.reason) == (
        "stock_adjusted",
        "Grace Clerk",
        "broken in the aisle",
    )
    assert (entry.before, entry.after) == ({"on_hand": 10}, {"on_hand": 7})
    assert not Event.objects.exists()


def test_found_units_are_told_because_they_can_be_promised() -> None:
    level = LevelFactory(on_hand=10)

    assert adjust(level, delta=2).available == 12
    assert Event.objects.get().payload["quantity"] == 2


def test_the_same_adjustment_again_changes_nothing() -> None:
    level = LevelFactory(on_hand=10)
    adjust(level)

    assert adjust(level).on_hand == 7
    assert Entry.objects.count() == 1


@pytest.mark.parametrize("reason", ["", "   "])
def test_an_adjustment_needs_a_reason(reason: str) -> None:
    level = LevelFactory(on_hand=10)

    with pytest.raises(errors.ReasonRequired):
        adjust(level, reason=reason)

    assert counters(level)[0] == 10


def test_an_adjustment_never_takes_what_is_not_available() -> None:
    level = LevelFactory(on_hand=10, damaged=8)

    with pytest.raises(errors.InsufficientStock) as refusal:
        adjust(level)

    assert refusal.value.fields == {"requested": 3, "available": 2}
    assert counters(level) == (10, 2, 8, 0)
    assert not Movement.objects.filter(cause="adjustment-1").exists()
    assert not Entry.objects.exists()
    assert adjust(level, delta=-2).available == 0


def test_nothing_can_be_taken_from_a_level_that_never_was() -> None:
    sku, location = SkuFactory(), LocationFactory()

    with pytest.raises(errors.InsufficientStock):
        adjust(Level(sku=sku, location=location))

    assert not Level.objects.exists()


def test_a_count_sets_what_is_on_hand_when_it_is_as_seen() -> None:
    level = LevelFactory(on_hand=10, damaged=1)

    assert recount(level).on_hand == 7
    assert counters(level) == (7, 6, 1, 0)
    movement = Movement.objects.get(cause="count-1")
    assert (movement.source, movement.quantity) == ("available", 3)


def test_a_count_upwards_adds() -> None:
    level = LevelFactory(on_hand=10)

    assert recount(level, counted=12).on_hand == 12
    assert Movement.objects.get(cause="count-1").target == "available"


def test_a_count_against_another_quantity_is_refused_with_the_actual_one() -> None:
    level = LevelFactory(on_hand=10)

    for counted in (7, 9):
        with pytest.raises(errors.QuantityChanged) as refusal:
            recount(level, expected=9, counted=counted)
        assert refusal.value.fields == {"expected": 9, "actual": 10}

    assert counters(level)[0] == 10
    assert not Movement.objects.filter(cause="count-1").exists()


def test_the_same_count_again_changes_nothing() -> None:
    level = LevelFactory(on_hand=10)
    recount(level)

    assert recount(level).on_hand == 7
    assert Movement.objects.filter(cause="count-1").count() == 1


def test_a_count_that_finds_what_was_expected_writes_nothing() -> None:
    level = LevelFactory(on_hand=10)

    assert recount(level, counted=10).on_hand == 10
    assert not Entry.objects.exists()


def test_damaged_goods_are_set_aside_and_come_back() -> None:
    level = LevelFactory(on_hand=10)

    change_state(level, "available", "damaged")
    assert counters(level) == (10, 6, 4, 0)
    assert not Event.objects.exists()
    assert Entry.objects.get().kind == "stock_state_changed"

    change_state(level, "damaged", "available", 3)
    assert counters(level) == (10, 9, 1, 0)
    assert Event.objects.get().payload["quantity"] == 3


def test_scrapping_takes_damaged_goods_out_of_the_house() -> None:
    level = LevelFactory(on_hand=10, damaged=4)

    change_state(level, "damaged", "adjustment")

    assert counters(level) == (6, 6, 0, 0)
    assert Movement.objects.order_by("-id")[0].kind == "scrap"


def test_more_than_a_bucket_holds_cannot_leave_it() -> None:
    level = LevelFactory(on_hand=10, damaged=3)

    with pytest.raises(errors.InsufficientStock) as refusal:
        change_state(level, "damaged", "available")

    assert refusal.value.fields == {"requested": 4, "available": 3}
    assert counters(level) == (10, 7, 3, 0)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("committed", "available"),
        ("available", "committed"),
        ("available", "customer"),
        ("available", "available"),
        ("available", "adjustment"),
        ("nowhere", "available"),
    ],
)
def test_promised_goods_are_not_moved_by_hand(source: str, target: str) -> None:
    level = LevelFactory(on_hand=10)

    with pytest.raises(errors.IllegalStateChange):
        change_state(level, source, target)

    assert counters(level) == (10, 10, 0, 0)


@pytest.mark.parametrize(
    ("bucket", "expected", "told"),
    [
        ("available", (12, 12, 0, 0), 1),
        ("damaged", (12, 10, 2, 0), 0),
        ("quality_control", (12, 10, 0, 2), 0),
    ],
)
def test_returned_goods_go_where_their_grade_says(
    bucket: str, expected: tuple[int, ...], told: int
) -> None:
    level = LevelFactory(on_hand=10)

    for _ in range(2):
        services.take_back(
            sku_id=level.sku_id,
            location_id=level.location_id,
            quantity=2,
            bucket=bucket,
            document="R-1",
            cause="return-1",
            actor=SYSTEM,
            reason="",
        )

    assert counters(level) == expected
    assert Movement.objects.get(cause="return-1").source == "customer"
    assert Event.objects.count() == told


def test_the_ledger_comes_newest_first_in_pages_that_meet() -> None:
    level = LevelFactory(on_hand=10)
    LevelFactory()
    for number in range(4):
        receive(level, cause=f"receipt-{number}", quantity=number + 1)

    first = queries.ledger(level.pk, limit=2)
    second = queries.ledger(level.pk, limit=2, before=first.before)
    third = queries.ledger(level.pk, limit=2, before=second.before)

    assert [[m.quantity for m in page.movements] for page in (first, second, third)] == [
        [4, 3],
        [2, 1],
        [10],
    ]
    assert third.before is None


def test_levels_are_kept_to_the_locations_asked_for() -> None:
    here, there = LevelFactory(), LevelFactory()

    assert set(queries.levels()) == {here, there}
    assert list(queries.levels(location_ids=frozenset({here.location_id}))) == [here]
    assert list(queries.levels(location_ids=frozenset())) == []
    assert list(queries.levels(sku_id=there.sku_id)) == [there]
