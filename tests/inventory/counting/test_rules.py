"""Classes by movement, and what is near enough."""

import pytest

from inventory.counting import rules
from inventory.counting.rules import Choice, Tolerance


def test_what_moves_most_is_of_class_a_up_to_eighty_percent() -> None:
    moved = {1: 50, 2: 30, 3: 10, 4: 5, 5: 4, 6: 1, 7: 0}

    assert rules.classes(moved) == {1: "A", 2: "A", 3: "B", 4: "B", 5: "C", 6: "C", 7: "C"}


def test_a_single_article_that_moves_is_of_class_a() -> None:
    assert rules.classes({1: 3, 2: 0}) == {1: "A", 2: "C"}


def test_where_nothing_moves_everything_is_of_class_c() -> None:
    assert rules.classes({1: 0, 2: 0}) == {1: "C", 2: "C"}


def test_equals_are_ranked_by_key() -> None:
    assert rules.classes({2: 10, 1: 10, 3: 0}) == {1: "A", 2: "A", 3: "C"}
    assert rules.classes(dict.fromkeys(range(1, 11), 1))[9] == "B"


@pytest.mark.parametrize(
    ("kind", "value", "difference", "book", "believed"),
    [
        ("units", 0, 0, 10, True),
        ("units", 0, 1, 10, False),
        ("units", 2, -2, 10, True),
        ("units", 2, -3, 10, False),
        ("percent", 10, 1, 10, True),
        ("percent", 10, -1, 9, False),
        ("percent", 10, 0, 0, True),
        ("percent", 100, 1, 0, False),
    ],
)
def test_a_tolerance_is_in_units_or_percent_of_the_books(
    kind: str, value: int, difference: int, book: int, believed: bool
) -> None:
    assert rules.is_within(Tolerance(kind, value), difference=difference, book=book) is believed


def test_what_is_picked_is_not_missing() -> None:
    assert rules.difference(counted=7, off_shelf=3, book=10) == 0


@pytest.mark.parametrize(
    ("choice", "tolerance", "found"),
    [
        (Choice("skus", skus=["A"]), Tolerance(), []),
        (Choice("skus"), Tolerance(), ["no_lines"]),
        (Choice("skus", skus=["A"] * 501), Tolerance(), ["too_many_lines"]),
        (Choice("bins"), Tolerance("percent", 101), ["required", "number_range"]),
        (Choice("bins", bins="A-"), Tolerance("percent", 100), []),
        (Choice("abc", abc="D"), Tolerance("litres", 1), ["unknown_choice", "unknown_choice"]),
        (Choice("age", days=0), Tolerance("units", -1), ["number_range", "number_range"]),
        (Choice("age", days=1), Tolerance("units", 1_000_000), []),
        (Choice("moon"), Tolerance(), ["unknown_choice"]),
    ],
)
def test_everything_senseless_is_named_at_once(
    choice: Choice, tolerance: Tolerance, found: list[str]
) -> None:
    assert [fault.code for fault in rules.faults(choice, tolerance)] == found
