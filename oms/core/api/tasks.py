"""Celery entrance of the API's housekeeping."""

from celery import shared_task

from oms.core.api import idempotency


@shared_task
def purge_keys() -> int:
    """Forget the idempotency keys that nobody will send again."""
    return idempotency.purge()
