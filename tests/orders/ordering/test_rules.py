"""Who is served next, and what each gets: by priority, then promised day, then age; n units serve exactly n."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from orders.ordering.rules import Buyer, Waiter, in_turn, serve
from orders.routing.rules import Candidate, Destination

BERLIN = Destination("DE", "", "10119")
MONDAY = date(2026, 3, 2)
FRIDAY = date(2026, 3, 6)

days = st.one_of(st.none(), st.integers(0, 9).map(lambda n: MONDAY + timedelta(days=n)))


def waiter(line: int, units: int = 1, *, priority: int = 2, on: date | None = None) -> Waiter:
    """Return a line that waits; each is of an order of its own."""
    return Waiter(line, line, 7, units, priority, on)


def place(location: int, units: int, priority: int = 10) -> Candidate:
    """Return units at a location."""
    return Candidate(7, location, f"L{location}", units, priority, "DE", "", "10115")


def lines(waiters: list[Waiter]) -> list[int]:
    """Return the lines' keys as they stand."""
    return [one.line for one in waiters]


@st.composite
def queues(draw: st.DrawFn) -> list[Waiter]:
    """Draw some lines that wait, of any class, promise and age."""
    return [
        waiter(
            line,
            draw(st.integers(1, 5)),
            priority=draw(st.sampled_from([1, 2, 3])),
            on=draw(days),
        )
        for line in range(1, draw(st.integers(0, 9)) + 1)
    ]


def test_a_better_class_goes_first_whatever_its_age_and_day() -> None:
    queue = [waiter(1, on=MONDAY), waiter(2, priority=3), waiter(3, priority=1)]

    assert lines(in_turn(queue)) == [3, 1, 2]


def test_within_a_class_the_earlier_promise_goes_first_then_the_older_line() -> None:
    assert lines(in_turn([waiter(1, on=FRIDAY), waiter(2, on=MONDAY), waiter(3, on=MONDAY)])) == [
        2,
        3,
        1,
    ]


def test_a_line_without_a_day_stands_behind_what_was_ordered_before_it_and_before_what_came_later() -> (
    None
):
    queue = [waiter(1, on=MONDAY), waiter(2), waiter(3, on=FRIDAY), waiter(4)]

    assert lines(in_turn(queue)) == [1, 2, 3, 4]
    assert lines(in_turn([waiter(1), waiter(2, on=MONDAY)])) == [1, 2]


def test_what_one_channel_does_not_see_goes_to_the_next_in_turn() -> None:
    queue = [waiter(1, 3), waiter(2, 3)]

    takes = serve(queue, [place(1, 4)], {1: Buyer(BERLIN, buffer=3), 2: Buyer(BERLIN)})

    assert [(take.line, take.quantity) for take in takes] == [(1, 1), (2, 3)]


@given(queues())
def test_everyone_stands_once_and_no_equal_passes_who_ordered_before_and_was_promised_before(
    queue: list[Waiter],
) -> None:
    turn = in_turn(queue)

    assert sorted(lines(turn)) == lines(queue)
    assert [one.priority for one in turn] == sorted(one.priority for one in queue)
    for place_of, one in enumerate(turn):
        for later in turn[place_of + 1 :]:
            passed = later.priority == one.priority and later.line < one.line
            if passed and one.promised_on and later.promised_on:
                assert one.promised_on < later.promised_on
            if passed and one.promised_on is None:
                raise AssertionError("without a day it passed somebody who ordered before")


@given(queues(), st.lists(st.integers(0, 9), max_size=4))
def test_units_serve_exactly_as_many_in_turn_and_nobody_starves(
    queue: list[Waiter], shelf: list[int]
) -> None:
    turn = in_turn(queue)
    buyers = {one.order: Buyer(BERLIN) for one in queue}

    takes = serve(turn, [place(index, units) for index, units in enumerate(shelf)], buyers)

    wanted, there = sum(one.units for one in queue), sum(shelf)
    given_units = {one.line: 0 for one in turn}
    for take in takes:
        given_units[take.line] += take.quantity
    assert sum(given_units.values()) == min(wanted, there)
    for index, units in enumerate(shelf):
        assert sum(take.quantity for take in takes if take.location_id == index) <= units
    # All before the first who misses something have everything, all behind have nothing.
    full = [given_units[one.line] == one.units for one in turn]
    if False in full:
        first = full.index(False)
        assert not any(given_units[one.line] for one in turn[first + 1 :])


@given(queues(), st.integers(0, 12))
def test_a_queue_of_equals_is_served_to_its_end_as_goods_come_whoever_joins(
    queue: list[Waiter], joins: int
) -> None:
    """Goods for one unit come again and again, and each time one more line joins behind: the first all get theirs."""
    equals = [Waiter(one.line, one.line, 7, one.units, 2) for one in queue]
    first = {one.line for one in equals}
    rounds = sum(one.units for one in equals)
    for step in range(rounds):
        turn = in_turn(equals)
        (take,) = serve(turn, [place(1, 1)], {one.order: Buyer(BERLIN) for one in turn})
        equals = [
            Waiter(one.line, one.order, 7, left, 2)
            for one in turn
            if (left := one.units - (take.quantity if one.line == take.line else 0))
        ]
        if step < joins:
            equals.append(waiter(100 + step))

    assert not first & {one.line for one in equals}


@given(queues(), st.data())
def test_units_set_aside_go_first_by_rank_and_no_unit_is_lost_or_doubled(
    queue: list[Waiter], data: st.DataObject
) -> None:
    pinned = [
        replace(one, pinned=data.draw(st.integers(0, one.units)), rank=data.draw(st.integers(0, 3)))
        for one in queue
    ]

    turn = in_turn(pinned)

    aside = [one for one in pinned if one.pinned]
    first, rest = turn[: len(aside)], turn[len(aside) :]
    assert [one.rank for one in first] == sorted(one.rank for one in aside)
    assert {one.line: one.units for one in first} == {one.line: one.pinned for one in aside}
    assert {one.line: one.units for one in rest} == {
        one.line: one.units - one.pinned for one in pinned if one.units > one.pinned
    }
    assert lines(rest) == [one.line for one in in_turn(queue) if one.line in set(lines(rest))]
