import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.planning.rules import methods
from inventory.planning.rules.methods import CANDIDATES, Method

HISTORY = st.lists(st.integers(0, 1000).map(float), max_size=120)


def named(method: Method) -> str:
    return method.name


@pytest.mark.parametrize("method", CANDIDATES, ids=named)
@settings(max_examples=25)
@given(HISTORY)
def test_forecasts_are_numbers_and_never_below_zero(method: Method, values: list[float]) -> None:
    found = method.run(values)

    assert len(found.ahead) == len(values)
    for each in [*found.ahead, *found.path(13)]:
        assert each is None or (math.isfinite(each) and each >= 0)


@pytest.mark.parametrize("method", CANDIDATES, ids=named)
@settings(max_examples=25)
@given(HISTORY, HISTORY)
def test_what_was_forecast_knows_nothing_of_what_came(
    method: Method, early: list[float], late: list[float]
) -> None:
    whole = method.run(early + late).ahead

    assert whole[: len(early)] == method.run(early).ahead


@pytest.mark.parametrize("method", CANDIDATES, ids=named)
@settings(max_examples=25)
@given(HISTORY)
def test_the_path_goes_on_from_where_the_history_ends(method: Method, values: list[float]) -> None:
    first = method.run(values).path(1)
    said = method.run([*values, 0.0]).ahead[-1]

    assert (said or 0.0) == pytest.approx(first[0] if first else 0.0)


# The correction of Syntetos and Boylan takes five parts of a hundred off on purpose.
@pytest.mark.parametrize(
    "method", [each for each in CANDIDATES if not each.name.startswith("Croston")], ids=named
)
def test_demand_that_never_changes_is_forecast_exactly(method: Method) -> None:
    assert method.run([7.0] * 120).path(5) == pytest.approx([7.0] * 5)


def test_croston_divides_size_by_distance() -> None:
    values = [0.0, 0.0, 6.0] * 40

    assert methods.croston(0.1).run(values).path(1)[0] == pytest.approx(0.95 * 2)


def test_tsb_falls_while_nothing_is_wanted_where_croston_stays() -> None:
    values = [4.0] * 10 + [0.0] * 30
    falling = methods.tsb(0.1, 0.1).run(values).ahead[11:]

    assert all(after < before for before, after in pairwise(each or 0.0 for each in falling))
    assert len(set(methods.croston(0.1).run(values).ahead[11:])) == 1


def test_the_same_week_of_last_year_is_known_after_a_year() -> None:
    values = [0.0] * 10 + [8.0] * 3 + [0.0] * 39 + [0.0] * 5

    assert methods.seasonal().run(values).path(8) == [0.0, 0.0, 0.0, 0.0, 2.0, 6.0, 8.0, 6.0][:8]


def test_a_trend_dies_away() -> None:
    path = methods.damped_trend(0.2, 0.05, 0.9).run([float(week) for week in range(60)]).path(40)
    steps = [after - before for before, after in pairwise(path)]

    assert steps[0] > 0.1
    assert all(0 < after < before for before, after in pairwise(steps))
