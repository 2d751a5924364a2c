"""Reservation tables."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from inventory.reservations.states import Purpose, ReservationStatus
from inventory.stock.models import Level
from oms.core.clock import now
from oms.core.ids import uuid7


class Allocation(models.Model):
    """Open units of a level promised to one demand line; the row goes when nothing is open."""

    level = models.ForeignKey(Level, on_delete=models.PROTECT, related_name="allocations")
    demand = models.CharField(max_length=30, help_text="Kind of line: orders.orderline.")
    demand_id = models.BigIntegerField()
    quantity = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["demand", "demand_id", "level"], name="allocation_unique"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0), name="allocation_quantity_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} for {self.demand} {self.demand_id}"


class ReservationQuerySet(models.QuerySet["Reservation"]):
    """Reads of reservations."""

    def holding(self, at: datetime) -> "ReservationQuerySet":
        """Keep those whose units are theirs at `at`."""
        return self.filter(status=ReservationStatus.ACTIVE, expires_at__gt=at)

    def overdue(self, at: datetime) -> "ReservationQuerySet":
        """Keep those that have expired and are not ended yet."""
        return self.filter(status=ReservationStatus.ACTIVE, expires_at__lte=at)


class Reservation(models.Model):
    """Units held for someone until `expires_at`. Its lines go when it ends."""

    uuid = models.UUIDField(default=uuid7, unique=True)
    purpose = models.CharField(max_length=8, choices=Purpose.choices)
    channel_code = models.CharField(
        max_length=20, blank=True, verbose_name="channel", help_text="Whose cart or quote it is."
    )
    owner = models.CharField(
        max_length=128, blank=True, help_text="The cart, the quote's number, or the person."
    )
    status = models.CharField(
        max_length=10, choices=ReservationStatus.choices, default=ReservationStatus.ACTIVE
    )
    expires_at = models.DateTimeField()
    note = models.CharField(max_length=200, blank=True)
    placed_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(default=now)
    ended_at = models.DateTimeField(null=True, blank=True)
    order_number = models.CharField(
        max_length=40, blank=True, help_text="The order that it was turned into."
    )

    objects = ReservationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="active", ended_at=None)
                | (~Q(status="active") & Q(ended_at__isnull=False)),
                name="reservation_ended_with_instant",
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"],
                condition=Q(status="active"),
                name="reservation_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.owner or str(self.uuid)[-8:]}"

    def holds(self, at: datetime) -> bool:
        """Say whether its units are its own at `at`."""
        return self.status == ReservationStatus.ACTIVE and self.expires_at > at

    def has_expired(self, at: datetime) -> bool:
        """Say whether its time has come, ended or not."""
        return self.expires_at <= at


class ReservationLine(models.Model):
    """Units of a level that a reservation holds; the row goes when it holds none."""

    reservation = models.ForeignKey(Reservation, on_delete=models.PROTECT, related_name="lines")
    level = models.ForeignKey(Level, on_delete=models.PROTECT, related_name="reservation_lines")
    quantity = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["reservation", "level"], name="reservation_line_unique"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0), name="reservation_line_quantity_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.level_id}"
