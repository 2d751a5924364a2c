from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest

from inventory.planning import errors, histories
from inventory.planning import services as planning
from inventory.planning.models import Forecast, Promotion
from inventory.planning.rules.series import Week
from inventory.planning.services import forecasts
from inventory.stock import services as stock
from inventory.stock.models import Level, Movement
from oms.core import clock
from oms.core.actors import SYSTEM
from oms.core.jobs.models import Job, JobRow, JobState
from tests.inventory.factories import LevelFactory, LocationFactory, SkuFactory
from tests.inventory.planning.plans import monday, wanted

pytestmark = pytest.mark.django_db


def run() -> Job:
    job = planning.run(job_id=planning.start_forecasts(actor=SYSTEM).pk)
    assert job is not None
    assert job.state == JobState.DONE, job.error
    return job


def history_of(level: Level) -> histories.History:
    key = (level.sku_id, level.location_id)
    return histories.read([key])[key]


def known_since(level: Level, weeks: int) -> None:
    """Have got the stock so many weeks ago."""
    at = datetime.combine(monday(weeks), datetime.min.time(), UTC) + timedelta(hours=9)
    Movement.objects.filter(level=level).update(at=at)


# Histories ------------------------------------------------------------------------------------------


def test_weeks_without_demand_are_zero_and_this_week_is_not_over() -> None:
    level = LevelFactory.create(on_hand=50)
    known_since(level, 4)
    wanted(level.sku, level.location, [0, 3, 0, 2])
    level.refresh_from_db()

    found = history_of(level)

    assert found.first == monday(4)
    assert [week.units for week in found.weeks] == [0, 3, 0, 2]
    assert found.next_week == monday()


def test_days_on_which_nothing_could_be_sold_are_read_from_the_ledger() -> None:
    level = LevelFactory.create(on_hand=5)
    known_since(level, 3)
    noon = datetime.combine(monday(2), datetime.min.time(), UTC) + timedelta(hours=12)
    for days, delta in ((1, -5), (5, 4)):  # sold out on Tuesday, there again on Saturday
        with clock.travelled(noon + timedelta(days=days)):
            stock.adjust(
                sku_id=level.sku_id,
                location_id=level.location_id,
                delta=delta,
                document="X",
                cause=f"x{days}",
                actor=SYSTEM,
                reason="test",
            )
    wanted(level.sku, level.location, [5, 1, 0])

    # On Wednesday, Thursday and Friday there was nothing from morning to night.
    assert list(history_of(level).weeks) == [Week(5), Week(1, days_out=3), Week(0)]


def test_safety_stock_is_nothing_to_sell() -> None:
    level = LevelFactory.create(on_hand=5, safety_stock=5)
    known_since(level, 2)
    wanted(level.sku, level.location, [1, 1])

    # It came on the Monday of the first week, which began without any.
    assert [week.days_out for week in history_of(level).weeks] == [7, 7]


def test_before_anything_was_known_of_an_item_there_is_no_history() -> None:
    level = LevelFactory.create(on_hand=0)

    assert history_of(level).weeks == []


def test_promotions_mark_days_of_the_past_and_of_the_weeks_to_come() -> None:
    level = LevelFactory.create(on_hand=50)
    known_since(level, 3)
    other = SkuFactory.create()
    for sku, begin, days in (
        (level.sku, monday(2), 3),
        (None, monday(2) + timedelta(days=2), 2),
        (other, monday(3), 7),
        (level.sku, monday() + timedelta(days=5), 4),
    ):
        Promotion.objects.create(
            name="Sale",
            sku=sku,
            starts_on=begin,
            ends_on=begin + timedelta(days=days - 1),
            expected_percent=50,
        )

    found = history_of(level)

    assert [week.promoted_days for week in found.weeks] == [0, 4, 0]
    assert list(found.promoted_days[:3]) == [2, 2, 0]
    assert found.expected_uplift == 1.5


# Forecasts ------------------------------------------------------------------------------------------


def test_everything_that_was_wanted_is_forecast_with_its_accuracy() -> None:
    level = LevelFactory.create(on_hand=500)
    wanted(level.sku, level.location, [4, 6] * 26)

    job = run()

    found = Forecast.objects.get()
    assert (found.sku, found.location, found.from_week) == (level.sku, level.location, monday())
    assert found.per_week == pytest.approx(5, abs=0.5)
    assert found.low[0] >= 4
    assert found.high[0] <= 6
    assert found.weeks == 52
    assert found.tested == 26
    assert found.rmsse is not None
    assert found.rmsse < 0.7
    assert len(found.tried) == 14
    row = JobRow.objects.get(job=job)
    assert (job.done, row.outcome) == (1, "ok")
    assert row.reference == f"{level.sku.code} at {level.location.code}"
    assert row.message.startswith("5.0 a week, 4 to 6 in the next: ")


def test_a_second_run_replaces_the_forecasts_and_forgets_what_is_not_wanted_any_more() -> None:
    level, old = LevelFactory.create(), LevelFactory.create()
    wanted(level.sku, level.location, [3] * 10)
    wanted(old.sku, old.location, [3] * 10)
    run()
    assert Forecast.objects.count() == 2
    old.sku.is_active = False
    old.sku.save(update_fields=["is_active"])

    run()

    assert Forecast.objects.get().sku == level.sku


def test_a_run_that_was_cut_off_goes_on_where_it_stood(monkeypatch: pytest.MonkeyPatch) -> None:
    place = LocationFactory.create()
    for _ in range(5):
        wanted(SkuFactory.create(), place, [2] * 9)
    monkeypatch.setattr(forecasts, "SKUS_AT_ONCE", 2)
    started = planning.start_forecasts(actor=SYSTEM)
    seen: list[tuple[int, int]] = []

    first = planning.run(budget_seconds=0, progress=lambda done, total: seen.append((done, total)))
    assert first is not None
    assert (first.pk, first.state, first.done, first.total) == (started.pk, "queued", 2, 5)
    kept = dict(Forecast.objects.values_list("sku", "made_at"))

    second = planning.run()

    assert second is not None
    assert (second.state, second.done) == ("done", 5)
    assert seen == [(2, 5)]
    assert kept.items() <= dict(Forecast.objects.values_list("sku", "made_at")).items()
    positions = JobRow.objects.filter(job=second).values_list("position", flat=True)
    assert sorted(positions) == [1, 2, 3, 4, 5]


def test_one_job_of_a_kind_waits_at_a_time() -> None:
    planning.start_forecasts(actor=SYSTEM)

    with pytest.raises(errors.PlanningUnderWay):
        planning.start_forecasts(actor=SYSTEM)
    assert Job.objects.count() == 1
    planning.start_proposals(actor=SYSTEM)


def test_many_series_cost_no_more_statements_than_few(
    statements: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    place = LocationFactory.create()
    counted = []
    for count in (2, 20):
        for _ in range(count):
            wanted(LevelFactory.create(location=place).sku, place, [1, 2])
        with statements() as seen:
            run()
        counted.append(len(seen))

    assert counted[0] == counted[1]
