"""The databases behave as the settings promise."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler
from pytest_django import DjangoDbBlocker

from oms import settings as ours

WRITERS, ROUNDS = 6, 15


@pytest.fixture
def _own_databases(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Allow databases of the test's own making."""
    with django_db_blocker.unblock():
        yield


def sqlite_settings(folder: Path) -> dict[str, Any]:
    return ours._database(f"sqlite:///{folder / 'settings.sqlite3'}")


def opened(config: dict[str, Any]) -> BaseDatabaseWrapper:
    return ConnectionHandler({"default": config})["default"]


@pytest.mark.usefixtures("_own_databases")
def test_sqlite_waits_for_the_disk_and_keeps_foreign_keys(tmp_path: Path) -> None:
    database = opened(sqlite_settings(tmp_path))
    with database.cursor() as cursor:
        answers = {}
        for name in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys"):
            cursor.execute(f"PRAGMA {name}")
            answers[name] = cursor.fetchone()[0]
    database.close()
    assert answers == {
        "journal_mode": "wal",
        "synchronous": 2,
        "busy_timeout": 20_000,
        "foreign_keys": 1,
    }


def count_together(config: dict[str, Any]) -> tuple[int, list[Exception]]:
    """Let writers read, add one and write back, each in a transaction; return the sum and the failures."""
    database = opened(config)
    with database.cursor() as cursor:
        cursor.execute("CREATE TABLE counter (value integer)")
        cursor.execute("INSERT INTO counter VALUES (0)")
    failures: list[Exception] = []
    gate = threading.Barrier(WRITERS)

    def write() -> None:
        handler = ConnectionHandler({"default": config})
        own = handler["default"]
        gate.wait()
        for _ in range(ROUNDS):
            try:
                with own.cursor() as cursor:
                    cursor.execute(f"BEGIN {config['OPTIONS'].get('transaction_mode') or ''}")
                    try:
                        cursor.execute("SELECT value FROM counter")
                        value = cursor.fetchone()[0]
                        cursor.execute("UPDATE counter SET value = %s", [value + 1])
                        cursor.execute("COMMIT")
                    except OperationalError:
                        cursor.execute("ROLLBACK")
                        raise
            except OperationalError as error:
                failures.append(error)
        own.close()

    threads = [threading.Thread(target=write) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.cursor() as cursor:
        cursor.execute("SELECT value FROM counter")
        total: int = cursor.fetchone()[0]
    database.close()
    return total, failures


@pytest.mark.usefixtures("_own_databases")
def test_writers_on_sqlite_wait_for_each_other_and_lose_nothing(tmp_path: Path) -> None:
    assert count_together(sqlite_settings(tmp_path)) == (WRITERS * ROUNDS, [])


@pytest.mark.usefixtures("_own_databases")
def test_without_immediate_transactions_they_would_fail(tmp_path: Path) -> None:
    config = sqlite_settings(tmp_path)
    config["OPTIONS"]["transaction_mode"] = None
    total, failures = count_together(config)
    assert failures
    assert total + len(failures) == WRITERS * ROUNDS


@pytest.mark.sqlite
@pytest.mark.django_db(transaction=True)
def test_the_test_database_is_a_file_that_other_connections_see() -> None:
    name = str(connection.settings_dict["NAME"])
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    other = sqlite3.connect(f"file:{name}?mode=ro", uri=True)
    tables = {row[0] for row in other.execute("SELECT name FROM sqlite_master")}
    other.close()
    assert "django_migrations" in tables


@pytest.mark.pg
@pytest.mark.django_db
def test_postgres_ends_what_waits_or_runs_too_long() -> None:
    answers = {}
    with connection.cursor() as cursor:
        for name in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"):
            cursor.execute(f"SHOW {name}")
            answers[name] = cursor.fetchone()[0]
    assert answers == {
        "lock_timeout": "3s",
        "statement_timeout": "15s",
        "idle_in_transaction_session_timeout": "30s",
    }


@pytest.mark.pg
@pytest.mark.django_db
def test_postgres_prepares_what_is_asked_again() -> None:
    statement = "SELECT %s::int + 41"
    with connection.cursor() as cursor:
        for number in range(4):
            cursor.execute(statement, [number])
        cursor.execute(
            "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT $1::int + 41%%'"
        )
        assert cursor.fetchone()[0] == 1


def test_a_pooler_can_have_prepared_statements_off(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "postgres://oms:pw@127.0.0.1:5432/oms"
    assert ours._database(url)["OPTIONS"]["prepare_threshold"] == 2
    monkeypatch.setenv("DATABASE_PREPARE", "0")
    assert ours._database(url)["OPTIONS"]["prepare_threshold"] is None


def test_connections_are_kept_and_proved_before_use() -> None:
    config = ours._database("postgres://oms:pw@127.0.0.1:5432/oms")
    assert (config["CONN_MAX_AGE"], config["CONN_HEALTH_CHECKS"]) == (60, True)
