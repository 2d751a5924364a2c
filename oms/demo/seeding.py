"""Fill an installation once, and empty it again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from oms.core.errors import Conflict
from oms.core.jobs import services as jobs
from oms.core.jobs.models import Job, JobState
from oms.demo import lots, world
from oms.demo.history import History
from orders.ordering.models import Order

KIND = "demo.seed"
SILENT_MAIL = "django.core.mail.backends.dummy.EmailBackend"

Progress = Callable[[datetime, int], None]


class NotForThis(Conflict):
    """The demo does not touch an installation that is in earnest, or that holds orders of its own."""

    code = "not_for_this"
    title = "The demo does not touch this installation"


def is_embedded() -> bool:
    """Say whether this is the self-contained system in `var/`, whose data nobody misses."""
    name = Path(str(connection.settings_dict["NAME"]))
    return connection.vendor == "sqlite" and name.parent == Path(settings.VAR_DIR)


def seed(*, orders: int, days: int, progress: Progress) -> int:
    """Set the company up and live its history; return the orders placed, 0 when that was done before.

    A seed that was cut off is begun anew on the embedded database, after emptying it. Raises NotForThis on a production
    start, and where orders are that no finished seed has made.
    """
    if settings.OMS_PRODUCTION:
        raise NotForThis("This start has production settings; the demo data are for trying out.")
    if Job.objects.filter(kind=KIND, state=JobState.DONE).exists():
        world.build()
        return 0
    if Order.objects.exists() or Job.objects.filter(kind=KIND).exists():
        if not is_embedded():
            raise NotForThis("There are orders here already, and not of the demo.")
        empty()
    mail_backend, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, SILENT_MAIL
    try:
        with _hasty():
            company = world.build()
            job = jobs.create(
                kind=KIND, title="Demo data", params={"orders": orders}, total=0, actor=world.SETUP
            )
            claimed = jobs.claim(kinds=[KIND], job_id=job.pk)
            placed = History(company, days=days, orders=orders, progress=progress).live()
            lots.make(location_code="BER", actor=world.SETUP)
            if claimed is not None:
                jobs.finish(claimed, params={"placed": placed})
    finally:
        settings.EMAIL_BACKEND = mail_backend
    return placed


def reset() -> None:
    """Empty the embedded database. Raises NotForThis anywhere else."""
    if settings.OMS_PRODUCTION or not is_embedded():
        raise NotForThis("Only the embedded database in var/ is emptied this way.")
    empty()
    world.note_path().unlink(missing_ok=True)


def empty() -> None:
    """Remove every row of every table."""
    call_command("flush", interactive=False, verbosity=0)


@contextmanager
def _hasty() -> Iterator[None]:
    """Do not wait for the disk at each commit: should the power fail now, the seed begins anew anyway."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous")
        (before,) = cursor.fetchone()
        cursor.execute("PRAGMA synchronous=OFF")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA synchronous={int(before)}")
