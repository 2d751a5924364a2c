"""Bytes to rows: encodings, delimiters, line ends, shapes, limits."""

import io
from collections.abc import Sequence

import pytest

from orders.importing import errors, reader
from orders.importing.reader import Table

HEADER = "external_id,sku,customer_name"
KNOWN = {"external_id", "sku", "customer_name", "quantity"}


def fitting(header: Sequence[str]) -> int:
    return sum(name in KNOWN for name in header)


def read(content: bytes, encoding: str = "") -> tuple[Table, list[tuple[int, tuple[str, ...]]]]:
    file = io.BytesIO(content)
    table = reader.recognise(file, fitting=fitting, encoding=encoding)
    rows = [(row.number, row.cells) for row in table.rows(file)]
    assert not file.closed
    return table, rows


@pytest.mark.parametrize(
    "content",
    [
        f"{HEADER}\nA,MUG,Jürgen\n".encode(),
        f"{HEADER}\nA,MUG,Jürgen\n".encode("utf-8-sig"),
        f"{HEADER}\nA,MUG,Jürgen\n".encode("utf-16"),
        f"{HEADER}\nA,MUG,Jürgen\n".encode("cp1252"),
        f"{HEADER}\r\nA,MUG,Jürgen\r\n".encode(),
        f"{HEADER}\rA,MUG,Jürgen".encode(),
        f"{HEADER}\nA,MUG,Jürgen\n".replace(",", ";").encode(),
        f"{HEADER}\nA,MUG,Jürgen\n".replace(",", "\t").encode(),
        f"{HEADER}\nA,MUG,Jürgen\n".replace(",", "|").encode(),
    ],
    ids=["utf-8", "bom", "utf-16", "cp1252", "crlf", "cr", "semicolon", "tab", "bar"],
)
def test_the_same_table_is_read_however_it_is_written(content: bytes) -> None:
    table, rows = read(content)
    assert table.header == ("external_id", "sku", "customer_name")
    assert rows == [(2, ("A", "MUG", "Jürgen"))]


def test_what_was_found_out_about_the_encoding_is_said() -> None:
    table, _ = read(f"{HEADER}\nA,MUG,Jürgen\n".encode("cp1252"))
    assert table.note == "The file is not UTF-8; it was read as windows-1252."
    assert read(f"{HEADER}\nA,MUG,Jürgen\n".encode())[0].note == ""


def test_bytes_that_fit_no_western_text_are_refused_until_the_encoding_is_named() -> None:
    polish = f"{HEADER}\nA,MUG,Żółć\n".encode("iso-8859-2")
    with pytest.raises(errors.FileUnreadable, match="name its encoding"):
        read(polish)
    assert read(polish, "iso-8859-2")[1] == [(2, ("A", "MUG", "Żółć"))]


def test_a_named_encoding_that_does_not_fit_is_refused_with_the_place() -> None:
    with pytest.raises(errors.FileUnreadable, match="near position 37"):
        read(f"{HEADER}\nA,MUG,J\xff\n".encode("latin-1"), "utf-8")


def test_a_line_that_names_the_separator_is_no_header() -> None:
    table, rows = read(f"sep=;\n{HEADER.replace(',', ';')}\nA;MUG;a,b\n".encode())
    assert table.delimiter == ";"
    assert rows == [(3, ("A", "MUG", "a,b"))]


def test_a_quoted_cell_may_hold_delimiters_quotes_and_line_breaks() -> None:
    _, rows = read(f'{HEADER}\nA,MUG,"Ada ""A"", \r\nBerlin"\nB,MUG,Bo\n'.encode())
    assert rows == [(2, ("A", "MUG", 'Ada "A", \r\nBerlin')), (3, ("B", "MUG", "Bo"))]


def test_blank_rows_are_left_out_but_counted() -> None:
    _, rows = read(f"{HEADER}\n\nA,MUG,Ada\n,,\nB,MUG,Bo\n".encode())
    assert [number for number, _ in rows] == [3, 5]


def test_empty_cells_too_many_are_cut_off_and_others_are_kept_to_be_refused() -> None:
    _, rows = read(f"{HEADER}\nA,MUG,Ada,,\nB,MUG,Bo,x\nC\n".encode())
    assert [len(row) for _, row in rows] == [3, 4, 1]


def test_our_own_escape_before_formulas_is_taken_off() -> None:
    _, rows = read(f"{HEADER}\nA,MUG,'=Ada\n".encode())
    assert rows == [(2, ("A", "MUG", "=Ada"))]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04rest", "an Excel workbook"),
        (b"\xd0\xcf\x11\xe0rest", "an old Excel workbook"),
        (b"%PDF-1.7", "a PDF"),
        (f"{HEADER}\n".encode("utf-16-le"), "UTF-16 without a byte-order mark"),
        (f"{HEADER}\n".encode("utf-32"), "UTF-32"),
        (b"a\x00b", "zero bytes"),
        (f'{HEADER}\nA,MUG,"Ada\n'.encode(), "Row 2 .*never closed"),
        (f'{HEADER}\nA,MUG,Ada\nB,"M"UG,Bo\n'.encode(), "Row 3 .*not doubled"),
        (f"{HEADER}\nA,MUG,{'x' * 200_000}\n".encode(), "Row 2 .*too long"),
    ],
)
def test_what_is_no_table_is_refused_with_the_cause(content: bytes, words: str) -> None:
    with pytest.raises(errors.FileUnreadable, match=words):
        read(content)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b"  \r\n"])
def test_an_empty_file_is_said_to_be_empty(content: bytes) -> None:
    with pytest.raises(errors.FileEmpty):
        read(content)


def test_too_many_rows_and_columns_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MOST_ROWS", 2)
    assert len(read(f"{HEADER}\nA,B,C\n\nA,B,C\n".encode())[1]) == 2
    with pytest.raises(errors.FileTooLarge):
        read(f"{HEADER}\nA,B,C\nA,B,C\nA,B,C\n".encode())
    with pytest.raises(errors.FileTooLarge, match="300 columns"):
        read(",".join(f"c{n}" for n in range(301)).encode())


def test_a_header_without_an_end_is_refused() -> None:
    with pytest.raises(errors.FileTooLarge):
        read(b"a" * (1 << 17))


@pytest.mark.parametrize("row", ["," * (1 << 21), '"\n",' * (1 << 19), "x" * (1 << 21)])
def test_a_row_without_an_end_is_refused_before_it_is_in_memory(row: str) -> None:
    with pytest.raises(errors.FileTooLarge, match="Row 2 is too long"):
        read(f"{HEADER}\n{row}\n".encode())


def test_of_a_row_with_thousands_of_cells_enough_are_kept_to_refuse_it() -> None:
    _, rows = read(f"{HEADER}\nA,MUG,Ada{',' * 9_000}x\n".encode())

    assert [(number, len(cells)) for number, cells in rows] == [(2, reader.MOST_COLUMNS + 1)]


def test_blank_rows_without_an_end_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MOST_ROWS", 10)
    with pytest.raises(errors.FileTooLarge):
        read((HEADER + "\n" * 30).encode())
