"""One cell at a time: what is read, and what is refused with which cause."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.importing.rules import cells

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("written", "value"),
    [("12", "12"), ("12.5", "12.5"), ("0.8900", "0.89"), ("007.10", "7.1"), ("1000", "1000")],
)
def test_plain_amounts_are_read(written: str, value: str) -> None:
    assert cells.amount(written) == Decimal(value)


def test_a_comma_is_read_where_the_mapping_says_so() -> None:
    assert cells.amount("1234,50", decimal_separator=",") == Decimal("1234.5")


@pytest.mark.parametrize(
    ("written", "separator", "code"),
    [
        ("1.23E+12", ".", "spreadsheet_number"),
        ("1,23E+12", ".", "spreadsheet_number"),
        ("2.220446e-16", ".", "spreadsheet_number"),
        ("=1+1", ".", "formula"),
        ("#REF!", ".", "spreadsheet_error"),
        ("########", ".", "spreadsheet_error"),
        ("1,234.50", ".", "ambiguous_number"),
        ("1.234,50", ".", "ambiguous_number"),
        ("1.234,50", ",", "ambiguous_number"),
        ("1 234.50", ".", "ambiguous_number"),
        ("1'234.50", ".", "ambiguous_number"),
        ("12,50", ".", "ambiguous_number"),
        ("12.50", ",", "ambiguous_number"),
        ("MAR-1", ".", "spreadsheet_date"),
        ("-5", ".", "negative"),
        ("1.23456", ".", "too_many_decimals"),
        ("€ 12.00", ".", "not_plain_decimal"),
        ("12.00-", ".", "not_plain_decimal"),
        ("١٢", ".", "not_plain_decimal"),
        ("12.", ".", "ambiguous_number"),
        ("NaN", ".", "not_plain_decimal"),
    ],
)
def test_amounts_that_may_be_spoilt_are_refused_with_the_cause(
    written: str, separator: str, code: str
) -> None:
    with pytest.raises(cells.CellError) as caught:
        cells.amount(written, decimal_separator=separator)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("0", "quantity_zero"),
        ("-1", "quantity_negative"),
        ("1.5", "not_plain_integer"),
        ("2.0", "not_plain_integer"),
        ("1000001", "number_range"),
        ("99999999999999999999", "number_range"),
        ("1_000", "not_plain_integer"),
        ("１２", "not_plain_integer"),
        ("1E+03", "spreadsheet_number"),
        ("two", "not_plain_integer"),
    ],
)
def test_quantities_that_cannot_be_sent_are_refused(written: str, code: str) -> None:
    with pytest.raises(cells.CellError) as caught:
        cells.quantity(written)
    assert caught.value.code == code


def test_a_quantity_is_whole_units() -> None:
    assert cells.quantity("1000000") == 1_000_000


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2026-03-31", datetime(2026, 3, 30, 22, 0, tzinfo=UTC)),
        ("2026-03-31 14:05", datetime(2026, 3, 31, 12, 5, tzinfo=UTC)),
        ("2026-03-31T14:05:07+00:00", datetime(2026, 3, 31, 14, 5, 7, tzinfo=UTC)),
        ("2026-03-31T14:05:07Z", datetime(2026, 3, 31, 14, 5, 7, tzinfo=UTC)),
        # The hour that comes twice: the first one counts.
        ("2026-10-25 02:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ],
)
def test_instants_are_read_in_the_zone_of_the_mapping(written: str, instant: datetime) -> None:
    assert cells.instant(written, BERLIN) == instant


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("2026-03-29 02:30", "not_instant"),  # skipped in Berlin
        ("2026-02-30", "not_instant"),
        ("31.03.2026", "ambiguous_date"),
        ("03/04/2026", "ambiguous_date"),
        ("46112.5", "spreadsheet_date"),
        ("9999-01-01", "instant_range"),
        ("yesterday", "not_instant"),
    ],
)
def test_times_that_can_be_read_in_two_ways_or_do_not_exist_are_refused(
    written: str, code: str
) -> None:
    with pytest.raises(cells.CellError) as caught:
        cells.instant(written, BERLIN)
    assert caught.value.code == code


@pytest.mark.parametrize("code", ["1.23E+12", "9.4E+17", "01-Mar", "MAR-1", "1-Dez", "#N/A"])
def test_codes_that_a_spreadsheet_has_spoilt_are_noticed(code: str) -> None:
    assert cells.damage(code) is not None


@pytest.mark.parametrize("code", ["00123", "1E5", "A-1001", "MARS-1X", "=1+1", "1-2", "12-2026"])
def test_codes_that_only_look_odd_are_left_alone(code: str) -> None:
    assert cells.damage(code) is None


@pytest.mark.parametrize("text", ["=1+1", "+49 30", "-5", "@home", "\tx", "\rx", "'=x", "''+1"])
def test_what_a_spreadsheet_takes_for_a_formula_is_escaped(text: str) -> None:
    assert cells.escaped(text).startswith("'")


@given(st.text())
def test_escaping_comes_back_exactly(text: str) -> None:
    assert cells.unescaped(cells.escaped(text)) == text
