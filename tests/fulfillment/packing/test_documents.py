import io
from dataclasses import replace

import pytest
from pypdf import PdfReader

from fulfillment.packing import documents, queries
from fulfillment.packing.queries import SlipLine
from oms.core.address import Address
from tests.fulfillment import factories
from tests.orders.factories import BERLIN, ChannelFactory, stocked_sku

pytestmark = pytest.mark.django_db


def pages_of(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]


def slip(**changes: object) -> queries.Slip:
    """Return the slip of a parcel with two units of one article."""
    shipment = factories.packed_shipment([(stocked_sku(10, name="Cup"), 2)])
    return replace(queries.slip(shipment.pk), **changes)  # type: ignore[arg-type]  # real fields only


def test_the_slip_tells_what_is_inside_what_follows_and_what_waits() -> None:
    channel = ChannelFactory.create(backorders=True)
    cup, pot = stocked_sku(3, code="CUP"), stocked_sku(4, code="POT")
    order = factories.released_order([(cup, 5), (pot, 4)], channel=channel)
    works = {work.lines.get().sku.code: work for work in factories.take(order)}
    factories.pick_all(works["CUP"])
    line = works["CUP"].lines.get()
    first = queries.slip(factories.pack(works["CUP"], {line.pk: 2}).pk)
    assert [(each.sku_code, each.quantity) for each in first.lines] == [("CUP", 2)]
    assert [(each.sku_code, each.quantity) for each in first.follows] == [("CUP", 1), ("POT", 4)]
    assert [(each.sku_code, each.quantity) for each in first.backordered] == [("CUP", 2)]


def test_the_slip_of_a_shipped_parcel_says_the_same() -> None:
    shipment = factories.labelled_shipment()
    before = queries.slip(shipment.pk)
    factories.shipping.ship(shipment_id=shipment.pk, actor=factories.PICKER)
    assert queries.slip(shipment.pk) == before
    assert before.follows == []
    assert before.backordered == []


def test_the_paper_shows_numbers_address_and_contents_but_no_price() -> None:
    found = slip(po_number="PO-7")
    (page,) = pages_of(documents.packing_slip(found))
    for text in (
        "Packing slip",
        found.order_number,
        found.shipment_number,
        "PO-7",
        "Ada Lovelace",
        "10119 BERLIN",
        found.lines[0].sku_code,
        "Cup",
        "With this parcel your order is complete.",
        "Page 1 of 1",
    ):
        assert text in page
    assert "11.90" not in page
    assert "EUR" not in page
    assert "GERMANY" not in page


def test_the_paper_speaks_the_language_of_the_order() -> None:
    (german,) = pages_of(documents.packing_slip(slip(language="de-AT")))
    assert "Lieferschein" in german
    assert "Mit diesem Paket ist Ihre Bestellung vollständig." in german
    (other,) = pages_of(documents.packing_slip(slip(language="fi")))
    assert "Packing slip" in other


@pytest.mark.parametrize(
    "text",
    [
        "Żółta łódź podwodna",
        "Ελληνικός καφές",
        "Größe „XL“",
        "Чашка",
        "Nguyễn Thị Thùy",
        "山田太郎",
    ],
)
def test_names_of_many_languages_stand_on_paper(text: str) -> None:
    found = slip(
        recipient=replace(BERLIN, name=text), lines=[SlipLine(sku_code="A", name=text, quantity=1)]
    )
    (page,) = pages_of(documents.packing_slip(found))
    assert page.count(text) == 2


def test_forty_lines_flow_over_pages_each_once() -> None:
    lines = [
        SlipLine(sku_code=f"SKU-{n:02d}", name="word " * 30, quantity=n + 1) for n in range(40)
    ]
    follows = [SlipLine(sku_code="LATER-1", name="Later", quantity=1)]
    pages = pages_of(documents.packing_slip(slip(lines=lines, follows=follows)))
    text = "\n".join(pages)
    assert len(pages) == 4
    assert all(text.count(line.sku_code) == 1 for line in lines)
    assert "Comes in another parcel" in pages[3]
    assert "order is complete" not in text
    assert [f"Page {n} of 4" in page for n, page in enumerate(pages, start=1)] == [True] * 4


def test_many_slips_are_one_file_in_order() -> None:
    one, two = slip(shipment_number="ONE-P1"), slip(shipment_number="TWO-P1")
    pages = pages_of(documents.packing_slips([one, two]))
    assert ["ONE-P1" in pages[0], "TWO-P1" in pages[1]] == [True, True]


def test_an_endless_address_keeps_name_city_and_country() -> None:
    endless = Address(
        name="Name " * 40,
        company="Company " * 25,
        street=tuple(f"Line {n} " + "street " * 16 for n in range(4)),
        city="Łódź",
        postcode="90-001",
        country="PL",
    )
    (page,) = pages_of(documents.packing_slip(slip(recipient=endless)))
    for text in ("Name Name", "90-001 ŁÓDŹ", "POLAND"):
        assert text in page
