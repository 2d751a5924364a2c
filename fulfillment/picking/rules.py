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
    """A line that waits for units of a SKU; `packs` are the barcodes of its packs, each with its units."""

    line_id: int
    sku_code: str
    barcode: str
    open: int
    packs: Sequence[tuple[str, int]] = ()


@dataclass(frozen=True, slots=True)
class Matched:
    """What a series of scans means: units per line, codes that belong to no line, codes scanned too often.

    `lines` are the units per line that each scan means, scan by scan.
    """

    units: Mapping[int, int]
    wrong: Sequence[str]
    surplus: Mapping[str, int]
    lines: Sequence[Mapping[int, int]] = ()


def code_key(scanned: str) -> str:
    """Return the form in which two readings of one code are equal.

    Scanners give the same GTIN with 8, 12, 13 or 14 digits, and some add spaces; anything else is compared to the
    letter.
    """
    plain = scanned.strip()
    return plain.zfill(_GTIN_LENGTH) if _GTIN.fullmatch(plain) else plain


def match_scans(scans: Sequence[str], items: Sequence[Item]) -> Matched:
    """Assign each scan to lines that still wait for that code (barcode or SKU code): one unit, or all of a pack.

    Lines of the same SKU are filled in the order of `items`. A pack of which not all units are wanted is surplus.
    """
    by_code: dict[str, list[Item]] = {}
    in_pack: dict[str, int] = {}
    for item in items:
        for code in dict.fromkeys([item.sku_code, code_key(item.barcode)]):
            if code:
                by_code.setdefault(code, []).append(item)
        for barcode, count in item.packs:
            by_code.setdefault(code_key(barcode), []).append(item)
            in_pack[code_key(barcode)] = count
    left = {item.line_id: item.open for item in items}
    units: Counter[int] = Counter()
    wrong: list[str] = []
    surplus: Counter[str] = Counter()
    lines: list[Mapping[int, int]] = []
    for scan in scans:
        code = scan.strip() if scan.strip() in by_code else code_key(scan)
        candidates = by_code.get(code)
        if not candidates:
            wrong.append(scan)
            lines.append({})
            continue
        wanted = in_pack.get(code, 1)
        if sum(left[item.line_id] for item in candidates) < wanted:
            surplus[candidates[0].sku_code] += wanted
            lines.append({})
            continue
        assigned: dict[int, int] = {}
        for item in candidates:
            taken = min(wanted, left[item.line_id])
            if taken:
                left[item.line_id] -= taken
                units[item.line_id] += taken
                assigned[item.line_id] = taken
                wanted -= taken
        lines.append(assigned)
    return Matched(dict(units), wrong, dict(surplus), lines)


def walk_key(bin_code: str) -> tuple[bool, list[tuple[bool, int, str]]]:
    """Return the key that sorts bins as a person walks: A-2 before A-10, places without a code last."""
    parts = [
        (not part.isdecimal(), int(part) if part.isdecimal() else 0, part.casefold())
        for part in _PARTS.split(bin_code)
        if part
    ]
    return (not bin_code, parts)
