"""What needs somebody, the most pressing first, in a constant number of statements. A list has SHOWN rows at most."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import F, FloatField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Cast

from inventory.planning.models import Forecast, Proposal
from inventory.stock.models import Content, Level
from oms.reporting.margins import queries as margins
from oms.reporting.margins.queries import Asked, Row

SHOWN = 50

# Stock that lasts longer than this at the forecast demand is too much of it.
MOST_WEEKS = 26
# Goods that can be used for so many days more are told as expiring.
EXPIRY_DAYS = 30
# Lines of orders of so many days are looked over for losses.
MARGIN_DAYS = 30

_AVAILABLE = F("on_hand") - F("committed") - F("reserved") - F("damaged") - F("quality_control")


@dataclass(frozen=True, slots=True)
class Short:
    """A level below its safety stock, and the number of the proposal that would mend it."""

    level: Level
    proposal: Proposal | None

    @property
    def missing(self) -> int:
        """Units below the safety stock."""
        return self.level.safety_stock - self.level.available


@dataclass(frozen=True, slots=True)
class Excess:
    """A level of which more is available than MOST_WEEKS need; `weeks` is for how long it lasts, if it ever ends."""

    level: Level
    per_week: float
    weeks: int | None


def short(*, location_ids: frozenset[int] | None) -> list[Short]:
    """Return the levels below their safety stock, those that lack the largest part of it first. Two statements."""
    rows = list(
        _at(location_ids)
        .filter(safety_stock__gt=0)
        .annotate(part=Cast(_AVAILABLE, FloatField()) / F("safety_stock"))
        .filter(part__lt=1)
        .select_related("sku", "location")
        .order_by("part", "pk")[:SHOWN]
    )
    proposals = {
        (proposal.sku_id, proposal.location_id): proposal
        for proposal in Proposal.objects.open().filter(
            sku__in=[row.sku_id for row in rows], location__in=[row.location_id for row in rows]
        )
    }
    return [Short(row, proposals.get((row.sku_id, row.location_id))) for row in rows]


def excess(*, location_ids: frozenset[int] | None) -> list[Excess]:
    """Return the levels with more than MOST_WEEKS of forecast demand, the most units beyond it first. One statement.

    What has no forecast has no history to be judged by.
    """
    forecast = Forecast.objects.filter(sku=OuterRef("sku"), location=OuterRef("location"))
    rows = (
        _at(location_ids)
        .annotate(per_week=Subquery(forecast.values("per_week")[:1]))
        .filter(per_week__isnull=False)
        .annotate(beyond=Cast(_AVAILABLE, FloatField()) - F("per_week") * MOST_WEEKS)
        .filter(beyond__gte=1)
        .select_related("sku", "location")
        .order_by("-beyond", "pk")[:SHOWN]
    )
    return [
        Excess(
            row,
            row.per_week,
            round(row.available / row.per_week) if row.per_week >= 1 / 52 else None,
        )
        for row in rows
    ]


def expiring(*, location_ids: frozenset[int] | None, today: date) -> Sequence[Content]:
    """Return what lies in bins and can be used for less than EXPIRY_DAYS, the first to expire first. One statement."""
    rows = Content.objects.filter(lot__expires_on__lte=today + timedelta(days=EXPIRY_DAYS))
    if location_ids is not None:
        rows = rows.filter(level__location__in=location_ids)
    return list(
        rows.select_related("lot", "bin", "level__sku", "level__location").order_by(
            "lot__expires_on", "pk"
        )[:SHOWN]
    )


def losing(*, today: date) -> tuple[str | None, Sequence[Row]]:
    """Return the currency of costs, and the order lines of MARGIN_DAYS sold at a loss, the largest loss first."""
    asked = Asked(since=today - timedelta(days=MARGIN_DAYS), until=today, negative=True)
    report = margins.report(asked)
    worst = sorted(report.rows, key=lambda row: (row.margin.margin or 0, row.line.pk))
    return report.currency, worst[:SHOWN]


def _at(location_ids: frozenset[int] | None) -> "QuerySet[Level]":
    rows = Level.objects.filter(location__is_active=True)
    return rows if location_ids is None else rows.filter(location__in=location_ids)
