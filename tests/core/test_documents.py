"""Paper: what is drawn can be read, fits, and is the same at every reprint."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from oms.core.documents import SANS, Paper, Run

SIZE = (200.0, 100.0)


def paper(country: str = "") -> Paper:
    return Paper(size=SIZE, title="Test", country=country)


def drawn(text: str, **changes: object) -> str:
    """Return what a reader finds on a page with `text`."""
    page = paper()
    page.text(10, 50, text, size=9, **changes)  # type: ignore[arg-type]  # the tests name real options
    return PdfReader(io.BytesIO(page.finish())).pages[0].extract_text()


@pytest.mark.parametrize(
    "text",
    ["Größe", "Zażółć gęślą jaźń", "Ελληνικά", "Кирилл", "Thị Thùy", "₹ € ₴ ½", "東京", "서울"],
)
def test_text_of_many_scripts_can_be_read_back(text: str) -> None:
    assert drawn(text) == text
    assert drawn(text, bold=True) == text


def test_accents_apart_are_put_together() -> None:
    assert drawn("Gro\N{LATIN SMALL LETTER SHARP S}e A\N{COMBINING DIAERESIS}") == "Große Ä"


def test_the_font_changes_only_where_it_must() -> None:
    assert paper().runs("Lager 東京 Ä") == [
        Run(SANS, "Lager "),
        Run("STSong-Light", "東京"),
        Run(SANS, " Ä"),
    ]
    assert paper("JP").runs("東京")[0].font == "HeiseiKakuGo-W5"
    assert paper().runs("カタカナ")[0].font == "HeiseiKakuGo-W5"
    assert paper().runs("서울")[0].font == "HYSMyeongJo-Medium"


def test_the_same_drawing_is_the_same_file() -> None:
    def file() -> bytes:
        page = paper()
        page.text(10, 10, "Żółć", size=9)
        page.barcode(10, 30, "WEB-1", width=100, height=20)
        return page.finish()

    assert file() == file()


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=60),
    st.integers(12, 80),
)
def test_wrapped_text_loses_no_letter_and_fits(text: str, width: int) -> None:
    page = paper()
    lines = page.wrapped(text, size=8, width=width)
    assert "".join(lines) == text
    single = max((page.text_width(symbol, 8) for symbol in text), default=0)
    assert all(page.text_width(line, 8) <= max(width, single) + 0.01 for line in lines)


def test_words_stay_whole_where_they_fit() -> None:
    assert paper().wrapped("one two three", size=8, width=40) == ["one two", "three"]


def test_text_without_spaces_breaks_anywhere() -> None:
    lines = paper().wrapped("東京都千代田区丸の内", size=10, width=52)
    assert lines == ["東京都千代", "田区丸の内"]


def test_what_is_too_long_for_one_line_ends_in_an_ellipsis() -> None:
    page = paper()
    short = page.shortened("Donaudampfschiff", size=8, width=40)
    assert short.endswith("…")
    assert page.text_width(short, 8) <= 40
    assert page.shortened("Don", size=8, width=40) == "Don"


def test_the_largest_size_that_fits_is_taken() -> None:
    size, lines = paper().fitted(
        ["a line", "another"], width=100, height=30, sizes=(20, 12, 10), leading=1.2
    )
    assert (size, lines) == (12, ["a line", "another"])


def test_a_block_that_never_fits_is_cut_in_its_middle() -> None:
    lines = [f"line {n}" for n in range(20)]
    size, kept = paper().fitted(lines, width=100, height=60, sizes=(12, 10), leading=1.0)
    assert size == 10
    assert kept == ["line 0", "line 1", "line 2 …", "line 17", "line 18", "line 19"]


def test_a_barcode_fills_its_field_and_never_passes_it() -> None:
    page = paper()
    long = page.barcode(100, 20, "WEB-4K7QM-9XBTR", width=150, height=20, align="center")
    assert long == pytest.approx(150)
    # Bars wider than half a millimetre are harder to read, not easier.
    assert page.barcode(10, 50, "A", width=150, height=20) == pytest.approx(46 * 1.4)
    assert page.finish().startswith(b"%PDF-")
