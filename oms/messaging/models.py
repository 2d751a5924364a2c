"""The message log."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from oms.core.clock import now
from oms.core.ids import uuid7
from oms.messaging.states import MessageState


class MessageQuerySet(models.QuerySet["Message"]):
    """Reads of messages as business phrases."""

    def due(self, at: datetime) -> "MessageQuerySet":
        """Keep what is to be sent by now: queued, or claimed by a sender that never came back."""
        return self.filter(
            state__in=[MessageState.QUEUED, MessageState.SENDING], due_at__lte=at
        ).order_by("due_at", "id")

    def waiting(self) -> "MessageQuerySet":
        """Keep what has not been accepted by a mail server yet."""
        return self.filter(state__in=[MessageState.QUEUED, MessageState.SENDING])

    def parked(self) -> "MessageQuerySet":
        """Keep what needs a person."""
        return self.filter(state=MessageState.PARKED)

    def about(self, document: str, document_id: int) -> "MessageQuerySet":
        """Keep the messages of one document, oldest first."""
        return self.filter(document=document, document_id=document_id).order_by("id")


class Message(models.Model):
    """One mail to one recipient. Private links stand in it as marks; see `oms.messaging.links`."""

    uuid = models.UUIDField(default=uuid7, unique=True)
    document = models.CharField(max_length=40)
    document_id = models.BigIntegerField()
    kind = models.CharField(max_length=60)
    trigger = models.CharField(
        max_length=120, help_text="What caused it: an event or a person's resend."
    )
    recipient = models.EmailField(max_length=254)
    language = models.CharField(max_length=10)
    subject = models.CharField(max_length=200)
    text = models.TextField()
    html = models.TextField()
    state = models.CharField(
        max_length=10, choices=MessageState.choices, default=MessageState.QUEUED
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=now)
    created_at = models.DateTimeField(default=now)
    sent_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)
    requested_by = models.CharField(max_length=150, blank=True, help_text="Who asked for a resend.")
    reason = models.CharField(max_length=500, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["document", "document_id", "kind", "trigger", "recipient"],
                name="message_once_per_trigger",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                condition=Q(state__in=["queued", "sending"]),
                name="message_due",
            ),
            models.Index(fields=["-id"], condition=Q(state="parked"), name="message_parked"),
            models.Index(fields=["document", "document_id", "id"], name="message_document"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"  # without the recipient, whom not everyone may see
