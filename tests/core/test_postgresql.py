"""The look at a kept connection before each request."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext

import psycopg
import pytest
from django.db import IntegrityError, NotSupportedError, connection, transaction
from django.db.backends.postgresql import base

from inventory.catalog.models import Product

pytestmark = [pytest.mark.pg, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _connected() -> Iterator[None]:
    connection.ensure_connection()
    yield
    connection.close()


@pytest.fixture
def rival() -> Iterator["psycopg.Connection[tuple[int, ...]]"]:
    """Give another connection to the same database."""
    settings = connection.get_connection_params()
    with psycopg.connect(
        **{
            name: settings[name]
            for name in ("host", "port", "user", "password", "dbname")
            if name in settings
        },
        autocommit=True,
    ) as opened:
        yield opened


def test_a_connection_that_lives_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(_: base.DatabaseWrapper) -> bool:
        raise AssertionError("The server was asked.")

    monkeypatch.setattr(base.DatabaseWrapper, "is_usable", asked)

    assert connection.is_usable()


def test_a_connection_that_the_server_has_ended_is_noticed_and_made_anew(
    rival: "psycopg.Connection[tuple[int, ...]]",
) -> None:
    Product.objects.count()
    pid = connection.connection.info.backend_pid
    ended = rival.execute("SELECT pg_terminate_backend(%s, 5000)", [pid]).fetchone()
    assert ended == (True,)

    assert not connection.is_usable()
    connection.health_check_enabled = True
    connection.health_check_done = False
    connection.close_if_health_check_failed()
    assert Product.objects.count() == 0
    assert connection.connection.info.backend_pid != pid


def test_news_from_the_server_is_no_end(rival: "psycopg.Connection[tuple[int, ...]]") -> None:
    with connection.cursor() as cursor:
        cursor.execute("LISTEN something")
    rival.execute("NOTIFY something")

    assert connection.is_usable()


def test_no_connection_is_not_usable() -> None:
    connection.close()

    assert not connection.is_usable()


def prepared() -> int:
    """Return the number of statements that the server keeps for this connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements")
        return int(cursor.fetchone()[0])


def test_a_rollback_keeps_the_prepared_statements() -> None:
    for _ in range(4):
        Product.objects.filter(name="x").count()
    before = prepared()

    with transaction.atomic():
        Product.objects.create(name="rolled back")
        transaction.set_rollback(True)

    assert before
    assert prepared() >= before
    assert not Product.objects.filter(name="x").exists()


def test_a_changed_schema_drops_the_prepared_statements() -> None:
    for _ in range(4):
        Product.objects.filter(name="x").count()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE passing (id integer)")
        try:
            for _ in range(4):
                cursor.execute("SELECT * FROM passing")
            assert prepared()
        finally:
            cursor.execute("DROP TABLE passing")
        cursor.execute("CREATE TABLE passing (id integer, more text DEFAULT 'x')")
        try:
            cursor.execute("SELECT * FROM passing")
            assert [column.name for column in cursor.description] == ["id", "more"]
        finally:
            cursor.execute("DROP TABLE passing")


@pytest.mark.parametrize("surroundings", [nullcontext, transaction.atomic])
def test_a_column_that_a_migration_has_changed_costs_a_connection_one_request(
    rival: "psycopg.Connection[tuple[int, ...]]",
    surroundings: Callable[[], AbstractContextManager[None]],
) -> None:
    def read() -> list[tuple[str]]:
        with surroundings(), connection.cursor() as cursor:
            cursor.execute("SELECT word FROM passing")
            return cursor.fetchall()

    rival.execute("CREATE TABLE passing AS SELECT 'old'::varchar(5) AS word")
    try:
        for _ in range(4):
            read()
        rival.execute("ALTER TABLE passing ALTER COLUMN word TYPE varchar(9)")

        with pytest.raises(NotSupportedError, match="cached plan must not change result type"):
            read()
        connection.close_if_unusable_or_obsolete()  # as Django does between requests

        assert read() == [("old",)]
    finally:
        connection.close()
        rival.execute("DROP TABLE passing")


def test_a_refused_row_keeps_the_connection() -> None:
    pid = connection.connection.info.backend_pid
    Product.objects.create(id=1, name="one")
    with pytest.raises(IntegrityError), transaction.atomic():
        Product.objects.create(id=1, name="two")

    connection.close_if_unusable_or_obsolete()

    assert connection.connection.info.backend_pid == pid


def test_preparing_can_be_switched_off() -> None:
    wrapper = connection.copy()
    wrapper.settings_dict["OPTIONS"] = {
        **wrapper.settings_dict["OPTIONS"],
        "prepare_threshold": None,
    }
    try:
        with wrapper.cursor() as cursor:
            for _ in range(4):
                cursor.execute("SELECT 1")
            cursor.execute("SELECT count(*) FROM pg_prepared_statements")
            assert cursor.fetchone() == (0,)
    finally:
        wrapper.close()
