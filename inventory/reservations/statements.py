"""The hot statements of reserving, set-based, for PostgreSQL and SQLite.

Each is constant in number however many units are asked for. `tests/inventory/reservations/test_statements.py` runs them
beside a plain ORM reference on random data. Allocating and reserving take units in the same way, and write other rows
about it: `_taking` is the part that they share.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.db import connection

from inventory.stock.states import Bucket, MovementKind
from oms.core import arrays, bulk
from oms.core.bulk import Insertion


@dataclass(frozen=True, slots=True)
class Promise:
    """`quantity` units of a SKU at a location for one demand line; `keep` more have to stay free there for others."""

    demand_id: int
    sku_id: int
    location_id: int
    quantity: int
    keep: int = 0


_FREE = "l.on_hand - l.committed - l.reserved - l.damaged - l.quality_control - l.safety_stock"


def _taking(counter: str, noted: str) -> str:
    """Return the one statement for PostgreSQL that adds to `counter` of all levels asked for, or of none.

    Rows are locked in key order, judged as they are when they are locked, and written only if all of them have enough;
    the rows that `noted` inserts and the movements follow from the rows that were taken.
    """
    return f"""
WITH asked AS (
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::integer[], %s::integer[])
        AS a (demand_id, sku_id, location_id, quantity, keep)
), totals AS (
    SELECT sku_id, location_id, sum(quantity)::integer AS quantity, max(keep) AS keep
    FROM asked GROUP BY sku_id, location_id
), locked AS (
    SELECT l.id, t.quantity, {_FREE} >= t.quantity + t.keep AS enough
    FROM inventory_level l JOIN totals t USING (sku_id, location_id)
    ORDER BY l.id FOR NO KEY UPDATE OF l
), judged AS (
    SELECT count(*) FILTER (WHERE enough) = (SELECT count(*) FROM totals) AS enough FROM locked
), taken AS (
    UPDATE inventory_level l SET {counter} = l.{counter} + k.quantity
    FROM locked k
    WHERE l.id = k.id AND (SELECT enough FROM judged) AND {_FREE} >= k.quantity
    RETURNING l.id, l.sku_id, l.location_id
), noted AS ({noted}
), moved AS (
    INSERT INTO inventory_movement
        (level_id, kind, source, target, quantity, document, cause, actor, reason, at)
    SELECT t.id, %s, %s, %s, a.quantity, %s,
        %s || ':' || a.demand_id || ':' || t.id, %s, '', %s
    FROM asked a JOIN taken t USING (sku_id, location_id)
)
SELECT count(*) = (SELECT count(*) FROM totals) FROM taken
"""  # noqa: S608  # constants of this module only


_ALLOCATE_POSTGRESQL = _taking(
    "committed",
    """
    INSERT INTO inventory_allocation (level_id, demand, demand_id, quantity, created_at)
    SELECT t.id, %s, a.demand_id, a.quantity, %s
    FROM asked a JOIN taken t USING (sku_id, location_id)
    ON CONFLICT (demand, demand_id, level_id)
        DO UPDATE SET quantity = inventory_allocation.quantity + excluded.quantity""",
)

_RESERVE_POSTGRESQL = _taking(
    "reserved",
    """
    INSERT INTO inventory_reservationline (reservation_id, level_id, quantity)
    SELECT a.demand_id, t.id, a.quantity FROM asked a JOIN taken t USING (sku_id, location_id)""",
)

_ASKED_SQLITE = """
SELECT value ->> 0 AS demand_id, value ->> 1 AS sku_id, value ->> 2 AS location_id,
    value ->> 3 AS quantity, value ->> 4 AS keep
FROM json_each(%s)
"""

_TOTALS_SQLITE = f"""
SELECT sku_id, location_id, sum(quantity) AS quantity, max(keep) AS keep
FROM ({_ASKED_SQLITE}) GROUP BY sku_id, location_id
"""  # noqa: S608  # constants of this module only


def _taking_sqlite(counter: str) -> str:
    """Return the statement for SQLite that adds to `counter` of all levels asked for, or of none."""
    return f"""
UPDATE inventory_level AS l SET {counter} = l.{counter} + t.quantity
FROM ({_TOTALS_SQLITE}) AS t
WHERE l.sku_id = t.sku_id AND l.location_id = t.location_id AND NOT EXISTS (
    SELECT 1 FROM ({_TOTALS_SQLITE}) AS w
    LEFT JOIN inventory_level AS l ON l.sku_id = w.sku_id AND l.location_id = w.location_id
    WHERE l.id IS NULL OR {_FREE} < w.quantity + w.keep
)
RETURNING id
"""  # noqa: S608  # constants of this module only


_ALLOCATE_SQLITE = _taking_sqlite("committed")
_RESERVE_SQLITE = _taking_sqlite("reserved")

_PROMISE_SQLITE = f"""
INSERT INTO inventory_allocation (level_id, demand, demand_id, quantity, created_at)
SELECT l.id, %s, a.demand_id, a.quantity, %s
FROM ({_ASKED_SQLITE}) AS a
JOIN inventory_level AS l ON l.sku_id = a.sku_id AND l.location_id = a.location_id
WHERE true
ON CONFLICT (demand, demand_id, level_id) DO UPDATE SET quantity = quantity + excluded.quantity
"""  # noqa: S608  # constants of this module only

_HOLD_SQLITE = f"""
INSERT INTO inventory_reservationline (reservation_id, level_id, quantity)
SELECT a.demand_id, l.id, a.quantity
FROM ({_ASKED_SQLITE}) AS a
JOIN inventory_level AS l ON l.sku_id = a.sku_id AND l.location_id = a.location_id
"""  # noqa: S608  # constants of this module only

_MOVE_SQLITE = f"""
INSERT INTO inventory_movement
    (level_id, kind, source, target, quantity, document, cause, actor, reason, at)
SELECT l.id, %s, %s, %s, a.quantity, %s, %s || ':' || a.demand_id || ':' || l.id, %s, '', %s
FROM ({_ASKED_SQLITE}) AS a
JOIN inventory_level AS l ON l.sku_id = a.sku_id AND l.location_id = a.location_id
"""  # noqa: S608  # constants of this module only


def allocate(
    promises: Sequence[Promise],
    *,
    demand: str,
    document: str,
    cause: str,
    actor: str,
    at: datetime,
    along: Sequence[Insertion] = (),
) -> bool:
    """Commit all `promises`, write their allocations and movements; say whether every level had enough.

    (demand_id, sku_id, location_id) is unique among `promises`. On False nothing was written but `along`, which goes in
    in any case. PostgreSQL: one statement, after which the levels are locked, enough or not; SQLite: three, and one for
    each of `along`.
    """
    move = [
        MovementKind.ALLOCATION.value,
        Bucket.AVAILABLE.value,
        Bucket.COMMITTED.value,
        document,
        cause,
        actor,
    ]
    if connection.vendor == "postgresql":
        return _take(_ALLOCATE_POSTGRESQL, promises, [demand, at, *move, at], along)
    bulk.run(along)
    moment = connection.ops.adapt_datetimefield_value(at)
    return _take_sqlite(
        promises,
        take=_ALLOCATE_SQLITE,
        note=(_PROMISE_SQLITE, [demand, moment]),
        move=[*move, moment],
    )


def reserve(
    promises: Sequence[Promise], *, document: str, cause: str, actor: str, at: datetime
) -> bool:
    """Hold all `promises`, whose demand is a reservation's key; write its lines and movements, as `allocate` does.

    A reservation that has lines already gets no second line of a level: the database refuses it.
    """
    move = [
        MovementKind.RESERVATION.value,
        Bucket.AVAILABLE.value,
        Bucket.RESERVED.value,
        document,
        cause,
        actor,
    ]
    if connection.vendor == "postgresql":
        return _take(_RESERVE_POSTGRESQL, promises, [*move, at])
    moment = connection.ops.adapt_datetimefield_value(at)
    return _take_sqlite(
        promises, take=_RESERVE_SQLITE, note=(_HOLD_SQLITE, []), move=[*move, moment]
    )


def _take(
    statement: str,
    promises: Sequence[Promise],
    rest: list[Any],
    along: Sequence[Insertion] = (),
) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            bulk.carried(along, statement) if along else statement,
            [
                *(each.document for each in along),
                arrays.literal(p.demand_id for p in promises),
                arrays.literal(p.sku_id for p in promises),
                arrays.literal(p.location_id for p in promises),
                arrays.literal(p.quantity for p in promises),
                arrays.literal(p.keep for p in promises),
                *rest,
            ],
        )
        return bool(cursor.fetchone()[0])


def _take_sqlite(
    promises: Sequence[Promise], *, take: str, note: tuple[str, list[Any]], move: list[Any]
) -> bool:
    asked = json.dumps(
        [[p.demand_id, p.sku_id, p.location_id, p.quantity, p.keep] for p in promises]
    )
    with connection.cursor() as cursor:
        cursor.execute(take, [asked, asked])
        if not cursor.fetchall():
            return False
        cursor.execute(note[0], [*note[1], asked])
        cursor.execute(_MOVE_SQLITE, [*move, asked])
    return True


# What expired reservations still hold, or what one reservation holds: asked only where anything is reserved.
_HELD = """CASE WHEN l.reserved = 0 THEN 0 ELSE (
        SELECT COALESCE(SUM(h.quantity), 0) FROM inventory_reservationline h
        JOIN inventory_reservation r ON r.id = h.reservation_id
        WHERE h.level_id = l.id AND {which}
    ) END"""
_EXPIRED = _HELD.format(which="r.expires_at <= %s")
_OWN = _HELD.format(which="r.id = %s AND r.expires_at > %s")

# Lots that have expired are promised to nobody, before they are set aside as well.
_STALE = """CASE WHEN s.expires THEN (
        SELECT COALESCE(SUM(c.quantity), 0) FROM inventory_content c
        JOIN inventory_lot o ON o.id = c.lot_id
        WHERE c.level_id = l.id AND c.condition = 'good' AND o.expires_on < %s
    ) ELSE 0 END"""

_SHELVES = f"""
SELECT l.sku_id, s.code, l.location_id, p.code, l.on_hand, l.committed,
    l.on_hand - l.committed - l.reserved - l.damaged - l.quality_control + {_EXPIRED} - {_STALE},
    l.safety_stock, p.priority, p.country, p.region, p.postcode, {{own}}
FROM inventory_level l
JOIN inventory_sku s ON s.id = l.sku_id
JOIN inventory_location p ON p.id = l.location_id
WHERE p.is_active AND p.ships_orders{{narrowed}}
ORDER BY l.sku_id, p.priority, l.location_id
"""  # noqa: S608  # constants of this module only
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

Shelf = tuple[int, str, int, str, int, int, int, int, int, str, str, str, int]


def shelves(
    *,
    at: datetime,
    sku_codes: Collection[str] | None = None,
    sku_ids: Collection[int] | None = None,
    location_codes: Collection[str] | None = None,
    reservation_id: int | None = None,
) -> list[Shelf]:
    """Return the levels at active shipping locations, narrowed by what is given; by SKU, then location priority.

    A row is (SKU id, SKU code, location id, location code, on hand, committed, free, safety stock, priority, country,
    region, postcode of the location, own). What reservations hold that expired until `at` is free, and lots that have
    expired are not; `own` are the units
    that `reservation_id` holds, unless it has expired.
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
    is_postgresql = connection.vendor == "postgresql"
    moment = connection.ops.adapt_datetimefield_value(at)
    own = [] if reservation_id is None else [reservation_id, moment]
    with connection.cursor() as cursor:
        cursor.execute(
            _shelves_sql(connection.vendor, tuple(given), is_owned=bool(own)),
            [
                moment,
                at.date() if is_postgresql else at.date().isoformat(),
                *own,
                *(
                    _array(name, values) if is_postgresql else json.dumps(values)
                    for name, values in given.items()
                ),
            ],
        )
        found: list[Shelf] = cursor.fetchall()
    return found


@cache
def _shelves_sql(vendor: str, given: tuple[str, ...], *, is_owned: bool) -> str:
    words = _NARROWED[vendor]
    return _SHELVES.format(
        own=_OWN if is_owned else "0", narrowed="".join(words[name] for name in given)
    )


def _array(name: str, values: list[Any]) -> Any:
    return arrays.literal(values) if name == "sku_ids" else values


_MORE = """
INSERT INTO inventory_allocation (level_id, demand, demand_id, quantity, created_at)
{rows}
ON CONFLICT (demand, demand_id, level_id)
    DO UPDATE SET quantity = inventory_allocation.quantity + excluded.quantity
"""
_MORE_POSTGRESQL = _MORE.format(
    rows="""SELECT a.level_id, %s, a.demand_id, a.quantity, %s
FROM unnest(%s::bigint[], %s::bigint[], %s::integer[]) AS a (demand_id, level_id, quantity)"""
)
_MORE_SQLITE = _MORE.format(
    rows="SELECT value ->> 1, %s, value ->> 0, value ->> 2, %s FROM json_each(%s) WHERE true"
)


def add_allocations(rows: Sequence[tuple[int, int, int]], *, demand: str, at: datetime) -> None:
    """Let demand lines hold more units: (demand_id, level_id, quantity), each pair once. One statement.

    What a line holds of a level already is added to. The levels are locked, and counted, by the caller.
    """
    if not rows:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            columns = [[row[place] for row in rows] for place in range(3)]
            cursor.execute(_MORE_POSTGRESQL, [demand, at, *columns])
            return
        moment = connection.ops.adapt_datetimefield_value(at)
        cursor.execute(_MORE_SQLITE, [demand, moment, json.dumps(rows)])


@dataclass(frozen=True, slots=True)
class Change:
    """What is added to the counters of one level; negative takes away."""

    level_id: int
    on_hand: int
    committed: int
    reserved: int = 0


def change_levels(changes: Sequence[Change]) -> None:
    """Add `changes` to their levels in one statement. The levels are locked by the caller; the database refuses a
    negative bucket.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "UPDATE inventory_level l SET on_hand = l.on_hand + c.on_hand,"
                " committed = l.committed + c.committed, reserved = l.reserved + c.reserved"
                " FROM unnest(%s::bigint[], %s::integer[], %s::integer[], %s::integer[])"
                " AS c (id, on_hand, committed, reserved) WHERE l.id = c.id",
                [
                    [c.level_id for c in changes],
                    [c.on_hand for c in changes],
                    [c.committed for c in changes],
                    [c.reserved for c in changes],
                ],
            )
            return
        cursor.execute(
            "UPDATE inventory_level AS l SET on_hand = l.on_hand + c.on_hand,"
            " committed = l.committed + c.committed, reserved = l.reserved + c.reserved"
            " FROM (SELECT value ->> 0 AS id, value ->> 1 AS on_hand, value ->> 2 AS committed,"
            " value ->> 3 AS reserved FROM json_each(%s)) AS c WHERE l.id = c.id",
            [json.dumps([[c.level_id, c.on_hand, c.committed, c.reserved] for c in changes])],
        )
