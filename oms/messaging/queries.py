"""Reads of the message log for the console and the health page."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q

from oms.messaging.models import Message, MessageQuerySet
from oms.messaging.states import MessageState


@dataclass(frozen=True, slots=True)
class Backlog:
    """What has not gone out: how many wait, since when the oldest is due, how many need a person."""

    waiting: int
    oldest_due_at: datetime | None
    parked: int


def log_of(document: str, document_id: int) -> MessageQuerySet:
    """Return the messages about one document (label such as `orders.order`), oldest first, without their bodies."""
    return Message.objects.about(document, document_id).defer("text", "html")


def backlog() -> Backlog:
    """Count what waits and what is parked, in one statement over the partial indexes."""
    row = Message.objects.filter(
        state__in=[MessageState.QUEUED, MessageState.SENDING, MessageState.PARKED]
    ).aggregate(
        waiting=Count("id", filter=~Q(state=MessageState.PARKED)),
        oldest=Min("due_at", filter=~Q(state=MessageState.PARKED)),
        parked=Count("id", filter=Q(state=MessageState.PARKED)),
    )
    return Backlog(waiting=row["waiting"], oldest_due_at=row["oldest"], parked=row["parked"])
