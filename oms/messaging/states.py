"""The life of a message."""

from django.db import models

from oms.core.flows import Flow


class MessageState(models.TextChoices):
    """Where the mail is."""

    QUEUED = "queued", "queued"
    SENDING = "sending", "sending"
    SENT = "sent", "sent"
    PARKED = "parked", "parked"


MESSAGE = Flow(
    "message",
    initial=MessageState.QUEUED,
    table={
        (MessageState.QUEUED, "claim"): MessageState.SENDING,
        # The sender died or lost its lease: another takes over.
        (MessageState.SENDING, "claim"): MessageState.SENDING,
        (MessageState.SENDING, "accept"): MessageState.SENT,
        (MessageState.SENDING, "postpone"): MessageState.QUEUED,
        (MessageState.SENDING, "park"): MessageState.PARKED,
        (MessageState.PARKED, "retry"): MessageState.QUEUED,
    },
    final=frozenset({MessageState.SENT}),
    field="state",
)
