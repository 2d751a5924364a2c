"""Celery entrance of orders."""

from celery import shared_task

from oms.core.actors import SYSTEM
from orders.ordering import services


@shared_task
def recheck_backorders() -> int:
    """Serve waiting orders from stock that became free by any way."""
    return services.fill_what_waits(actor=SYSTEM)
