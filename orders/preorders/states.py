"""How far a pre-order is. Nobody decides it: it follows from the day and from what is sold."""

from django.db.models import TextChoices


class PreorderState(TextChoices):
    """Where a pre-order stands today."""

    SCHEDULED = "scheduled", "not begun"
    OPEN = "open", "open"
    SOLD_OUT = "sold_out", "sold out"
    CLOSED = "closed", "over, not released"
    RELEASED = "released", "released"
