"""Celery entrances of storing."""

from celery import shared_task

from inventory.storing import services


@shared_task
def reckon_classes() -> int:
    """Say anew how often everything is picked at locations with bins."""
    return services.reckon_all()
