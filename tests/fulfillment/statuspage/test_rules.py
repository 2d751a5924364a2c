"""What the page says."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfillment.statuspage import rules
from fulfillment.statuspage.rules import Headline, Place, Stage, Standing, StepState, Units


@pytest.mark.parametrize(
    ("status", "tracking_status", "leg", "stage"),
    [
        ("packed", "unknown", 1, Stage.PACKED),
        ("labelled", "pre_transit", 1, Stage.PACKED),
        ("shipped", "unknown", 1, Stage.ON_ITS_WAY),
        ("shipped", "pre_transit", 1, Stage.ON_ITS_WAY),
        ("shipped", "in_transit", 1, Stage.ON_ITS_WAY),
        ("shipped", "delayed", 1, Stage.DELAYED),
        ("shipped", "on_hold", 1, Stage.HELD),
        ("shipped", "out_for_delivery", 1, Stage.OUT_FOR_DELIVERY),
        ("shipped", "ready_for_pickup", 1, Stage.READY_FOR_PICKUP),
        ("shipped", "delivery_failed", 1, Stage.FAILED),
        ("shipped", "return_to_sender", 2, Stage.COMING_BACK),
        ("shipped", "in_transit", 2, Stage.COMING_BACK),
        ("delivered", "in_transit", 1, Stage.DELIVERED),
        ("returned_to_sender", "delivered", 2, Stage.RETURNED),
        ("lost", "in_transit", 1, Stage.LOST),
    ],
)
def test_the_stage_of_a_parcel(status: str, tracking_status: str, leg: int, stage: Stage) -> None:
    assert rules.stage(status=status, tracking_status=tracking_status, leg=leg) == stage


@pytest.mark.parametrize(
    ("stage", "states"),
    [
        (Stage.PACKED, "now to_come to_come to_come"),
        (Stage.ON_ITS_WAY, "done now to_come to_come"),
        (Stage.DELAYED, "done trouble to_come to_come"),
        (Stage.OUT_FOR_DELIVERY, "done done now to_come"),
        (Stage.FAILED, "done done trouble to_come"),
        (Stage.DELIVERED, "done done done done"),
        (Stage.RETURNED, "done trouble to_come to_come"),
    ],
)
def test_the_rail_has_one_present_step_at_most(stage: Stage, states: str) -> None:
    assert [state.value for _, state in rules.rail(stage)] == states.split()


@pytest.mark.parametrize("stage", list(Stage))
def test_no_step_is_done_after_one_that_is_to_come(stage: Stage) -> None:
    states = [state for _, state in rules.rail(stage)]
    present = [s for s in states if s in (StepState.NOW, StepState.TROUBLE)]
    assert len(present) == (0 if stage is Stage.DELIVERED else 1)
    rank = {StepState.DONE: 0, StepState.NOW: 1, StepState.TROUBLE: 1, StepState.TO_COME: 2}
    assert [rank[s] for s in states] == sorted(rank[s] for s in states)


counters = st.tuples(*[st.integers(0, 5)] * 7)


@given(counters, st.integers(0, 5), st.integers(0, 5), st.integers(0, 5))
def test_every_unit_that_was_ordered_is_in_exactly_one_place(
    parts: tuple[int, ...], delivered: int, returned: int, written_off: int
) -> None:
    cancelled, unallocated, backordered, allocated, picked, packed, shipped = parts
    delivered = min(delivered, shipped)
    returned = min(returned, shipped)
    # What came back or is lost was shipped, and a lost unit was never delivered.
    written_off = min(written_off, shipped - max(delivered, returned))
    units = Units(
        ordered=sum(parts),
        cancelled=cancelled,
        unallocated=unallocated,
        backordered=backordered,
        allocated=allocated,
        picked=picked,
        packed=packed,
        shipped=shipped,
        delivered=delivered,
        returned=returned,
        written_off=written_off,
    )
    found = rules.places(units)
    assert sum(found.values()) == units.ordered
    assert all(count > 0 for count in found.values())


def test_the_places_of_a_mixed_line() -> None:
    units = Units(
        ordered=12,
        cancelled=1,
        unallocated=1,
        backordered=2,
        allocated=1,
        picked=1,
        packed=1,
        shipped=5,
        delivered=3,
        returned=1,
    )
    assert rules.places(units) == {
        Place.DELIVERED: 2,
        Place.ON_ITS_WAY: 2,
        Place.PACKING: 2,
        Place.SET_ASIDE: 1,
        Place.WAITING: 3,
        Place.RETURNED: 1,
        Place.CANCELLED: 1,
    }


WAY, HERE, THERE = Place.ON_ITS_WAY, Place.SET_ASIDE, Place.DELIVERED


@pytest.mark.parametrize(
    ("places", "stages", "headline"),
    [
        ([Place.CANCELLED], [], Headline.CANCELLED),
        ([HERE], [], Headline.RECEIVED),
        ([HERE, Place.WAITING], [], Headline.RECEIVED),
        ([Place.WAITING], [], Headline.WAITING_FOR_STOCK),
        ([Place.WAITING, Place.CANCELLED], [], Headline.WAITING_FOR_STOCK),
        ([Place.PACKING, HERE], [Stage.PACKED], Headline.PREPARING),
        ([WAY], [Stage.ON_ITS_WAY], Headline.ON_ITS_WAY),
        ([WAY, THERE], [Stage.ON_ITS_WAY, Stage.DELIVERED], Headline.ON_ITS_WAY),
        ([WAY, Place.CANCELLED], [Stage.ON_ITS_WAY], Headline.ON_ITS_WAY),
        ([WAY, HERE], [Stage.ON_ITS_WAY], Headline.PARTLY_ON_ITS_WAY),
        ([WAY, Place.WAITING], [Stage.ON_ITS_WAY], Headline.PARTLY_ON_ITS_WAY),
        ([WAY], [Stage.ON_ITS_WAY, Stage.OUT_FOR_DELIVERY], Headline.OUT_FOR_DELIVERY),
        ([WAY], [Stage.READY_FOR_PICKUP], Headline.READY_FOR_PICKUP),
        ([WAY], [Stage.OUT_FOR_DELIVERY, Stage.FAILED], Headline.TROUBLE),
        ([WAY], [Stage.DELAYED], Headline.TROUBLE),
        ([WAY], [Stage.COMING_BACK], Headline.TROUBLE),
        ([WAY], [Stage.LOST], Headline.TROUBLE),
        ([THERE, Place.LOST], [Stage.DELIVERED, Stage.LOST], Headline.DELIVERED),
        ([THERE], [Stage.DELIVERED], Headline.DELIVERED),
        ([THERE, Place.CANCELLED], [Stage.DELIVERED], Headline.DELIVERED),
        ([THERE, Place.RETURNED], [Stage.DELIVERED], Headline.DELIVERED),
        ([THERE, HERE], [Stage.DELIVERED], Headline.PARTLY_DELIVERED),
        ([Place.RETURNED], [Stage.DELIVERED], Headline.RETURNED),
    ],
)
def test_the_headline(places: list[Place], stages: list[Stage], headline: Headline) -> None:
    standing = Standing(units=dict.fromkeys(places, 1), stages=stages)
    assert rules.headline(standing) == headline


def test_an_order_that_nothing_has_left_of_says_what_it_waits_for() -> None:
    units = {Place.SET_ASIDE: 1}
    assert rules.headline(Standing(units=units, stages=[], unpaid=True, on_hold=True)) == (
        Headline.WAITING_FOR_PAYMENT
    )
    assert rules.headline(Standing(units=units, stages=[], on_hold=True)) == Headline.CHECKING


def test_the_next_arrival_is_the_nearest_day_that_is_not_over() -> None:
    today = date(2026, 11, 24)
    days = [date(2026, 11, 23), None, date(2026, 11, 26), date(2026, 11, 25)]
    assert rules.arrival(days, today) == date(2026, 11, 25)
    assert rules.arrival([today], today) == today
    assert rules.arrival([date(2026, 11, 23), None], today) is None


@pytest.mark.parametrize(
    "proof",
    ["ada@example.com", " Ada@EXAMPLE.com ", "SW1A 1AA", "sw1a1aa", "SW1A-1AA"],
)
def test_the_second_factor_is_known_however_it_is_typed(proof: str) -> None:
    assert rules.matches(proof, email="ada@example.com", postcode="SW1A 1AA")


@pytest.mark.parametrize(
    "proof",
    ["", " ", "-", "@", "eve@example.com", "ada@example.com.evil.example", "SW1A", "SW1A 1AB"],
)
def test_anything_else_is_no_second_factor(proof: str) -> None:
    assert not rules.matches(proof, email="ada@example.com", postcode="SW1A 1AA")


@pytest.mark.parametrize("proof", ["", " ", "@", "-", "None"])
def test_an_order_without_address_and_postcode_is_opened_by_nothing(proof: str) -> None:
    assert not rules.matches(proof, email="", postcode="")
