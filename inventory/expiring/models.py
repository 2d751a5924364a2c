"""Who wants to know, and what was told."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from inventory.locations.models import Location
from inventory.lots.models import Lot
from oms.core.clock import now


class ExpiryWatch(models.Model):
    """Somebody who is mailed when lots at a location have so many days left."""

    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="expiry_watches")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="member of staff",
    )
    email = models.EmailField(blank=True, verbose_name="or address")
    days = models.PositiveSmallIntegerField(default=30, verbose_name="days before")
    language = models.CharField(max_length=10, choices=settings.LANGUAGES, default="en")

    class Meta:
        verbose_name = "expiry watch"
        verbose_name_plural = "expiry watches"
        ordering = ["location", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False, email="") | (Q(user=None) & ~Q(email="")),
                name="expirywatch_has_one_recipient",
                violation_error_message="Name a member of staff or an address, one of the two.",
            ),
            models.UniqueConstraint(
                fields=["location", "user", "days"],
                condition=Q(user__isnull=False),
                name="expirywatch_once_per_user",
            ),
            models.UniqueConstraint(
                fields=["location", "email", "days"],
                condition=Q(user=None),
                name="expirywatch_once_per_address",
            ),
            models.CheckConstraint(
                condition=Q(days__gte=1, days__lte=3_650),
                name="expirywatch_days",
                violation_error_message="1 to 3650 days.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user or self.email}, {self.days} days before"


class ExpiryNotice(models.Model):
    """A lot that somebody was told of. Never changed."""

    watch = models.ForeignKey(ExpiryWatch, on_delete=models.CASCADE, related_name="notices")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["watch", "lot"], name="expirynotice_once"),
        ]

    def __str__(self) -> str:
        return f"{self.lot_id} to {self.watch_id}"
