"""Celery entrance of messaging."""

from celery import shared_task

from oms.messaging import services


@shared_task
def send_due() -> int:
    """Send the mails that are due; the schedule calls it every few seconds."""
    return services.send_due()
