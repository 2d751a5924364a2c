"""Celery entrances of tracking."""

from celery import shared_task

from fulfillment.tracking import services


@shared_task
def poll() -> int:
    """Ask the carriers about the parcels that are due."""
    return services.poll_due()


@shared_task
def attach_parked() -> int:
    """Attach scans that came before their parcel was known."""
    return services.attach_parked()
