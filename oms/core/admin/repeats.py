"""The same shown form sent twice has one effect: its key is kept in the transaction of the effect."""

from django.db import IntegrityError, transaction
from django.http import HttpRequest

from oms.core.api.models import IdempotencyKey


class AlreadyDone(Exception):
    """A shown form was sent before."""


def known(request: HttpRequest, route: str, key: str) -> bool:
    """Say whether the person has sent the form with this key before."""
    return IdempotencyKey.objects.filter(caller=_caller(request), route=route, key=key).exists()


def take(request: HttpRequest, route: str, key: str) -> None:
    """Keep the key in the caller's transaction; raise AlreadyDone when it is taken.

    Of two clicks at once the second waits here until the first has committed or failed.
    """
    try:
        with transaction.atomic():
            IdempotencyKey.objects.create(
                caller=_caller(request),
                route=route[:120],
                key=key,
                fingerprint="",
                status=303,
                body="",
            )
    except IntegrityError:
        raise AlreadyDone from None


def _caller(request: HttpRequest) -> str:
    return f"staff:{request.user.pk}"
