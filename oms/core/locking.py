"""The one lock helper: rows in key order, held until the transaction ends.

PostgreSQL locks the rows (`FOR NO KEY UPDATE`, so that foreign-key checks of others do not wait). SQLite has no row
locks: its IMMEDIATE transaction holds the one write lock, which is stronger. Order of locks everywhere: SKU (for what
concerns all its orders at once), order, payment, stock rows by key.
"""

from collections.abc import Iterable
from typing import TypeVar

from django.db import (
    DEFAULT_DB_ALIAS,
    OperationalError,
    connection,
    connections,
    models,
    transaction,
)

from oms.core import errors

ModelT = TypeVar("ModelT", bound=models.Model)

_LOCK_NOT_AVAILABLE = "55P03"


def lock(queryset: "models.QuerySet[ModelT]", *, whole: bool = False) -> list[ModelT]:
    """Lock the rows of `queryset` by primary key and return them as a list.

    With `whole`, those who `share` them wait as well (`FOR UPDATE`). Raises Busy when a rival holds one longer than the
    lock timeout; RuntimeError outside a transaction.
    """
    own = connections[queryset.db]
    if not own.in_atomic_block:
        raise RuntimeError("Rows can only be locked inside transaction.atomic().")
    if own.features.has_select_for_update:
        queryset = queryset.select_for_update(no_key=not whole, of=("self",))
    try:
        return list(queryset.order_by("pk"))
    except OperationalError as error:
        if _gave_up(error, queryset.db):
            raise errors.Busy from error
        raise


def share(model: type[models.Model], keys: Iterable[int]) -> None:
    """Keep rows, by primary key, from being locked `whole` until the transaction ends; others may share them as well.

    Foreign keys of ours are checked when the transaction commits, and only then wait for the row they refer to. Raises
    Busy as `lock` does; on SQLite there is nobody to keep out.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("Rows can only be locked inside transaction.atomic().")
    if not connection.features.has_select_for_update:
        return
    quote = connection.ops.quote_name
    table, key = quote(model._meta.db_table), quote(str(model._meta.pk.column))
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT 1 FROM {table} WHERE {key} = ANY(%s) ORDER BY {key} FOR KEY SHARE",  # noqa: S608  # no data
                [sorted(keys)],
            )
    except OperationalError as error:
        if _gave_up(error, DEFAULT_DB_ALIAS):
            raise errors.Busy from error
        raise


def lock_table(model: type[models.Model]) -> None:
    """Keep everybody from changing or locking rows of a table until the transaction ends; reading goes on.

    For rare acts that need a whole table to stand still, at the beginning of the transaction. Raises Busy, and
    RuntimeError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("Tables can only be locked inside transaction.atomic().")
    if not connection.features.has_select_for_update:
        return
    table = connection.ops.quote_name(model._meta.db_table)
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")
    except OperationalError as error:
        if _gave_up(error, DEFAULT_DB_ALIAS):
            raise errors.Busy from error
        raise


def lock_one(
    queryset: "models.QuerySet[ModelT]", *, missing: type[errors.Missing] | None = None
) -> ModelT:
    """Lock and return the only row of `queryset`; raise `missing`, or Missing, when there is none."""
    rows = lock(queryset)
    if rows:
        return rows[0]
    raise (
        missing()
        if missing
        else errors.Missing(f"There is no such {queryset.model._meta.verbose_name}.")
    )


def _gave_up(error: OperationalError, using: str) -> bool:
    """Say whether a lock was waited for in vain; then the transaction is over."""
    if getattr(error.__cause__, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
        return False
    transaction.set_rollback(True, using=using)
    return True
