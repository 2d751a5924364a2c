"""Demand, policies and proposals as tests need them; made by the services where there is one."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.db import models

from inventory.catalog.models import Sku
from inventory.locations.models import Location
from inventory.planning import services as planning
from inventory.planning.models import DemandDay, Forecast, Policy, Promotion, Proposal
from inventory.stock.models import Level
from oms.core import clock
from oms.core.actors import SYSTEM, Actor
from oms.core.jobs.models import Job, JobState

PLANNER = Actor("staff", "9", "Paula Planner")


def monday(weeks_ago: int = 0) -> date:
    """Return the Monday of this week, or of one before."""
    today = clock.today("Europe/Berlin")
    return today - timedelta(days=today.weekday(), weeks=weeks_ago)


def wanted(sku: Sku, location: Location, units: Sequence[int]) -> None:
    """Have been ordered on a Wednesday of each of the last full weeks, the oldest first."""
    DemandDay.objects.bulk_create(
        DemandDay(
            sku=sku,
            location=location,
            day=monday(len(units) - number) + timedelta(days=2),
            units=count,
        )
        for number, count in enumerate(units)
        if count
    )


def forecast(sku: Sku, location: Location, per_week: float = 7.0, **changes: Any) -> Forecast:
    """Return a forecast of the same units in every week to come."""
    values: dict[str, Any] = {
        "method": "smoothing 0.2",
        "from_week": monday(),
        "mean": [per_week] * 13,
        "low": [int(per_week // 2)] * 13,
        "high": [int(per_week * 2)] * 13,
        "per_week": per_week,
        "spread": per_week**0.5,
        "weeks": 52,
        **changes,
    }
    return Forecast.objects.create(sku=sku, location=location, **values)


def policy(**changes: Any) -> Policy:
    """Return the policy of everything."""
    return Policy.objects.create(**{"name": "Everything", **changes})


def plan(level: Level) -> list[models.Model]:
    """Return a policy, a period, a forecast of a level and an open proposal for it."""
    rule = policy(sku=level.sku, location=level.location, least=1_000)
    made = forecast(level.sku, level.location)
    period = Promotion.objects.create(
        name="Sale", sku=level.sku, starts_on=monday(), ends_on=monday() + timedelta(days=2)
    )
    propose()
    return [rule, made, period, Proposal.objects.get(sku=level.sku, location=level.location)]


def propose() -> Job:
    """Bring the proposals up to date."""
    job = planning.run(job_id=planning.start_proposals(actor=SYSTEM).pk)
    assert job is not None
    assert job.state == JobState.DONE, job.error
    return job


def proposals(*, status: str = "open") -> list[Proposal]:
    """Return the proposals in a state, the oldest first."""
    return list(
        Proposal.objects.filter(status=status)
        .select_related("sku", "location", "source", "supplier")
        .order_by("pk")
    )
