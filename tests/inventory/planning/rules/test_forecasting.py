import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.planning.rules import accuracy, forecasting, methods
from inventory.planning.rules.comparing import CHOSEN, compare
from inventory.planning.rules.forecasting import forecast, interval
from inventory.planning.rules.series import Week

WEEKS = st.lists(
    st.builds(Week, st.integers(0, 300), st.integers(0, 7), st.integers(0, 2)), max_size=70
)


def by_chance(seed: int, *, weeks: int = 60, chance: float = 0.4, size: int = 5) -> list[Week]:
    dice = random.Random(seed)
    return [Week(dice.randint(1, size) if dice.random() < chance else 0) for _ in range(weeks)]


@settings(max_examples=40)
@given(WEEKS)
def test_every_history_has_a_forecast_in_whole_units_with_an_interval(weeks: list[Week]) -> None:
    found = forecast(weeks, horizon=6)

    assert len(found.mean) == len(found.low) == len(found.high) == 6
    assert all(each >= 0 for each in found.mean)
    for low, high in zip(found.low, found.high, strict=True):
        assert 0 <= low <= high
    assert found.spread >= 0
    assert found.accuracy.weeks <= forecasting.TESTED


@settings(max_examples=40)
@given(WEEKS, st.integers(0, 300))
def test_the_test_of_a_week_does_not_see_it(weeks: list[Week], units: int) -> None:
    one = forecasting.roll([float(week.units) for week in weeks] + [0.0])
    other = forecasting.roll([float(week.units) for week in weeks] + [float(units)])

    assert one.ahead == other.ahead


def test_nothing_known_is_nothing_forecast() -> None:
    found = forecast([])

    assert found.mean == [0.0] * 13
    assert (found.low[0], found.high[0]) == (0, 0)
    assert found.accuracy.wape is None


def test_steady_demand_is_forecast_with_certainty() -> None:
    found = forecast([Week(12)] * 40)

    assert found.mean[0] == pytest.approx(12, rel=0.02)
    assert found.low[0] == found.high[0] == 12
    assert found.accuracy.wape == pytest.approx(0, abs=0.02)
    assert found.accuracy.coverage == 1


def test_stock_outs_do_not_pull_the_forecast_down() -> None:
    with_mark = [Week(10)] * 30 + [Week(0, days_out=7)] * 6
    without = [Week(10)] * 30 + [Week(0)] * 6

    assert forecast(with_mark).mean[0] == pytest.approx(10, rel=0.02)
    assert forecast(without).mean[0] < 7


def test_promotions_of_the_past_do_not_lift_the_forecast_and_those_to_come_do() -> None:
    history = [Week(10)] * 30 + [Week(30, promoted_days=7)] * 3 + [Week(10)] * 3
    found = forecast(history, promoted_days=[0, 7])

    assert found.uplift == pytest.approx(3)
    assert found.mean[0] == pytest.approx(10, rel=0.02)
    assert found.mean[1] == pytest.approx(30, rel=0.02)


def test_an_expected_uplift_counts_while_none_is_learnt() -> None:
    found = forecast([Week(10)] * 30, promoted_days=[7], expected_uplift=1.5)

    assert found.uplift is None
    assert found.mean[0] == pytest.approx(15, rel=0.02)


def test_an_interval_is_the_shortest_whose_share_is_nearest() -> None:
    errors = sorted([-1.0] * 5 + [0.0] * 3 + [4.0])  # 0, 1 or 5 units around a mean of 1

    assert interval(1.0, errors) == (0, 1)
    assert interval(1.0, errors, level=0.5) == (0, 0)
    assert interval(1.0, errors, level=0.99) == (0, 5)


@given(st.floats(0, 500), st.lists(st.floats(-500, 500), min_size=8, max_size=80))
def test_an_interval_holds_whole_units_from_zero_on(mean: float, errors: list[float]) -> None:
    low, high = interval(mean, sorted(errors))

    assert 0 <= low <= high


def test_many_random_series_are_forecast_better_than_by_plain_methods() -> None:
    figures = compare([by_chance(seed) for seed in range(120)])
    chosen = figures[CHOSEN]

    assert chosen.rmsse is not None
    assert chosen.coverage is not None
    for method in (methods.LAST_VALUE, methods.moving_average(4), methods.MOVING_AVERAGE):
        other = figures[method.name]
        assert other.rmsse is not None
        assert chosen.rmsse < other.rmsse, method.name
    assert 0.75 <= chosen.coverage <= 0.85
    assert chosen.bias == pytest.approx(0, abs=0.1)


def test_measures_are_those_of_the_books() -> None:
    # Before the test: steps 2 and 4, so that the last value errs by 3, and by the root of 10 in the square.
    found = accuracy.measure([2, 4, 0, 3, 5], [0, 0, 0, 1, 6], [3, 4], inside=[True, False])

    assert found.mase == pytest.approx((2 + 1) / 2 / 3)
    assert found.rmsse == pytest.approx((5 / 2) ** 0.5 / 10**0.5)
    assert found.wape == pytest.approx(3 / 8)
    assert found.bias == pytest.approx(-1 / 8)
    assert found.coverage == 0.5
