"""Celery entrance of shipping."""

from celery import shared_task

from fulfillment.shipping import services


@shared_task
def settle_labels() -> int:
    """Carry on the purchases and voidings whose outcome is not known."""
    return services.settle_due()
