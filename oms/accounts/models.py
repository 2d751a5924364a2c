"""Users and API clients."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q

from oms.core.clock import now
from oms.core.ids import uuid7


class User(AbstractUser):
    """A member of staff."""

    time_zone = models.CharField(max_length=40, default="UTC")


class Scope(models.TextChoices):
    """What an API client may do."""

    ORDERS_READ = "orders:read", "read orders"
    ORDERS_WRITE = "orders:write", "place and cancel orders"
    BACKORDERS_READ = "backorders:read", "read who waits, pre-orders, substitutes and their rules"
    BACKORDERS_WRITE = (
        "backorders:write",
        "set goods aside for who waits; set pre-orders, substitutes and rules when stock is short",
    )
    INVENTORY_READ = "inventory:read", "read availability"
    INVENTORY_WRITE = "inventory:write", "receive and adjust stock"
    FULFILLMENT_READ = "fulfillment:read", "read shipments"
    FULFILLMENT_WRITE = "fulfillment:write", "report fulfillment progress"
    TRACKING_WRITE = "tracking:write", "report carrier scans"
    RETURNS_READ = "returns:read", "read returns"
    RETURNS_WRITE = "returns:write", "announce and receive returns"
    PURCHASES_READ = "purchases:read", "read purchase orders with what goods cost"
    PURCHASES_WRITE = "purchases:write", "write, place, confirm, close and cancel purchase orders"
    COSTS_READ = "costs:read", "read stock value, charges and margins"
    COSTS_WRITE = "costs:write", "note landed charges and take them back"
    PRODUCTION_READ = "production:read", "read bills of materials and production orders"
    PRODUCTION_WRITE = "production:write", "draft, confirm, post and finish production orders"
    TRANSFERS_READ = "transfers:read", "read transfers between locations"
    TRANSFERS_WRITE = "transfers:write", "draft, release, ship, receive and settle transfers"
    PLANNING_READ = "planning:read", "read demand forecasts and replenishment proposals"
    PLANNING_WRITE = "planning:write", "approve and reject replenishment proposals"


class ApiClient(models.Model):
    """A system that talks to the API."""

    uuid = models.UUIDField(default=uuid7, unique=True)
    name = models.CharField(max_length=100, unique=True)
    scopes = models.JSONField(default=list)
    location_codes = models.JSONField(
        default=list,
        blank=True,
        help_text="Codes of the only locations this client works for; empty for all.",
    )
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=now)

    class Meta:
        verbose_name = "API client"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ApiKey(models.Model):
    """One key of a client. The secret itself is shown once and never stored."""

    client = models.ForeignKey(ApiClient, on_delete=models.CASCADE, related_name="keys")
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the whole key, hexadecimal.")
    created_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "API key"
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True) | Q(expires_at__gt=models.F("created_at")),
                name="apikey_expires_after_creation",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prefix}…"
