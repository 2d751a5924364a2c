"""Celery entrances of reservations."""

from celery import shared_task

from inventory.reservations import services


@shared_task
def expire_due() -> int:
    """End the reservations whose time has come."""
    return services.expire_due()
