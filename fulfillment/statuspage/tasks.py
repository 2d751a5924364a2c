"""Celery entrance of the status page."""

from celery import shared_task

from fulfillment.statuspage import services


@shared_task
def purge() -> int:
    """Delete the links that have expired."""
    return services.purge()
