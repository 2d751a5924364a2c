"""What the pages of planning show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Avg, Count, Max, Q, QuerySet, Sum

from inventory.planning import histories, standing
from inventory.planning.models import Forecast
from inventory.planning.rules.series import Week
from inventory.planning.services import FORECAST, PROPOSE
from inventory.planning.standing import LeadTimes, Place
from oms.core import clock
from oms.core.jobs.models import Job

SHOWN_WEEKS = 52
# What was tested for fewer weeks says little.
ENOUGH_WEEKS = 13
_JOBS = 6


@dataclass(frozen=True, slots=True)
class ByMethod:
    """The forecasts that one method leads."""

    method: str
    forecasts: int
    rmsse: float | None


@dataclass(frozen=True, slots=True)
class Quality:
    """How good forecasts were in their rolling tests; scaled errors are means.

    Of `forecasts` those count that were tested for ENOUGH_WEEKS: `judged`.
    """

    forecasts: int
    judged: int
    made_at: datetime | None
    wape: float | None
    bias: float | None
    coverage: float | None
    mase: float | None
    rmsse: float | None
    last_value_rmsse: float | None
    moving_average_rmsse: float | None
    methods: Sequence[ByMethod]


@dataclass(frozen=True, slots=True)
class Course:
    """The last weeks of a history, and the weeks to come with their Mondays."""

    begins: Sequence[date]
    past: Sequence[Week]
    place: Place | None


def quality(reach: frozenset[int] | None) -> Quality:
    """Return the figures of all forecasts within reach; two statements."""
    rows = within(reach)
    tested = Q(tested__gte=ENOUGH_WEEKS)
    sums = rows.aggregate(
        forecasts=Count("pk"),
        judged=Count("pk", filter=tested),
        made_at=Max("made_at"),
        units=Sum("units", filter=tested),
        absolute=Sum("absolute", filter=tested),
        signed=Sum("signed", filter=tested),
        covered=Sum("covered", filter=tested),
        weeks=Sum("tested", filter=tested),
        mase=Avg("mase", filter=tested),
        rmsse=Avg("rmsse", filter=tested),
        last_value=Avg("last_value_rmsse", filter=tested),
        moving_average=Avg("moving_average_rmsse", filter=tested),
    )
    methods = (
        rows.order_by()
        .values_list("method")
        .annotate(forecasts=Count("pk"), error=Avg("rmsse", filter=tested))
        .order_by("-forecasts", "method")
    )
    return Quality(
        forecasts=sums["forecasts"],
        judged=sums["judged"],
        made_at=sums["made_at"],
        wape=_share(sums["absolute"], sums["units"]),
        bias=_share(sums["signed"], sums["units"]),
        coverage=_share(sums["covered"], sums["weeks"]),
        mase=sums["mase"],
        rmsse=sums["rmsse"],
        last_value_rmsse=sums["last_value"],
        moving_average_rmsse=sums["moving_average"],
        methods=[ByMethod(*row) for row in methods],
    )


def within(reach: frozenset[int] | None) -> "QuerySet[Forecast]":
    """Return the forecasts for the locations within reach."""
    return Forecast.objects.all() if reach is None else Forecast.objects.filter(location__in=reach)


def jobs() -> "QuerySet[Job]":
    """Return the newest jobs of planning."""
    return Job.objects.filter(kind__in=(FORECAST, PROPOSE)).order_by("-pk")[:_JOBS]


def course(forecast: Forecast) -> Course:
    """Return the history that a forecast would be made of now, and what follows from it for the stock."""
    key = (forecast.sku_id, forecast.location_id)
    history = histories.read([key])[key]
    past = list(history.weeks)[-SHOWN_WEEKS:]
    first = history.next_week - timedelta(weeks=len(past))
    found = standing.items([forecast.sku_id], today=clock.today(), lead_times=LeadTimes())
    places = [
        place
        for item in found
        for place in item.places
        if place.location.pk == forecast.location_id
    ]
    return Course(
        begins=[first + timedelta(weeks=number) for number in range(len(past))],
        past=past,
        place=places[0] if places else None,
    )


def _share(part: float | None, whole: float | None) -> float | None:
    return part / whole if part is not None and whole else None
