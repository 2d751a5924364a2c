"""Celery entrances of payments."""

from celery import shared_task

from orders.payments import services


@shared_task
def carry_out_due() -> int:
    """Ask the gateways to do what is due, and about what they left unclear."""
    return services.carry_out_due()
