"""Promise tables."""

from django.db import models
from django.db.models import Q

from inventory.catalog.models import Sku
from oms.core.clock import now
from orders.ordering.models import OrderLine


class Promise(models.Model):
    """What a line was promised last: `units` waited then, and all are promised to have come on `promised_on`.

    `told_on` is the day that the customer was told last, if he `was_told`: None then means that no day was known.
    """

    line = models.OneToOneField(OrderLine, on_delete=models.PROTECT, related_name="promise")
    units = models.PositiveIntegerField()
    promised_on = models.DateField(null=True, blank=True)
    changes_made = models.PositiveIntegerField(default=0)
    was_told = models.BooleanField(default=False)
    told_on = models.DateField(null=True, blank=True)
    made_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["line"]
        indexes = [
            models.Index(fields=["made_at"], condition=Q(units__gt=0), name="promise_oldest"),
        ]

    def __str__(self) -> str:
        return f"{self.units} on {self.promised_on or 'no day'}"


class PromisePart(models.Model):
    """Units of a promise that rest on one supply; on what is in stock, or, without a day, on nothing if it is none."""

    promise = models.ForeignKey(Promise, on_delete=models.CASCADE, related_name="parts")
    units = models.PositiveIntegerField()
    due_on = models.DateField(null=True, blank=True)
    supply = models.CharField(
        max_length=30, blank=True, help_text="Kind of line: inventory.purchaseline."
    )
    supply_id = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = "part of a promise"
        verbose_name_plural = "parts of promises"
        ordering = ["promise", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["promise", "supply", "supply_id", "due_on"], name="promise_part_unique"
            ),
            models.CheckConstraint(condition=Q(units__gt=0), name="promise_part_units_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.units} on {self.due_on or 'no day'}"


class PromiseChange(models.Model):
    """The promised day of a line became another; the first one came from nothing."""

    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="promise_changes")
    number = models.PositiveIntegerField()
    units = models.PositiveIntegerField()
    before_on = models.DateField(null=True, blank=True)
    after_on = models.DateField(null=True, blank=True)
    rests_on = models.JSONField(help_text="Units, day and supply of each part.")
    told = models.BooleanField(help_text="Whether the customer was written to.")
    at = models.DateTimeField(default=now)

    class Meta:
        verbose_name = "change of a promise"
        verbose_name_plural = "changes of promises"
        ordering = ["line", "number"]
        constraints = [
            models.UniqueConstraint(fields=["line", "number"], name="promise_change_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.before_on or 'no day'} -> {self.after_on or 'no day'}"


class PromiseDue(models.Model):
    """A SKU whose lines are to be promised anew."""

    sku = models.OneToOneField(Sku, on_delete=models.CASCADE, primary_key=True, related_name="+")
    since = models.DateTimeField(default=now)

    class Meta:
        verbose_name = "SKU to promise anew"
        verbose_name_plural = "SKUs to promise anew"
        ordering = ["since"]

    def __str__(self) -> str:
        return f"SKU {self.sku_id}"
