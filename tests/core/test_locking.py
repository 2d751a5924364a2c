"""The lock helper: refuses outside a transaction, orders by key, gives up in time."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from inventory.locations.models import Location
from inventory.stock.models import Level
from oms.core import errors, locking
from tests.inventory.factories import LevelFactory, LocationFactory


@contextmanager
def held_by_a_rival(level: Level) -> Iterator[None]:
    """Let another connection hold the row's lock meanwhile."""
    taken, give_back = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                locking.lock(Level.objects.filter(pk=level.pk))
                taken.set()
                give_back.wait(20)
        finally:
            connections.close_all()

    rival = threading.Thread(target=hold)
    rival.start()
    assert taken.wait(20)
    try:
        yield
    finally:
        give_back.set()
        rival.join(20)


@pytest.mark.django_db(transaction=True)
def test_rows_can_only_be_locked_inside_a_transaction() -> None:
    with pytest.raises(RuntimeError, match=r"inside transaction\.atomic"):
        locking.lock(Level.objects.all())


@pytest.mark.django_db
def test_rows_come_as_a_list_in_the_order_of_their_keys() -> None:
    levels = [LevelFactory.create() for _ in range(4)]

    found = locking.lock(Level.objects.order_by("-id"))

    assert isinstance(found, list)
    assert [level.pk for level in found] == sorted(level.pk for level in levels)


@pytest.mark.django_db
def test_one_row_is_returned_itself() -> None:
    level = LevelFactory.create()
    LevelFactory.create()

    assert locking.lock_one(Level.objects.filter(pk=level.pk)) == level


@pytest.mark.django_db
def test_no_row_is_missing_and_says_of_what() -> None:
    with pytest.raises(errors.Missing, match="There is no such stock level"):
        locking.lock_one(Level.objects.filter(pk=0))


@pytest.mark.django_db
def test_no_row_is_missing_in_the_words_of_the_topic() -> None:
    class LevelMissing(errors.Missing):
        """There is no such level."""

        code = "level_not_found"

    with pytest.raises(LevelMissing):
        locking.lock_one(Level.objects.filter(pk=0), missing=LevelMissing)


@pytest.mark.pg
@pytest.mark.django_db
def test_the_lock_leaves_foreign_keys_of_others_and_joined_rows_alone() -> None:
    LevelFactory.create()

    with CaptureQueriesContext(
        connection,
    ) as statements:
        locking.lock(Level.objects.select_related("location"))

    (statement,) = [entry["sql"] for entry in statements]
    assert 'FOR NO KEY UPDATE OF "inventory_level"' in statement


@pytest.mark.pg
@pytest.mark.django_db(transaction=True)
def test_a_row_that_a_rival_holds_is_busy_after_the_lock_timeout() -> None:
    level = LevelFactory.create()

    with held_by_a_rival(level), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '50ms'")
        with pytest.raises(errors.Busy) as refused:
            locking.lock(Level.objects.filter(pk=level.pk))

    assert (refused.value.status, refused.value.retry_after) == (409, 1)


@pytest.mark.pg
@pytest.mark.django_db(transaction=True)
def test_a_row_that_a_rival_holds_may_be_referred_to_meanwhile() -> None:
    level = LevelFactory.create()

    with held_by_a_rival(level), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '50ms'")
        level.movements.create(
            kind="receipt",
            source="supplier",
            target="available",
            quantity=1,
            document="PO",
            cause="meanwhile",
            actor="x",
        )
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.django_db
def test_only_the_rows_of_the_query_are_returned() -> None:
    berlin, paris = LocationFactory.create(city="Berlin"), LocationFactory.create(city="Paris")

    assert locking.lock(Location.objects.filter(city="Paris")) == [paris]
    assert berlin not in locking.lock(Location.objects.filter(city="Paris"))
