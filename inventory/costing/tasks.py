"""Celery entrances of costing."""

from celery import shared_task

from inventory.costing import services


@shared_task
def run() -> int:
    """Keep the books of costs up with the ledger."""
    return services.run()
