"""Forecasting and proposing as tracked jobs, carried out in pieces."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

from django.db import transaction

from inventory.planning import errors, histories, standing
from inventory.planning.services import forecasts, proposals
from inventory.planning.standing import LeadTimes
from oms.core.actors import Actor
from oms.core.errors import Busy, DomainError
from oms.core.jobs import services as jobs
from oms.core.jobs.models import Job, JobState

FORECAST = "planning.forecast"
PROPOSE = "planning.propose"
KINDS = (FORECAST, PROPOSE)

Progress = Callable[[int, int], None]


@transaction.atomic
def start_forecasts(*, actor: Actor) -> Job:
    """Queue a job that forecasts everything of which there was demand. Raises PlanningUnderWay."""
    _check_none_waits(FORECAST)
    return jobs.create(
        kind=FORECAST,
        title="Forecast demand",
        params={},
        total=histories.count_keys(),
        actor=actor,
    )


def start_nightly(*, actor: Actor) -> list[Job]:
    """Queue forecasts, and proposals after them; what waits or runs already is left alone."""
    started = []
    for start in (start_forecasts, start_proposals):
        with suppress(errors.PlanningUnderWay):
            started.append(start(actor=actor))
    return started


@transaction.atomic
def start_proposals(*, actor: Actor) -> Job:
    """Queue a job that brings all proposals up to date. Raises PlanningUnderWay."""
    _check_none_waits(PROPOSE)
    return jobs.create(
        kind=PROPOSE,
        title="Propose replenishment",
        params={},
        total=standing.count_skus(),
        actor=actor,
    )


def run(
    *,
    job_id: int | None = None,
    budget_seconds: float | None = None,
    progress: Progress | None = None,
) -> Job | None:
    """Carry out the job `job_id`, or the oldest one that waits, until it ends or the budget is spent.

    Returns the job as it then is, or None when there is nothing to do or another process is at it. Killed, it goes on
    where it stood.
    """
    job = jobs.claim(kinds=KINDS if job_id is not None else _due(), job_id=job_id)
    if job is None:
        return None
    until = None if budget_seconds is None else time.monotonic() + budget_seconds
    step = _step(job)
    try:
        while step():
            if progress is not None:
                progress(job.done + job.skipped, job.total)
            if until is not None and time.monotonic() > until:
                jobs.pause(job)
                break
        else:
            jobs.finish(job)
    except jobs.ClaimLost:
        return None
    except Busy:
        jobs.pause(job)  # a rival holds rows that are needed; the next run tries again
    except DomainError as error:
        jobs.fail(job, error.detail)
    job.refresh_from_db()
    return job


def _step(job: Job) -> Callable[[], bool]:
    """Return what the job does again and again, which says whether there may be more to do."""
    if job.kind == FORECAST:
        return partial(forecasts.forecast_some, job)
    return partial(proposals.propose_some, job, LeadTimes())


def _due() -> Sequence[str]:
    """Return the kinds of job that may be gone on with: proposals wait until the forecasts are there."""
    return (FORECAST,) if _is_under_way(FORECAST) else (PROPOSE,)


def _is_under_way(kind: str) -> bool:
    return Job.objects.filter(kind=kind, state__in=(JobState.QUEUED, JobState.RUNNING)).exists()


def _check_none_waits(kind: str) -> None:
    """Raise PlanningUnderWay while a job of the kind is not over."""
    if _is_under_way(kind):
        raise errors.PlanningUnderWay
