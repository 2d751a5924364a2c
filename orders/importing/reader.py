"""From bytes to rows: encoding, delimiter and shape of a CSV file, found out or said, in bounded memory.

UTF-8 (with or without byte-order mark) and UTF-16 with one are recognised. What is neither is taken for Windows-1252
if every byte then is a letter or sign of Western European text, and the report says so; otherwise the file is refused
and asks for the encoding to be named. Comma, semicolon, tab and bar delimit; CRLF, LF and CR end rows; a quoted cell
may hold all of them.
"""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO, TextIO

from orders.importing import errors
from orders.importing.rules import cells
from orders.importing.rules.orders import Row

MOST_ROWS = 500_000
MOST_COLUMNS = 300
DELIMITERS = (",", ";", "\t", "|")
ENCODINGS = (
    "utf-8",
    "utf-16",
    "windows-1252",
    "iso-8859-1",
    "iso-8859-2",
    "windows-1250",
    "iso-8859-15",
)

_CHUNK = 1 << 16
_LONGEST_HEADER = 1 << 16
# In characters: a row is read as a whole, and millions of empty cells take many times their room in the file.
_LONGEST_ROW = 1 << 20
_SEPARATOR_LINE = re.compile(r"sep=.", re.IGNORECASE)
_KINDS = (
    (b"PK\x03\x04", "an Excel workbook or another ZIP file"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook or an encrypted one"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a compressed file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
)
_WESTERN_SIGNS = frozenset("€‚„…‘’“”•–—™\u00a0¡§©«\u00ad®°´·»¿ªº¼½¾×ˆ˜†‡‰‹›¢£¥¦¨¬¯±²³µ¶¸¹÷¤")
# Signs that stand in names only when another encoding was meant.
_UNLIKELY_SIGNS = frozenset("¡¢¤¥¦¨¬¯±²³¶¸¹¼½¾¿×÷ªº\u00ad")


@dataclass(frozen=True, slots=True)
class Table:
    """A file that can be read: its header (row 1) and how to get at the rows below it, again and again."""

    encoding: str
    delimiter: str
    header: tuple[str, ...]
    is_detected: bool
    _skipped_lines: int

    @property
    def note(self) -> str:
        """Return what the reader had to find out and a person should know; empty when nothing."""
        if self.is_detected:
            return f"The file is not UTF-8; it was read as {self.encoding}."
        return ""

    def rows(self, file: BinaryIO) -> Iterator[Row]:
        """Yield the rows below the header; blank ones are left out but counted.

        Cells too many that are empty are cut off: spreadsheets write them. Raises FileUnreadable, FileTooLarge.
        """
        taken = 0
        for number, record in enumerate(self._records(file), start=1):
            if number > 2 * MOST_ROWS:
                raise errors.FileTooLarge(f"At most {MOST_ROWS} rows are one file.")
            if number <= 1 + self._skipped_lines or not any(cell.strip() for cell in record):
                continue
            taken += 1
            if taken > MOST_ROWS:
                raise errors.FileTooLarge(f"At most {MOST_ROWS} rows are one file.")
            cut = len(record)
            while cut > len(self.header) and not record[cut - 1].strip():
                cut -= 1
            kept = record[
                : min(cut, MOST_COLUMNS + 1)
            ]  # one more than any header: enough to refuse
            yield Row(number, tuple(cells.unescaped(cell) for cell in kept))

    def _records(self, file: BinaryIO) -> Iterator[list[str]]:
        with _text(file, self.encoding) as lines:
            yield from _records(iter(partial(lines.readline, _LONGEST_ROW + 1), ""), self.delimiter)


def recognise(
    file: BinaryIO, *, fitting: Callable[[Sequence[str]], int], encoding: str = ""
) -> Table:
    """Find out how `file` is written. `fitting` counts the names in a header that mean something.

    Raises FileUnreadable (with the cause), FileEmpty, FileTooLarge (too many columns).
    """
    file.seek(0)
    head = file.read(_CHUNK)
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \r\n\t\x00"):
        raise errors.FileEmpty("The file is empty.")
    for mark, kind in _KINDS:
        if head.startswith(mark):
            raise errors.FileUnreadable(f"This is {kind}, not text. Save the table as CSV (UTF-8).")
    found = encoding.lower() or _marked(head)
    detected = False
    if not found:
        found, detected = _unmarked(file)
    elif found not in ENCODINGS:
        raise errors.FileUnreadable(f"The encoding is one of {', '.join(ENCODINGS)}.")
    _check_decodes(file, found)
    first, skipped = _first_lines(file, found)
    delimiter = skipped or max(DELIMITERS, key=lambda mark: _fit(first, mark, fitting))
    header = _header(first, delimiter)
    if len(header) > MOST_COLUMNS:
        raise errors.FileTooLarge(f"At most {MOST_COLUMNS} columns are one file.")
    return Table(found, delimiter, header, detected, 1 if skipped else 0)


def _marked(head: bytes) -> str:
    """Return the encoding that a byte-order mark names; refuse what can only be UTF-16 or UTF-32 without one."""
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise errors.FileUnreadable("The file is UTF-32. Save it as CSV (UTF-8).")
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\x00" in head:
        raise errors.FileUnreadable(
            "The file holds zero bytes: it is no text, or UTF-16 without a byte-order mark. Save it as CSV (UTF-8)."
        )
    return "utf-8" if head.startswith(codecs.BOM_UTF8) else ""


def _unmarked(file: BinaryIO) -> tuple[str, bool]:
    """Return UTF-8, or Windows-1252 when all fits it, and whether that was found out; else refuse."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    other: set[int] = set()
    is_utf8 = True
    for chunk in _chunks(file):
        if is_utf8:
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                is_utf8 = False
        other |= set(chunk)
    if is_utf8:
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            is_utf8 = False
    if is_utf8:
        return "utf-8", False
    signs = {bytes([byte]).decode("cp1252", "replace") for byte in other if byte >= 0x80}
    if all(sign.isalpha() or sign in _WESTERN_SIGNS - _UNLIKELY_SIGNS for sign in signs):
        return "windows-1252", True
    raise errors.FileUnreadable(
        "The file is neither UTF-8 nor plainly Western European. Save it as CSV (UTF-8), or name its encoding: "
        + ", ".join(ENCODINGS[2:])
        + "."
    )


def _check_decodes(file: BinaryIO, encoding: str) -> None:
    decoder = codecs.getincrementaldecoder(encoding)()
    read = 0
    for chunk in _chunks(file):
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError as error:
            raise errors.FileUnreadable(
                f"The file is not {encoding}: the bytes near position {read + error.start} are none of its characters."
            ) from None
        read += len(chunk)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise errors.FileUnreadable(
            f"The file ends in the middle of a character of {encoding}."
        ) from None


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while chunk := file.read(_CHUNK):
        yield chunk


@contextmanager
def _text(file: BinaryIO, encoding: str) -> Iterator[TextIO]:
    """Give the file as lines with their ends; a lone CR ends a line too. The file itself stays open."""
    file.seek(0)
    lines = io.TextIOWrapper(
        file, encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline=""
    )
    try:
        yield lines
    finally:
        lines.detach()


def _records(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    number = size = 0

    def bounded() -> Iterator[str]:
        nonlocal size
        for line in lines:
            size += len(line)
            if size > _LONGEST_ROW:
                raise errors.FileTooLarge(f"Row {number} is too long.", row=number)
            yield line

    reader = csv.reader(bounded(), delimiter=delimiter, strict=True)
    while True:
        number += 1
        size = 0
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            cause = (
                "a cell is too long, or a quote is opened and never closed"
                if "field limit" in str(error) or "end of data" in str(error)
                else "a quote stands in the middle of a cell, or is not doubled"
            )
            raise errors.FileUnreadable(
                f"Row {number} (line {reader.line_num}) cannot be read: {cause}.", row=number
            ) from None
        yield record


def _first_lines(file: BinaryIO, encoding: str) -> tuple[list[str], str]:
    """Return the lines from which the header is read, and the delimiter that a first line `sep=;` names."""
    lines: list[str] = []
    size = 0
    named = ""
    with _text(file, encoding) as text:
        while line := text.readline(_LONGEST_HEADER):
            bare = line.strip()
            if not lines and not named and _SEPARATOR_LINE.fullmatch(bare):
                named = bare[-1]
                continue
            lines.append(line)
            size += len(line)
            if size >= _LONGEST_HEADER or len(lines) > MOST_COLUMNS:
                break
    if size >= _LONGEST_HEADER and len(lines) == 1:
        raise errors.FileTooLarge("The row with the names of the columns is too long.")
    if not lines or not lines[0].strip():
        raise errors.FileEmpty("The first row has to name the columns.")
    return lines, named


def _header(lines: Sequence[str], delimiter: str) -> tuple[str, ...]:
    record = next(_records(lines, delimiter))
    names = [cells.unescaped(name.strip()) for name in record]
    while names and not names[-1]:
        names.pop()
    return tuple(names)


def _fit(
    lines: Sequence[str], delimiter: str, fitting: Callable[[Sequence[str]], int]
) -> tuple[int, int]:
    try:
        names = _header(lines, delimiter)
    except (errors.FileUnreadable, StopIteration):
        return (-1, 0)
    return fitting(names), len(names)
