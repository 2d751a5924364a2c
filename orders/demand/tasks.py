"""Celery entrance of demand."""

from celery import shared_task

from orders.demand import services


@shared_task
def tell() -> int:
    """Tell planning the days of which something changed."""
    return services.tell()
