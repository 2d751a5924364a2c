"""Celery entrances of releasing."""

from celery import shared_task

from orders.releasing import services


@shared_task
def release_ready() -> int:
    """Release what is ready but was missed."""
    return services.release_ready()
