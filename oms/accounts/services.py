"""Keys of API clients."""

import hashlib
import secrets
from datetime import datetime

from django.db import transaction

from oms.accounts import errors
from oms.accounts.models import ApiClient, ApiKey
from oms.core import clock, locking
from oms.core.actors import SYSTEM, Actor
from oms.core.errors import Missing
from oms.core.timeline import services as timeline

MARK = "oms"  # how every key begins
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_PREFIX_LENGTH = 8


def digest(key: str) -> str:
    """Return what is stored of a key: SHA-256, hexadecimal. The key has 256 random bits, so no salt is needed."""
    return hashlib.sha256(key.encode()).hexdigest()


@transaction.atomic
def issue_key(
    client: ApiClient, *, actor: Actor = SYSTEM, expires_at: datetime | None = None
) -> str:
    """Make a key for `client` and return it: the only time that anyone sees it whole.

    The form is `oms_<prefix>_<secret>`; the prefix names the key in lists and logs. Raises ClientInactive,
    KeyExpiresTooSoon.
    """
    client = locking.lock_one(ApiClient.objects.filter(pk=client.pk))
    if not client.is_active:
        raise errors.ClientInactive(f"{client.name} is switched off; it gets no key.")
    if expires_at is not None and expires_at <= clock.now():
        raise errors.KeyExpiresTooSoon
    prefix = "".join(secrets.choice(_ALPHABET) for _ in range(_PREFIX_LENGTH))
    key = f"{MARK}_{prefix}_{secrets.token_urlsafe(32)}"
    ApiKey.objects.create(client=client, prefix=prefix, digest=digest(key), expires_at=expires_at)
    timeline.record(
        client,
        "key_issued",
        actor=actor,
        after={"key": prefix, "expires_at": expires_at.isoformat() if expires_at else None},
    )
    return key


def note_use(*, key_id: int, at: datetime) -> None:
    """Keep when a key was last used. Whoever lets callers in calls this now and then, not at each call."""
    ApiKey.objects.filter(pk=key_id).update(last_used_at=at)


@transaction.atomic
def revoke_key(*, key_id: int, actor: Actor, reason: str) -> None:
    """Make a key useless at once; a key revoked before stays as it was. Raises Missing."""
    key = ApiKey.objects.select_related("client").filter(pk=key_id).first()
    if key is None:
        raise Missing("There is no such key.")
    if ApiKey.objects.filter(pk=key_id, revoked_at__isnull=True).update(revoked_at=clock.now()):
        timeline.record(
            key.client, "key_revoked", actor=actor, before={"key": key.prefix}, reason=reason
        )
