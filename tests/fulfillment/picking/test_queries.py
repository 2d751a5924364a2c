import io
import re

import pytest
from pypdf import PdfReader
from pytest_django import DjangoAssertNumQueries

from fulfillment.picking import documents, queries
from inventory.catalog.models import Sku
from inventory.locations.models import Location
from inventory.stock.models import Level
from tests.fulfillment import factories
from tests.inventory.factories import LocationFactory
from tests.orders.factories import stocked_sku

pytestmark = pytest.mark.django_db


def lying(location: Location, **bins: str) -> dict[str, Sku]:
    """Return SKUs by code, ten of each at `location` in the bin given."""
    skus = {}
    for code, bin_code in bins.items():
        skus[code] = stocked_sku(code=code)
        Level.objects.create(sku=skus[code], location=location, on_hand=10, bin_code=bin_code)
    return skus


def test_the_list_is_in_walk_order_and_leaves_out_what_is_picked() -> None:
    skus = lying(LocationFactory.create(), A="B-2", B="A-10", C="A-9", D="", E="A-1")
    work = factories.open_work([(sku, 2) for sku in skus.values()])
    done = work.lines.get(sku=skus["E"])
    factories.picking.confirm(
        fulfillment_order_id=work.pk, quantities={done.pk: 2}, actor=factories.PICKER
    )
    (walk,) = queries.pick_list([work.pk])
    assert [(stop.bin_code, stop.sku_code) for stop in walk.stops] == [
        ("A-9", "C"),
        ("A-10", "B"),
        ("B-2", "A"),
        ("", "D"),
    ]
    assert walk.to_pick == 8
    (everything,) = queries.pick_list([work.pk], all_lines=True)
    assert everything.stops[0].sku_code == "E"


def test_work_of_one_location_is_one_walk(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    here, there = LocationFactory.create(code="a"), LocationFactory.create(code="b")
    near, far = lying(here, A="A-1", B="A-2"), lying(there, C="A-1")
    works = [factories.open_work([(sku, 1)]) for sku in (*near.values(), *far.values())]
    with django_assert_num_queries(2):
        walks = queries.pick_list([work.pk for work in works])
    assert [(walk.location_code, len(walk.stops)) for walk in walks] == [("a", 2), ("b", 1)]
    assert walks[0].work_numbers == sorted(work.number for work in works[:2])


def test_forty_lines_stand_on_paper_each_once() -> None:
    skus = lying(
        LocationFactory.create(name="Lager Größe"), **{f"S{n:02d}": f"A-{n}" for n in range(40)}
    )
    work = factories.open_work([(sku, 3) for sku in skus.values()])
    pdf = documents.pick_lists(queries.pick_list([work.pk]))
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]
    text = "\n".join(pages)
    assert len(pages) == 3
    assert "Lager Größe" in pages[0]
    assert "40 lines, 120 units to pick" in pages[0]
    assert all(work.number in page for page in pages)
    assert all(len(re.findall(rf"(?<!BC-)\b{code}\b", text)) == 1 for code in skus)
    assert "Page 3 of 3" in pages[2]
    assert pdf == documents.pick_lists(queries.pick_list([work.pk]))
