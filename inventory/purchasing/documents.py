"""The purchase order on paper: A4, in the supplier's language."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm

from inventory.purchasing.sheet import Party, Sheet, SheetLine
from oms.core import address, money
from oms.core.documents import Paper

_LEFT, _RIGHT = 22 * mm, A4[0] - 18 * mm
_TOP, _BOTTOM = A4[1] - 16 * mm, 24 * mm
_POSITION, _CODE, _NAME = _LEFT, _LEFT + 10 * mm, _LEFT + 44 * mm
_QUANTITY, _DAY, _COST = _LEFT + 108 * mm, _LEFT + 111 * mm, _RIGHT - 26 * mm
_FIRST_ROW, _NEXT_ROW = A4[1] - 118 * mm, A4[1] - 44 * mm
_SIZE, _LEADING, _PAD = 9, 12, 5.0
_TOTAL_ROOM = 40.0

_WORDS = {
    "en": {
        "title": "Purchase order",
        "placed": "Ordered on",
        "account": "Our account",
        "deliver": "Deliver to",
        "code": "Your code",
        "name": "Article (our code)",
        "quantity": "Qty",
        "day": "By",
        "cost": "Each",
        "amount": "Amount",
        "total": "Total without tax",
        "page": "Page {page} of {pages}",
    },
    "de": {
        "title": "Bestellung",
        "placed": "Bestellt am",
        "account": "Kundennummer",
        "deliver": "Lieferadresse",
        "code": "Ihre Nummer",
        "name": "Artikel (unsere Nummer)",
        "quantity": "Menge",
        "day": "Bis",
        "cost": "Je Stück",
        "amount": "Betrag",
        "total": "Summe ohne Steuer",
        "page": "Seite {page} von {pages}",
    },
}


@dataclass(frozen=True, slots=True)
class _Row:
    """A line, broken to the width of its columns."""

    line: SheetLine
    code: Sequence[str]
    name: Sequence[str]

    @property
    def height(self) -> float:
        """Return the height in points."""
        return max(len(self.code), len(self.name)) * _LEADING + _PAD


def purchase_order(sheet: Sheet) -> bytes:
    """Return the order as PDF, in the supplier's language (English where there is none)."""
    words = _WORDS.get(sheet.language.split("-")[0], _WORDS["en"])
    paper = Paper(size=A4, title=f"{words['title']} {sheet.number}", country=sheet.seller.country)
    pages = list(_pages([_row(paper, line) for line in sheet.lines]))
    for number, rows in enumerate(pages, start=1):
        if number > 1:
            paper.next_page()
            paper.text(_LEFT, _TOP - 12, words["title"], size=13, bold=True)
            paper.text(_RIGHT, _TOP - 12, sheet.number, size=11, bold=True, align="right")
        else:
            _head(paper, sheet, words)
        y = _table(paper, sheet, rows, _FIRST_ROW if number == 1 else _NEXT_ROW, words)
        if number == len(pages):
            paper.text(_LEFT, y - 20, words["total"], size=11, bold=True)
            total = money.format_money(sheet.total, sheet.currency, sheet.language)
            paper.text(_RIGHT, y - 20, total, size=11, bold=True, align="right")
        _foot(paper, sheet, words, number, len(pages))
    return paper.finish()


def _lines(party: Party, country: str) -> list[str]:
    return address.lines(
        address.Address(
            company=party.name,
            street=party.street,
            city=party.city,
            region=party.region,
            postcode=party.postcode,
            country=party.country,
        ),
        sender_country=country,
    )


def _head(paper: Paper, sheet: Sheet, words: dict[str, str]) -> None:
    sender = " · ".join(_lines(sheet.buyer, sheet.buyer.country))
    paper.text(
        _LEFT,
        A4[1] - 46 * mm,
        paper.shortened(sender, size=7, width=88 * mm),
        size=7,
        gray=0.3,
    )
    # The window of a DL envelope (DIN 5008): 45 mm from the top, 85 x 45 mm.
    paper.block(
        _LEFT,
        A4[1] - 48 * mm,
        _lines(sheet.seller, sheet.buyer.country),
        width=85 * mm,
        height=40 * mm,
        sizes=(11, 10, 9, 8, 7, 6.2, 5.5),
        leading=1.18,
    )
    paper.text(_LEFT, _TOP - 14, words["title"], size=20, bold=True)
    middle = 122 * mm
    paper.barcode(middle, _TOP - 16 * mm, sheet.number, width=_RIGHT - middle, height=12 * mm)
    paper.text(middle, _TOP - 21 * mm, sheet.number, size=12, bold=True)
    y = A4[1] - 50 * mm
    for name, value in (
        (words["placed"], sheet.placed_on.isoformat()),
        (words["account"], sheet.account_number),
    ):
        if value:
            paper.text(middle, y, name, size=8.5, gray=0.3)
            room = _RIGHT - middle - 28 * mm
            paper.text(middle + 28 * mm, y, paper.shortened(value, size=9.5, width=room), size=9.5)
            y -= 14
    paper.text(middle, y, words["deliver"], size=8.5, gray=0.3)
    paper.block(
        middle,
        y - 3,
        _lines(sheet.buyer, sheet.seller.country),
        width=_RIGHT - middle,
        height=26 * mm,
        sizes=(9.5, 8.5, 7.5, 6.5),
    )
    if sheet.note:
        paper.block(
            _LEFT,
            A4[1] - 92 * mm,
            [sheet.note],
            width=_RIGHT - _LEFT,
            height=16 * mm,
            sizes=(9.5, 8.5, 7.5, 6.5, 5.5),
        )


def _row(paper: Paper, line: SheetLine) -> _Row:
    name = paper.wrapped(f"{line.name} ({line.sku})", size=_SIZE, width=_QUANTITY - _NAME - 12 * mm)
    code = paper.wrapped(line.supplier_code, size=_SIZE, width=_NAME - _CODE - 3 * mm)
    return _Row(line, code, name)


def _pages(rows: Sequence[_Row]) -> Iterator[list[_Row]]:
    """Yield the rows of each page; the last one leaves room for the total."""
    page: list[_Row] = []
    left = _FIRST_ROW - _BOTTOM - _TOTAL_ROOM
    for row in rows:
        if page and row.height > left:
            yield page
            page, left = [], _NEXT_ROW - _BOTTOM - _TOTAL_ROOM
        page.append(row)
        left -= row.height
    yield page


def _table(
    paper: Paper, sheet: Sheet, rows: Sequence[_Row], top: float, words: dict[str, str]
) -> float:
    head = top + 6 * mm
    for x, name, align in (
        (_CODE, "code", "left"),
        (_NAME, "name", "left"),
        (_QUANTITY, "quantity", "right"),
        (_DAY, "day", "left"),
        (_COST, "cost", "right"),
        (_RIGHT, "amount", "right"),
    ):
        paper.text(x, head, words[name], size=8, gray=0.3, align=align)
    paper.rule(_LEFT, head - 5, _RIGHT, weight=0.8)
    y = top + 2
    for row in rows:
        line, baseline = row.line, y - _SIZE
        paper.text(_POSITION, baseline, str(line.position), size=_SIZE, gray=0.3)
        for offset, text in enumerate(row.code):
            paper.text(_CODE, baseline - offset * _LEADING, text, size=_SIZE)
        for offset, text in enumerate(row.name):
            paper.text(_NAME, baseline - offset * _LEADING, text, size=_SIZE)
        paper.text(_QUANTITY, baseline, str(line.quantity), size=_SIZE, bold=True, align="right")
        day = line.expected_on.isoformat() if line.expected_on else ""
        paper.text(_DAY, baseline, day, size=_SIZE)
        paper.text(_COST, baseline, f"{line.unit_cost:f}", size=_SIZE, align="right")
        amount = money.format_money(line.amount, sheet.currency, sheet.language)
        paper.text(_RIGHT, baseline, amount, size=_SIZE, align="right")
        y -= row.height
        paper.rule(_LEFT, y + 1.5, _RIGHT, weight=0.3, gray=0.75)
    return y


def _foot(paper: Paper, sheet: Sheet, words: dict[str, str], page: int, pages: int) -> None:
    y = 11 * mm
    sender = " · ".join(_lines(sheet.buyer, sheet.buyer.country))
    room = (_RIGHT - _LEFT) * 0.75
    paper.text(_LEFT, y, paper.shortened(sender, size=7.5, width=room), size=7.5, gray=0.3)
    number = words["page"].format(page=page, pages=pages)
    paper.text(_RIGHT, y, number, size=7.5, gray=0.3, align="right")
