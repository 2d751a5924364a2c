"""Why things are late."""

from dataclasses import replace
from datetime import date

import pytest

from oms.console.late import rules
from oms.console.late.rules import Standing, Work

FRIDAY = date(2036, 3, 7)

FRESH = Work(holds=(), to_pick=3, picked=0, packed=0, has_started=False)


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({}, "nobody has begun to pick"),
        ({"holds": ["validation", "other"]}, "held: validation, other"),
        ({"has_started": True}, "3 units are still to be picked"),
        ({"has_started": True, "to_pick": 0, "picked": 3}, "3 picked units are in no parcel"),
        ({"has_started": True, "to_pick": 0, "packed": 3}, "3 packed units have not left"),
        ({"has_started": True, "to_pick": 0}, "nothing is left to do, but it was not closed"),
    ],
)
def test_work_waits_for_its_first_step_that_is_not_done(
    change: dict[str, object], cause: str
) -> None:
    assert rules.cause_of_work(replace(FRESH, **change)) == cause


STOCKED = Standing(holds=(), is_unpaid=False, allocated=2, waiting=0, ship_complete=False)


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({}, "may go, but was not released"),
        ({"holds": ["fraud risk"], "is_unpaid": True}, "on hold: fraud risk"),
        ({"is_unpaid": True, "waiting": 1}, "not paid"),
        ({"waiting": 1}, "may go, but was not released"),
        ({"waiting": 1, "allocated": 0}, "1 units wait for stock"),
        (
            {"waiting": 1, "ship_complete": True},
            "is to leave in one piece, and 1 units wait for stock",
        ),
    ],
)
def test_an_order_stands_for_what_a_person_must_decide_first(
    change: dict[str, object], cause: str
) -> None:
    assert rules.cause_of_standing(replace(STOCKED, **change)) == cause


@pytest.mark.parametrize(
    ("scan", "words", "cause"),
    [
        (None, "", "the carrier has not scanned it"),
        (FRIDAY, "Customs", "Customs, last scan today"),
        (date(2036, 3, 6), "", "in transit, last scan yesterday"),
        (date(2036, 3, 1), "", "in transit, last scan 6 days ago"),
    ],
)
def test_a_parcel_is_where_its_carrier_said_last(scan: date | None, words: str, cause: str) -> None:
    assert (
        rules.cause_of_parcel(status="in transit", words=words, last_scan=scan, today=FRIDAY)
        == cause
    )


def test_a_supplier_is_asked_about_what_it_has_not_done() -> None:
    def cause(**facts: object) -> str:
        known = {"confirmed": False, "arrived": 0, "on_backorder": False, **facts}
        return rules.cause_of_purchase(**known)

    assert cause() == "the supplier has not confirmed the order"
    assert cause(confirmed=True) == "confirmed, not delivered"
    assert cause(confirmed=True, arrived=4) == "4 units came, the rest did not"
    assert cause(arrived=4, on_backorder=True) == "the supplier has it on backorder"


def test_a_transfer_stands_at_one_end_or_at_both() -> None:
    def cause(to_ship: int, in_transit: int) -> str:
        return rules.cause_of_transfer(to_ship=to_ship, in_transit=in_transit, source="Berlin")

    assert cause(2, 0) == "has not left Berlin"
    assert cause(0, 3) == "left Berlin, not received"
    assert cause(2, 3) == "2 units have not left Berlin, 3 are on their way"
