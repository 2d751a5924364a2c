"""The packing slip: what lies in the parcel, as PDF on A4. No prices: a parcel may be a gift."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm

from fulfillment.packing.queries import Slip, SlipLine
from oms.core import address
from oms.core.documents import Paper

_LEFT, _RIGHT = 22 * mm, A4[0] - 18 * mm
_TOP, _BOTTOM = A4[1] - 16 * mm, 20 * mm
_QUANTITY, _CODE, _NAME = _LEFT + 16 * mm, _LEFT + 22 * mm, _LEFT + 62 * mm
_FIRST_ROW, _NEXT_ROW = A4[1] - 118 * mm, A4[1] - 44 * mm
_SIZE, _LEADING = 9.5, 12.5
_PAD = 5.0

_WORDS = {
    "en": {
        "slip": "Packing slip",
        "order": "Order",
        "your_order": "Your order",
        "po": "PO number",
        "placed": "Ordered on",
        "parcel": "Parcel",
        "weight": "Weight",
        "from": "From",
        "quantity": "Qty",
        "code": "Article",
        "name": "Description",
        "inside": "In this parcel",
        "follows": "Comes in another parcel",
        "backordered": "Comes later, as soon as it is in stock",
        "complete": "With this parcel your order is complete.",
        "part_of": "part of {kit}",
        "page": "Page {page} of {pages}",
    },
    "de": {
        "slip": "Lieferschein",
        "order": "Auftrag",
        "your_order": "Ihre Bestellung",
        "po": "Bestellnummer",
        "placed": "Bestellt am",
        "parcel": "Paket",
        "weight": "Gewicht",
        "from": "Von",
        "quantity": "Menge",
        "code": "Artikel",
        "name": "Bezeichnung",
        "inside": "In diesem Paket",
        "follows": "Kommt in einem weiteren Paket",
        "backordered": "Kommt später, sobald es verfügbar ist",
        "complete": "Mit diesem Paket ist Ihre Bestellung vollständig.",
        "part_of": "Teil von {kit}",
        "page": "Seite {page} von {pages}",
    },
}


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the table, broken to its column; a heading has no code and no quantity."""

    quantity: str
    code: Sequence[str]
    name: Sequence[str]
    heading: bool = False

    @property
    def height(self) -> float:
        """Return the height in points."""
        return max(len(self.code), len(self.name)) * _LEADING + _PAD + (6 if self.heading else 0)


def packing_slips(slips: Sequence[Slip]) -> bytes:
    """Return one PDF with each slip on pages of its own, in the order's language (English where there is none)."""
    numbers = ", ".join(slip.shipment_number for slip in slips[:3])
    paper = Paper(size=A4, title=f"Packing slip {numbers}")
    for index, slip in enumerate(slips):
        if index:
            paper.next_page()
        paper.country = slip.recipient.country
        _slip(paper, slip)
    return paper.finish()


def packing_slip(slip: Slip) -> bytes:
    """Return one slip as PDF."""
    return packing_slips([slip])


def _slip(paper: Paper, slip: Slip) -> None:
    words = _WORDS.get(slip.language.split("-")[0], _WORDS["en"])
    pages = list(_pages(list(_rows(paper, slip, words))))
    for number, rows in enumerate(pages, start=1):
        if number > 1:
            paper.next_page()
        if number == 1:
            _head(paper, slip, words)
        else:
            _short_head(paper, slip, words)
        y = _table(paper, rows, _FIRST_ROW if number == 1 else _NEXT_ROW, words)
        if number == len(pages) and not slip.follows and not slip.backordered:
            paper.text(_LEFT, y - 18, words["complete"], size=_SIZE)
        _foot(paper, slip, words, number, len(pages))


def _head(paper: Paper, slip: Slip, words: dict[str, str]) -> None:
    sender = address.lines(slip.sender, sender_country=slip.sender.country)
    paper.text(
        _LEFT,
        A4[1] - 46 * mm,
        paper.shortened(" · ".join(sender), size=7, width=88 * mm),
        size=7,
        gray=0.3,
    )
    # The window of a DL envelope and of a document pouch (DIN 5008): 45 mm from the top, 85 x 45 mm.
    paper.block(
        _LEFT,
        A4[1] - 48 * mm,
        address.lines(slip.recipient, sender_country=slip.sender.country),
        width=85 * mm,
        height=40 * mm,
        sizes=(11, 10, 9, 8, 7, 6.2, 5.5),
        leading=1.18,
    )
    paper.text(_LEFT, _TOP - 14, words["slip"], size=20, bold=True)
    middle = 122 * mm
    paper.barcode(middle, _TOP - 16 * mm, slip.order_number, width=_RIGHT - middle, height=12 * mm)
    paper.text(middle, _TOP - 21 * mm, slip.order_number, size=12, bold=True)
    facts = [
        (words["parcel"], slip.shipment_number),
        (words["placed"], slip.placed_on.isoformat()),
        (words["your_order"], slip.external_id),
        (words["po"], slip.po_number),
        (words["weight"], f"{slip.weight_g / 1000:.3f} kg" if slip.weight_g else ""),
    ]
    y = A4[1] - 50 * mm
    for name, value in facts:
        if value:
            paper.text(middle, y, name, size=8.5, gray=0.3)
            paper.text(
                middle + 26 * mm,
                y,
                paper.shortened(value, size=9.5, width=_RIGHT - middle - 26 * mm),
                size=9.5,
            )
            y -= 14


def _short_head(paper: Paper, slip: Slip, words: dict[str, str]) -> None:
    paper.text(_LEFT, _TOP - 12, words["slip"], size=13, bold=True)
    paper.text(_RIGHT, _TOP - 12, slip.shipment_number, size=11, bold=True, align="right")


def _rows(paper: Paper, slip: Slip, words: dict[str, str]) -> Iterator[_Row]:
    for title, lines in (
        (words["inside"], slip.lines),
        (words["follows"], slip.follows),
        (words["backordered"], slip.backordered),
    ):
        if not lines:
            continue
        yield _Row("", [], [title], heading=True)
        for line in lines:
            yield _line(paper, line, words)


def _line(paper: Paper, line: SlipLine, words: dict[str, str]) -> _Row:
    name = paper.wrapped(line.name, size=_SIZE, width=_RIGHT - _NAME)
    if line.kit:
        part = words["part_of"].format(kit=line.kit)
        name = [*name, *paper.wrapped(part, size=_SIZE, width=_RIGHT - _NAME)]
    return _Row(
        str(line.quantity),
        paper.wrapped(line.sku_code, size=_SIZE, width=_NAME - _CODE - 3 * mm),
        name,
    )


def _pages(rows: Sequence[_Row]) -> Iterator[list[_Row]]:
    """Yield the rows of each page; a heading never stands alone at the end of one."""
    page: list[_Row] = []
    room = _FIRST_ROW - _BOTTOM
    left = room
    for index, row in enumerate(rows):
        needed = row.height
        if row.heading and index + 1 < len(rows):
            needed += rows[index + 1].height
        if page and needed > left:
            yield page
            page, left = [], _NEXT_ROW - _BOTTOM
        page.append(row)
        left -= row.height
    yield page


def _table(paper: Paper, rows: Sequence[_Row], top: float, words: dict[str, str]) -> float:
    head = top + 6 * mm
    paper.text(_QUANTITY - 4, head, words["quantity"], size=8, gray=0.3, align="right")
    paper.text(_CODE, head, words["code"], size=8, gray=0.3)
    paper.text(_NAME, head, words["name"], size=8, gray=0.3)
    paper.rule(_LEFT, head - 5, _RIGHT, weight=0.8)
    y = top + 2
    for row in rows:
        if row.heading:
            y -= 6
            paper.text(_LEFT, y - _SIZE, row.name[0], size=10.5, bold=True)
            y -= row.height - 6
            continue
        baseline = y - _SIZE
        paper.text(_QUANTITY - 4, baseline, row.quantity, size=_SIZE + 1, bold=True, align="right")
        for offset, text in enumerate(row.code):
            paper.text(_CODE, baseline - offset * _LEADING, text, size=_SIZE)
        for offset, text in enumerate(row.name):
            paper.text(_NAME, baseline - offset * _LEADING, text, size=_SIZE)
        y -= row.height
        paper.rule(_LEFT, y + 1.5, _RIGHT, weight=0.3, gray=0.75)
    return y


def _foot(paper: Paper, slip: Slip, words: dict[str, str], page: int, pages: int) -> None:
    y = 11 * mm
    sender = " · ".join(address.lines(slip.sender, sender_country=slip.sender.country))
    paper.text(
        _LEFT,
        y,
        paper.shortened(sender, size=7.5, width=(_RIGHT - _LEFT) * 0.75),
        size=7.5,
        gray=0.3,
    )
    paper.text(
        _RIGHT,
        y,
        words["page"].format(page=page, pages=pages),
        size=7.5,
        gray=0.3,
        align="right",
    )
