"""The hot statements of reserving, set-based, for PostgreSQL and SQLite.

Each is constant in number however many units are asked for. `tests/inventory/reservations/test_statements.py` runs them
beside a plain ORM reference on random data.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from inventory.stock.states import Bucket, MovementKind


@dataclass(frozen=True, slots=True)
class Promise:
    """`quantity` units of a SKU at a location for one demand line."""

    demand_id: int
    sku_id: int
    location_id: int
    quantity: int


_FREE = "l.on_hand - l.committed - l.reserved - l.damaged - l.quality_control - l.safety_stock"

# One statement: rows are locked in key order, the guard is checked again on the locked row by the UPDATE itself, and
# allocations and movements follow from the rows that were taken.
_ALLOCATE_POSTGRESQL = f"""
WITH asked AS (
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::integer[])
        AS a (demand_id, sku_id, location_id, quantity)
), totals AS (
    SELECT sku_id, location_id, sum(quantity)::integer AS quantity
    FROM asked GROUP BY sku_id, location_id
), locked AS (
    SELECT l.id, t.quantity
    FROM inventory_level l JOIN totals t USING (sku_id, location_id)
    ORDER BY l.id FOR NO KEY UPDATE OF l
), taken AS (
    UPDATE inventory_level l SET committed = l.committed + k.quantity
    FROM locked k
    WHERE l.id = k.id AND {_FREE} >= k.quantity
    RETURNING l.id, l.sku_id, l.location_id
), promised AS (
    INSERT INTO inventory_allocation (level_id, demand, demand_id, quantity, created_at)
    SELECT t.id, %s, a.demand_id, a.quantity, %s
    FROM asked a JOIN taken t USING (sku_id, location_id)
    ON CONFLICT (demand, demand_id, level_id)
        DO UPDATE SET quantity = inventory_allocation.quantity + excluded.quantity
), moved AS (
    INSERT INTO inventory_movement
        (level_id, kind, source, target, quantity, document, cause, actor, reason, at)
    SELECT t.id, %s, %s, %s, a.quantity, %s,
        %s || ':' || a.demand_id || ':' || t.id, %s, '', %s
    FROM asked a JOIN taken t USING (sku_id, location_id)
)
SELECT count(*) = (SELECT count(*) FROM totals) FROM taken
"""  # noqa: S608  # constants of this module only

_ASKED_SQLITE = """
SELECT value ->> 0 AS demand_id, value ->> 1 AS sku_id, value ->> 2 AS location_id,
    value ->> 3 AS quantity
FROM json_each(%s)
"""

_TAKE_SQLITE = f"""
UPDATE inventory_level AS l SET committed = l.committed + t.quantity
FROM (
    SELECT sku_id, location_id, sum(quantity) AS quantity
    FROM ({_ASKED_SQLITE}) GROUP BY sku_id, location_id
) AS t
WHERE l.sku_id = t.sku_id AND l.location_id = t.location_id AND {_FREE} >= t.quantity
RETURNING id
"""  # noqa: S608  # constants of this module only

_PROMISE_SQLITE = f"""
INSERT INTO inventory_allocation (level_id, demand, demand_id, quantity, created_at)
SELECT l.id, %s, a.demand_id, a.quantity, %s
FROM ({_ASKED_SQLITE}) AS a
JOIN inventory_level AS l ON l.sku_id = a.sku_id AND l.location_id = a.location_id
WHERE true
ON CONFLICT (demand, demand_id, level_id) DO UPDATE SET quantity = quantity + excluded.quantity
"""  # noqa: S608  # constants of this module only

_MOVE_SQLITE = f"""
INSERT INTO inventory_movement
    (level_id, kind, source, target, quantity, document, cause, actor, reason, at)
SELECT l.id, %s, %s, %s, a.quantity, %s, %s || ':' || a.demand_id || ':' || l.id, %s, '', %s
FROM ({_ASKED_SQLITE}) AS a
JOIN inventory_level AS l ON l.sku_id = a.sku_id AND l.location_id = a.location_id
"""  # noqa: S608  # constants of this module only


def allocate(
    promises: Sequence[Promise], *, demand: str, document: str, cause: str, actor: str, at: datetime
) -> bool:
    """Commit all `promises`, write their allocations and movements; say whether every level had enough.

    (demand_id, sku_id, location_id) is unique among `promises`. On False the caller rolls the transaction back: the
    levels that did have enough are already taken in it. PostgreSQL: one statement; SQLite: three.
    """
    move = [
        MovementKind.ALLOCATION.value,
        Bucket.AVAILABLE.value,
        Bucket.COMMITTED.value,
        document,
        cause,
        actor,
    ]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                _ALLOCATE_POSTGRESQL,
                [
                    [p.demand_id for p in promises],
                    [p.sku_id for p in promises],
                    [p.location_id for p in promises],
                    [p.quantity for p in promises],
                    demand,
                    at,
                    *move,
                    at,
                ],
            )
            return bool(cursor.fetchone()[0])
        moment = connection.ops.adapt_datetimefield_value(at)
        asked = json.dumps([[p.demand_id, p.sku_id, p.location_id, p.quantity] for p in promises])
        cursor.execute(_TAKE_SQLITE, [asked])
        if len(cursor.fetchall()) != len({(p.sku_id, p.location_id) for p in promises}):
            return False
        cursor.execute(_PROMISE_SQLITE, [demand, moment, asked])
        cursor.execute(_MOVE_SQLITE, [*move, moment, asked])
        return True


_SHELVES = """
SELECT l.sku_id, s.code, l.location_id, p.code, l.on_hand, l.committed,
    l.on_hand - l.committed - l.reserved - l.damaged - l.quality_control, l.safety_stock,
    p.priority, p.country, p.region, p.postcode
FROM inventory_level l
JOIN inventory_sku s ON s.id = l.sku_id
JOIN inventory_location p ON p.id = l.location_id
WHERE p.is_active AND p.ships_orders{narrowed}
ORDER BY l.sku_id, p.priority, l.location_id
"""
_NARROWED = {
    "postgresql": {
        "sku_codes": " AND s.code = ANY(ARRAY(SELECT unnest(%s::text[])))",
        "sku_ids": " AND l.sku_id = ANY(ARRAY(SELECT unnest(%s::bigint[])))",
        "location_codes": " AND p.code = ANY(ARRAY(SELECT unnest(%s::text[])))",
    },
    "sqlite": {
        "sku_codes": " AND s.code IN (SELECT value FROM json_each(%s))",
        "sku_ids": " AND l.sku_id IN (SELECT value FROM json_each(%s))",
        "location_codes": " AND p.code IN (SELECT value FROM json_each(%s))",
    },
}

Shelf = tuple[int, str, int, str, int, int, int, int, int, str, str, str]


def shelves(
    *,
    sku_codes: Collection[str] | None = None,
    sku_ids: Collection[int] | None = None,
    location_codes: Collection[str] | None = None,
) -> list[Shelf]:
    """Return the levels at active shipping locations, narrowed by what is given; by SKU, then location priority.

    A row is (SKU id, SKU code, location id, location code, on hand, committed, free, safety stock, priority, country,
    region, postcode) of the location.
    """
    given = {
        name: sorted(values)
        for name, values in (
            ("sku_codes", sku_codes),
            ("sku_ids", sku_ids),
            ("location_codes", location_codes),
        )
        if values is not None
    }
    words = _NARROWED[connection.vendor]
    is_postgresql = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        cursor.execute(
            _SHELVES.format(narrowed="".join(words[name] for name in given)),
            [values if is_postgresql else json.dumps(values) for values in given.values()],
        )
        found: list[Shelf] = cursor.fetchall()
    return found


@dataclass(frozen=True, slots=True)
class Change:
    """What is added to the counters of one level; negative takes away."""

    level_id: int
    on_hand: int
    committed: int


def change_levels(changes: Sequence[Change]) -> None:
    """Add `changes` to their levels in one statement. The levels are locked by the caller; the database refuses a
    negative bucket.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "UPDATE inventory_level l SET on_hand = l.on_hand + c.on_hand,"
                " committed = l.committed + c.committed"
                " FROM unnest(%s::bigint[], %s::integer[], %s::integer[])"
                " AS c (id, on_hand, committed) WHERE l.id = c.id",
                [
                    [c.level_id for c in changes],
                    [c.on_hand for c in changes],
                    [c.committed for c in changes],
                ],
            )
            return
        cursor.execute(
            "UPDATE inventory_level AS l SET on_hand = l.on_hand + c.on_hand,"
            " committed = l.committed + c.committed"
            " FROM (SELECT value ->> 0 AS id, value ->> 1 AS on_hand, value ->> 2 AS committed"
            " FROM json_each(%s)) AS c WHERE l.id = c.id",
            [json.dumps([[c.level_id, c.on_hand, c.committed] for c in changes])],
        )
