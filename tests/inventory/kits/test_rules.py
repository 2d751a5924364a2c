"""What can be promised of a kit, and what makes one."""

import pytest

from inventory.kits import rules
from inventory.kits.rules import Part


@pytest.mark.parametrize(
    ("available", "kits"),
    [
        ({1: 10, 2: 10}, 5),
        ({1: 10, 2: 3}, 3),
        ({1: 1, 2: 99}, 0),
        ({2: 99}, 0),
        ({1: -4, 2: 99}, 0),
    ],
)
def test_the_scarcest_part_decides(available: dict[int, int], kits: int) -> None:
    assert rules.buildable([Part(1, 2), Part(2, 1)], available) == kits


def test_nothing_is_made_of_nothing() -> None:
    assert rules.buildable([], {1: 5}) == 0


def test_good_parts_have_no_faults() -> None:
    assert rules.faults(9, [Part(1, 2), Part(2, 1)], ()) == []
    assert rules.faults(9, [Part(1, 2, 0), Part(2, 1, 7)], ()) == []


@pytest.mark.parametrize(
    ("parts", "faults"),
    [
        ([], [(None, "no_parts")]),
        ([Part(9, 1)], [(0, "kit_in_itself")]),
        ([Part(1, 1), Part(8, 1)], [(1, "kit_in_kit")]),
        ([Part(1, 1), Part(1, 2)], [(1, "repeated")]),
        ([Part(1, 0)], [(0, "number_range")]),
        ([Part(1, 10_001)], [(0, "number_range")]),
        ([Part(1, 1, -1)], [(0, "number_range")]),
        ([Part(1, 1, 5), Part(2, 1)], [(1, "share_missing")]),
        ([Part(n, 1) for n in range(10, 61)], [(None, "too_many")]),
    ],
)
def test_each_fault_is_told(parts: list[Part], faults: list[tuple[int | None, str]]) -> None:
    assert [(each.index, each.code) for each in rules.faults(9, parts, {8})] == faults
