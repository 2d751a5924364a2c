"""The one clock. Code asks here, so that a test can move time in one place."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

_shift: ContextVar[timedelta] = ContextVar("shift", default=timedelta())


def now() -> datetime:
    """Return the present instant, aware, in UTC."""
    return timezone.now() + _shift.get()


def today(zone: str = "UTC") -> date:
    """Return the calendar date at this instant in the IANA time zone `zone`."""
    return now().astimezone(ZoneInfo(zone)).date()


@contextmanager
def travelled(to: datetime) -> Iterator[None]:
    """Let this thread live from the instant `to` on, where time passes as usual; for the demo's history.

    Every service asks this clock, so what is done inside is dated by it; nothing has to be rewritten afterwards.
    """
    token = _shift.set(to - timezone.now())
    try:
        yield
    finally:
        _shift.reset(token)
