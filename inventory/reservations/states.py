"""The life of a reservation."""

from django.db import models

from oms.core.flows import Flow


class Purpose(models.TextChoices):
    """For whom units are held."""

    CART = "cart", "cart"
    QUOTE = "quote", "quote"
    PERSON = "person", "person"
    MADE = "made", "what was made for an order"


class ReservationStatus(models.TextChoices):
    """How it stands. An active one whose time has come holds nothing any more, before the sweeper says so."""

    ACTIVE = "active", "active"
    ORDERED = "ordered", "ordered"
    RELEASED = "released", "released"
    EXPIRED = "expired", "expired"


RESERVATION = Flow(
    "reservation",
    initial=ReservationStatus.ACTIVE,
    table={
        (ReservationStatus.ACTIVE, "extend"): ReservationStatus.ACTIVE,
        (ReservationStatus.ACTIVE, "order"): ReservationStatus.ORDERED,
        (ReservationStatus.ACTIVE, "release"): ReservationStatus.RELEASED,
        (ReservationStatus.ACTIVE, "expire"): ReservationStatus.EXPIRED,
    },
    final=frozenset(
        {ReservationStatus.ORDERED, ReservationStatus.RELEASED, ReservationStatus.EXPIRED}
    ),
)
