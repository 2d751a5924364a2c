"""The one lock helper: rows in key order, held until the transaction ends.

PostgreSQL locks the rows (`FOR NO KEY UPDATE`, so that foreign-key checks of others do not wait). SQLite has no row
locks: its IMMEDIATE transaction holds the one write lock, which is stronger. Order of locks everywhere: order, payment,
stock rows by key.
"""

from typing import TypeVar

from django.db import OperationalError, connections, models, transaction

from oms.core import errors

ModelT = TypeVar("ModelT", bound=models.Model)

_LOCK_NOT_AVAILABLE = "55P03"


def lock(queryset: "models.QuerySet[ModelT]", *, whole: bool = False) -> list[ModelT]:
    """Lock the rows of `queryset` by primary key and return them as a list.

    With `whole`, rows of other tables that come to refer to them wait as well (`FOR UPDATE`). Raises Busy when a rival
    holds one longer than the lock timeout; RuntimeError outside a transaction.
    """
    connection = connections[queryset.db]
    if not connection.in_atomic_block:
        raise RuntimeError("Rows can only be locked inside transaction.atomic().")
    if connection.features.has_select_for_update:
        queryset = queryset.select_for_update(no_key=not whole, of=("self",))
    try:
        return list(queryset.order_by("pk"))
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) == _LOCK_NOT_AVAILABLE:
            transaction.set_rollback(True, using=queryset.db)
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
