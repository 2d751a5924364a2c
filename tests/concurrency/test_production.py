"""Production under parallel calls, on PostgreSQL with real threads and commits.

Beside each promise stands a control: the same harness without the protection, which must show the harm.
"""

import time
from collections.abc import Iterable
from itertools import count
from typing import Any

import pytest
from django.db.models import Sum

from inventory.catalog.models import Sku
from inventory.production import queries
from inventory.production import services as production
from inventory.production.models import (
    ProductionComponent,
    ProductionOrder,
    ProductionPostingLine,
    ProductionSlot,
)
from inventory.production.services import Report, bills, confirming, posting, steps
from inventory.reservations import statements
from inventory.reservations.models import Allocation
from inventory.stock.models import Level
from oms.core import locking, transactions
from tests.concurrency.test_placing import (
    assert_books_agree,
    draft,
    in_parallel,
    naive,
    place,
    place_once,
)
from tests.inventory.factories import LevelFactory, LocationFactory, SkuFactory
from tests.inventory.production.made import (
    MAKER,
    begun_order,
    center,
    component,
    drafted_bill,
    drafted_order,
    released_bill,
    stocked,
)
from tests.orders.factories import ChannelFactory

pytestmark = [pytest.mark.pg, pytest.mark.django_db(transaction=True)]


def post(order: ProductionOrder, units: int, key: str) -> str:
    production.post(
        order_id=order.pk, report=Report(produced=units, reason="more"), key=key, actor=MAKER
    )
    return "posted"


def confirm(order: ProductionOrder, *, with_shortages: bool = False) -> str:
    production.confirm(order_id=order.pk, with_shortages=with_shortages, actor=MAKER)
    return "confirmed"


@pytest.fixture
def unlocked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let everybody read what he changes without waiting: all read first, then one after the other goes on."""
    turn = count(1)

    def read(queryset: Any, **_: Any) -> list[Any]:
        return list(queryset.order_by("pk"))

    def read_one(queryset: Any, **_: Any) -> Any:
        found = read(queryset)[0]
        time.sleep(0.5 * next(turn))
        return found

    monkeypatch.setattr(locking, "lock", read)
    monkeypatch.setattr(locking, "lock_one", read_one)


# Posting ------------------------------------------------------------------------------------------


def last_component() -> list[ProductionOrder]:
    """Return two orders that were begun, and need the last unit of one component; neither holds it."""
    place_ = LocationFactory.create()
    part = stocked(place_, 1)
    Level.objects.filter(sku=part).update(safety_stock=1)  # so that nobody sets it aside
    bill = released_bill(parts={part: 1})
    return [begun_order(location=place_, bill=bill, with_shortages=True) for _ in range(2)]


def test_of_two_postings_of_the_last_component_one_is_posted() -> None:
    for _ in range(4):
        orders = last_component()

        outcomes = in_parallel(
            2, lambda number, two=orders: post(two[number], 1, f"k{two[number].pk}")
        )

        assert outcomes == {"posted": 1, "ComponentsShort": 1}
        assert component(orders[0]).consumed + component(orders[1]).consumed == 1
        assert Level.objects.get(sku=component(orders[0]).sku).on_hand == 0
    assert_books_agree()


def test_of_eight_postings_of_one_order_none_is_lost() -> None:
    order = begun_order(quantity=10, stock=100)

    outcomes = in_parallel(8, lambda number: post(order, 1, f"k{number}"))

    assert outcomes == {"posted": 8}
    order.refresh_from_db()
    assert (order.produced, component(order).consumed) == (8, 16)
    assert_books_agree()


def test_a_posting_that_is_sent_by_eight_at_once_with_one_key_counts_once() -> None:
    order = begun_order()

    outcomes = in_parallel(8, lambda _: post(order, 1, "one-key"))

    assert outcomes == {"posted": 8}
    order.refresh_from_db()
    assert order.produced == 1
    assert_books_agree()


@pytest.mark.usefixtures("unlocked")
def test_control_who_counts_what_he_read_loses_what_others_posted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    order = begun_order()

    def overwrite(order: ProductionOrder, *, produced: int, scrapped: int) -> None:
        ProductionOrder.objects.filter(pk=order.pk).update(produced=produced, scrapped=scrapped)

    def change(row: ProductionComponent, **changes: int) -> None:
        ProductionComponent.objects.filter(pk=row.pk).update(**changes)

    monkeypatch.setattr(posting, "change", overwrite)
    monkeypatch.setattr(steps, "change_component", change)

    in_parallel(4, lambda number: post(order, 1, f"k{number}"))

    order.refresh_from_db()
    lines = ProductionPostingLine.objects.filter(kind="output", posting__order=order)
    assert order.produced < (lines.aggregate(units=Sum("quantity"))["units"] or 0)


# Confirming ---------------------------------------------------------------------------------------


def rivals() -> tuple[ProductionOrder, Sku]:
    """Return a draft that needs 6 of 10 units of a component that is sold as well."""
    level = LevelFactory.create(on_hand=10)
    bill = released_bill(parts={level.sku: 1})
    return drafted_order(location=level.location, bill=bill, quantity=6), level.sku


def test_a_confirmation_and_orders_share_the_last_components_exactly() -> None:
    channel = ChannelFactory.create()
    for _ in range(4):
        order, sku = rivals()

        def act(number: int, made: ProductionOrder = order, sold: Sku = sku) -> str:
            if number == 5:
                return transactions.retrying(lambda: confirm(made))
            return place(channel, draft(number + 1000 * made.pk, [sold]))

        outcomes = in_parallel(13, act)

        level = Level.objects.get(sku=sku)
        promised = Allocation.objects.filter(level=level).aggregate(units=Sum("quantity"))["units"]
        assert promised == level.committed == 10
        if outcomes["confirmed"]:
            assert outcomes == {"confirmed": 1, "placed": 4, "Insufficient": 8}
        else:
            assert outcomes == {"placed": 10, "ComponentsShort": 1, "Insufficient": 2}
    assert_books_agree()


def test_control_without_the_guarded_statement_more_is_promised_than_there_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    channel = ChannelFactory.create()
    monkeypatch.setattr(statements, "allocate", naive)
    monkeypatch.setattr(
        steps,
        "lock_levels",
        lambda order, sku_ids: {
            level.sku_id: level
            for level in Level.objects.filter(location=order.location, sku__in=list(sku_ids))
        },
    )
    oversold = 0
    for _ in range(5):
        order, sku = rivals()
        LevelFactory.create(sku=order.bill.sku, location=order.location)

        def act(number: int, made: ProductionOrder = order, sold: Sku = sku) -> str:
            if number == 5:
                return confirm(made)
            return place_once(channel, draft(number + 1000 * made.pk, [sold]))

        in_parallel(13, act)
        level = Level.objects.get(sku=sku)
        promised = Allocation.objects.filter(level=level).aggregate(units=Sum("quantity"))["units"]
        oversold += promised > level.committed

    assert oversold > 0


def drafts_at_one_bench() -> list[ProductionOrder]:
    """Return six drafts that each take half a day of one work center."""
    place_ = LocationFactory.create()
    bill = released_bill(parts={stocked(place_): 1}, at=center(place_, capacity=10))
    return [drafted_order(location=place_, bill=bill, quantity=5) for _ in range(6)]


def fullest_day(orders: Iterable[ProductionOrder]) -> int:
    rows = ProductionSlot.objects.filter(order__in=list(orders)).values("day").order_by()
    return max(row["load"] for row in rows.annotate(load=Sum("load")))


def test_orders_that_are_confirmed_at_once_never_pass_the_capacity_of_a_day() -> None:
    orders = drafts_at_one_bench()

    outcomes = in_parallel(6, lambda number: confirm(orders[number]))

    assert outcomes == {"confirmed": 6}
    assert fullest_day(orders) == 10
    assert_books_agree()


def test_control_without_the_lock_of_the_work_center_a_day_takes_too_much(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plan_of = queries.plan_of

    def slowly(*args: Any, **kwargs: Any) -> Any:
        found = plan_of(*args, **kwargs)
        time.sleep(0.1)
        return found

    monkeypatch.setattr(queries, "plan_of", slowly)
    monkeypatch.setattr(confirming, "_lock_center", lambda _order: None)
    monkeypatch.setattr(confirming, "_lock_all", lambda _order, _components: None)
    orders = drafts_at_one_bench()

    in_parallel(6, lambda number: confirm(orders[number]))

    assert fullest_day(orders) > 10


# Bills --------------------------------------------------------------------------------------------


def half_circles() -> list[int]:
    """Return two drafts that are right alone and close a circle together: A of B, C of D, where B has C and D has A."""
    a, b, c, d = (SkuFactory.create() for _ in range(4))
    first, second = drafted_bill(a, {b: 1}), drafted_bill(c, {d: 1})
    released_bill(b, {c: 1})
    released_bill(d, {a: 1})
    return [first.pk, second.pk]


def release(bill_id: int) -> str:
    transactions.retrying(lambda: production.release_bill(bill_id=bill_id, actor=MAKER))
    return "released"


def test_of_two_revisions_that_close_a_circle_one_is_released() -> None:
    for _ in range(4):
        ids = half_circles()

        outcomes = in_parallel(2, lambda number, two=ids: release(two[number]))

        assert outcomes == {"released": 1, "ContainsItself": 1}
    assert_books_agree()


def test_control_without_the_locks_below_both_are_released(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    check = bills.check_circle

    def slowly(sku_code: str, parts: Any) -> None:
        check(sku_code, parts)
        time.sleep(0.1)

    monkeypatch.setattr(bills, "check_circle", slowly)
    ids = half_circles()
    monkeypatch.setattr(bills.locking, "lock", list)

    outcomes = in_parallel(2, lambda number: release(ids[number]))

    assert outcomes == {"released": 2}
