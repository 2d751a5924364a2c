from fulfillment.work import rules
from fulfillment.work.rules import Held, Tally

LINE, OTHER = 1, 2
NORTH, SOUTH = 10, 20


def test_every_allocated_unit_becomes_work_where_it_is_allocated() -> None:
    allocated = {(LINE, NORTH): 3, (LINE, SOUTH): 2}
    assert rules.untaken(allocated, {}) == allocated


def test_units_that_work_holds_are_not_taken_again() -> None:
    allocated = {(LINE, NORTH): 3, (LINE, SOUTH): 2}
    assert rules.untaken(allocated, {(LINE, NORTH): 3}) == {(LINE, SOUTH): 2}
    assert rules.untaken(allocated, allocated) == {}


def test_more_units_of_a_line_are_taken_in_addition() -> None:
    assert rules.untaken({(LINE, NORTH): 5}, {(LINE, NORTH): 3}) == {(LINE, NORTH): 2}


def test_a_cancellation_takes_what_nobody_holds_first() -> None:
    found = rules.stop({LINE: 2}, {(LINE, SOUTH): 2}, [Held(100, LINE, NORTH, 2, started=False)])
    assert found.off_lines == {}
    assert found.off_places == {(LINE, SOUTH): 2}
    assert found.refused == {}


def test_a_cancellation_spares_work_in_progress_while_other_work_can_be_stopped() -> None:
    begun = Held(100, LINE, NORTH, 2, started=True)
    waiting = Held(99, LINE, SOUTH, 2, started=False)
    found = rules.stop({LINE: 3}, {}, [begun, waiting])
    assert found.off_lines == {99: 2, 100: 1}
    assert found.off_places == {(LINE, SOUTH): 2, (LINE, NORTH): 1}


def test_a_cancellation_takes_the_latest_work_first() -> None:
    early, late = (Held(pk, LINE, NORTH, 1, started=False) for pk in (100, 101))
    assert rules.stop({LINE: 1}, {}, [early, late]).off_lines == {101: 1}


def test_what_is_picked_is_refused() -> None:
    found = rules.stop({LINE: 3, OTHER: 1}, {}, [Held(100, LINE, NORTH, 1, started=True)])
    assert found.stopped == {LINE: 1}
    assert found.refused == {LINE: 2, OTHER: 1}


def tally(quantity: int, **places: int) -> Tally:
    return Tally(
        quantity,
        *(places.get(name, 0) for name in ("cancelled", "short", "picked", "packed", "shipped")),
    )


def test_work_ends_when_no_unit_is_left() -> None:
    assert rules.ending([tally(2, shipped=2), tally(1, shipped=1)]) == "close"
    assert rules.ending([tally(2, shipped=1, cancelled=1)]) == "close"
    assert rules.ending([tally(2, shipped=1, short=1)]) == "close_incomplete"
    assert rules.ending([tally(2, short=2)]) == "close_incomplete"
    assert rules.ending([tally(2, cancelled=2)]) == "cancel"


def test_work_does_not_end_while_a_unit_is_to_pick_picked_or_packed() -> None:
    assert rules.ending([tally(2, shipped=1)]) is None
    assert rules.ending([tally(1, picked=1)]) is None
    assert rules.ending([tally(1, packed=1), tally(1, shipped=1)]) is None
