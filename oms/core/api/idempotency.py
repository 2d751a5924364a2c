"""Do a keyed request once, however often it is sent.

The client names its intention with the header `Idempotency-Key`. The first answer is stored in the same transaction as
the effect, so that there is neither an effect without an answer nor an answer without its effect; whoever sends the
same request again gets that answer. A refusal rolls back everything and is not stored: the key may be tried again.
After draft-ietf-httpapi-idempotency-key-header-07. Cost: one statement before the effect, one after it.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from django.db import connection
from django.http import HttpResponse
from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response

from oms.core import clock, transactions
from oms.core.api import errors as api_errors
from oms.core.api import rendering
from oms.core.api.models import IdempotencyKey

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
KEPT = timedelta(days=7)

# Visible ASCII. A comma is how a server joins a header that was sent twice.
_KEY = re.compile(r"[!-+\--~]{1,255}", re.ASCII)
# What a request asks for is said by its address, its body and these headers.
_DECIDING_HEADERS = ("OMS-Channel",)
_LONGEST_ROUTE = 120
_PURGE_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class _Call:
    """One keyed request: whose, for what, under which key, and a digest of what it says."""

    caller: str
    route: str
    key: str
    fingerprint: str

    @property
    def lock(self) -> int:
        """Return the number of the advisory lock, signed 64 bits."""
        text = f"{self.caller}\0{self.route}\0{self.key}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big", signed=True)


def once(request: Request, effect: Callable[[], Response]) -> HttpResponse:
    """Run `effect` and return its answer; for a repeated request return the first answer again.

    `effect` writes in the transaction that is open around it, and may be run again from the start when a rival was
    faster; it must do nothing that cannot be rolled back. The answer to a repetition has the header
    `Idempotent-Replayed: true`.

    Raises KeyMissing, KeyInvalid; KeyReused when the key belongs to another request; KeyInFlight when the first request
    is still being worked on; Busy when rivals win every try; and whatever `effect` refuses.
    """
    call = _call(request)
    return transactions.retrying(lambda: _unit(call, effect))


def purge(*, keep: timedelta = KEPT) -> int:
    """Delete the keys older than `keep`, in batches; return how many."""
    deleted = 0
    while True:
        old = IdempotencyKey.objects.filter(created_at__lt=clock.now() - keep)
        batch = list(old.order_by("created_at").values_list("pk", flat=True)[:_PURGE_BATCH])
        if not batch:
            return deleted
        deleted += IdempotencyKey.objects.filter(pk__in=batch).delete()[0]


def key_of(request: Request) -> str:
    """Return the key that the client sent. Raises KeyMissing, KeyInvalid.

    For calls that cannot run in one transaction, because they ask someone outside: their own rows carry the key.
    """
    key = request.headers.get(HEADER)
    if key is None:
        raise api_errors.KeyMissing(
            f"Send {HEADER}: any text of 1 to 255 characters that is new for each intention.",
            link=reverse("api-docs"),
        )
    if not _KEY.fullmatch(key):
        raise api_errors.KeyInvalid(
            "A key has 1 to 255 visible ASCII characters without commas and is sent once.",
            link=reverse("api-docs"),
        )
    return key


def _call(request: Request) -> _Call:
    """Return what identifies the call; raises KeyMissing, KeyInvalid."""
    key = key_of(request)
    match = request.resolver_match
    route = str(match.route) if match else request.path
    if len(route) > _LONGEST_ROUTE:
        raise RuntimeError(f"The route {route} is too long for the table of keys.")
    auth: Any = request.auth
    caller = str(auth.client_id)
    digest = hashlib.sha256()
    deciding = (request.headers.get(name, "") for name in _DECIDING_HEADERS)
    for part in (request.method or "", request.get_full_path(), caller, *deciding):
        digest.update(part.encode())
        digest.update(b"\0")
    digest.update(request._request.body)
    return _Call(caller, route, key, digest.hexdigest())


def _unit(call: _Call, effect: Callable[[], Response]) -> HttpResponse:
    """Look the key up, run the effect, store the answer: all in the open transaction."""
    stored = _find(call)
    if stored is not None:
        fingerprint, status, text = stored
        if fingerprint != call.fingerprint:
            raise api_errors.KeyReused
        return _answer(status, text.encode(), {REPLAYED: "true"})
    response = effect()
    body = b"" if response.data is None else rendering.json_bytes(response.data)
    _store(call, response.status_code, body.decode())
    return _answer(response.status_code, body, dict(response.headers))


def _answer(status: int, body: bytes, headers: dict[str, str]) -> HttpResponse:
    headers = {name: value for name, value in headers.items() if name != "Content-Type"}
    return HttpResponse(body, status=status, content_type="application/json", headers=headers)


def _find(call: _Call) -> tuple[str, int, str] | None:
    """Return fingerprint, status and body of the first answer, or None; on PostgreSQL also reserve the key.

    The lock ends with the transaction. A rival may commit between the snapshot of this statement and its lock: then the
    unique constraint stops us at the end, and the next run finds the answer.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_statements().find, [call.lock, call.caller, call.route, call.key])
            locked, *stored = cursor.fetchone()
            if stored[0] is None and not locked:
                raise api_errors.KeyInFlight
            return None if stored[0] is None else (stored[0], stored[1], stored[2])
        cursor.execute(_statements().find, [call.caller, call.route, call.key])
        row: tuple[str, int, str] | None = cursor.fetchone()
        return row


def _store(call: _Call, status: int, body: str) -> None:
    """Insert the answer."""
    created_at = connection.ops.adapt_datetimefield_value(clock.now())
    with connection.cursor() as cursor:
        cursor.execute(
            _statements().store,
            [call.caller, call.route, call.key, call.fingerprint, status, body, created_at],
        )


@dataclass(frozen=True, slots=True)
class _Statements:
    find: str
    store: str


@cache
def _statements() -> _Statements:
    """Return the two statements in the words of the database."""
    table = connection.ops.quote_name(IdempotencyKey._meta.db_table)
    store = (
        f"INSERT INTO {table} (caller, route, key, fingerprint, status, body, created_at)"  # noqa: S608  # no data
        " VALUES (%s, %s, %s, %s, %s, %s, %s)"
    )
    found = "caller = %s AND route = %s AND key = %s"
    if connection.vendor == "postgresql":
        return _Statements(
            find=(
                f"SELECT pg_try_advisory_xact_lock(%s), k.fingerprint, k.status, k.body"  # noqa: S608  # no data
                f" FROM (SELECT 1) one LEFT JOIN {table} k ON {found}"
            ),
            store=store,
        )
    return _Statements(
        find=f"SELECT fingerprint, status, body FROM {table} WHERE {found}",  # noqa: S608  # no data
        store=store,
    )
