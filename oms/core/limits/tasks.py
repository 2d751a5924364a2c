"""Celery entrance of the limits."""

from celery import shared_task

from oms.core.limits import services


@shared_task
def purge() -> int:
    """Delete the counters whose span is over."""
    return services.purge()
