import pytest

from fulfillment.picking import rules
from fulfillment.picking.rules import Item

CUP = Item(1, "CUP-RED", "4006381333931", 2)
POT = Item(2, "POT", "", 1)


def test_a_unit_is_found_by_barcode_and_by_sku_code() -> None:
    found = rules.match_scans(["4006381333931", "CUP-RED", "POT"], [CUP, POT])
    assert found.units == {1: 2, 2: 1}
    assert not found.wrong
    assert not found.surplus


def test_a_code_of_another_item_is_wrong() -> None:
    found = rules.match_scans(["CUP-RED", "cup-red", "4006381333932"], [CUP, POT])
    assert found.units == {1: 1}
    assert found.wrong == ["cup-red", "4006381333932"]


def test_a_unit_too_many_is_surplus() -> None:
    found = rules.match_scans(["CUP-RED"] * 4, [CUP, POT])
    assert found.units == {1: 2}
    assert found.surplus == {"CUP-RED": 2}


def test_two_lines_of_one_sku_are_filled_one_after_the_other() -> None:
    twin = Item(3, CUP.sku_code, CUP.barcode, 1)
    assert rules.match_scans(["CUP-RED"] * 3, [CUP, twin]).units == {1: 2, 3: 1}


@pytest.mark.parametrize(
    "scanned", ["036000291452", "0036000291452", "00036000291452", " 036000291452 "]
)
def test_a_gtin_is_the_same_with_leading_zeros_and_spaces(scanned: str) -> None:
    item = Item(7, "SODA", "036000291452", 1)
    assert rules.match_scans([scanned], [item]).units == {7: 1}


def test_an_item_without_barcode_is_not_found_by_an_empty_scan() -> None:
    assert rules.match_scans([""], [POT]).wrong == [""]


def test_bins_are_walked_by_their_numbers_and_places_without_code_come_last() -> None:
    walked = sorted(["A-10", "", "B-1", "A-2-3", "a-2-1", "A-2"], key=rules.walk_key)
    assert walked == ["A-2", "a-2-1", "A-2-3", "A-10", "B-1", ""]


CASE = (("10400638133393", 12), ("BAG-2", 2))


def test_the_barcode_of_a_pack_means_all_its_units_over_several_lines() -> None:
    cup = Item(1, "CUP-RED", "4006381333931", 9, CASE)
    twin = Item(3, "CUP-RED", "4006381333931", 5, CASE)

    found = rules.match_scans(["10400638133393", "BAG-2", "CUP-RED"], [cup, twin])

    assert found.units == {1: 9, 3: 5}
    assert found.surplus == {"CUP-RED": 1}


def test_a_pack_of_which_not_all_units_are_wanted_is_surplus() -> None:
    cup = Item(1, "CUP-RED", "4006381333931", 11, CASE)

    found = rules.match_scans(["10400638133393", "BAG-2"], [cup])

    assert found.units == {1: 2}
    assert found.surplus == {"CUP-RED": 12}
