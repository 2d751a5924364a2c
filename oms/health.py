"""Health: is the process alive, and can it do its work?

`/healthz` answers 200 while the process can answer at all. `/readyz` answers 503 when a request could not be served
(database away, migrations missing). A queue that is away or slow, or mails that do not go out, do not stop orders from
being taken, since all that waits in the database; they make the answer `degraded`, still 200, so that no balancer
empties the house. With `?strict` that too is 503: for monitoring, and for the start of the demo.

Both are answered by a middleware that stands first, so that a probe by address needs no allowed host, is not sent to
https, and leaves no line in the log.
"""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Min
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError

from oms.celery import app
from oms.core import clock
from oms.core.outbox.models import Delivery, Event
from oms.core.outbox.states import DeliveryState, EventState
from oms.messaging import queries as messaging

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's outcome; `detail` is safe to show to anyone."""

    ok: bool
    detail: str = "ok"


def probes(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Answer /healthz and /readyz before any other middleware; pass everything else on."""
    views = {"/healthz": healthz, "/readyz": readyz}

    def middleware(request: HttpRequest) -> HttpResponse:
        view = views.get(request.path_info)
        return view(request) if view else get_response(request)

    return middleware


@require_safe
@never_cache
def healthz(_request: HttpRequest) -> JsonResponse:
    """Answer that the process is alive; touches nothing else."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer whether requests can be served, and what else is not well."""
    needed = {"database": _database(), "migrations": _migrations()}
    wanted = {"queue": _queue(), "outbox": _outbox(), "mail": _mail()}
    ready = all(finding.ok for finding in needed.values())
    well = ready and all(finding.ok for finding in wanted.values())
    accepted = well if "strict" in request.GET else ready
    body: dict[str, Any] = {
        "status": "ok" if well else "degraded" if ready else "unavailable",
        "checks": {name: finding.detail for name, finding in (needed | wanted).items()},
    }
    response = JsonResponse(body, status=200 if accepted else 503)
    if not accepted:
        response["Retry-After"] = "5"
    return response


def _guarded(check: Callable[[], Finding], *errors: type[Exception]) -> Finding:
    try:
        return check()
    except errors as error:
        log.warning("readiness_failed", check=check.__name__, error=str(error))
        return Finding(ok=False, detail="unreachable")


def _database() -> Finding:
    def answers() -> Finding:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return Finding(ok=True)

    return _guarded(answers, DatabaseError)


_migrated: set[str] = set()  # aliases seen complete; a schema does not lose migrations while we run


def _migrations() -> Finding:
    def applied() -> Finding:
        if connection.alias in _migrated:
            return Finding(ok=True)
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if missing:
            return Finding(ok=False, detail=f"{len(missing)} not applied")
        _migrated.add(connection.alias)
        return Finding(ok=True)

    return _guarded(applied, DatabaseError)


def _queue() -> Finding:
    def reachable() -> Finding:
        if app.conf.broker_url.startswith("filesystem"):
            folder = app.conf.broker_transport_options["data_folder_in"]
            with tempfile.TemporaryFile(dir=folder):
                pass
            return Finding(ok=True)
        with app.connection_for_read() as broker:
            broker.ensure_connection(max_retries=1, timeout=3, interval_start=0)
        return Finding(ok=True)

    return _guarded(reachable, OperationalError, OSError)


def _outbox() -> Finding:
    def delivered() -> Finding:
        event = Event.objects.filter(state=EventState.PENDING).aggregate(at=Min("occurred_at"))
        delivery = Delivery.objects.filter(
            state=DeliveryState.DUE, due_at__lte=clock.now()
        ).aggregate(at=Min("due_at"))
        return _judged([event["at"], delivery["at"]])

    return _guarded(delivered, DatabaseError)


def _mail() -> Finding:
    def going_out() -> Finding:
        return _judged([messaging.oldest_untried()])

    return _guarded(going_out, DatabaseError)


def _judged(since: Sequence[datetime | None]) -> Finding:
    """Find fault with what has waited for longer than it may."""
    waiting = [at for at in since if at is not None]
    if not waiting:
        return Finding(ok=True)
    seconds = int((clock.now() - min(waiting)).total_seconds())
    late = seconds > settings.OMS_OUTBOX_LAG_SECONDS
    return Finding(ok=not late, detail=f"{seconds} s behind" if late else "ok")
