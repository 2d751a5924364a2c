"""States of outbox rows."""

from django.db import models


class EventState(models.TextChoices):
    """Life of a published event."""

    PENDING = "pending", "pending"
    RELAYED = "relayed", "relayed"


class DeliveryState(models.TextChoices):
    """Life of one event at one handler."""

    DUE = "due", "due"
    DELIVERED = "delivered", "delivered"
    PARKED = "parked", "parked"
