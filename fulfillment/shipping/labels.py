"""The 4 x 6 inch label, as PDF and as ZPL.

Both forms show the same: who sends, who receives in the layout of the country of destination, the service, the
tracking number as Code 128, and the parcel's and the order's number. ZPL II (Zebra programming guide) is written for
203 dpi: 812 x 1218 dots.
"""

from dataclasses import dataclass
from datetime import date

from reportlab.graphics.barcode.code128 import Code128

from oms.core import address, numbering
from oms.core.address import Address
from oms.core.documents import Paper

INCH = 72.0
SIZE = (4 * INCH, 6 * INCH)
_MARGIN = 0.18 * INCH

_DOTS_PER_POINT = 203 / INCH
_ZPL_WIDTH, _ZPL_HEIGHT, _ZPL_MARGIN = 812, 1218, 36
_ZPL_LEADING = 1.15
_ZPL_ESCAPED = "^~_\\"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelText:
    """Everything that is printed on a label."""

    carrier: str
    service: str
    mark: str
    sender: Address
    recipient: Address
    tracking_number: str
    reference: str
    order_number: str
    weight_g: int
    ship_on: date


def spaced(tracking_number: str) -> str:
    """Return a postal item number (S10) in the groups in which people read it; any other as it is."""
    if numbering.is_valid_s10(tracking_number):
        n = tracking_number
        return f"{n[:2]} {n[2:6]} {n[6:10]} {n[10]} {n[11:]}"
    return tracking_number


def pdf(label: LabelText) -> bytes:
    """Return the label as a PDF of one page."""
    paper = Paper(
        size=SIZE, title=f"Label {label.tracking_number}", country=label.recipient.country
    )
    width, height = SIZE
    left, right = _MARGIN, width - _MARGIN
    inner = right - left

    top = height - _MARGIN
    mark_size = 0.62 * INCH
    paper.canvas.setLineWidth(1.2)
    paper.canvas.rect(right - mark_size, top - mark_size, mark_size, mark_size)
    paper.text(
        right - mark_size / 2,
        top - mark_size * 0.78,
        label.mark,
        size=40,
        bold=True,
        align="center",
    )
    paper.text(left, top - 11, label.carrier, size=12, bold=True)
    paper.text(left, top - 24, label.service, size=9)
    paper.text(
        left, top - 36, f"{label.ship_on.isoformat()}   {_kilograms(label.weight_g)}", size=9
    )

    y = top - mark_size - 8
    paper.rule(left, y, right, weight=1.2)
    paper.text(left, y - 9, "FROM", size=6.5, bold=True)
    paper.block(
        left + 32,
        y - 2,
        address.lines(label.sender, sender_country=label.recipient.country),
        width=inner - 32,
        height=0.72 * INCH,
        sizes=(8, 7, 6),
        leading=1.15,
    )

    y -= 0.8 * INCH
    paper.rule(left, y, right, weight=1.2)
    paper.text(left, y - 10, "SHIP TO", size=6.5, bold=True)
    paper.block(
        left + 6,
        y - 14,
        address.lines(label.recipient, sender_country=label.sender.country),
        width=inner - 6,
        height=1.62 * INCH,
        sizes=(15, 14, 13, 12, 11, 10, 9, 8, 7, 6.2, 5.5),
        bold=True,
        leading=1.15,
    )

    y -= 1.92 * INCH
    paper.rule(left, y, right, weight=1.2)
    paper.barcode(
        width / 2,
        y - 1.12 * INCH,
        label.tracking_number,
        width=inner - 0.5 * INCH,
        height=1.0 * INCH,
        align="center",
    )
    paper.text(
        width / 2,
        y - 1.31 * INCH,
        spaced(label.tracking_number),
        size=13,
        bold=True,
        align="center",
    )

    y -= 1.45 * INCH
    paper.rule(left, y, right, weight=1.2)
    paper.text(left, y - 11, label.reference, size=8.5, bold=True)
    if label.recipient.phone:
        paper.text(right, y - 11, label.recipient.phone, size=8, align="right")
    paper.barcode(left, _MARGIN, label.reference, width=inner * 0.8, height=0.3 * INCH)
    return paper.finish()


def zpl(label: LabelText) -> str:
    """Return the label for a Zebra printer at 203 dpi, in UTF-8 (`^CI28`)."""
    left, right = _ZPL_MARGIN, _ZPL_WIDTH - _ZPL_MARGIN
    inner = right - left
    ruler = Paper(size=SIZE, title="", country=label.recipient.country)

    def fitted(
        lines: list[str], sizes: tuple[int, ...], width: int, height: int
    ) -> tuple[int, list[str]]:
        points, parts = ruler.fitted(
            lines,
            width=width / _DOTS_PER_POINT,
            height=height / _DOTS_PER_POINT,
            sizes=[size / _DOTS_PER_POINT for size in sizes],
            leading=_ZPL_LEADING,
        )
        return round(points * _DOTS_PER_POINT), parts

    out = ["^XA", "^CI28", f"^PW{_ZPL_WIDTH}", f"^LL{_ZPL_HEIGHT}", "^LH0,0"]
    out += [f"^FO{right - 126},36^GB126,126,4^FS", _field(right - 100, 56, 100, label.mark)]
    out += [
        _field(left, 40, 38, label.carrier),
        _field(left, 84, 28, label.service),
        _field(left, 120, 28, f"{label.ship_on.isoformat()}   {_kilograms(label.weight_g)}"),
        _line(180),
        _field(left, 194, 20, "FROM"),
    ]
    size, lines = fitted(
        address.lines(label.sender, sender_country=label.recipient.country),
        (24, 20, 18),
        inner - 90,
        190,
    )
    out += [
        _field(left + 90, 192 + int(i * size * _ZPL_LEADING), size, t) for i, t in enumerate(lines)
    ]
    out += [_line(392), _field(left, 404, 20, "SHIP TO")]
    size, lines = fitted(
        address.lines(label.recipient, sender_country=label.sender.country),
        (42, 38, 34, 30, 26, 22, 20, 17),
        inner - 20,
        350,
    )
    out += [
        _field(left + 20, 432 + int(i * size * _ZPL_LEADING), size, t) for i, t in enumerate(lines)
    ]
    out += [_line(800)]
    out += _code128(label.tracking_number, y=824, height=200, widest=inner - 60, center=True)
    out += [
        f"^FO0,1036^A0N,38,38^FB{_ZPL_WIDTH},1,0,C^FH_^FD{_escaped(spaced(label.tracking_number))}^FS",
        _line(1086),
        _field(left, 1098, 26, label.reference),
    ]
    out += _code128(label.reference, y=1130, height=62, widest=int(inner * 0.8), center=False)
    out += ["^PQ1", "^XZ"]
    return "\n".join(out) + "\n"


def _kilograms(weight_g: int) -> str:
    return f"{weight_g / 1000:.3f} kg"


def _escaped(text: str) -> str:
    """Write `text` as field data: the characters that ZPL reads as commands in hexadecimal."""
    return "".join(
        f"_{ord(symbol):02X}" if symbol in _ZPL_ESCAPED or ord(symbol) < ord(" ") else symbol
        for symbol in text
    )


def _field(x: int, y: int, size: int, text: str) -> str:
    return f"^FO{x},{y}^A0N,{size},{size}^FH_^FD{_escaped(text)}^FS"


def _line(y: int) -> str:
    return f"^FO{_ZPL_MARGIN},{y}^GB{_ZPL_WIDTH - 2 * _ZPL_MARGIN},3,3^FS"


def _code128(value: str, *, y: int, height: int, widest: int, center: bool) -> list[str]:
    """Return a Code 128 as wide as fits, with bars of two to four dots.

    Mode A lets the printer choose the code sets, as the other form does, so that both are equally wide.
    """
    modules = int(Code128(value, barWidth=1, quiet=False).width)
    bar = max(2, min(4, widest // modules))
    x = (_ZPL_WIDTH - modules * bar) // 2 if center else _ZPL_MARGIN
    return [f"^FO{max(x, 0)},{y}^BY{bar}^BCN,{height},N,N,N,A^FH_^FD{_escaped(value)}^FS"]
