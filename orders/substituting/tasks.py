"""Celery entrance of substitutes."""

from celery import shared_task

from orders.substituting import services


@shared_task
def end_unanswered() -> int:
    """End the offers that nobody answered in time."""
    return services.end_unanswered()
