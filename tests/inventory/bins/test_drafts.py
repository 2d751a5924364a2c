"""Bins pasted and generated."""

import pytest

from inventory.bins import drafts
from inventory.bins.drafts import Draft, Plan, UnreadableRange


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("1-3", ["1", "2", "3"]),
        ("09-11", ["09", "10", "11"]),
        ("A-C", ["A", "B", "C"]),
        ("A, X9", ["A", "X9"]),
        ("", [""]),
    ],
)
def test_a_range_is_spread(words: str, named: list[str]) -> None:
    assert drafts.spread(words) == named


@pytest.mark.parametrize("words", ["3-1", "A-", "1-99999", "a b", "C-A", "ä"])
def test_what_is_no_range_is_refused(words: str) -> None:
    with pytest.raises(UnreadableRange):
        drafts.spread(words)


def test_bins_are_generated_in_walk_order_back_and_forth() -> None:
    made = drafts.generate(Plan("A", "1-2", "1-2", tiers="1-2", back_and_forth=True))

    assert [each.code for each in made] == [
        "A-1-1-1",
        "A-1-1-2",
        "A-1-2-1",
        "A-1-2-2",
        "A-2-2-1",
        "A-2-2-2",
        "A-2-1-1",
        "A-2-1-2",
    ]
    assert [each.walk_order for each in made] == list(range(10, 90, 10))
    assert (made[0].zone, made[0].aisle, made[0].rack, made[0].tier) == ("A", "1", "1", "1")


def test_too_many_or_none_are_refused() -> None:
    for plan in (Plan("A", "1-999", "1-999"), Plan("", "", "")):
        with pytest.raises(UnreadableRange):
            drafts.generate(plan)


def test_bins_are_pasted_with_or_without_a_head() -> None:
    assert drafts.read("DOCK\treceiving dock\nA-1;pick_face;A\n\nA-2") == (
        [Draft("DOCK", "receiving"), Draft("A-1", "pick_face", zone="A"), Draft("A-2")],
        [],
    )
    assert drafts.read("Bin,Walk order,Max g,One SKU\nA-1,5,2000,yes")[0] == [
        Draft("A-1", walk_order=5, max_weight_g=2000, one_sku=True)
    ]


def test_what_cannot_be_read_is_named_by_its_line() -> None:
    found, faults = drafts.read("code;kind;walk\nA-1;shelf;1\nA-2;storage;-1\nA-3;storage;3")

    assert [each.code for each in found] == ["A-3"]
    assert faults == ["Line 2: shelf is no kind of bin.", "Line 3: -1 is no whole number."]
    assert drafts.read("code;colour\nA-1;red")[1] == ["Line 1: there is no column colour."]


def test_codes_are_printable_and_there_once() -> None:
    faults = dict(
        drafts.faults_of(
            [Draft("A 1"), Draft("A-1"), Draft("A-1"), Draft("B", barcode="ü"), Draft("T")], ["T"]
        )
    )

    assert faults.keys() == {0, 2, 3, 4}


def test_who_has_no_place_in_the_walk_follows_the_one_before() -> None:
    placed = drafts.in_walk([Draft("A"), Draft("B", walk_order=5), Draft("C")], 30)

    assert [each.walk_order for each in placed] == [40, 5, 15]
