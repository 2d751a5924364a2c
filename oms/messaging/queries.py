"""Reads of the message log for the console and the health page."""

from datetime import datetime

from django.db.models import Min

from oms.messaging.models import Message, MessageQuerySet


def log_of(document: str, document_id: int) -> MessageQuerySet:
    """Return the messages about one document (label such as `orders.order`), oldest first, without their bodies."""
    return Message.objects.about(document, document_id).defer("text", "html")


def oldest_untried() -> datetime | None:
    """Return since when the oldest mail waits that no server was ever offered; None when there is none.

    Nothing counts as an attempt while no server can be reached, so this grows as long as mails do not go out at all. A
    mail that a server has put off waits for its own reasons and does not count.
    """
    oldest: datetime | None = (
        Message.objects.waiting().filter(attempts=0).aggregate(at=Min("created_at"))["at"]
    )
    return oldest
