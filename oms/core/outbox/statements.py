"""The two hot statements of the relay, for PostgreSQL and SQLite.

`tests/core/outbox/test_statements.py` runs the claim beside a plain ORM reference on random data.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

# The predicate is written out, not a parameter, so that the partial indexes of due deliveries serve it.
_CLAIM = """
UPDATE core_delivery SET attempts = attempts + 1, due_at = %s
WHERE id = (
    SELECT d.id FROM core_delivery d
    WHERE d.state = 'due' AND d.due_at <= %s AND NOT EXISTS (
        SELECT 1 FROM core_delivery o WHERE o.stream = d.stream AND o.id < d.id AND o.state = 'due'
    )
    ORDER BY d.due_at, d.id LIMIT 1 {lock}
)
RETURNING id, handler, attempts,
    (SELECT e.name FROM core_event e WHERE e.id = core_delivery.event_id),
    (SELECT e.payload FROM core_event e WHERE e.id = core_delivery.event_id)
"""

_DELIVERED = """
UPDATE core_delivery SET state = 'delivered', delivered_at = %s, last_error = ''
WHERE id = %s AND state = 'due'
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery whose next attempt, number `attempts`, belongs to the caller."""

    delivery_id: int
    handler: str
    attempts: int
    event: str
    payload: dict[str, Any]


def claim(*, at: datetime, until: datetime) -> Claimed | None:
    """Count an attempt of the oldest delivery due at `at` whose stream has nothing older waiting; lease it.

    Due again at `until`, should its process die. A delivery that a rival is claiming is passed over.
    """
    lock = ""
    if connection.features.has_select_for_update_skip_locked:
        lock = "FOR NO KEY UPDATE SKIP LOCKED"
    when = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM.format(lock=lock), [when(until), when(at)])
        rows = cursor.fetchall()
    if not rows:
        return None
    ((delivery_id, handler, attempts, event, payload),) = rows
    return Claimed(delivery_id, handler, attempts, event, json.loads(payload))


def mark_delivered(*, delivery_id: int, at: datetime) -> bool:
    """Say whether the delivery was due; it is delivered now."""
    with connection.cursor() as cursor:
        cursor.execute(_DELIVERED, [connection.ops.adapt_datetimefield_value(at), delivery_id])
        return bool(cursor.rowcount)
