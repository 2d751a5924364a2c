"""What goes in, what comes out, and on which days."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.production import rules
from inventory.production.rules import Byproduct, Calendar, Coming, Part, Recipe, Slot, Used, Way

MONDAY = date(2026, 3, 2)
EVERY_DAY = Calendar(10, range(7))


def day(number: int) -> date:
    return MONDAY + timedelta(days=number)


# Components ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("per_batch", "batch", "units", "scrap", "expected"),
    [
        (2, 1, 10, "0", 20),
        (1, 1, 10, "5", 11),  # 10.5
        (1, 1, 20, "5", 21),  # exactly
        (1, 1, 100, "0.01", 101),
        (3, 10, 1, "0", 1),  # a part of a batch needs its part
        (3, 10, 10, "0", 3),
        (3, 10, 11, "0", 4),
        (1, 3, 1, "100", 1),  # two thirds
        (5, 1, 1, "100", 10),
    ],
)
def test_components_are_rounded_up_to_whole_units_once(
    per_batch: int, batch: int, units: int, scrap: str, expected: int
) -> None:
    assert rules.needed(per_batch, batch=batch, units=units, scrap=Decimal(scrap)) == expected


@given(
    st.integers(1, 1000),
    st.integers(1, 1000),
    st.integers(1, 100_000),
    st.decimals(0, 100, places=2),
)
def test_what_is_needed_is_enough_and_less_than_a_unit_too_many(
    per_batch: int, batch: int, units: int, scrap: Decimal
) -> None:
    exact = Fraction(per_batch * units, batch) * (1 + Fraction(scrap) / 100)

    found = rules.needed(per_batch, batch=batch, units=units, scrap=scrap)

    assert exact <= found < exact + 1


def test_by_products_are_rounded_down_and_load_up() -> None:
    assert rules.yielded(3, batch=10, units=9) == 2
    assert rules.load_of(3, batch=10, units=9) == 3


def table(**bills: dict[str, int]) -> dict[str, Recipe]:
    return {
        goods: Recipe(1, [Part(code, units) for code, units in parts.items()])
        for goods, parts in bills.items()
    }


def test_an_explosion_goes_down_to_the_ground_and_adds_up_before_it_rounds() -> None:
    recipes = {
        "BIKE": Recipe(1, [Part("WHEEL", 2), Part("FRAME", 1), Part("BOLT", 3)]),
        "WHEEL": Recipe(1, [Part("SPOKE", 32, Decimal(5)), Part("BOLT", 1)]),
        "FRAME": Recipe(1, [Part("BOLT", 5)]),
    }

    found = rules.explode(recipes, "BIKE", 3)

    # 6 wheels need 192 spokes and a twentieth more, which is 201.6: once rounded, not six times.
    assert found == {"WHEEL": 6, "FRAME": 3, "SPOKE": 202, "BOLT": 9 + 6 + 15}


def test_a_sku_that_is_used_on_two_levels_waits_for_both() -> None:
    recipes = table(TOP={"MID": 1, "LOW": 1}, MID={"LOW": 1}, LOW={"RAW": 10})

    assert rules.explode(recipes, "TOP", 1) == {"MID": 1, "LOW": 2, "RAW": 20}


def test_what_is_not_made_explodes_to_nothing() -> None:
    assert rules.explode({}, "NUT", 5) == {}


def test_an_explosion_refuses_what_contains_itself() -> None:
    with pytest.raises(ValueError, match="contains itself"):
        rules.explode(table(A={"B": 1}, B={"A": 1}), "A", 1)


def test_a_circle_is_told_with_its_way() -> None:
    contents = {"A": {"B", "X"}, "B": {"C"}, "C": {"A"}, "X": {"Y"}}

    assert rules.circle(contents, "A") == ("A", "B", "C", "A")
    assert rules.circle(contents, "X") == ()
    assert rules.circle({"A": {"A"}}, "A") == ("A", "A")


@given(
    st.dictionaries(st.integers(0, 7), st.sets(st.integers(0, 7), max_size=3), max_size=8),
    st.integers(1, 50),
)
def test_what_has_no_circle_explodes_and_needs_at_least_what_its_parts_need(
    graph: dict[int, set[int]], units: int
) -> None:
    recipes = table(
        **{f"S{key}": {f"S{part}": 2 for part in parts} for key, parts in graph.items()}
    )
    contents = {code: {part.sku_code for part in each.parts} for code, each in recipes.items()}
    circles = [code for code in recipes if rules.circle(contents, code)]
    if circles:
        with pytest.raises(ValueError, match="contains itself"):
            rules.explode(recipes, circles[0], units)
        return
    for code, recipe in recipes.items():
        found = rules.explode(recipes, code, units)
        for part in recipe.parts:
            assert found[part.sku_code] >= units * part.quantity


# Drafts -------------------------------------------------------------------------------------------


def told(faults: list[rules.Fault]) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.code) for fault in faults]


def test_everything_wrong_with_a_bill_is_told_at_once() -> None:
    faults = rules.faults_of_bill(
        sku_code="MUG",
        batch=0,
        lead_days=-1,
        parts=[
            Part("CLAY", 1, Decimal("100.01")),
            Part("MUG", 1),
            Part("NONE", 0),
            Part("CLAY", 1),
            Part("GLAZE", 1, Decimal("0.001")),
            Part("GIFT", 1),
        ],
        byproducts=[Byproduct("CLAY", 1)],
        ways=[Way("KILN", 0, 800), Way("KILN", 1), Way("MOON", 1)],
        known={"MUG", "CLAY", "GLAZE", "GIFT"},
        work_centers={"KILN"},
        kits={"GIFT"},
    )

    assert told(faults) == [
        ("/batch", "number_range"),
        ("/lead_days", "number_range"),
        ("/components/0/scrap", "number_range"),
        ("/components/1/sku", "contains_itself"),
        ("/components/2/sku", "unknown_sku"),
        ("/components/2/quantity", "number_range"),
        ("/components/3/sku", "repeated"),
        ("/components/4/scrap", "number_range"),
        ("/components/5/sku", "kit"),
        ("/byproducts/0/sku", "repeated"),
        ("/routings/0/load", "number_range"),
        ("/routings/0/lead_days", "number_range"),
        ("/routings/1/work_center", "repeated"),
        ("/routings/2/work_center", "unknown_reference"),
    ]


def test_a_bill_without_components_is_none() -> None:
    faults = rules.faults_of_bill(
        sku_code="MUG",
        batch=1,
        lead_days=0,
        parts=[],
        byproducts=[],
        ways=[],
        known={"MUG"},
        work_centers=(),
    )

    assert told(faults) == [("/components", "no_lines")]


# Days ---------------------------------------------------------------------------------------------


def test_work_fills_what_is_left_of_each_day() -> None:
    slots = rules.schedule(15, start=day(0), calendar=EVERY_DAY, booked={day(0): 8, day(1): 10})

    assert slots == [Slot(day(0), 2), Slot(day(2), 10), Slot(day(3), 3)]


def test_nobody_works_on_closed_days() -> None:
    calendar = Calendar(10, [0, 1, 2, 3, 4], {day(7)})

    slots = rules.schedule(12, start=day(4), calendar=calendar, booked={})

    assert slots == [Slot(day(4), 10), Slot(day(8), 2)]  # Friday, then Tuesday: Monday is closed


def test_what_was_booked_beyond_the_capacity_leaves_nothing() -> None:
    assert rules.schedule(1, start=day(0), calendar=EVERY_DAY, booked={day(0): 99}) == [
        Slot(day(1), 1)
    ]


def test_what_fits_on_no_day_has_none() -> None:
    assert rules.schedule(1, start=day(0), calendar=Calendar(10, []), booked={}) is None
    assert (
        rules.schedule(10 * rules.HORIZON + 1, start=day(0), calendar=EVERY_DAY, booked={}) is None
    )
    assert rules.schedule(0, start=day(0), calendar=EVERY_DAY, booked={}) == []


calendars = st.builds(
    Calendar,
    st.integers(1, 20),
    st.sets(st.integers(0, 6), min_size=1),
    st.sets(st.integers(0, 40).map(day), max_size=10),
)


@given(
    st.integers(0, 60),
    calendars,
    st.dictionaries(st.integers(0, 40).map(day), st.integers(0, 25), max_size=20),
)
def test_a_schedule_never_passes_the_capacity_and_leaves_no_gap(
    load: int, calendar: Calendar, booked: dict[date, int]
) -> None:
    slots = rules.schedule(load, start=day(0), calendar=calendar, booked=booked)

    assert slots is not None
    assert sum(slot.load for slot in slots) == load
    taken = {slot.day: slot.load for slot in slots}
    assert len(taken) == len(slots)
    for each, units in taken.items():
        assert units + booked.get(each, 0) <= calendar.capacity_on(each)
    if slots:
        passed = (slots[-1].day - day(0)).days
        for number in range(
            passed
        ):  # every day before the last one is full: there is no earlier end
            each = day(number)
            assert booked.get(each, 0) + taken.get(each, 0) >= calendar.capacity_on(each)


def test_components_are_ready_when_enough_of_them_is_there() -> None:
    coming = [Coming(5, day(9)), Coming(5, day(3)), Coming(100, None)]

    def ready(units: int, free: int = 2, claimed: int = 0) -> date | None:
        return rules.ready_on(units, free=free, coming=coming, claimed=claimed, today=day(0))

    assert ready(2) == day(0)
    assert ready(3) == day(3)
    assert ready(7) == day(3)
    assert ready(8) == day(9)
    assert ready(13) is None
    assert ready(3, claimed=5) == day(9)
    assert ready(2, claimed=99) == day(0)


def test_what_is_overdue_comes_tomorrow_at_the_earliest() -> None:
    assert rules.ready_on(1, free=0, coming=[Coming(1, day(-4))], claimed=0, today=day(0)) == day(1)


@given(
    st.integers(1, 60),
    st.integers(0, 30),
    st.lists(st.builds(Coming, st.integers(1, 20), st.none() | st.integers(-5, 30).map(day))),
    st.integers(0, 40),
)
def test_no_day_is_promised_on_which_components_are_missing(
    units: int, free: int, coming: list[Coming], claimed: int
) -> None:
    found = rules.ready_on(units, free=free, coming=coming, claimed=claimed, today=day(0))

    def there(until: date) -> int:
        brought = sum(
            each.units
            for each in coming
            if each.on is not None
            and max(each.on, day(1) if each.on < day(0) else each.on) <= until
        )
        return free + max(0, brought - claimed)

    if found is None:
        assert there(day(99)) < units
    else:
        assert units <= there(found)
        assert found == day(0) or there(found - timedelta(days=1)) < units


# Postings -----------------------------------------------------------------------------------------


@given(st.integers(1, 500), st.lists(st.integers(1, 20), min_size=1, max_size=12))
def test_many_postings_take_what_one_would(planned: int, outputs: list[int]) -> None:
    quantity = sum(outputs)
    consumed = produced = made = 0
    for output in outputs:
        made += output
        consumed += rules.to_consume(planned, quantity=quantity, made=made, consumed=consumed)
        produced += rules.to_yield(planned, quantity=quantity, made=made, produced=produced)
        assert produced <= Fraction(planned * made, quantity) <= consumed
        assert consumed == ceil(Fraction(planned * made, quantity))

    assert consumed == produced == planned


def test_who_has_used_more_before_uses_less_now() -> None:
    assert rules.to_consume(20, quantity=10, made=5, consumed=8) == 2
    assert rules.to_consume(20, quantity=10, made=5, consumed=12) == 0


def test_stated_units_are_of_the_order_and_named_once() -> None:
    faults = rules.faults_of_used(
        [Used("CLAY", 0), Used("CLAY", 1), Used("GOLD", 1), Used("GLAZE", -1)],
        {"CLAY", "GLAZE"},
        pointer="/consumed",
    )

    assert told(faults) == [
        ("/consumed/1/sku", "repeated"),
        ("/consumed/2/sku", "unknown_reference"),
        ("/consumed/3/quantity", "number_range"),
    ]
