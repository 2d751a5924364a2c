"""Run a whole unit of work in one transaction, again when a rival was faster.

Only a unit that starts from nothing may be run again: it reads, decides and writes inside. Deadlocks, serialisation
failures, lock timeouts of a statement, `Raced` and unique violations (a rival wrote the same natural key first; the
next run sees it) are tried again, and Busy is raised when the last try fails too. `locking.lock` says Busy itself: who
holds the rows that long will not let go within milliseconds.
"""

import random
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction

from oms.core.errors import Busy, Raced

ResultT = TypeVar("ResultT")

ATTEMPTS = 4
_RETRYABLE = frozenset({"40001", "40P01", "55P03"})  # serialisation, deadlock, lock not available
_UNIQUE_VIOLATION = "23505"


def begun() -> AbstractContextManager[Any]:
    """Open a transaction, or go on in the one that is open, which `atomic()` would do at the price of a savepoint.

    So a refusal leaves the open transaction as it is: only what refuses before it writes may begin like this.
    """
    return nullcontext() if connection.in_atomic_block else transaction.atomic()


def retrying(effect: Callable[[], ResultT], *, attempts: int = ATTEMPTS) -> ResultT:
    """Run `effect` in a transaction of its own, up to `attempts` times; return what it returns.

    Inside an open transaction it runs once, in a savepoint: only the outermost unit can start from nothing. Raises Busy
    when rivals win every time, and whatever else `effect` raises.
    """
    if connection.in_atomic_block:
        with transaction.atomic():
            return effect()
    for attempt in range(1, attempts + 1):
        try:
            with transaction.atomic():
                return effect()
        except (Raced, DatabaseError) as error:
            if not _may_retry(error):
                raise
            if attempt == attempts:
                raise Busy from error
        time.sleep(random.uniform(0.005, 0.02) * 2**attempt)  # noqa: S311  # jitter, not a secret
    raise AssertionError("unreachable")


def _may_retry(error: Exception) -> bool:
    if isinstance(error, Raced):
        return True
    state = getattr(error.__cause__, "sqlstate", None)
    if isinstance(error, IntegrityError):
        return state == _UNIQUE_VIOLATION or str(error).startswith("UNIQUE constraint failed")
    if isinstance(error, OperationalError):
        return state in _RETRYABLE or "database is locked" in str(error)
    return False
