"""Lines as people paste them."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.purchasing import pasting
from inventory.purchasing.pasting import Pasted


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("MUG-1 12", Pasted("MUG-1", 12)),
        ("  MUG-1\t12\t\t", Pasted("MUG-1", 12)),
        ("MUG 1;12;1.95", Pasted("MUG 1", 12, Decimal("1.95"))),
        ("MUG-1 12 2026-03-31", Pasted("MUG-1", 12, None, date(2026, 3, 31))),
        (
            "MUG-1\t12\t1.9975\t2026-03-31",
            Pasted("MUG-1", 12, Decimal("1.9975"), date(2026, 3, 31)),
        ),
    ],
)
def test_a_line_is_read(text: str, line: Pasted) -> None:
    assert pasting.read(text) == ([line], [])


@pytest.mark.parametrize(
    "text",
    [
        "MUG-1",
        "MUG-1 twelve",
        "MUG-1 1.5",
        "MUG-1 １２",
        "MUG-1 12 1,95",
        "MUG-1 12 2026-02-30",
        "MUG-1 12 1.95 1.95",
        ";12",
        "X" * 65 + " 1",
        "MUG-1 12 piece",
    ],
)
def test_a_line_that_cannot_be_read_is_named_by_its_number(text: str) -> None:
    found, faults = pasting.read(f"CUP 1\n\n{text}")
    assert found == [Pasted("CUP", 1)]
    assert len(faults) == 1
    assert faults[0].startswith("Line 3: ")


@given(
    st.lists(
        st.builds(
            Pasted,
            st.text("ABC-1 ", min_size=1, max_size=20).filter(lambda code: code == code.strip()),
            st.integers(0, 999_999_999),
            st.none() | st.decimals(0, 999_999, places=4),
            st.none() | st.dates(date(1000, 1, 1)),
        )
    )
)
def test_what_is_written_is_read_again(lines: list[Pasted]) -> None:
    found, faults = pasting.read(pasting.written(lines))
    assert faults == []
    assert found == lines


@given(st.text(max_size=200))
def test_no_text_is_too_strange(text: str) -> None:
    found, faults = pasting.read(text)
    assert len(found) + len(faults) <= len(text.splitlines())
