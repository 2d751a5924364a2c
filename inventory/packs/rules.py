"""What a pack may be, and how a number of units is said in packs: pure functions."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from inventory.catalog import rules as catalog

MOST_PACKS = 20
MOST_UNITS = 1_000_000
LARGEST_WEIGHT = 100_000_000
_CODE = re.compile(r"[A-Z0-9][A-Z0-9_-]{0,19}", re.ASCII)
_LONGEST_BARCODE = 64


@dataclass(frozen=True, slots=True)
class NewPack:
    """A pack as it becomes known. Weight is in grams, 0 when nobody weighed it."""

    code: str
    units: int
    barcode: str = ""
    weight_g: int = 0


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the pack at `index`; None: with all together."""

    index: int | None
    field: str
    code: str
    words: str


def faults(packs: Sequence[NewPack], *, base_unit: str) -> list[Fault]:
    """Return everything that keeps the packs of one SKU from being kept."""
    found = []
    if len(packs) > MOST_PACKS:
        found.append(Fault(None, "", "too_many", f"A SKU has at most {MOST_PACKS} packs."))
    codes: set[str] = set()
    barcodes: set[str] = set()
    for index, pack in enumerate(packs):
        if not _CODE.fullmatch(pack.code):
            found.append(
                Fault(
                    index,
                    "code",
                    "invalid_code",
                    "A code is 1 to 20 capital letters, digits, - and _.",
                )
            )
        elif pack.code in codes or pack.code == base_unit:
            found.append(Fault(index, "code", "repeated", "This code says something else already."))
        codes.add(pack.code)
        if not 2 <= pack.units <= MOST_UNITS:
            found.append(
                Fault(index, "units", "number_range", f"A pack has 2 to {MOST_UNITS} units.")
            )
        if not 0 <= pack.weight_g <= LARGEST_WEIGHT:
            found.append(Fault(index, "weight_g", "number_range", "This number is out of range."))
        if not pack.barcode:
            continue
        if len(pack.barcode) > _LONGEST_BARCODE or not pack.barcode.isprintable():
            found.append(Fault(index, "barcode", "invalid_text", "This is no barcode."))
        elif not catalog.has_right_check_digit(pack.barcode):
            found.append(
                Fault(
                    index,
                    "barcode",
                    "check_digit",
                    "The last digit of this barcode does not fit the others.",
                )
            )
        if pack.barcode in barcodes:
            found.append(Fault(index, "barcode", "repeated", "This barcode comes twice."))
        barcodes.add(pack.barcode)
    return found


def said(units: int, *, pack: str, pack_units: int) -> str:
    """Say units in packs: "2 x CASE (24)", and what is left over."""
    packs, rest = divmod(units, pack_units)
    if not packs:
        return str(units)
    return f"{packs} × {pack} ({packs * pack_units})" + (f" + {rest}" if rest else "")
