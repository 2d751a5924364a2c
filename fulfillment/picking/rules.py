"""Which scan means which line, and the way through the aisles. Pure."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_PARTS = re.compile(r"(\d+)")
_GTIN = re.compile(r"[0-9]{8,14}", re.ASCII)
_GTIN_LENGTH = 14


@dataclass(frozen=True, slots=True)
class Item:
    """A line that waits for units of a SKU."""

    line_id: int
    sku_code: str
    barcode: str
    open: int


@dataclass(frozen=True, slots=True)
class Matched:
    """What a series of scans means: units per line, codes that belong to no line, codes scanned too often."""

    units: Mapping[int, int]
    wrong: Sequence[str]
    surplus: Mapping[str, int]


def code_key(scanned: str) -> str:
    """Return the form in which two readings of one code are equal.

    Scanners give the same GTIN with 8, 12, 13 or 14 digits, and some add spaces; anything else is compared to the
    letter.
    """
    plain = scanned.strip()
    return plain.zfill(_GTIN_LENGTH) if _GTIN.fullmatch(plain) else plain


def match_scans(scans: Sequence[str], items: Sequence[Item]) -> Matched:
    """Assign each scan to a line that still waits for that code (barcode or SKU code), one unit a scan.

    Two lines of the same SKU are filled in the order of `items`.
    """
    by_code: dict[str, list[Item]] = {}
    for item in items:
        for code in dict.fromkeys([item.sku_code, code_key(item.barcode)]):
            if code:
                by_code.setdefault(code, []).append(item)
    left = {item.line_id: item.open for item in items}
    units: Counter[int] = Counter()
    wrong: list[str] = []
    surplus: Counter[str] = Counter()
    for scan in scans:
        candidates = by_code.get(scan.strip()) or by_code.get(code_key(scan))
        if not candidates:
            wrong.append(scan)
            continue
        waiting = next((item for item in candidates if left[item.line_id] > 0), None)
        if waiting is None:
            surplus[candidates[0].sku_code] += 1
            continue
        left[waiting.line_id] -= 1
        units[waiting.line_id] += 1
    return Matched(dict(units), wrong, dict(surplus))


def walk_key(bin_code: str) -> tuple[bool, list[tuple[bool, int, str]]]:
    """Return the key that sorts bins as a person walks: A-2 before A-10, places without a code last."""
    parts = [
        (not part.isdecimal(), int(part) if part.isdecimal() else 0, part.casefold())
        for part in _PARTS.split(bin_code)
        if part
    ]
    return (not bin_code, parts)
