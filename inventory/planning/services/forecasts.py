"""Forecast every SKU and location, some SKUs at a time."""

from collections.abc import Sequence

from django.db import transaction

from inventory.catalog.models import Sku
from inventory.locations.models import Location
from inventory.planning import histories
from inventory.planning.histories import History, Key
from inventory.planning.models import Forecast
from inventory.planning.rules import forecasting
from inventory.planning.rules.methods import LAST_VALUE, MOVING_AVERAGE
from oms.core import clock
from oms.core.jobs import services as jobs
from oms.core.jobs.models import Job, JobRow

SKUS_AT_ONCE = 100


def forecast_some(job: Job) -> bool:
    """Forecast the next SKUs after the job's cursor, and note what came of each; False when there are none left.

    Forecasts, their rows in the job and the cursor are written in one transaction, so that a run which was cut off
    goes on with the first SKU that has none.
    """
    found = histories.keys_after(job.cursor, skus=SKUS_AT_ONCE)
    if not found:
        _forget_old(job)
        return False
    keys = [(sku_id, place) for sku_id, places in found.items() for place in places]
    read = histories.read(keys)
    made = [_forecast(key, read[key]) for key in keys]
    with transaction.atomic():
        _write(made)
        done = job.done
        jobs.record(job, _rows(made, first=done), cursor=max(found))
    job.cursor = max(found)
    job.done = done + len(made)
    return True


def _forecast(key: Key, history: History) -> Forecast:
    found = forecasting.forecast(
        history.weeks,
        promoted_days=history.promoted_days,
        expected_uplift=history.expected_uplift,
    )
    figures = found.accuracy
    tried = {each.name: each.error for each in found.tried}
    return Forecast(
        sku_id=key[0],
        location_id=key[1],
        made_at=clock.now(),
        method=found.method,
        from_week=history.next_week,
        mean=[round(each, 3) for each in found.mean],
        low=found.low,
        high=found.high,
        per_week=found.per_week,
        spread=found.spread,
        uplift=found.uplift,
        weeks=found.weeks,
        tested=figures.weeks,
        units=figures.units,
        absolute=figures.absolute,
        signed=figures.signed,
        covered=figures.covered or 0,
        mase=figures.mase,
        rmsse=figures.rmsse,
        last_value_rmsse=tried[LAST_VALUE.name],
        moving_average_rmsse=tried[MOVING_AVERAGE.name],
        tried=[
            [each.name, None if each.error is None else round(each.error, 4)]
            for each in found.tried
        ],
    )


def _write(made: Sequence[Forecast]) -> None:
    Forecast.objects.bulk_create(
        made,
        update_conflicts=True,
        unique_fields=["sku", "location"],
        update_fields=[
            field.name
            for field in Forecast._meta.concrete_fields
            if field.name not in ("id", "sku", "location")
        ],
    )


def _rows(made: Sequence[Forecast], *, first: int) -> list[JobRow]:
    codes = dict(
        Sku.objects.filter(pk__in={each.sku_id for each in made}).values_list("pk", "code")
    )
    places = dict(Location.objects.values_list("pk", "code"))
    return [
        JobRow(
            position=first + number,
            outcome=JobRow.Outcome.OK,
            reference=f"{codes[each.sku_id]} at {places[each.location_id]}"[:200],
            message=_said(each),
        )
        for number, each in enumerate(made, start=1)
    ]


def _said(each: Forecast) -> str:
    words = (
        f"{each.per_week:.1f} a week, {each.low[0]} to {each.high[0]} in the next: {each.method}"
    )
    return f"{words}, RMSSE {each.rmsse:.2f}" if each.rmsse is not None else words


def _forget_old(job: Job) -> None:
    """Remove the forecasts of what has not been wanted for so long that there is no history any more."""
    if job.started_at is not None:
        Forecast.objects.filter(made_at__lt=job.started_at).delete()
