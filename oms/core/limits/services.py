"""Count and refuse."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db.models import F
from django.utils.crypto import salted_hmac

from oms.core import clock
from oms.core.limits import statements
from oms.core.limits.errors import LimitReached
from oms.core.limits.models import Counter

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Limit:
    """`most` takes of one key within `seconds` from the first of them."""

    scope: str
    most: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Taken:
    """One take, which can be given back."""

    scope: str
    key: str
    ends_at: datetime


def take(limit: Limit, *, key: str) -> Taken:
    """Count one take of `key`; raise LimitReached when the span has no more.

    The count is committed at once: call it outside of any transaction that may be rolled back. A key that is over its
    limit is refused by a read alone, so that a flood writes nothing.
    """
    digest = _digest(limit.scope, key)
    now = clock.now()
    over = (
        Counter.objects.filter(
            scope=limit.scope, key=digest, count__gte=limit.most, ends_at__gt=now
        )
        .values_list("ends_at", flat=True)
        .first()
    )
    if over is not None:
        raise _refusal(limit, over - now)
    count, ends_at = statements.take(
        scope=limit.scope, key=digest, now=now, ends_at=now + timedelta(seconds=limit.seconds)
    )
    if count > limit.most:
        raise _refusal(limit, ends_at - now)
    return Taken(limit.scope, digest, ends_at)


def give_back(taken: Taken) -> None:
    """Take back a take that should not count; nothing happens when its span is over."""
    Counter.objects.filter(
        scope=taken.scope, key=taken.key, ends_at=taken.ends_at, count__gt=0
    ).update(count=F("count") - 1)


def purge() -> int:
    """Delete the counters whose span is over; return how many."""
    deleted, _ = Counter.objects.filter(ends_at__lte=clock.now()).delete()
    return deleted


def _digest(scope: str, key: str) -> str:
    return salted_hmac(f"oms.core.limits:{scope}", key, algorithm="sha256").hexdigest()


def _refusal(limit: Limit, left: timedelta) -> LimitReached:
    log.warning("limit_reached", scope=limit.scope, most=limit.most)
    return LimitReached(seconds=max(1, math.ceil(left.total_seconds())))
