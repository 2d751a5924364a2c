"""What may be asked for."""

import pytest

from inventory.transfers import rules
from inventory.transfers.rules import Units, Wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("TEA 12", [Wanted("TEA", 12)]),
        ("TEA\t12\n\nMUG;3\r\n", [Wanted("TEA", 12), Wanted("MUG", 3)]),
        ("TEA, 4", [Wanted("TEA", 4)]),
        ("GREEN TEA  2", [Wanted("GREEN TEA", 2)]),
        ("TEA", [Wanted("TEA", 1)]),
        ("TEA,GREEN;2", [Wanted("TEA,GREEN", 2)]),
        ("TEA;3;;", [Wanted("TEA", 3)]),
        (" \n ", []),
    ],
)
def test_pasted_lines_are_a_sku_and_a_number(text: str, wanted: list[Wanted]) -> None:
    assert rules.read_pasted(text) == rules.Pasted(wanted, [])


@pytest.mark.parametrize("count", ["x", "-1", "1.5", "１２", "99999999", "1e3"])
def test_a_pasted_line_without_a_plain_number_is_told_with_its_place(count: str) -> None:
    pasted = rules.read_pasted(f"TEA 1\nMUG {count}")

    assert pasted.wanted == [Wanted("TEA", 1)]
    assert pasted.faults == [f"Line 2: {count} is no number of units."]


def test_lines_are_judged_all_at_once() -> None:
    faults = rules.faults_of_lines(
        [Wanted("TEA", 1), Wanted("TEA", 2), Wanted("NO", 0), Wanted("MUG", 10**7)],
        {"TEA": 1, "MUG": 2},
    )

    assert [(fault.pointer, fault.code) for fault in faults] == [
        ("/lines/1/sku", "repeated"),
        ("/lines/2/sku", "unknown_sku"),
        ("/lines/2/quantity", "number_range"),
        ("/lines/3/quantity", "number_range"),
    ]


def test_a_transfer_has_lines_and_not_too_many() -> None:
    assert [fault.code for fault in rules.faults_of_lines([], {})] == ["no_lines"]
    many = [Wanted(f"S{n}", 1) for n in range(1_001)]
    assert [fault.code for fault in rules.faults_of_lines(many, {})] == ["too_many_lines"]


def test_units_are_judged_all_at_once() -> None:
    faults = rules.faults_of_units(
        [Units("TEA", 1, "a"), Units("TEA", 2, "a"), Units("NO", 0, "b"), Units("TEA", 1, "x")],
        {"TEA": 1},
        choices=("a", "b"),
        field="bucket",
    )

    assert [(fault.pointer, fault.code) for fault in faults] == [
        ("/units/1/sku", "repeated"),
        ("/units/2/sku", "unknown_reference"),
        ("/units/2/quantity", "number_range"),
        ("/units/3/bucket", "unknown_choice"),
    ]


def test_excess_is_counted_over_the_entries_of_a_sku() -> None:
    units = [Units("TEA", 3, "a"), Units("TEA", 3, "b"), Units("MUG", 1, "a")]

    assert rules.excess(units, {"TEA": 4, "MUG": 1}) == [0, 2, 0]
