"""What a line earns, from counters, amounts and costs."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oms.reporting.margins.rules import (
    NO_RATE,
    NOT_COSTED,
    NOT_SET_UP,
    UNKNOWN_COST,
    Costs,
    Margin,
    Sold,
    add_up,
    margin,
    revenue,
)

D = Decimal


def sold(**changes: Any) -> Sold:
    """Return a line of three units at 10.00 net, all shipped."""
    values: dict[str, Any] = {
        "ordered": 3,
        "cancelled": 0,
        "credited": 0,
        "shipped": 3,
        "returned": 0,
        "net": D("10.00"),
        "currency": "EUR",
        **changes,
    }
    return Sold(**values)


def made(line: Sold | None = None, costs: Costs | None = None, **changes: Any) -> Margin:
    """Return what the line earns in a company of euro."""
    values: dict[str, Any] = {"company": "EUR", "rate": D(1), "freight": None, **changes}
    return margin(line or sold(), costs or Costs(out=3, cost=D("6.00")), **values)


def test_the_margin_is_the_net_amount_less_the_cost() -> None:
    found = made()
    assert (found.margin, found.percent, found.after_freight) == (D("4.00"), D("40.0"), None)


def test_freight_is_taken_off_where_it_is_known() -> None:
    found = made(freight=D("5.00"))
    assert (found.margin, found.after_freight) == (D("4.00"), D("-1.00"))
    assert found.is_negative
    assert not made(freight=D("4.00")).is_negative


def test_units_that_came_back_are_neither_sold_nor_cost() -> None:
    found = made(sold(returned=1, credited=1), Costs(out=3, cost=D("6.00"), back_cost=D("2.00")))
    assert (found.units, found.revenue, found.cost) == (2, D("6.66"), D("4.00"))


def test_cancelled_units_are_credited_first_and_take_nothing_from_the_others() -> None:
    line = sold(cancelled=1, credited=1, shipped=2)
    assert revenue(line) == D("6.66")


def test_of_a_line_that_shipped_in_part_only_what_shipped_is_earned() -> None:
    assert revenue(sold(shipped=1)) == D("3.34")


@pytest.mark.parametrize(
    ("changes", "costs", "why"),
    [
        ({"company": None}, Costs(out=3), NOT_SET_UP),
        ({}, Costs(out=2, cost=D(1)), NOT_COSTED),
        ({}, Costs(out=3, cost=D(1), unknown=1), UNKNOWN_COST),
        ({"rate": None}, Costs(out=3, cost=D(1)), NO_RATE),
    ],
)
def test_what_is_not_known_is_said_and_is_in_no_sum(
    changes: dict[str, Any], costs: Costs, why: str
) -> None:
    found = made(costs=costs, **changes)
    assert (found.margin, found.why) == (None, why)
    total = add_up([found, made()], "EUR")
    assert (total.lines, total.left_out, total.margin) == (1, 1, D("4.00"))


def test_what_is_left_after_freight_is_of_the_lines_of_which_it_is_known() -> None:
    total = add_up([made(freight=D("1.50")), made()], "EUR")
    assert (total.margin, total.freight, total.after_freight) == (D("8.00"), D("1.50"), D("2.50"))
    assert (total.without_freight, total.knows_freight) == (1, True)
    assert not add_up([made()], "EUR").knows_freight


def test_another_currency_is_converted_by_its_rate() -> None:
    found = made(sold(currency="GBP"), rate=D("1.25"))
    assert (found.revenue, found.value, found.margin) == (D("10.00"), D("12.50"), D("6.50"))


@given(st.integers(1, 12), st.integers(0, 99_999), st.data())
@settings(max_examples=60)
def test_what_is_earned_and_what_is_credited_is_the_net_amount(
    ordered: int, cents: int, data: st.DataObject
) -> None:
    cancelled = data.draw(st.integers(0, ordered))
    shipped = ordered - cancelled
    returned = data.draw(st.integers(0, shipped))
    line = sold(
        ordered=ordered,
        cancelled=cancelled,
        shipped=shipped,
        returned=returned,
        credited=cancelled + returned,
        net=D(cents) / 100,
    )
    gone = sold(
        ordered=ordered, shipped=ordered, returned=0, credited=0, cancelled=0, net=D(cents) / 100
    )
    from_credits = revenue(gone) - revenue(line)
    assert revenue(gone) == D(cents) / 100
    assert from_credits >= 0
    assert revenue(line) + from_credits == D(cents) / 100
