"""Which lot is taken first, what is left for whom, and what scans and typed lines say."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.lots import rules
from inventory.lots.rules import Batch, Demand, LotUnits, Need, Scan
from inventory.lots.states import LotStatus

TODAY = date(2026, 6, 1)


def batch(lot: int | None, units: int, life: int | None, **changes: str) -> Batch:
    """Return a batch that expires so many days from today."""
    expires = None if life is None else TODAY + timedelta(days=life)
    return Batch(lot, units, expires, number=f"L{lot}", **changes)


def need(life: int = 0) -> Need:
    return Need(TODAY, life, expires=True)


def taken(batches: Sequence[Batch], units: int, wanted: Need) -> dict[int | None, int]:
    return {take.batch.lot_id: take.quantity for take in rules.propose(batches, units, wanted)}


def test_what_expires_first_is_taken_first() -> None:
    assert taken([batch(1, 5, 90), batch(2, 2, 10), batch(3, 5, 30)], 4, need()) == {2: 2, 3: 2}


def test_only_what_lasts_long_enough_is_taken() -> None:
    assert taken([batch(1, 5, 59), batch(2, 5, 60)], 7, need(60)) == {2: 5}


def test_the_last_day_is_a_day_of_use_and_the_next_is_not() -> None:
    assert taken([batch(1, 1, 0)], 1, need()) == {1: 1}
    assert taken([batch(1, 1, -1)], 1, need()) == {}


@pytest.mark.parametrize("status", [LotStatus.QUARANTINED, LotStatus.RECALLED])
def test_what_is_not_released_is_never_taken(status: str) -> None:
    assert taken([batch(1, 5, 90, status=status)], 1, need()) == {}
    assert taken([batch(1, 5, 90, status=status)], 1, Need(TODAY)) == {}


def test_units_of_an_unknown_lot_come_last_and_never_where_expiry_matters() -> None:
    assert taken([batch(None, 5, None), batch(1, 2, None)], 3, Need(TODAY)) == {1: 2, None: 1}
    assert taken([batch(None, 5, None)], 1, need()) == {}


def test_a_refusal_says_why() -> None:
    assert rules.refusal(batch(1, 1, 10), need(30)) == (
        "it expires on 2026-06-11, and 30 days have to be left"
    )
    assert rules.refusal(batch(1, 1, -3), need()) == "it expired on 2026-05-29"


def test_what_can_be_promised_leaves_enough_for_who_was_promised_before() -> None:
    batches = [batch(1, 5, 10), batch(2, 5, 90)]

    assert rules.most_that_serve(batches, [], need(60)) == 5
    assert rules.most_that_serve(batches, [Demand(1, 3, need(60))], need(60)) == 2
    assert rules.most_that_serve(batches, [Demand(1, 5, need(0))], need(60)) == 5
    assert rules.most_that_serve(batches, [Demand(1, 7, need(0))], need(60)) == 3


lives = st.integers(min_value=-20, max_value=100)
batches = st.lists(
    st.builds(
        lambda lot, units, life, status: batch(lot, units, life, status=status),
        st.integers(1, 50),
        st.integers(0, 9),
        lives,
        st.sampled_from(LotStatus.values),
    ),
    max_size=8,
    unique_by=lambda each: each.lot_id,
)
demands = st.lists(st.tuples(st.integers(1, 9), st.integers(0, 60)), max_size=8)


@given(batches, st.integers(0, 40), st.integers(0, 60))
def test_a_proposal_takes_only_what_serves_in_order_and_as_much_as_there_is(
    there: list[Batch], units: int, life: int
) -> None:
    takes = rules.propose(there, units, need(life))

    serving = [each for each in there if not rules.refusal(each, need(life))]
    assert sum(take.quantity for take in takes) == min(
        units, sum(each.quantity for each in serving)
    )
    days = [take.batch.expires_on for take in takes]
    assert days == sorted(days, key=lambda day: day or date.max)
    assert all(0 < take.quantity <= take.batch.quantity for take in takes)
    assert all(take.batch in serving for take in takes)
    left_earlier = [
        each
        for each in serving
        if takes
        and each.expires_on < takes[-1].batch.expires_on  # type: ignore[operator]  # all have a day
        and each not in [take.batch for take in takes]
        and each.quantity
    ]
    assert left_earlier == []


@given(batches, demands)
def test_whatever_the_order_as_many_units_are_served_as_can_be(
    there: list[Batch], wanted: list[tuple[int, int]]
) -> None:
    """Needs are nested, so what is missing is the largest excess of demand over supply beyond any day."""
    asked = [Demand(key, units, need(life)) for key, (units, life) in enumerate(wanted)]

    missing = sum(rules.unserved(there, asked).values())

    def supply(life: int) -> int:
        return sum(each.quantity for each in there if not rules.refusal(each, need(life)))

    excess = [
        sum(units for units, life in wanted if life >= least) - supply(least)
        for least in {0, *(life for _, life in wanted)}
    ]
    assert missing == max(0, *excess)
    assert missing == sum(rules.unserved(there, asked[::-1]).values())


def test_a_gs1_code_says_article_lot_and_expiry() -> None:
    assert rules.read_gs1("]C1010950600013435217270531" + "10AB-123\x1d2199") == Scan(
        gtin="09506000134352", lot="AB-123", serial="99", expires_on=date(2027, 5, 31)
    )
    assert rules.read_gs1("(01)09506000134352(10)AB-123") == Scan(
        gtin="09506000134352", lot="AB-123"
    )


@pytest.mark.parametrize("code", ["", "4006381333931", "0104006381333931", "SKU-1", "01ABC" * 9])
def test_other_codes_are_no_gs1_codes(code: str) -> None:
    assert rules.read_gs1(code) is None


def test_a_gtin_is_found_however_many_digits_it_is_kept_with() -> None:
    assert Scan(gtin="04006381333931").barcodes == ["04006381333931", "4006381333931"]


def test_lots_are_typed_one_a_line() -> None:
    assert rules.read_lines("L-1, 2027-05-31, 40\n\nL-2;;2\n", units=42, is_serial=False) == [
        LotUnits("L-1", 40, date(2027, 5, 31)),
        LotUnits("L-2", 2),
    ]
    assert rules.read_lines("L-1", units=42, is_serial=False) == [LotUnits("L-1", 42)]
    assert rules.read_lines("A\nB\nA", units=3, is_serial=True) == [
        LotUnits("A", 2),
        LotUnits("B", 1),
    ]


@pytest.mark.parametrize("line", ["L-1, 2027-13-31", ", 5", "L-1, soon, 5, x"])
def test_an_unclear_line_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"is no day|is not: number"):
        rules.read_lines(line, units=1, is_serial=False)


def test_a_lot_expires_as_is_said_or_by_its_shelf_life() -> None:
    said = LotUnits("L", 1, date(2027, 1, 1), date(2026, 1, 1))
    made = LotUnits("L", 1, None, date(2026, 1, 1))

    assert rules.expiry_of(said, shelf_life_days=30, received_on=TODAY) == date(2027, 1, 1)
    assert rules.expiry_of(made, shelf_life_days=30, received_on=TODAY) == date(2026, 1, 31)
    assert rules.expiry_of(LotUnits("L"), shelf_life_days=30, received_on=TODAY) == date(2026, 7, 1)
    assert rules.expiry_of(LotUnits("L"), shelf_life_days=None, received_on=TODAY) is None
