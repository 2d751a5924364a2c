"""Pre-order tables."""

from django.db import models
from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce, Least

from inventory.catalog.models import Sku
from orders.channels.models import Channel


def _presold(lines: str, only: Q | None = None) -> Coalesce:
    """Return the units that `lines` have sold in advance; what was cancelled is not sold."""
    kept = F(f"{lines}__ordered") - F(f"{lines}__cancelled")
    return Coalesce(Sum(Least(f"{lines}__preordered", kept), filter=only), 0)


class PreorderQuerySet(models.QuerySet["Preorder"]):
    """Pre-orders with what is sold."""

    def with_presold(self) -> "PreorderQuerySet":
        """Add `presold`, the units sold in advance over all channels."""
        return self.annotate(presold=_presold("lines"))

    def presold_by_channel(self) -> dict[int, int]:
        """Return the units sold in advance by channel; one statement."""
        rows = self.filter(lines__isnull=False).order_by().values_list("lines__order__channel")
        return dict(rows.annotate(units=_presold("lines")))


class LimitQuerySet(models.QuerySet["PreorderLimit"]):
    """Limits with what is sold."""

    def with_presold(self) -> "LimitQuerySet":
        """Add `presold`, the units that the channel of a limit has sold in advance."""
        here = Q(preorder__lines__order__channel=F("channel"))
        return self.annotate(presold=_presold("preorder__lines", here))


class Preorder(models.Model):
    """A SKU that is sold from `starts_on` to `ends_on` (both included) before it is released on `released_on`."""

    sku = models.OneToOneField(
        Sku, on_delete=models.PROTECT, related_name="preorder", verbose_name="SKU"
    )
    starts_on = models.DateField(verbose_name="first day")
    ends_on = models.DateField(verbose_name="last day")
    released_on = models.DateField(
        verbose_name="released on", help_text="What customers are told while nothing is on its way."
    )
    units = models.PositiveIntegerField(
        null=True, blank=True, help_text="Sold in advance at most, over all channels; empty: any."
    )

    objects = PreorderQuerySet.as_manager()

    class Meta:
        verbose_name = "pre-order"
        ordering = ["released_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_on__lte=F("ends_on")), name="preorder_period_runs_forward"
            ),
            models.CheckConstraint(
                condition=Q(ends_on__lte=F("released_on")), name="preorder_ends_by_release"
            ),
        ]

    def __str__(self) -> str:
        return f"Pre-order of {self.sku.code}"


class PreorderLimit(models.Model):
    """Units that one channel may sell in advance at most."""

    preorder = models.ForeignKey(
        Preorder, on_delete=models.CASCADE, related_name="limits", db_index=False
    )
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="+")
    units = models.PositiveIntegerField()

    objects = LimitQuerySet.as_manager()

    class Meta:
        verbose_name = "limit of a channel"
        ordering = ["channel__code"]
        constraints = [
            models.UniqueConstraint(fields=["preorder", "channel"], name="preorder_limit_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.units} units"
