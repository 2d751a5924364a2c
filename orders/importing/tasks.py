"""Celery entrance of importing."""

from celery import shared_task

from orders.importing import services

# Well below the time limit of tasks; what is left over is gone on with at the next call.
BUDGET_SECONDS = 60.0


@shared_task
def run() -> int | None:
    """Carry out the import that has waited longest, for a while."""
    job = services.run(budget_seconds=BUDGET_SECONDS)
    return job.pk if job else None


@shared_task
def purge() -> int:
    """Remove old uploads."""
    return services.purge_files()
