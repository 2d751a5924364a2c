"""Drawing of paper: fonts that every installation has, text that fits, barcodes that scan.

Noto Sans is bundled and covers Latin, Greek, Cyrillic and Vietnamese; Chinese, Japanese and Korean text is set in the
standard fonts that PDF readers bring along. Scripts that need shaping (Arabic, Hebrew, Indic, Thai) are not covered.
The same input gives the same bytes, so that a reprint is the same file.
"""

import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby

import fontpkg_noto_sans
from reportlab.graphics.barcode.code128 import Code128
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

SANS = "OmsSans"
_HAN_BY_COUNTRY = {
    "JP": "HeiseiKakuGo-W5",
    "KR": "HYSMyeongJo-Medium",
    "TW": "MSung-Light",
    "HK": "MSung-Light",
    "MO": "MSung-Light",
}
_HAN = "STSong-Light"
_KANA = "HeiseiKakuGo-W5"
_HANGUL = "HYSMyeongJo-Medium"
_BOLD_STROKE = 0.03  # of the font size; the bundled font has one weight
_FILL, _FILL_AND_STROKE = 0, 2
_WORD = re.compile(r"\S+\s*|\s+")
_KEPT_AT_END = 3  # lines
_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"


@cache
def _sans() -> TTFont:
    """Register the fonts, once per process; return the bundled one."""
    path = next((fontpkg_noto_sans.ROOT / "files").glob("NotoSans[[]*.ttf"))
    font = TTFont(SANS, str(path))
    pdfmetrics.registerFont(font)
    for name in {*_HAN_BY_COUNTRY.values(), _HAN, _KANA, _HANGUL}:
        pdfmetrics.registerFont(UnicodeCIDFont(name))
    return font


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of text that one font can set."""

    font: str
    text: str


class Paper:
    """Pages to draw on. Lengths are points (1/72 inch), the origin is the lower left corner.

    `country` (ISO 3166 alpha-2) chooses between Chinese, Japanese and Korean shapes of the same character.
    """

    def __init__(self, *, size: tuple[float, float], title: str, country: str = "") -> None:
        self._glyphs = _sans().face.charToGlyph
        self._buffer = io.BytesIO()
        self.width, self.height = size
        self.country = country
        self.canvas = Canvas(
            self._buffer, pagesize=size, pageCompression=1, invariant=1, initialFontName=SANS
        )
        self.canvas.setTitle(title)
        self.canvas.setAuthor("")
        self.canvas.setCreator("")

    def next_page(self) -> None:
        """End this page and begin another."""
        self.canvas.showPage()

    def finish(self) -> bytes:
        """Return the PDF file."""
        self.canvas.showPage()
        self.canvas.save()
        return self._buffer.getvalue()

    def runs(self, text: str) -> list[Run]:
        """Split `text` where the font changes. Letters and their accents are put together first."""
        plain = unicodedata.normalize("NFC", text)
        return [Run(font, "".join(part)) for font, part in groupby(plain, key=self._font_of)]

    def text_width(self, text: str, size: float) -> float:
        """Return the width of `text` in points."""
        return sum(pdfmetrics.stringWidth(run.text, run.font, size) for run in self.runs(text))

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float,
        bold: bool = False,
        align: str = "left",
        gray: float = 0,
    ) -> None:
        """Write `text` with its baseline at `y`; `x` is its left end, middle or right end by `align`."""
        if align != "left":
            shift = self.text_width(text, size)
            x -= shift if align == "right" else shift / 2
        self.canvas.saveState()
        self.canvas.setFillGray(gray)
        self.canvas.setStrokeGray(gray)
        self.canvas.setLineWidth(size * _BOLD_STROKE)
        written = self.canvas.beginText(x, y)
        written.setTextRenderMode(_FILL_AND_STROKE if bold else _FILL)
        for run in self.runs(text):
            written.setFont(run.font, size)
            written.textOut(run.text)
        written.setTextRenderMode(_FILL)
        self.canvas.drawText(written)
        self.canvas.restoreState()

    def wrapped(self, text: str, *, size: float, width: float) -> list[str]:
        """Break `text` into lines no wider than `width`, between words where possible."""
        found: list[str] = []
        line = ""
        for piece in self._pieces(text, size=size, width=width):
            candidate = line + piece
            if line and self.text_width(candidate.rstrip(), size) > width:
                found.append(line.rstrip())
                line = piece.lstrip()
            else:
                line = candidate
        if line.strip():
            found.append(line.rstrip())
        return found

    def shortened(self, text: str, *, size: float, width: float) -> str:
        """Return `text` in one line no wider than `width`, with an ellipsis for what was cut."""
        if self.text_width(text, size) <= width:
            return text
        for end in range(len(text) - 1, 0, -1):
            short = text[:end].rstrip() + _ELLIPSIS
            if self.text_width(short, size) <= width:
                return short
        return _ELLIPSIS

    def fitted(
        self,
        lines: Sequence[str],
        *,
        width: float,
        height: float,
        sizes: Iterable[float],
        leading: float,
    ) -> tuple[float, list[str]]:
        """Return the largest of `sizes` in which `lines`, wrapped, fit into the box, and the wrapped lines."""
        size, fitted = 0.0, list(lines)
        for size in sizes:
            fitted = [part for line in lines for part in self.wrapped(line, size=size, width=width)]
            if len(fitted) * size * leading <= height:
                return size, fitted
        room = max(2, int(height / (size * leading)))
        tail = min(_KEPT_AT_END, room - 1)
        kept = fitted[: room - tail]
        kept[-1] = self.shortened(f"{kept[-1]} {_ELLIPSIS}", size=size, width=width)
        return size, [*kept, *fitted[-tail:]]

    def block(
        self,
        x: float,
        top: float,
        lines: Sequence[str],
        *,
        width: float,
        height: float,
        sizes: Iterable[float],
        bold: bool = False,
        leading: float = 1.25,
    ) -> float:
        """Write `lines` below `top` in the largest of `sizes` that fits, wrapped; return the lower edge."""
        size, fitted = self.fitted(lines, width=width, height=height, sizes=sizes, leading=leading)
        y = top
        for line in fitted:
            y -= size * leading
            self.text(x, y + size * (leading - 1), line, size=size, bold=bold)
        return y

    def barcode(
        self, x: float, y: float, value: str, *, width: float, height: float, align: str = "left"
    ) -> float:
        """Draw `value` as Code 128 at most `width` wide; `x` is its left end, or its middle by `align`.

        Returns the width drawn.

        Bars are never wider than 0.5 mm. The quiet zone is the caller's: leave ten bars free on both sides.
        """
        plain = Code128(value, barWidth=1, barHeight=height, quiet=False)
        bar = min(width / plain.width, 1.4)
        drawn = Code128(value, barWidth=bar, barHeight=height, quiet=False)
        drawn.drawOn(self.canvas, x - drawn.width / 2 if align == "center" else x, y)
        return float(drawn.width)

    def rule(self, x1: float, y: float, x2: float, *, weight: float = 0.5, gray: float = 0) -> None:
        """Draw a horizontal line."""
        self.canvas.saveState()
        self.canvas.setLineWidth(weight)
        self.canvas.setStrokeGray(gray)
        self.canvas.line(x1, y, x2, y)
        self.canvas.restoreState()

    def _font_of(self, symbol: str) -> str:
        if ord(symbol) in self._glyphs:
            return SANS
        name = unicodedata.name(symbol, "")
        if "HIRAGANA" in name or "KATAKANA" in name:
            return _KANA
        if "HANGUL" in name:
            return _HANGUL
        if "CJK" in name or "IDEOGRAPHIC" in name or "FULLWIDTH" in name:
            return _HAN_BY_COUNTRY.get(self.country, _HAN)
        return SANS

    def _pieces(self, text: str, *, size: float, width: float) -> Iterator[str]:
        """Yield words with the spaces after them; what is too long for a line, or has no spaces, in parts."""
        for word in _words(text):
            if self.text_width(word.rstrip(), size) <= width and not _is_unspaced(word):
                yield word
                continue
            part = ""
            for symbol in word:
                if part and (_is_unspaced(symbol) or self.text_width(part + symbol, size) > width):
                    yield part
                    part = ""
                part += symbol
            if part:
                yield part


def _words(text: str) -> list[str]:
    """Split after spaces, which stay with the word before them."""
    return _WORD.findall(text)


def _is_unspaced(text: str) -> bool:
    """Say whether a script without spaces between words is in `text`."""
    return any("CJK" in (name := unicodedata.name(s, "")) or "KANA" in name for s in text)
