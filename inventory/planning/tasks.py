"""Celery entrance of planning."""

from celery import shared_task

from inventory.planning import services
from oms.core.actors import SYSTEM

# Well below the time limit of tasks; what is left over is gone on with at the next call.
BUDGET_SECONDS = 60.0


@shared_task
def run() -> int | None:
    """Carry out the job that has waited longest, for a while."""
    job = services.run(budget_seconds=BUDGET_SECONDS)
    return job.pk if job else None


@shared_task
def plan_nightly() -> int:
    """Queue the forecasts and proposals of the night."""
    return len(services.start_nightly(actor=SYSTEM))
