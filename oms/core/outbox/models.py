"""Outbox tables."""

from django.db import models
from django.db.models import Q

from oms.core.clock import now
from oms.core.ids import uuid7
from oms.core.outbox.states import DeliveryState, EventState


class Event(models.Model):
    """A published fact. (aggregate, aggregate_id, sequence) is unique and without gaps."""

    event_id = models.UUIDField(default=uuid7, unique=True)
    name = models.CharField(max_length=80)
    aggregate = models.CharField(max_length=40)
    aggregate_id = models.CharField(max_length=40)
    sequence = models.PositiveIntegerField()
    payload = models.JSONField()
    state = models.CharField(max_length=10, choices=EventState.choices, default=EventState.PENDING)
    occurred_at = models.DateTimeField(default=now)

    class Meta:
        verbose_name = "event"
        constraints = [
            models.UniqueConstraint(
                fields=["aggregate", "aggregate_id", "sequence"], name="event_sequence_unique"
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(state="pending"), name="event_pending"),
        ]

    def __str__(self) -> str:
        return f"{self.name} #{self.sequence}"


class Delivery(models.Model):
    """One event at one handler. (event, handler) is unique."""

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="deliveries")
    handler = models.CharField(max_length=160)
    stream = models.CharField(max_length=250, help_text="Aggregate and handler: kept in order.")
    state = models.CharField(
        max_length=10, choices=DeliveryState.choices, default=DeliveryState.DUE
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=now)
    delivered_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)

    class Meta:
        verbose_name = "delivery"
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["event", "handler"], name="delivery_once_per_handler"),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(state="due"), name="delivery_due"),
            models.Index(fields=["stream", "id"], condition=Q(state="due"), name="delivery_stream"),
            models.Index(fields=["id"], condition=Q(state="parked"), name="delivery_parked"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} -> {self.handler}"
