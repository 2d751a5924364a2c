"""A whole unit of work that runs again when a rival was faster."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction

from inventory.catalog.models import Product
from oms.core import transactions
from oms.core.errors import Busy, Conflict, Raced
from tests.inventory.factories import ProductFactory, SkuFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions.time, "sleep", lambda seconds: None)


def failing(times: int, error: Callable[[], Exception]) -> tuple[Callable[[], str], list[int]]:
    """Return an effect that writes a product and fails `times` times, and the list of its runs."""
    runs: list[int] = []

    def effect() -> str:
        runs.append(len(runs) + 1)
        ProductFactory.create(name=f"run {len(runs)}")
        if len(runs) <= times:
            raise error()
        return "done"

    return effect, runs


def with_state(state: str) -> OperationalError:
    """Return the error that Django raises for an SQLSTATE."""

    class Cause(Exception):
        sqlstate = state

    error = OperationalError("failed")
    error.__cause__ = Cause()
    return error


@pytest.mark.parametrize(
    "error",
    [
        Raced,
        lambda: with_state("40001"),
        lambda: with_state("40P01"),
        lambda: with_state("55P03"),
        lambda: OperationalError("database is locked"),
    ],
    ids=["raced", "serialisation", "deadlock", "lock timeout", "sqlite locked"],
)
def test_a_unit_that_lost_a_race_starts_from_nothing_again(error: Any) -> None:
    effect, runs = failing(2, error)

    assert transactions.retrying(effect) == "done"

    assert runs == [1, 2, 3]
    assert list(Product.objects.values_list("name", flat=True)) == ["run 3"]


def test_a_rival_who_wrote_the_same_key_first_is_seen_by_the_next_run() -> None:
    SkuFactory.create(code="MUG")
    runs = []

    def effect() -> str:
        runs.append(1)
        if len(runs) == 1:
            SkuFactory.create(code="MUG")
        return "found"

    assert transactions.retrying(effect) == "found"
    assert len(runs) == 2


def test_a_refusal_is_not_tried_again_and_leaves_nothing() -> None:
    effect, runs = failing(9, Conflict)

    with pytest.raises(Conflict):
        transactions.retrying(effect)

    assert runs == [1]
    assert not Product.objects.exists()


def test_a_broken_rule_of_the_database_is_not_tried_again() -> None:
    runs = []

    def effect() -> None:
        runs.append(1)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE inventory_product SET name = NULL")

    ProductFactory.create()
    with pytest.raises(IntegrityError):
        transactions.retrying(effect)

    assert runs == [1]


def test_an_error_of_the_statement_is_not_tried_again() -> None:
    runs = []

    def effect() -> None:
        runs.append(1)
        with connection.cursor() as cursor:
            cursor.execute("SELECT nothing FROM nowhere")

    with pytest.raises(DatabaseError):
        transactions.retrying(effect)

    assert runs == [1]


def test_a_unit_that_loses_every_time_is_busy() -> None:
    effect, runs = failing(9, Raced)

    with pytest.raises(Busy):
        transactions.retrying(effect, attempts=3)

    assert runs == [1, 2, 3]
    assert not Product.objects.exists()


def test_inside_a_transaction_the_unit_runs_once_because_it_cannot_start_from_nothing() -> None:
    effect, runs = failing(1, Raced)

    with pytest.raises(Raced), transaction.atomic():
        transactions.retrying(effect)

    assert runs == [1]


def test_inside_a_transaction_a_refused_unit_leaves_nothing_and_the_transaction_goes_on() -> None:
    effect, _ = failing(1, Conflict)

    with transaction.atomic():
        ProductFactory.create(name="before")
        with pytest.raises(Conflict):
            transactions.retrying(effect)
        ProductFactory.create(name="after")

    assert list(Product.objects.order_by("id").values_list("name", flat=True)) == [
        "before",
        "after",
    ]


def begun_and_refused(name: str) -> None:
    """Write a product in a unit that is refused afterwards."""
    with transactions.begun():
        ProductFactory.create(name=name)
        raise Conflict


def test_a_unit_that_begins_alone_is_one_transaction() -> None:
    with pytest.raises(Conflict):
        begun_and_refused("first")

    assert not Product.objects.exists()


def test_a_unit_that_begins_inside_another_takes_part_without_a_savepoint() -> None:
    seen: list[str] = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        seen.append(sql)
        return execute(sql, *rest)

    with transaction.atomic():
        with connection.execute_wrapper(note), pytest.raises(Conflict):
            begun_and_refused("kept")
        ProductFactory.create(name="later")

    assert len(seen) == 1
    assert Product.objects.count() == 2
