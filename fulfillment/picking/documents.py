"""The pick list on paper: A4, in walk order, with room to tick and codes to scan."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm

from fulfillment.picking.queries import PickList, PickStop
from oms.core.documents import Paper

_LEFT, _RIGHT = 15 * mm, A4[0] - 15 * mm
_TOP, _BOTTOM = A4[1] - 14 * mm, 18 * mm
_BIN, _QUANTITY, _ARTICLE = _LEFT + 9 * mm, _LEFT + 54 * mm, _LEFT + 60 * mm
_WORK = _RIGHT - 50 * mm
_SIZE, _LEADING, _PAD = 10.0, 12.5, 6.0
_BOX = 4.2 * mm
_FIRST_ROW, _NEXT_ROW = _TOP - 34 * mm, _TOP - 18 * mm


@dataclass(frozen=True, slots=True)
class _Row:
    """A stop, broken to its columns."""

    stop: PickStop
    bin_code: Sequence[str]
    article: Sequence[str]
    work: Sequence[str]

    @property
    def height(self) -> float:
        """Return the height in points."""
        return max(len(self.bin_code), len(self.article), len(self.work)) * _LEADING + _PAD


def pick_lists(lists: Sequence[PickList]) -> bytes:
    """Return one PDF with each walk on pages of its own."""
    numbers = [number for each in lists for number in each.work_numbers]
    paper = Paper(size=A4, title=f"Pick list {', '.join(numbers[:3])}")
    for index, each in enumerate(lists):
        if index:
            paper.next_page()
        _walk(paper, each)
    return paper.finish()


def _walk(paper: Paper, each: PickList) -> None:
    pages = list(_pages([_row(paper, stop) for stop in each.stops]))
    for number, rows in enumerate(pages, start=1):
        if number > 1:
            paper.next_page()
        _head(paper, each, first=number == 1)
        y = _FIRST_ROW if number == 1 else _NEXT_ROW
        _titles(paper, y + 4 * mm)
        for row in rows:
            y = _draw(paper, row, y)
        if not each.stops:
            paper.text(_LEFT, y - 14, "Nothing is left to pick.", size=11)
        paper.text(
            _RIGHT, 10 * mm, f"Page {number} of {len(pages)}", size=7.5, gray=0.3, align="right"
        )


def _head(paper: Paper, each: PickList, *, first: bool) -> None:
    several = len(each.work_numbers) > 1
    title = f"{len(each.work_numbers)} orders" if several else "".join(each.work_numbers)
    paper.text(_LEFT, _TOP - 12, "Pick list", size=18 if first else 13, bold=True)
    if not first:
        paper.text(_RIGHT, _TOP - 12, title, size=11, bold=True, align="right")
        return
    place = paper.shortened(f"{each.location_name} ({each.location_code})", size=10, width=75 * mm)
    paper.text(_LEFT, _TOP - 28, place, size=10)
    todo = f"{len(each.stops)} lines, {each.to_pick} units to pick"
    paper.text(_LEFT, _TOP - 43, todo, size=10, bold=True)
    middle = A4[0] - 105 * mm
    if not several:
        paper.barcode(middle, _TOP - 12 * mm, title, width=_RIGHT - middle, height=11 * mm)
    paper.text(middle, _TOP - 17 * mm, title, size=12, bold=True)


def _titles(paper: Paper, y: float) -> None:
    paper.text(_BIN, y, "Bin", size=8, gray=0.3)
    paper.text(_QUANTITY, y, "Qty", size=8, gray=0.3, align="right")
    paper.text(_ARTICLE, y, "Article", size=8, gray=0.3)
    paper.text(_WORK, y, "For", size=8, gray=0.3)
    paper.rule(_LEFT, y - 4, _RIGHT, weight=0.8)


def _row(paper: Paper, stop: PickStop) -> _Row:
    width = _WORK - _ARTICLE - 3 * mm
    article = paper.wrapped(stop.sku_code, size=_SIZE, width=width)
    article += paper.wrapped(stop.name, size=_SIZE - 1, width=width)
    if stop.barcode and stop.barcode != stop.sku_code:
        article += paper.wrapped(stop.barcode, size=_SIZE - 2, width=width)
    if stop.packs and stop.packs != str(stop.to_pick):
        article += paper.wrapped(stop.packs, size=_SIZE - 1, width=width)
    if stop.lots:
        article += paper.wrapped(f"take {stop.lots}", size=_SIZE - 1, width=width)
    if stop.kit:
        article += paper.wrapped(f"part of {stop.kit}", size=_SIZE - 1, width=width)
    return _Row(
        stop,
        paper.wrapped(stop.bin_code or "–", size=_SIZE + 2, width=32 * mm),
        article,
        paper.wrapped(stop.work_number, size=_SIZE - 2, width=_RIGHT - _WORK),
    )


def _pages(rows: Sequence[_Row]) -> Iterator[list[_Row]]:
    page: list[_Row] = []
    left = _FIRST_ROW - _BOTTOM
    for row in rows:
        if page and row.height > left:
            yield page
            page, left = [], _NEXT_ROW - _BOTTOM
        page.append(row)
        left -= row.height
    yield page


def _draw(paper: Paper, row: _Row, y: float) -> float:
    baseline = y - _SIZE - 1
    paper.canvas.setLineWidth(0.8)
    paper.canvas.rect(_LEFT, baseline - 2, _BOX, _BOX)
    for offset, text in enumerate(row.bin_code):
        paper.text(_BIN, baseline - offset * _LEADING, text, size=_SIZE + 2, bold=True)
    paper.text(_QUANTITY, baseline, str(row.stop.to_pick), size=_SIZE + 4, bold=True, align="right")
    for offset, text in enumerate(row.article):
        paper.text(
            _ARTICLE,
            baseline - offset * _LEADING,
            text,
            size=_SIZE - min(offset, 1),
            bold=offset == 0,
        )
    for offset, text in enumerate(row.work):
        paper.text(_WORK, baseline - offset * _LEADING, text, size=_SIZE - 2)
    bottom = y - row.height
    paper.rule(_LEFT, bottom + 2, _RIGHT, weight=0.3, gray=0.75)
    return bottom
