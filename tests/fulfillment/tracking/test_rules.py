from datetime import UTC, datetime, timedelta, timezone
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfillment.packing.rules import normal_number
from fulfillment.packing.states import TrackingStatus
from fulfillment.tracking import rules
from fulfillment.tracking.rules import Course, Seen

START = datetime(2026, 11, 2, 8, tzinfo=UTC)


def scans(*told: tuple[str, int]) -> list[Seen]:
    """Return scans told in this order, each with its hour."""
    return [
        Seen(order, status, START + timedelta(hours=hour))
        for order, (status, hour) in enumerate(told)
    ]


def course(*told: tuple[str, int]) -> Course:
    return rules.course(scans(*told))


def test_every_status_has_a_rank() -> None:
    assert set(rules.RANKS) == set(TrackingStatus.values)


def test_the_ranks_are_those_of_the_vocabulary() -> None:
    assert rules.RANKS == {
        "unknown": 0,
        "pre_transit": 1,
        "picked_up": 2,
        "in_transit": 3,
        "on_hold": 3,
        "delayed": 3,
        "out_for_delivery": 4,
        "ready_for_pickup": 4,
        "delivery_failed": 4,
        "return_to_sender": 8,
        "delivered": 9,
        "cancelled": 9,
    }


def test_a_parcel_without_scans_is_unknown() -> None:
    found = course()
    assert (found.status, found.leg, found.delivered_at) == ("unknown", 1, None)


def test_the_highest_rank_is_the_status() -> None:
    assert course(("picked_up", 1), ("out_for_delivery", 9), ("in_transit", 12)).status == (
        "out_for_delivery"
    )


def test_a_late_scan_does_not_undo_a_delivery() -> None:
    found = course(("delivered", 9), ("in_transit", 5), ("out_for_delivery", 20))
    assert found.status == "delivered"
    assert found.delivered_at == START + timedelta(hours=9)


def test_of_equal_ranks_the_later_event_speaks() -> None:
    assert course(("delivery_failed", 9), ("out_for_delivery", 20)).status == "out_for_delivery"
    assert course(("out_for_delivery", 20), ("delivery_failed", 9)).status == "out_for_delivery"
    assert course(("out_for_delivery", 9), ("delivery_failed", 20)).status == "delivery_failed"


def test_a_cancellation_does_not_undo_a_delivery() -> None:
    assert course(("delivered", 9), ("cancelled", 20)).status == "delivered"
    assert course(("cancelled", 9), ("delivered", 20)).status == "delivered"


def test_a_return_after_delivery_is_a_new_leg_and_the_delivery_is_kept() -> None:
    found = course(("delivered", 9), ("return_to_sender", 30), ("in_transit", 40))
    assert (found.status, found.leg) == ("return_to_sender", 2)
    assert found.delivered_at == START + timedelta(hours=9)
    assert found.returned_at is None
    assert found.legs == {0: 1, 1: 2, 2: 2}


def test_what_is_delivered_on_the_way_back_was_delivered_to_the_sender() -> None:
    found = course(("delivery_failed", 9), ("return_to_sender", 30), ("delivered", 60))
    assert (found.status, found.leg) == ("delivered", 2)
    assert found.delivered_at is None
    assert found.returned_at == START + timedelta(hours=60)


def test_an_unknown_status_says_nothing() -> None:
    assert rules.canonical("sorted_by_robot") == "unknown"
    assert rules.canonical("in_transit") == "in_transit"
    assert course(("in_transit", 1), ("unknown", 5)).status == "in_transit"


def test_a_problem_is_told_while_nothing_later_has_overtaken_it() -> None:
    assert course(("in_transit", 1), ("delayed", 5)).problems == {"delayed"}
    assert course(("in_transit", 1), ("delayed", 5), ("unknown", 6)).problems == {"delayed"}
    assert course(("delayed", 5), ("in_transit", 9)).problems == frozenset()
    assert course(("delivery_failed", 5), ("delivered", 9)).problems == frozenset()
    assert course(("delayed", 5), ("delivery_failed", 9)).problems == {"delayed", "delivery_failed"}


def test_the_way_back_is_a_problem_until_its_end() -> None:
    assert course(("return_to_sender", 5), ("in_transit", 9)).problems == {"return_to_sender"}


def test_six_scans_say_the_same_in_each_of_their_720_orders() -> None:
    told = scans(
        ("picked_up", 1),
        ("in_transit", 5),
        ("delivery_failed", 20),
        ("delivered", 40),
        ("return_to_sender", 60),
        ("in_transit", 61),
    )
    expected = rules.course(told)
    orders = list(permutations(told))
    assert len(orders) == 720
    assert {
        (found.status, found.leg, found.delivered_at, found.problems)
        for found in map(rules.course, orders)
    } == {(expected.status, expected.leg, expected.delivered_at, expected.problems)}


HISTORY = st.lists(
    st.tuples(st.sampled_from(sorted(rules.RANKS)), st.integers(0, 200)), max_size=12
)


@given(HISTORY)
def test_telling_a_scan_twice_changes_nothing(told: list[tuple[str, int]]) -> None:
    once = course(*told)
    twice = course(*told, *told)
    assert (once.status, once.leg, once.delivered_at, once.returned_at, once.problems) == (
        twice.status,
        twice.leg,
        twice.delivered_at,
        twice.returned_at,
        twice.problems,
    )


@given(
    HISTORY, st.sampled_from(sorted(set(rules.RANKS) - {"return_to_sender"})), st.integers(0, 200)
)
def test_no_scan_but_a_return_lowers_the_status(
    told: list[tuple[str, int]], status: str, hour: int
) -> None:
    before, after = course(*told), course(*told, (status, hour))
    if before.leg == after.leg:
        legs = after.legs[len(told)]
        if legs == after.leg:
            assert rules.RANKS[after.status] >= rules.RANKS[before.status]


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("CA 0001 2345 5 DE", "CA000123455DE"),
        ("ca000123455de", "CA000123455DE"),
        ("\tca000123455de\n", "CA000123455DE"),
        ("ＣＡ０００１２３４５５ＤＥ", "CA000123455DE"),
        ("1Z-999", "1Z-999"),
    ],
)
def test_numbers_are_compared_without_spaces_and_case(written: str, stored: str) -> None:
    assert normal_number(written) == stored


def test_two_reports_of_one_event_have_one_digest() -> None:
    event = {
        "carrier": "house",
        "tracking_number": "CA1",
        "status": "delivered",
        "code": "D",
        "place": "Berlin",
    }
    noon = datetime(2026, 11, 2, 12, tzinfo=UTC)
    same = noon.astimezone(timezone(timedelta(hours=1)))
    digest = rules.digest(**event, occurred_at=noon)
    assert rules.digest(**event, occurred_at=same) == digest
    assert len(digest) == 64
    for name in event:
        assert rules.digest(**{**event, name: "other"}, occurred_at=noon) != digest
    assert rules.digest(**event, occurred_at=noon + timedelta(seconds=1)) != digest
