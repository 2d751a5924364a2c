"""The order on paper."""

import io
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from pypdf import PdfReader

from inventory.purchasing import documents, queries
from inventory.purchasing import services as purchasing
from inventory.purchasing.services import Confirmed
from tests.inventory.factories import LocationFactory, SkuFactory
from tests.inventory.purchasing.orders import BUYER, line_of, placed
from tests.inventory.purchasing.sheets import sheet


def pages_of(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]


def test_the_paper_shows_what_is_ordered_in_the_suppliers_language() -> None:
    (page,) = pages_of(documents.purchase_order(sheet()))
    for text in (
        "Bestellung",
        "PO-4K7QM-9XBTR",
        "Töpferei Groß",
        "20457 HAMBURG",
        "Berlin warehouse",
        "K-900",
        "T 77",
        "Becher, moosgrün",
        "120",
        "2026-03-12",
        "1.9975",
        "239,70",
        "Summe ohne Steuer",
        "257,70",
        "Seite 1 von 1",
    ):
        assert text in page, text


def test_a_language_that_nobody_wrote_is_english() -> None:
    (page,) = pages_of(documents.purchase_order(sheet(language="xx")))
    assert "Purchase order" in page


def test_many_lines_take_several_pages_and_the_total_stands_on_the_last() -> None:
    line = sheet().lines[0]
    lines = tuple(replace(line, position=place, sku=f"SKU-{place:03d}") for place in range(1, 91))
    pages = pages_of(documents.purchase_order(sheet(lines=lines)))
    assert len(pages) > 2
    for place in range(1, 91):
        assert sum(f"SKU-{place:03d}" in page for page in pages) == 1
    assert [("Summe ohne Steuer" in page) for page in pages] == [False] * (len(pages) - 1) + [True]


def test_the_same_order_gives_the_same_bytes() -> None:
    assert documents.purchase_order(sheet()) == documents.purchase_order(sheet())


@pytest.mark.django_db
def test_the_paper_keeps_what_we_asked_for() -> None:
    mug = SkuFactory.create()
    order = placed(LocationFactory.create(), {mug: 10})
    before = queries.sheet(order)
    purchasing.acknowledge(
        order_id=order.pk,
        confirmations=[
            Confirmed(
                sku_code=mug.code,
                quantity=4,
                unit_cost=Decimal(9),
                expected_on=date(2030, 1, 1),
                rest="cancel",
            )
        ],
        actor=BUYER,
    )
    order.refresh_from_db()
    assert queries.sheet(order) == before
    assert before.total == Decimal("25.00")
    assert line_of(order, mug).unit_cost == Decimal(9)
