"""What of the ledger costs something and is not costed yet, for PostgreSQL and SQLite.

Movements are found by what is missing, not by "after the last one": keys are handed out before transactions commit, so
a smaller key may become visible after a larger one. Who has looked behind `settled` finds it. The condition is written
as the index `movement_owned` has it, with constants, so that both databases use the index.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from inventory.stock.models import Movement
from inventory.stock.states import OWNED

_OURS = "(" + ", ".join(f"'{bucket.value}'" for bucket in sorted(OWNED)) + ")"
CROSSES = (
    f"""(("source" IN {_OURS} AND NOT ("target" IN {_OURS}))"""
    f""" OR (NOT ("source" IN {_OURS}) AND "target" IN {_OURS}))"""
)
_UNCOSTED = 'NOT EXISTS (SELECT 1 FROM "inventory_costentry" e WHERE e."movement_id" = m."id")'


@dataclass(frozen=True, slots=True)
class Moved:
    """A movement that makes our stock more or less, as costing looks at it."""

    id: int
    kind: str
    source: str
    target: str
    quantity: int
    cause: str
    at: datetime

    @property
    def incoming(self) -> bool:
        """Whether we have more of it afterwards."""
        return self.target in OWNED


_OF_SKU = f"""
SELECT m."id", "kind", "source", "target", "quantity", "cause", "at"
FROM "inventory_movement" m
WHERE "level_id" IN (SELECT "id" FROM "inventory_level" WHERE "sku_id" = %s) AND {CROSSES}
    AND m."id" > %s AND {_UNCOSTED}
ORDER BY m."id" LIMIT %s
"""  # noqa: S608  # constants of this module only


def uncosted(*, sku_id: int, beyond: int, limit: int) -> list[Moved]:
    """Return the first movements of a SKU beyond a key that have no cost entry, by key."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_SKU, [sku_id, beyond, limit])
        rows = cursor.fetchall()
    return [
        Moved(key, kind, source, target, quantity, cause, _instant(at))
        for key, kind, source, target, quantity, cause, at in rows
    ]


_LAST_OF = 'SELECT MAX("id") FROM (SELECT "id" FROM "inventory_movement" WHERE "id" > %s ORDER BY "id" LIMIT %s) x'

_NOTICED = f"""
SELECT DISTINCT l."sku_id"
FROM "inventory_movement" m JOIN "inventory_level" l ON l."id" = m."level_id"
WHERE m."id" > %s AND m."id" <= %s AND {CROSSES} AND {_UNCOSTED}
ORDER BY l."sku_id"
"""  # noqa: S608  # constants of this module only

_UNSETTLED = (
    'SELECT MIN("id") FROM "inventory_movement" WHERE "id" > %s AND "id" <= %s AND "at" >= %s'
)


@dataclass(frozen=True, slots=True)
class Noticed:
    """A stretch of the ledger: its last key (None: there is nothing more), and which SKUs have something to cost."""

    last: int | None
    sku_ids: list[int]
    unsettled: int | None


def notice(*, beyond: int, limit: int, settled: datetime) -> Noticed:
    """Look through the next `limit` movements beyond a key, of any kind.

    `unsettled` is the first of them that is not older than `settled`: a smaller key may still turn up before it.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LAST_OF, [beyond, limit])
        last: int | None = cursor.fetchone()[0]
        if last is None:
            return Noticed(None, [], None)
        cursor.execute(_NOTICED, [beyond, last])
        sku_ids = [row[0] for row in cursor.fetchall()]
        cursor.execute(
            _UNSETTLED, [beyond, last, connection.ops.adapt_datetimefield_value(settled)]
        )
        return Noticed(last, sku_ids, cursor.fetchone()[0])


def _instant(value: Any) -> datetime:
    """Return an instant as the database's driver gives it, aware."""
    for convert in _converters():
        value = convert(value, None, connection)
    found: datetime = value
    return found


def _converters() -> list[Any]:
    field = Movement._meta.get_field("at")
    return list(connection.ops.get_db_converters(field.get_col(Movement._meta.db_table)))
