"""Bins are made, all or none; their labels are printed."""

import pytest

from inventory.bins import documents, errors, queries, services
from inventory.bins.drafts import Draft
from inventory.bins.models import Bin
from tests.inventory.factories import MOVER, BinFactory, LocationFactory

pytestmark = pytest.mark.django_db


def test_bins_are_made_with_their_code_as_barcode_after_those_that_are_there() -> None:
    there = BinFactory.create(walk_order=70)

    made = services.make(
        location_id=there.location_id, bins=[Draft("A-1"), Draft("A-2", barcode="X2")], actor=MOVER
    )

    assert [(each.code, each.barcode, each.walk_order) for each in made] == [
        ("A-1", "A-1", 80),
        ("A-2", "X2", 90),
    ]


def test_none_is_made_when_one_is_wrong_and_each_fault_is_told() -> None:
    there = BinFactory.create(code="A-1")

    with pytest.raises(errors.InvalidBins) as refused:
        services.make(
            location_id=there.location_id,
            bins=[Draft("A-1"), Draft("A-2"), Draft("?")],
            actor=MOVER,
        )

    assert [each.pointer for each in refused.value.problems] == ["/bins/0", "/bins/2"]
    assert Bin.objects.count() == 1
    with pytest.raises(errors.InvalidBins):
        services.make(location_id=there.location_id, bins=[], actor=MOVER)


def test_the_code_of_one_location_is_free_at_another() -> None:
    BinFactory.create(code="A-1")
    other = LocationFactory.create()

    assert services.make(location_id=other.pk, bins=[Draft("A-1")], actor=MOVER)


def test_a_bin_is_found_by_barcode_then_by_code() -> None:
    first = BinFactory.create(code="A-1", barcode="77")
    second = BinFactory.create(location=first.location, code="77", barcode="88")

    assert queries.named(first.location_id, " 77 ") == first
    assert queries.named(first.location_id, "a-1") == first
    assert queries.named(first.location_id, "88") == second
    with pytest.raises(errors.BinMissing):
        queries.named(first.location_id, "")


def test_labels_are_printed_fourteen_a_page() -> None:
    location = LocationFactory.create()
    bins = BinFactory.build_batch(15, location=location)

    pdf = documents.labels(bins, location_name=location.name)

    assert pdf.startswith(b"%PDF")
    assert pdf.count(b"/Type /Page\n") == 2
    assert pdf == documents.labels(bins, location_name=location.name)
