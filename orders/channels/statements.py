"""The one statement of every API call: the key, its client and the channels that it serves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.db import connection

from oms.core import rows
from orders.channels.models import Channel


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key that may be used, with its client. `scopes` and `location_codes` are JSON texts."""

    key_id: int
    digest: str
    seems_unused: bool
    client_id: int
    client_name: str
    scopes: str
    location_codes: str


@cache
def _sql() -> str:
    return f"""
        SELECT k.id, k.digest, k.last_used_at IS NULL OR k.last_used_at < %s,
            a.id, a.name, a.scopes, a.location_codes, {rows.columns(Channel, "c")}
        FROM accounts_apikey k
        JOIN accounts_apiclient a ON a.id = k.client_id
        LEFT JOIN orders_channelgrant g ON g.client_id = a.id
        LEFT JOIN orders_channel c ON c.id = g.channel_id
        WHERE k.prefix = %s AND k.revoked_at IS NULL AND a.is_active
            AND (k.expires_at IS NULL OR k.expires_at > %s)
        ORDER BY c.id
    """  # noqa: S608  # columns of a model


def find_key(
    prefix: str, *, now: datetime, used_before: datetime
) -> tuple[KeyRow, Sequence[Channel]] | None:
    """Return the key that begins with `prefix` and the channels granted to its client, active or not.

    None when there is no such key, or it is revoked, expired at `now`, or its client is switched off. `seems_unused`
    says that no use is noted since `used_before`.
    """
    instant = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:
        cursor.execute(_sql(), [instant(used_before), prefix, instant(now)])
        found: list[tuple[Any, ...]] = cursor.fetchall()
    if not found:
        return None
    key_id, digest, seems_unused, client_id, name, scopes, location_codes = found[0][:7]
    key = KeyRow(key_id, digest, bool(seems_unused), client_id, name, scopes, location_codes)
    return key, [rows.instance(Channel, row[7:]) for row in found if row[7] is not None]
