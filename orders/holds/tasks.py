"""Celery entrances of holds."""

from celery import shared_task

from orders.holds import services


@shared_task
def expire_due() -> int:
    """End the holds whose time has come."""
    return services.expire_due()
