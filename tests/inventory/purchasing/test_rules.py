"""Prices, packs, days and lead times."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.purchasing import rules
from inventory.purchasing.rules import Break, Counters

BREAKS = [
    Break(100, Decimal("0.80")),
    Break(1, Decimal("1.00")),
    Break(10, Decimal("0.90")),
]


@pytest.mark.parametrize(
    ("quantity", "cost"), [(1, "1.00"), (9, "1.00"), (10, "0.90"), (99, "0.90"), (100, "0.80")]
)
def test_the_highest_break_that_is_reached_gives_the_price(quantity: int, cost: str) -> None:
    assert rules.unit_cost(BREAKS, quantity) == Decimal(cost)


def test_below_the_first_break_there_is_no_price() -> None:
    assert rules.unit_cost([Break(10, Decimal(1))], 9) is None
    assert rules.unit_cost([], 1) is None


@given(
    st.dictionaries(st.integers(1, 1000), st.integers(0, 100), max_size=6),
    st.integers(1, 2000),
    st.randoms(),
)
def test_the_price_does_not_depend_on_the_order_of_the_breaks(breaks, quantity, chance) -> None:
    rows = [Break(start, Decimal(cost)) for start, cost in breaks.items()]
    expected = None
    for start in sorted(breaks):
        if start <= quantity:
            expected = Decimal(breaks[start])
    chance.shuffle(rows)
    assert rules.unit_cost(rows, quantity) == expected


@pytest.mark.parametrize(
    ("wanted", "pack", "minimum", "ordered"),
    [(1, 1, 1, 1), (7, 6, 1, 12), (12, 6, 1, 12), (1, 6, 20, 24), (25, 1, 20, 25)],
)
def test_quantities_are_rounded_up_to_packs_and_minimums(
    wanted: int, pack: int, minimum: int, ordered: int
) -> None:
    assert rules.orderable(wanted, pack_size=pack, minimum=minimum) == ordered


@given(st.integers(1, 10_000), st.integers(1, 500), st.integers(1, 5_000))
def test_what_is_ordered_is_the_least_that_will_do(wanted: int, pack: int, minimum: int) -> None:
    found = rules.orderable(wanted, pack_size=pack, minimum=minimum)
    assert found % pack == 0
    assert found >= max(wanted, minimum)
    assert found - pack < max(wanted, minimum)
    assert rules.orderable(found, pack_size=pack, minimum=minimum) == found


MONDAY = date(2026, 3, 2)


def test_goods_come_when_the_lead_days_are_over() -> None:
    day = rules.expected_on(MONDAY, lead_days=3, ship_days=range(5), holidays=())
    assert day == date(2026, 3, 5)


def test_goods_wait_for_a_shipping_day() -> None:
    day = rules.expected_on(MONDAY, lead_days=5, ship_days=[1, 3], holidays=())
    assert day == date(2026, 3, 10)


def test_goods_do_not_come_on_a_holiday() -> None:
    day = rules.expected_on(MONDAY, lead_days=3, ship_days=range(5), holidays={date(2026, 3, 5)})
    assert day == date(2026, 3, 6)


def test_a_supplier_without_days_ships_on_each() -> None:
    assert rules.expected_on(MONDAY, lead_days=5, ship_days=[], holidays=()) == date(2026, 3, 7)


def test_a_calendar_without_a_day_is_no_use() -> None:
    always = {MONDAY + timedelta(days=each) for each in range(500)}
    assert rules.expected_on(MONDAY, lead_days=2, ship_days=[0], holidays=always) == date(
        2026, 3, 4
    )


@given(
    st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    st.integers(0, 120),
    st.sets(st.integers(0, 6), min_size=1),
    st.sets(st.dates(date(2020, 1, 1), date(2030, 12, 31)), max_size=20),
)
def test_the_expected_day_is_the_first_shipping_day(placed_on, lead_days, ship_days, off) -> None:
    found = rules.expected_on(placed_on, lead_days=lead_days, ship_days=ship_days, holidays=off)
    earliest = placed_on + timedelta(days=lead_days)
    assert found >= earliest
    assert found.weekday() in ship_days
    assert found not in off
    day = earliest
    while day < found:
        assert day.weekday() not in ship_days or day in off
        day += timedelta(days=1)


@pytest.mark.parametrize(("ordered", "percent", "units"), [(100, 5, 5), (19, 10, 1), (9, 10, 0)])
def test_a_tolerance_is_rounded_down(ordered: int, percent: int, units: int) -> None:
    assert rules.tolerated(ordered, percent=percent) == units


@given(st.integers(1, 100), st.data())
def test_no_unit_of_a_line_is_in_two_places(ordered: int, data: st.DataObject) -> None:
    """Whatever comes and is taken back, ordered and over are cancelled, received and to come, none below nothing."""
    counters = Counters(ordered=ordered)
    for _ in range(data.draw(st.integers(1, 8))):
        if counters.to_come and data.draw(st.booleans()):
            off = data.draw(st.integers(1, counters.to_come))
            counters = Counters(
                ordered=ordered,
                cancelled=counters.cancelled + off,
                received=counters.received,
                over=counters.over,
            )
        else:
            change = data.draw(st.integers(-counters.received, 50))
            counters = Counters(
                ordered=ordered,
                cancelled=counters.cancelled,
                received=counters.received + change,
                over=rules.over_after(counters, change),
            )
        assert counters.to_come >= 0
        assert counters.over == 0 or counters.to_come == 0
        assert counters.cancelled <= ordered


def test_receipts_teach_the_lead_time() -> None:
    learnt = rules.lead_time([4, 6, 8])
    assert learnt is not None
    assert (learnt.count, learnt.mean, learnt.spread) == (3, 6.0, 2.0)


def test_one_receipt_has_no_spread_and_none_teaches_nothing() -> None:
    learnt = rules.lead_time([5])
    assert learnt is not None
    assert (learnt.count, learnt.mean, learnt.spread) == (1, 5.0, None)
    assert rules.lead_time([]) is None
