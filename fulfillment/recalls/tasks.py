"""Celery entrances of recalls."""

from celery import shared_task

from fulfillment.recalls import services


@shared_task
def sweep() -> int:
    """Set aside what has expired, and what is left of lots that must not be sold."""
    return services.sweep()
