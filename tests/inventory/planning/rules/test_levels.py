import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.planning.rules.demand import LeadDemand, Table, during
from inventory.planning.rules.levels import Aim, Need, levels
from inventory.planning.rules.simulating import play, together, wanted_in_a_day

NEEDS = st.builds(
    Need,
    per_week=st.floats(0.05, 300),
    spread=st.floats(0.1, 100),
    lead_days=st.floats(0, 40),
    lead_spread=st.floats(0, 6),
)


def test_demand_during_an_uncertain_lead_time_has_the_variance_of_both() -> None:
    found = during(per_day=10, day_variance=25, days=9, days_deviation=2)

    assert found == LeadDemand(90, 9 * 25 + 100 * 4)


@pytest.mark.parametrize(("mean", "variance"), [(2.0, 2.0), (2.0, 6.0), (30.0, 300.0), (0.3, 1.5)])
def test_chances_and_shortages_are_those_of_the_distribution(mean: float, variance: float) -> None:
    table = Table(LeadDemand(mean, variance))
    chances = [table.chance(units) for units in range(table.limit)]

    assert sum(chances) == pytest.approx(1, abs=1e-5)
    assert sum(units * each for units, each in enumerate(chances)) == pytest.approx(mean, abs=1e-3)
    for level in (0, 1, 5, 40):
        short = sum(max(units - level, 0) * each for units, each in enumerate(chances))
        assert table.shortage(level) == pytest.approx(short, abs=1e-3)
        assert table.within(level) == pytest.approx(sum(chances[: level + 1]), abs=1e-5)


def test_where_much_is_wanted_the_normal_distribution_takes_over_without_a_step() -> None:
    below, above = Table(LeadDemand(399.9, 1600)), Table(LeadDemand(400.1, 1600))

    assert not below.is_normal
    assert above.is_normal
    assert below.shortage(440) == pytest.approx(above.shortage(440), rel=0.1)


def test_the_point_of_a_cycle_service_is_demand_plus_z_deviations() -> None:
    need = Need(per_week=700, spread=70, lead_days=8, lead_spread=1)
    found = levels(need, Aim(target="cycle_service", share=0.95, cover_days=7))
    deviation = math.sqrt(9 * 70**2 / 7 + 100**2)

    assert found.reorder == pytest.approx(900 + 1.645 * deviation, abs=1)
    assert found.upto == found.reorder + 700


@settings(max_examples=40)
@given(NEEDS, st.floats(0.5, 0.97), st.integers(1, 30))
def test_more_service_never_means_less_stock(need: Need, share: float, pack: int) -> None:
    less = levels(need, Aim(share=share), pack_size=pack)
    more = levels(need, Aim(share=share + 0.02), pack_size=pack)

    assert less.reorder <= more.reorder
    assert less.lot % pack == 0
    assert less.upto > less.reorder


def test_nothing_wanted_is_nothing_ordered() -> None:
    need = Need(per_week=0, spread=0, lead_days=7)

    assert levels(need, Aim()).reorder == -1
    assert levels(need, Aim(least=3)).reorder == 3


def test_limits_of_a_policy_are_kept() -> None:
    need = Need(per_week=20, spread=9, lead_days=7, lead_spread=1)

    assert levels(need, Aim(least=500)).reorder == 500
    assert levels(need, Aim(most=30)).upto == 30
    assert levels(need, Aim(lot=100), pack_size=30).lot == 120


@pytest.mark.parametrize(
    ("per_week", "spread", "lead", "lead_spread", "share"),
    [
        (20, 9, 7, 1, 0.95),  # a steady seller
        (2, 2.5, 7, 2, 0.95),  # a slow one
        (1, 3, 10, 0, 0.95),  # rarely, then many
        (200, 60, 5, 2, 0.9),  # a fast one
        (5, 10, 21, 5, 0.98),  # lumpy, from far away
    ],
)
def test_a_year_by_the_levels_holds_the_fill_rate(
    per_week: float, spread: float, lead: float, lead_spread: float, share: float
) -> None:
    need = Need(per_week=per_week, spread=spread, lead_days=lead, lead_spread=lead_spread)
    plan = levels(need, Aim(share=share))

    years = together([play(need, plan, seed=seed) for seed in range(30)])

    assert years.fill_rate == pytest.approx(share, abs=0.025)


def test_the_same_seed_is_the_same_year() -> None:
    need = Need(per_week=9, spread=5, lead_days=7, lead_spread=1)
    plan = levels(need, Aim())

    assert play(need, plan, seed=1) == play(need, plan, seed=1)
    assert play(need, plan, seed=1) != play(need, plan, seed=2)


def test_more_stock_serves_more() -> None:
    need = Need(per_week=9, spread=5, lead_days=7, lead_spread=1)
    lean, rich = levels(need, Aim(share=0.7)), levels(need, Aim(share=0.99))

    assert play(need, lean, seed=5).served < play(need, rich, seed=5).served
    assert play(need, lean, seed=5).on_hand < play(need, rich, seed=5).on_hand


def test_days_by_chance_have_the_mean_and_the_variance_of_the_need() -> None:
    need = Need(per_week=21, spread=14, lead_days=1)
    dice = random.Random(3)
    days = [wanted_in_a_day(need, dice) for _ in range(20_000)]
    mean = sum(days) / len(days)

    assert mean == pytest.approx(3, rel=0.05)
    assert sum((each - mean) ** 2 for each in days) / len(days) == pytest.approx(28, rel=0.08)
