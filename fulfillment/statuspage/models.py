"""The table of private links."""

from datetime import datetime

from django.db import models

from oms.core.clock import now
from orders.ordering.models import Order


class StatusLinkQuerySet(models.QuerySet["StatusLink"]):
    """Reads of links as business phrases."""

    def usable(self, at: datetime) -> "StatusLinkQuerySet":
        """Keep links that open their order at that instant."""
        return self.filter(revoked_at__isnull=True, expires_at__gt=at)


class StatusLink(models.Model):
    """A link that opens one order's page. Only the digest of its token is kept."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="status_links")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = StatusLinkQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="status_link_expires")]

    def __str__(self) -> str:
        return f"link to {self.order_id} until {self.expires_at:%Y-%m-%d}"
