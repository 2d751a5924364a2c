"""The hot statements of orders, for PostgreSQL and SQLite: find one, read its lines, move units between counters."""

import json
from collections.abc import Collection, Mapping
from datetime import date
from functools import cache
from typing import Any, Literal

from django.db import connection

from oms.core import rows
from orders.channels.models import Channel
from orders.ordering.models import Order, OrderLine

# Some units are also counted in a second place; how many more a line has room for there.
_ROOM = {
    "credited": "l.ordered - l.credited",
    "delivered": "l.shipped - l.delivered",
    "return_requested": "l.shipped - l.return_requested - l.returned - l.written_off",
}


@cache
def _find_sql(column: str) -> str:
    channels = (
        "= ANY(ARRAY(SELECT unnest(%s::bigint[])))"  # so that its length does not change the plan
        if connection.vendor == "postgresql"
        else "IN (SELECT value FROM json_each(%s))"
    )
    return (
        f"SELECT {rows.columns(Order, 'o')}, {rows.columns(Channel, 'c')}"  # noqa: S608  # columns of models
        " FROM orders_order o JOIN orders_channel c ON c.id = o.channel_id"
        f" WHERE o.{column} = %s AND o.channel_id {channels} ORDER BY o.id DESC LIMIT 1"
    )


def find(
    column: Literal["uuid", "number", "external_id"], value: Any, *, channel_ids: Collection[int]
) -> Order | None:
    """Return the newest order of some channels with this value, its channel loaded; None when there is none."""
    channels = sorted(channel_ids)
    with connection.cursor() as cursor:
        cursor.execute(
            _find_sql(column),
            [
                _prepared(column, value),
                channels if connection.vendor == "postgresql" else json.dumps(channels),
            ],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    order = rows.instance(Order, row[: rows.width(Order)])
    order.channel = rows.instance(Channel, row[rows.width(Order) :])
    return order


def _prepared(column: str, value: Any) -> Any:
    field: Any = Order._meta.get_field(column)
    return field.get_db_prep_value(value, connection)


@cache
def _lines_sql() -> str:
    columns = rows.columns(OrderLine, "l")
    return f"SELECT {columns} FROM orders_orderline l WHERE l.order_id = %s ORDER BY l.position"  # noqa: S608  # columns of a model


def lines_of(order_id: int) -> list[OrderLine]:
    """Return the lines of an order in order."""
    with connection.cursor() as cursor:
        cursor.execute(_lines_sql(), [order_id])
        return [rows.instance(OrderLine, row) for row in cursor.fetchall()]


def move_units(
    *, order_id: int, units: Mapping[int, int], source: str | None, target: str | None
) -> int:
    """Take `units` (by line) from the counter `source` and add them to `target`, in one statement.

    Only lines of the order that have enough in `source` change (without a source: that have room); the number of
    changed lines is returned, so that the caller can refuse. Either counter may be None. The names come from the
    calling code, never from input.
    """
    sets = []
    if source == "backordered":
        # Units that got stock are the ones set aside first; units that are cancelled are so last.
        left = "l.pinned - u.quantity" if target == "allocated" else "l.backordered - u.quantity"
        kept = f"CASE WHEN {left} < 0 THEN 0 WHEN {left} < l.pinned THEN {left} ELSE l.pinned END"
        sets.append(f"pinned = {kept}")
    if source:
        sets.append(f"{source} = l.{source} - u.quantity")
    if target:
        sets.append(f"{target} = l.{target} + u.quantity")
    have = f"l.{source}" if source else _ROOM[str(target)]
    keys = sorted(units)
    if connection.vendor == "postgresql":
        moved = "unnest(%s::bigint[], %s::integer[]) AS u (id, quantity)"
        params: list[Any] = [keys, [units[key] for key in keys], order_id]
    else:
        moved = "(SELECT value ->> 0 AS id, value ->> 1 AS quantity FROM json_each(%s)) AS u"
        params = [json.dumps([[key, units[key]] for key in keys]), order_id]
    sql = (
        f"UPDATE orders_orderline AS l SET {', '.join(sets)} FROM {moved}"  # noqa: S608  # no data
        f" WHERE l.id = u.id AND l.order_id = %s AND {have} >= u.quantity"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


def promise_lines(days: Mapping[int, date | None]) -> None:
    """Write the promised days of lines, in one statement."""
    keys = sorted(days)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "UPDATE orders_orderline AS l SET promised_on = p.day"
                " FROM unnest(%s::bigint[], %s::date[]) AS p (id, day) WHERE l.id = p.id",
                [keys, [days[key] for key in keys]],
            )
            return
        written = [[key, day.isoformat() if (day := days[key]) else None] for key in keys]
        cursor.execute(
            "UPDATE orders_orderline AS l SET promised_on = p.day"
            " FROM (SELECT value ->> 0 AS id, value ->> 1 AS day FROM json_each(%s)) AS p"
            " WHERE l.id = p.id",
            [json.dumps(written)],
        )
