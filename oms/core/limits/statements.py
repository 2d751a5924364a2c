"""The one statement that counts. Raw, because reading and writing in two would let rivals pass together."""

from datetime import datetime

from django.db import connection

from oms.core.limits.models import Counter


def take(*, scope: str, key: str, now: datetime, ends_at: datetime) -> tuple[int, datetime]:
    """Count one take and return (takes in the present span, end of the span).

    A span that is over begins anew. Works alike on PostgreSQL and on SQLite from 3.35.
    """
    table = Counter._meta.db_table
    field = Counter._meta.get_field("ends_at")
    adapt = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (scope, key, count, ends_at) VALUES (%s, %s, 1, %s)"  # noqa: S608  # a constant
            " ON CONFLICT (scope, key) DO UPDATE SET"
            f" count = CASE WHEN {table}.ends_at <= %s THEN 1 ELSE {table}.count + 1 END,"
            f" ends_at = CASE WHEN {table}.ends_at <= %s THEN excluded.ends_at"
            f" ELSE {table}.ends_at END"
            " RETURNING count, ends_at",
            [scope, key, adapt(ends_at), adapt(now), adapt(now)],
        )
        count, ends = cursor.fetchone()
    for convert in connection.ops.get_db_converters(field.get_col(table)):
        ends = convert(ends, None, connection)
    return count, ends
