"""Run the checks."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from oms.reporting.invariants import checks
from oms.reporting.invariants.checks import Check

SHOWN = 20
_LONGEST_MS = 30 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Result:
    """What a check found: at most 20 offenders, and whether there are `more`."""

    check: Check
    offenders: tuple[dict[str, Any], ...]
    more: bool
    seconds: float

    @property
    def holds(self) -> bool:
        """Say whether nothing offends."""
        return not self.offenders


def run() -> list[Result]:
    """Run every check on one snapshot of the database, in the order of the invariants. Reads only.

    Inside a transaction of the caller it sees what that one sees.
    """
    with _snapshot():
        return [_run(check) for check in checks.everything()]


def _run(check: Check) -> Result:
    started = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({check.statement}) AS offenders LIMIT {SHOWN + 1}")
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return Result(check, tuple(rows[:SHOWN]), len(rows) > SHOWN, time.monotonic() - started)


@contextmanager
def _snapshot() -> Iterator[None]:
    """Open a transaction that sees one instant and cannot write."""
    if connection.in_atomic_block:
        yield
        return
    if connection.vendor == "postgresql":
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                cursor.execute(f"SET LOCAL statement_timeout = {_LONGEST_MS}")
            yield
        return
    # A plain BEGIN: Django's own would take the one write lock and stop all others meanwhile.
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only = ON")
        cursor.execute("BEGIN")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ROLLBACK")
            cursor.execute("PRAGMA query_only = OFF")
