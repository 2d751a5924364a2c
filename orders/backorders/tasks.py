"""Celery entrance of what waits."""

from celery import shared_task

from orders.backorders import services


@shared_task
def cancel_overdue() -> int:
    """Cancel what waited long enough."""
    return services.cancel_overdue()
