"""Celery entrances of expiring."""

from celery import shared_task

from inventory.expiring import services


@shared_task
def tell_due() -> int:
    """Mail what expires soon, where the morning has come."""
    return services.tell_due()
