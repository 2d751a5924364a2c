"""The purchase order as an ASC X12 850, version 004010.

One interchange with one group and one transaction set: ISA GS ST BEG CUR REF N9 MSG N1 N3 N4 (PO1 PID DTM) CTT AMT SE
GE IEA. Elements are separated by `*`, segments end with `~`; text is reduced to what every translator takes. SE counts
the segments from ST to SE, CTT the lines and the sum of their quantities.
"""

import unicodedata
from collections.abc import Iterator
from datetime import date

from inventory.purchasing.sheet import Party, Sheet, SheetLine

VERSION = "004010"
MEDIA_TYPE = "application/edi-x12"
_SEPARATORS = str.maketrans(dict.fromkeys("*~>^|\r\n\t", " "))
_LARGEST_CONTROL = 10**9
_US = "OMS"
_BARCODES = {8: "EN", 12: "UP", 13: "EN", 14: "UK"}
_LONGEST_PART = 48
_SET = "0001"


def purchase_order(sheet: Sheet) -> str:
    """Return the interchange, one segment in a line."""
    control = sheet.control % _LARGEST_CONTROL
    body = list(_body(sheet))
    at = sheet.placed_at
    sender = _plain(sheet.account_number, 15) or _US
    receiver = _plain(sheet.edi_id or sheet.seller.code, 15)
    segments = [
        [
            "ISA",
            "00",
            " " * 10,
            "00",
            " " * 10,
            "ZZ",
            f"{sender:<15}",
            "ZZ",
            f"{receiver:<15}",
            f"{at:%y%m%d}",
            f"{at:%H%M}",
            "U",
            "00401",
            f"{control:09d}",
            "0",
            "P",
            ">",
        ],
        ["GS", "PO", sender, receiver, f"{at:%Y%m%d}", f"{at:%H%M}", str(control), "X", VERSION],
        ["ST", "850", _SET],
        *body,
        ["SE", str(len(body) + 2), _SET],
        ["GE", "1", str(control)],
        ["IEA", "1", f"{control:09d}"],
    ]
    return "".join(f"{'*'.join(_trimmed(segment))}~\n" for segment in segments)


def _body(sheet: Sheet) -> Iterator[list[str]]:
    yield ["BEG", "00", "SA", sheet.number, "", _day(sheet.placed_on)]
    yield ["CUR", "BY", sheet.currency]
    if sheet.account_number:
        yield ["REF", "11", _plain(sheet.account_number, 30)]
    if note := _plain(sheet.note, 264):
        yield ["N9", "L1", "NOTE"]
        yield ["MSG", note]
    yield ["N1", "BY", _plain(sheet.buyer.name, 60), "92", _plain(sheet.buyer.code, 80)]
    yield ["N1", "VN", _plain(sheet.seller.name, 60), "92", _plain(sheet.seller.code, 80)]
    yield from _place("ST", sheet.buyer)
    for line in sheet.lines:
        yield from _line(line)
    yield ["CTT", str(len(sheet.lines)), str(sum(line.quantity for line in sheet.lines))]
    yield ["AMT", "TT", f"{sheet.total:f}"]


def _place(role: str, party: Party) -> Iterator[list[str]]:
    yield ["N1", role, _plain(party.name, 60), "92", _plain(party.code, 80)]
    street = [plain for line in party.street if (plain := _plain(line, 55))]
    for start in range(0, min(len(street), 4), 2):
        yield ["N3", *street[start : start + 2]]
    region = _plain(party.region, 30)
    postcode = _plain(party.postcode, 15)
    yield [
        "N4",
        _plain(party.city, 30),
        region if len(region) == 2 else "",
        postcode if len(postcode) >= 3 else "",
        party.country,
    ]


def _line(line: SheetLine) -> Iterator[list[str]]:
    parts: list[str] = []
    for qualifier, code in (
        ("BP", line.sku),
        ("VP", line.supplier_code),
        (_BARCODES.get(len(line.barcode), "") if line.barcode.isdecimal() else "", line.barcode),
    ):
        # A number that does not fit is left out: cut, it would be another one.
        if qualifier and code and _plain(code, _LONGEST_PART) == code:
            parts += [qualifier, code]
    yield ["PO1", str(line.position), str(line.quantity), "EA", f"{line.unit_cost:f}", "PE", *parts]
    yield ["PID", "F", "", "", "", _plain(line.name, 80)]
    if line.expected_on:
        yield ["DTM", "002", _day(line.expected_on)]


def _day(day: date) -> str:
    return f"{day:%Y%m%d}"


def _plain(text: str, longest: int) -> str:
    """Return text in ASCII, without accents and separators, in one line and short enough."""
    bare = unicodedata.normalize("NFKD", text.replace("ß", "ss")).encode("ascii", "ignore")
    return " ".join(bare.decode().translate(_SEPARATORS).split())[:longest].strip()


def _trimmed(segment: list[str]) -> list[str]:
    """Return the segment without empty elements at its end."""
    while segment and not segment[-1]:
        segment = segment[:-1]
    return segment
