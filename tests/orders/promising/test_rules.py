"""Who ordered first is promised first, and nobody is promised what another one gets."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.promising.rules import (
    Claimant,
    Part,
    Supply,
    by_day,
    free,
    promise,
    promised_on,
    rest_on,
    worth_telling,
)

TODAY = date(2026, 3, 2)
TOMORROW = date(2026, 3, 3)
FRIDAY = date(2026, 3, 6)
MONDAY = date(2026, 3, 9)

days = st.one_of(st.none(), st.integers(-5, 30).map(lambda n: TODAY + timedelta(days=n)))
supplies = st.lists(st.builds(Supply, st.integers(0, 20), days), max_size=8)


def test_the_earliest_supply_that_nobody_before_has_taken() -> None:
    coming = [Supply(5, MONDAY), Supply(4, FRIDAY)]

    assert promise(coming, ahead=0, units=3, today=TODAY) == [Part(3, FRIDAY)]
    assert promise(coming, ahead=3, units=3, today=TODAY) == [Part(1, FRIDAY), Part(2, MONDAY)]
    assert promise(coming, ahead=4, units=3, today=TODAY) == [Part(3, MONDAY)]


def test_what_nobody_brings_has_no_day() -> None:
    assert promise([Supply(2, FRIDAY)], ahead=0, units=5, today=TODAY) == [
        Part(2, FRIDAY),
        Part(3, None),
    ]
    assert promise([], ahead=0, units=1, today=TODAY) == [Part(1, None)]


def test_a_supply_without_a_day_promises_none() -> None:
    assert promise([Supply(9, None)], ahead=0, units=2, today=TODAY) == [Part(2, None)]


def test_what_is_overdue_comes_tomorrow_at_the_earliest() -> None:
    late = [Supply(2, TODAY - timedelta(days=2))]

    assert promise(late, ahead=0, units=2, today=TODAY) == [Part(2, TOMORROW)]


def test_a_new_order_is_promised_what_the_waiting_leave_over() -> None:
    coming = [Supply(1, TODAY), Supply(4, FRIDAY), Supply(5, MONDAY), Supply(2, None)]

    assert free(coming, ahead=0, today=TODAY) == [
        Part(1, TODAY),
        Part(4, FRIDAY),
        Part(5, MONDAY),
        Part(2, None),
    ]
    assert free(coming, ahead=3, today=TODAY) == [Part(2, FRIDAY), Part(5, MONDAY), Part(2, None)]
    assert free(coming, ahead=11, today=TODAY) == [Part(1, None)]
    assert free(coming, ahead=12, today=TODAY) == []
    assert free(coming, ahead=99, today=TODAY) == []


@given(supplies, st.lists(st.integers(1, 10), max_size=6))
def test_the_promises_of_a_queue_add_up_and_use_each_supply_once(
    coming: list[Supply], queue: list[int]
) -> None:
    ahead = 0
    promised: dict[date, int] = {}
    latest = TODAY
    for units in queue:
        parts = promise(coming, ahead=ahead, units=units, today=TODAY)
        assert sum(part.units for part in parts) == units
        for part in parts:
            day = part.on or date.max
            assert day >= latest  # nobody is served before who came before
            latest = day
            if part.on is not None:
                promised[part.on] = promised.get(part.on, 0) + part.units
        ahead += units
    for day, units in promised.items():
        brought = sum(
            supply.units
            for supply in coming
            if supply.on and (supply.on if supply.on >= TODAY else TOMORROW) == day
        )
        assert units <= brought


@given(supplies, st.integers(0, 60))
def test_what_is_free_is_all_that_comes_less_what_waits(coming: list[Supply], ahead: int) -> None:
    total = sum(supply.units for supply in coming)

    parts = free(coming, ahead=ahead, today=TODAY)

    assert sum(part.units for part in parts) == max(0, total - ahead)
    assert all(part.units > 0 for part in parts)


def test_what_is_overdue_for_days_has_no_day_any_more() -> None:
    late = [Supply(2, TODAY - timedelta(days=3))]

    assert promise(late, ahead=0, units=2, today=TODAY) == [Part(2, None)]


@given(supplies, st.lists(st.integers(1, 10), max_size=8))
def test_a_queue_is_promised_what_each_would_be_behind_those_before_it(
    coming: list[Supply], waiting: list[int]
) -> None:
    rests = rest_on(coming, [Claimant(units) for units in waiting], today=TODAY)

    assert [by_day(portions) for portions in rests] == [
        promise(coming, ahead=sum(waiting[:index]), units=units, today=TODAY)
        for index, units in enumerate(waiting)
    ]


@given(supplies, st.lists(st.integers(1, 10), max_size=8))
def test_lines_rest_on_no_more_of_a_supply_than_it_brings(
    coming: list[Supply], waiting: list[int]
) -> None:
    named = [replace(one, supply="s", supply_id=index) for index, one in enumerate(coming, 1)]

    rests = rest_on(named, [Claimant(units) for units in waiting], today=TODAY)

    assert [sum(portion.units for portion in portions) for portions in rests] == waiting
    for one in named:
        used = sum(p.units for portions in rests for p in portions if p.supply_id == one.supply_id)
        assert used <= one.units
    # Nobody rests on nothing while a supply is left.
    bare = any(not portion.supply_id for portions in rests for portion in portions)
    assert not bare or sum(waiting) > sum(one.units for one in named)


def test_a_line_is_promised_when_its_last_unit_comes() -> None:
    assert promised_on([Supply(1, FRIDAY), Supply(2, MONDAY)]) == MONDAY
    assert promised_on([Supply(1, FRIDAY), Supply(2, None)]) is None
    assert promised_on([]) is None


@pytest.mark.parametrize(
    ("told", "now", "heard"),
    [
        (FRIDAY, FRIDAY, ""),
        (None, None, ""),
        (FRIDAY, FRIDAY + timedelta(days=3), ""),
        (FRIDAY, FRIDAY + timedelta(days=4), "delay"),
        (FRIDAY, FRIDAY - timedelta(days=3), ""),
        (FRIDAY, FRIDAY - timedelta(days=4), "new_promise"),
        (FRIDAY, None, "delay"),
        (None, FRIDAY, "new_promise"),
    ],
)
def test_only_what_matters_is_told(told: date | None, now: date | None, heard: str) -> None:
    assert worth_telling(told, now, tolerance=3) == heard
