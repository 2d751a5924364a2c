"""Location tables."""

from django.conf import settings
from django.db import models

from oms.core.ids import uuid7


class LocationKind(models.TextChoices):
    """Kind of site."""

    WAREHOUSE = "warehouse", "warehouse"
    STORE = "store", "store"


class Removal(models.TextChoices):
    """From which bin units are taken first, at a location with bins."""

    FEFO = "fefo", "first to expire, then nearest"
    CLOSEST = "closest", "nearest in the walk"
    FIFO = "fifo", "longest there"
    LIFO = "lifo", "latest there"
    FEWEST = "fewest", "fewest bins"


class LocationQuerySet(models.QuerySet["Location"]):
    """Reads of locations."""

    def shipping(self) -> "LocationQuerySet":
        """Keep the sites that send orders out."""
        return self.filter(is_active=True, ships_orders=True)


class Location(models.Model):
    """A site."""

    uuid = models.UUIDField(default=uuid7, unique=True)
    code = models.SlugField(max_length=20, unique=True)
    name = models.CharField(max_length=100)
    kind = models.CharField(
        max_length=10, choices=LocationKind.choices, default=LocationKind.WAREHOUSE
    )
    street = models.CharField(max_length=500)
    city = models.CharField(max_length=100)
    region = models.CharField(max_length=100, blank=True)
    postcode = models.CharField(max_length=20, blank=True)
    country = models.CharField(max_length=2)
    phone = models.CharField(max_length=20, blank=True)
    time_zone = models.CharField(max_length=40, default="UTC")
    priority = models.PositiveSmallIntegerField(default=100)
    ships_orders = models.BooleanField(default=True)
    is_active = models.BooleanField(default=True)
    uses_bins = models.BooleanField(
        default=False, help_text="It is known of every unit here which bin it lies in."
    )
    removal = models.CharField(
        max_length=10,
        choices=Removal.choices,
        default=Removal.FEFO,
        help_text="From which bin units are taken first.",
    )

    objects = LocationQuerySet.as_manager()

    class Meta:
        ordering = ["priority", "code"]

    def __str__(self) -> str:
        return self.name


class StaffLocation(models.Model):
    """A location that a staff member works at."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="staff_locations"
    )
    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "location"], name="staff_location_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.user} at {self.location}"
