"""Celery entrances of promises."""

from celery import shared_task

from orders.promising import services


@shared_task
def repromise_due() -> int:
    """Promise anew what has been marked."""
    return services.repromise_due()


@shared_task
def sweep() -> int:
    """Mark what nobody has marked."""
    return services.sweep()
