"""Labels of bins on sheets of paper: code to read, barcode to scan."""

from collections.abc import Sequence

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm

from inventory.bins.models import Bin
from oms.core.documents import Paper

_COLUMNS, _ROWS = 2, 7
_WIDTH, _HEIGHT = A4[0] / _COLUMNS, 38 * mm
_TOP = A4[1] - (A4[1] - _ROWS * _HEIGHT) / 2
_INNER = 8 * mm


def labels(bins: Sequence[Bin], *, location_name: str) -> bytes:
    """Return a PDF with fourteen labels on a page of A4, each 105 by 38 mm."""
    paper = Paper(size=A4, title=f"Bins of {location_name}")
    for index, each in enumerate(bins):
        place = index % (_COLUMNS * _ROWS)
        if index and not place:
            paper.next_page()
        _label(
            paper,
            each,
            location_name,
            x=(place % _COLUMNS) * _WIDTH,
            top=_TOP - (place // _COLUMNS) * _HEIGHT,
        )
    return paper.finish()


def _label(paper: Paper, each: Bin, location_name: str, *, x: float, top: float) -> None:
    paper.block(
        x + _INNER,
        top - 3 * mm,
        [each.code],
        width=_WIDTH - 2 * _INNER,
        height=12 * mm,
        sizes=(26, 20, 15, 11),
        bold=True,
        leading=1.1,
    )
    paper.barcode(
        x + _INNER, top - 30 * mm, each.barcode, width=_WIDTH - 2 * _INNER, height=13 * mm
    )
    words = f"{location_name} · {each.get_kind_display()}"
    paper.text(
        x + _INNER,
        top - 35 * mm,
        paper.shortened(words, size=8, width=_WIDTH - 2 * _INNER),
        size=8,
        gray=0.3,
    )
