"""Celery entrances of production."""

from celery import shared_task

from inventory.production import services


@shared_task
def hold_missing() -> int:
    """Set aside what has come of components that production orders wait for."""
    return services.hold_what_is_missing()
