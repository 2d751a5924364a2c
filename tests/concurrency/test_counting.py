"""Counting while orders flow, on PostgreSQL with real threads and commits: the books stay exact."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections, transaction
from django.db.models import Sum

from fulfillment.counting import services
from fulfillment.shipping import services as shipping
from inventory.counting import services as counting
from inventory.counting.models import CountLine, CountOrder
from inventory.stock.models import Level, Movement
from oms.core.errors import Busy, DomainError
from oms.reporting.invariants import services as invariants
from orders.ordering import services as ordering
from orders.ordering.errors import CountTakesPicked
from tests.concurrency.meeting import interleaved
from tests.concurrency.test_stock_rows import until_someone_waits
from tests.fulfillment.factories import (
    PICKER,
    labelled_shipment,
    open_work,
    pick_all,
    shipped_shipment,
)
from tests.inventory.counting.counts import ANNA, BEN, BOSS, started
from tests.inventory.factories import LevelFactory
from tests.orders.factories import place_order

pytestmark = [pytest.mark.pg, pytest.mark.django_db(transaction=True)]


def in_thread(act: Callable[[], Any]) -> tuple[threading.Thread, list[Exception]]:
    """Run `act` beside the test; return the thread, and what it failed with."""
    failures: list[Exception] = []

    def run() -> None:
        try:
            act()
        except Exception as error:  # noqa: BLE001  # whatever came of it is what the test looks at
            failures.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, failures


def counted_while_a_parcel_leaves(record: Callable[[CountOrder], Any]) -> int | None:
    """Let a parcel of three of ten leave, not committed yet, while seven are counted; return the difference noted."""
    level = LevelFactory.create(sku__code="TEA")
    shipment = labelled_shipment([(level.sku, 3)])
    order = started(level)
    with transaction.atomic():
        shipping.ship(shipment_id=shipment.pk, actor=PICKER)
        thread, failures = in_thread(lambda: record(order))
        until_someone_waits()
    thread.join(timeout=30)
    assert failures == []
    level.refresh_from_db()
    assert level.on_hand == 7
    return CountLine.objects.get(count=order).difference


def test_a_parcel_that_leaves_while_it_is_counted_is_no_difference() -> None:
    difference = counted_while_a_parcel_leaves(
        lambda order: services.record(count_id=order.pk, sku_code="TEA", counted=7, actor=ANNA)
    )

    assert difference == 0


def test_control_what_is_picked_has_to_be_asked_under_the_lock_of_the_level() -> None:
    def record(order: CountOrder) -> None:
        line = CountLine.objects.get(count=order)
        before = services.off_shelf(line.sku_id, line.location_id)
        counting.record(
            count_id=order.pk,
            sku_code="TEA",
            counted=7,
            off_shelf=lambda _sku, _place: before,
            actor=ANNA,
        )

    assert counted_while_a_parcel_leaves(record) == 3  # found out of nothing


def placed_and_shipped(level: Level) -> int:
    """Place an order and ship it where that works out; return how many left."""
    try:
        shipped_shipment([(level.sku, 1)])
    except DomainError:
        return 0  # a rival, or the count, had taken the unit
    except ValueError:
        return 0  # nothing was left, so there is no work
    return 1


def count_beside_orders(post: Callable[[int], Any]) -> Level:
    """Count 32 where 40 should be, 20 of them promised; post while four shops place and ship."""
    level = LevelFactory.create(sku__code="TEA", on_hand=40)
    for _ in range(5):
        place_order([(level.sku, 4)], confirmed=True)
    order = started(level)
    for who in (ANNA, BEN):
        services.record(count_id=order.pk, sku_code="TEA", counted=32, actor=who)
    counting.finish(count_id=order.pk, actor=ANNA)

    def shop(_number: int) -> None:
        try:
            for _ in range(4):
                placed_and_shipped(level)
        finally:
            connections.close_all()

    def boss() -> None:
        try:
            post(order.pk)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(5) as pool:
        shops = [pool.submit(shop, number) for number in range(4)]
        posting = pool.submit(boss)
        for each in [*shops, posting]:
            each.result(timeout=120)
    level.refresh_from_db()
    return level


def shipped(level: Level) -> int:
    """Return the units that left."""
    left = Movement.objects.filter(level=level, kind="shipment").aggregate(n=Sum("quantity"))["n"]
    return left or 0


def broken() -> list[str]:
    """Return the invariants that do not hold."""
    return [result.check.name for result in invariants.run() if not result.holds]


def test_a_count_is_posted_exactly_while_orders_are_placed_and_shipped() -> None:
    def post(count_id: int) -> None:
        for _ in range(20):
            try:
                services.post(count_id=count_id, actor=BOSS)
            except (Busy, CountTakesPicked):
                continue
            return
        pytest.fail("The count could not be posted.")

    level = count_beside_orders(post)

    assert level.on_hand == 40 - 8 - shipped(level)
    assert Movement.objects.filter(kind="count").count() == 1
    assert broken() == []


def test_control_writing_the_counted_figure_loses_what_has_left_since() -> None:
    def post(_count_id: int) -> None:
        seen = Level.objects.get()
        while not shipped(seen):
            pass
        Level.objects.filter(pk=seen.pk, committed__lte=32).update(on_hand=32)

    level = count_beside_orders(post)

    assert "level_is_the_fold_of_its_movements" in broken()
    assert level.on_hand != 40 - 8 - shipped(level)


def test_a_count_that_two_people_post_at_once_is_posted_once() -> None:
    level = LevelFactory.create(sku__code="TEA", on_hand=40)
    place_order([(level.sku, 36)], confirmed=True)
    order = started(level)
    for who in (ANNA, BEN):
        services.record(count_id=order.pk, sku_code="TEA", counted=30, actor=who)
    counting.finish(count_id=order.pk, actor=ANNA)
    rivals = [in_thread(lambda: services.post(count_id=order.pk, actor=BOSS)) for _ in range(3)]
    for thread, _ in rivals:
        thread.join(timeout=60)

    assert sorted(len(failures) for _, failures in rivals) == [0, 1, 1]
    level.refresh_from_db()
    assert (level.on_hand, level.committed) == (30, 30)
    assert broken() == []


def picked_while_a_count_is_posted(patch: pytest.MonkeyPatch) -> Counter[str]:
    """Pick four units while a count takes two of them off the order, after it has seen what is picked."""
    level = LevelFactory.create(sku__code="TEA", on_hand=4)
    work = open_work([(level.sku, 4)])
    order = started(level)
    for who in (ANNA, BEN):
        services.record(count_id=order.pk, sku_code="TEA", counted=2, actor=who)
    counting.finish(count_id=order.pk, actor=ANNA)
    return interleaved(
        patch,
        ordering,
        "losses_of_count",
        lambda: services.post(count_id=order.pk, actor=BOSS) and "posted",
        lambda: pick_all(work) or "picked",
    )


def test_units_that_are_picked_while_a_count_is_posted_stay_picked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert picked_while_a_count_is_posted(monkeypatch) == {"CountTakesPicked": 1, "picked": 1}

    assert Level.objects.get().on_hand == 4
    assert broken() == []


def test_control_who_plans_with_what_was_not_picked_yet_is_stopped_by_the_counters_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[Any] = []
    real = ordering.losses_of_count

    def once(**named: Any) -> Any:
        seen.append(seen[0] if seen else real(**named))
        return seen[0]

    monkeypatch.setattr(ordering, "losses_of_count", once)

    outcomes = picked_while_a_count_is_posted(monkeypatch)

    assert outcomes["picked"] == 1
    assert "CountTakesPicked" not in outcomes
    assert Level.objects.get().on_hand == 4
