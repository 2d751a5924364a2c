"""Make jobs, carry them out in pieces, keep count.

Whoever carries out a job claims it. A claim is a lease: it ends when the job is paused or ended, or when nothing was
heard for LEASE, so that another process goes on after a crash. Every write repeats the claim, so that a process that
was only slow notices that it has lost the job.
"""

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from oms.core import bulk, clock
from oms.core.actors import Actor
from oms.core.errors import Conflict
from oms.core.jobs.models import Job, JobRow, JobState

LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 3
_COUNTERS = {
    JobRow.Outcome.OK: "done",
    JobRow.Outcome.SKIPPED: "skipped",
    JobRow.Outcome.FAILED: "failed",
}


class ClaimLost(Conflict):
    """Another process carries out the job by now."""

    code = "claim_lost"
    title = "Another process carries out this job"


def create(*, kind: str, title: str, params: Mapping[str, Any], total: int, actor: Actor) -> Job:
    """Queue a job of `total` rows (0: not known yet)."""
    return Job.objects.create(
        kind=kind,
        title=title[:200],
        params=dict(params),
        total=total,
        created_by_id=int(actor.id) if actor.kind == "staff" else None,
    )


def claim(*, kinds: Collection[str], job_id: int | None = None) -> Job | None:
    """Take the oldest job that waits or whose process is gone; None when there is none.

    A job that was begun MAX_ATTEMPTS times without getting one row done is not tried again: it fails, visibly.
    """
    while True:
        now = clock.now()
        free = Q(state=JobState.QUEUED) | Q(state=JobState.RUNNING, heartbeat_at__lt=now - LEASE)
        due = Job.objects.filter(free, kind__in=kinds)
        if job_id is not None:
            due = due.filter(pk=job_id)
        job = due.order_by("id").first()
        if job is None:
            return None
        seen = Job.objects.filter(free, pk=job.pk, claim=job.claim)
        if job.attempts >= MAX_ATTEMPTS:
            seen.update(
                state=JobState.FAILED,
                claim=None,
                finished_at=now,
                error=f"It was begun {MAX_ATTEMPTS} times without getting one row done.",
            )
            continue
        claim = uuid.uuid4()
        taken = seen.update(
            state=JobState.RUNNING,
            claim=claim,
            attempts=F("attempts") + 1,
            heartbeat_at=now,
            started_at=job.started_at or now,
        )
        if taken:
            job.refresh_from_db()
            return job


def record(job: Job, rows: Sequence[JobRow], *, cursor: int) -> None:
    """Write what came of some rows and count them, in the caller's transaction; raises ClaimLost."""
    counted = dict.fromkeys(_COUNTERS.values(), 0)
    for row in rows:
        row.job = job
        counted[_COUNTERS[JobRow.Outcome(row.outcome)]] += 1
    _update(
        job,
        **{name: F(name) + count for name, count in counted.items() if count},
        cursor=cursor,
        attempts=0,
        heartbeat_at=clock.now(),
    )
    bulk.insert(rows)


def set_total(job: Job, total: int) -> None:
    """Note how many rows there are, and that the work goes on; raises ClaimLost."""
    _update(job, total=total, heartbeat_at=clock.now())
    job.total = total


@transaction.atomic
def restart(job: Job) -> None:
    """Forget what a run has recorded so far, to begin anew; raises ClaimLost."""
    _update(job, done=0, failed=0, skipped=0, cursor=0, heartbeat_at=clock.now())
    JobRow.objects.filter(job=job).delete()


def pause(job: Job) -> None:
    """Give the job back unfinished; the next claim goes on at its cursor. Raises ClaimLost."""
    _update(job, state=JobState.QUEUED, claim=None)


def finish(job: Job, *, params: Mapping[str, Any] | None = None) -> None:
    """End the job; `params` are added to what it was started with. Raises ClaimLost."""
    _update(
        job,
        state=JobState.DONE,
        claim=None,
        finished_at=clock.now(),
        params={**job.params, **(params or {})},
    )


def fail(job: Job, error: str) -> None:
    """End the job as a whole with words for a person. Raises ClaimLost."""
    _update(job, state=JobState.FAILED, claim=None, finished_at=clock.now(), error=error[:2000])


def retry(*, job_id: int) -> bool:
    """Queue a failed job again, to go on at its cursor; says whether it was a failed one."""
    return bool(
        Job.objects.filter(pk=job_id, state=JobState.FAILED).update(
            state=JobState.QUEUED, attempts=0, error="", finished_at=None
        )
    )


def _update(job: Job, **values: Any) -> None:
    if not Job.objects.filter(pk=job.pk, claim=job.claim, state=JobState.RUNNING).update(**values):
        raise ClaimLost
