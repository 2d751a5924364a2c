"""Celery entrance of the outbox."""

from celery import shared_task

from oms.core.outbox import services


@shared_task
def relay() -> int:
    """Deliver what is due; the schedule calls it each second, so that no request ever talks to the broker."""
    return services.relay()
