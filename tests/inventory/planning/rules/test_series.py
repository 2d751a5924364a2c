from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.planning.rules.series import Week, base_demand, uplift

WEEKS = st.lists(
    st.builds(Week, st.integers(0, 500), st.integers(0, 7), st.integers(0, 7)), max_size=60
)


def test_a_plain_week_counts_what_was_ordered() -> None:
    assert base_demand([Week(3), Week(0), Week(7)]).values == [3.0, 0.0, 7.0]


def test_a_week_without_stock_counts_at_least_what_the_weeks_before_had() -> None:
    found = base_demand([Week(6), Week(4), Week(1, days_out=5), Week(9, days_out=5)])

    assert found.values == [6.0, 4.0, 5.0, 9.0]
    assert found.plain == [True, True, False, False]


def test_one_day_without_stock_changes_nothing() -> None:
    assert base_demand([Week(6), Week(1, days_out=1)]).values == [6.0, 1.0]


def test_a_promoted_week_counts_what_the_weeks_before_had() -> None:
    assert base_demand([Week(6), Week(4), Week(40, promoted_days=7)]).values == [6.0, 4.0, 5.0]


def test_an_uplift_is_learnt_from_two_promoted_weeks() -> None:
    weeks = [Week(10), Week(10), Week(30, promoted_days=7), Week(20, promoted_days=7)]

    assert uplift(weeks, base_demand(weeks)) == 2.5
    assert uplift(weeks[:3], base_demand(weeks[:3])) is None


@settings(max_examples=40)
@given(WEEKS)
def test_stock_outs_never_lower_what_was_ordered(weeks: list[Week]) -> None:
    for week, value in zip(weeks, base_demand(weeks).values, strict=True):
        if not week.promoted_days:
            assert value >= week.units


@settings(max_examples=40)
@given(WEEKS, WEEKS)
def test_later_weeks_change_nothing_before(early: list[Week], late: list[Week]) -> None:
    assert base_demand(early + late).values[: len(early)] == base_demand(early).values
