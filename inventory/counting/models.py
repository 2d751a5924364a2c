"""Counting tables."""

from django.db import models
from django.db.models import Exists, OuterRef, Q

from inventory.catalog.models import Sku
from inventory.counting.states import LIVE, Cause, ChosenBy, CountStatus, LineState, ToleranceKind
from inventory.locations.models import Location
from oms.core.clock import now
from oms.core.ids import uuid7


class CountQuerySet(models.QuerySet["CountOrder"]):
    """Reads of counts."""

    def at(self, location_ids: frozenset[int] | None) -> "CountQuerySet":
        """Keep the counts at these locations; None keeps all."""
        return self if location_ids is None else self.filter(location_id__in=location_ids)

    def to_count(self) -> "CountQuerySet":
        """Keep those of which a line was never counted."""
        return self.filter(waits_for(LineState.TO_COUNT))

    def to_recount(self) -> "CountQuerySet":
        """Keep those of which a line is to be counted again."""
        return self.filter(waits_for(LineState.TO_RECOUNT))

    def to_review(self) -> "CountQuerySet":
        """Keep those that wait for a decision."""
        return self.filter(status=CountStatus.TO_REVIEW)


class CountOrder(models.Model):
    """A count of SKUs at one location."""

    uuid = models.UUIDField(default=uuid7, unique=True)
    number = models.CharField(max_length=24, unique=True)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="counts")
    status = models.CharField(max_length=12, choices=CountStatus.choices, default=CountStatus.DRAFT)
    version = models.PositiveIntegerField(default=1)
    chosen_by = models.CharField(max_length=8, choices=ChosenBy.choices)
    choice = models.CharField(max_length=30, blank=True)
    tolerance_kind = models.CharField(
        max_length=8, choices=ToleranceKind.choices, default=ToleranceKind.UNITS
    )
    tolerance = models.PositiveIntegerField(default=0)
    note = models.CharField(max_length=500, blank=True)
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(default=now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    posted_at = models.DateTimeField(null=True, blank=True)

    objects = CountQuerySet.as_manager()

    class Meta:
        verbose_name = "count"
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["location", "-id"],
                condition=~Q(status__in=["posted", "cancelled"]),
                name="countorder_unfinished",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class CountLine(models.Model):
    """One SKU of a count, and what was found of it.

    `book` is what was on hand by the books at the moment of the count, `off_shelf` what of it was picked and so could
    not be on the shelf; `corrections` tells whether the books were corrected since.
    """

    count = models.ForeignKey(CountOrder, on_delete=models.PROTECT, related_name="lines")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+")
    is_expected = models.BooleanField(default=True)
    is_live = models.BooleanField(default=False, help_text="In a running count.")
    state = models.CharField(max_length=12, choices=LineState.choices, default=LineState.TO_COUNT)
    counted = models.PositiveIntegerField(null=True, blank=True)
    off_shelf = models.PositiveIntegerField(default=0)
    book = models.PositiveIntegerField(null=True, blank=True)
    corrections = models.PositiveIntegerField(default=0)
    counted_at = models.DateTimeField(null=True, blank=True)
    counted_by = models.CharField(max_length=150, blank=True)
    counter = models.CharField(max_length=250, blank=True, help_text="Who counted, unmistakably.")
    cause = models.CharField(max_length=16, choices=Cause.choices, default=Cause.UNEXPLAINED)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["count", "sku"], name="countline_unique"),
            models.UniqueConstraint(
                fields=["location", "sku"],
                condition=Q(is_live=True),
                name="countline_one_live_count",
            ),
            models.CheckConstraint(
                condition=Q(counted__isnull=True, book__isnull=True, counted_at__isnull=True)
                | Q(counted__isnull=False, book__isnull=False, counted_at__isnull=False),
                name="countline_counted_as_a_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state="counted") | Q(counted__isnull=False),
                name="countline_counted_has_a_figure",
            ),
        ]
        indexes = [
            models.Index(
                fields=["count"],
                condition=Q(is_live=True) & ~Q(state="counted"),
                name="countline_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku_id} of {self.count_id}"

    @property
    def difference(self) -> int | None:
        """Units more or less than the books said when it was counted; None before."""
        if self.counted is None or self.book is None:
            return None
        return self.counted + self.off_shelf - self.book


class CountEntry(models.Model):
    """One time that a line was counted. Never changed."""

    line = models.ForeignKey(CountLine, on_delete=models.PROTECT, related_name="entries")
    counted = models.PositiveIntegerField()
    off_shelf = models.PositiveIntegerField()
    book = models.PositiveIntegerField()
    by = models.CharField(max_length=150)
    at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.counted} by {self.by}"


def waits_for(state: str) -> Q:
    """Return the condition of a running count of which a line is in `state`."""
    lines = CountLine.objects.filter(count=OuterRef("pk"), is_live=True, state=state)
    return Q(status=CountStatus.OPEN) & Q(Exists(lines))


def running() -> Q:
    """Return the condition of a count that is under way."""
    return Q(status__in=LIVE)
