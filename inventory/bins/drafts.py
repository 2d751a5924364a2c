"""Bins as people write them: pasted from a sheet, or generated from ranges of aisles, racks and levels. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from inventory.bins.states import BinKind

MOST_BINS = 5_000
_STEP = 10  # left between two bins in the walk, for one that is added later
_RANGE = re.compile(r"([0-9]{1,4})-([0-9]{1,4})", re.ASCII)
_LETTERS = re.compile(r"([A-Z])-([A-Z])", re.ASCII)
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,29}", re.ASCII)
_LONGEST_BARCODE = 40
_LONGEST_PART = 10
_LARGEST = 10**12


@dataclass(frozen=True, slots=True)
class Draft:
    """A bin to be made. An empty barcode is the code; no place in the walk is after the one before."""

    code: str
    kind: str = BinKind.STORAGE
    barcode: str = ""
    zone: str = ""
    aisle: str = ""
    rack: str = ""
    tier: str = ""
    slot: str = ""
    walk_order: int | None = None
    max_weight_g: int | None = None
    max_volume_ml: int | None = None
    one_sku: bool = False
    one_lot: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """Ranges such as 1-4, 01-12, A-D or A,B,X; an empty one leaves that part out of the codes."""

    zone: str
    aisles: str
    racks: str
    tiers: str = ""
    slots: str = ""
    kind: str = BinKind.STORAGE
    first_walk: int = _STEP
    back_and_forth: bool = False
    max_weight_g: int | None = None
    max_volume_ml: int | None = None
    one_sku: bool = False
    one_lot: bool = False


class UnreadableRange(ValueError):
    """A range that says nothing."""


def spread(words: str) -> list[str]:
    """Return what a range names: 9-11 is 9, 10, 11; 01-03 keeps its zeros; A-C and A,X work as well.

    Raises UnreadableRange.
    """
    found: list[str] = []
    for part in (each.strip() for each in words.split(",")):
        if not part:
            continue
        if numbers := _RANGE.fullmatch(part):
            first, last = (int(each) for each in numbers.groups())
            width = len(numbers[1]) if numbers[1].startswith("0") else 0
            span = [str(each).zfill(width) for each in range(first, last + 1)]
        elif letters := _LETTERS.fullmatch(part):
            span = [chr(each) for each in range(ord(letters[1]), ord(letters[2]) + 1)]
        elif part.isascii() and part.isalnum() and len(part) <= _LONGEST_PART:
            span = [part]
        else:
            span = []
        if not span:
            raise UnreadableRange(f"{part[:20]} is no range. Write 1-4, A-D or A,B,X.")
        found += span
    return found or [""]


def generate(plan: Plan) -> list[Draft]:
    """Return the bins of a plan in walk order; `back_and_forth` walks every second aisle from its far end.

    Raises UnreadableRange, also for more than a site has.
    """
    aisles, racks, tiers, slots = (
        spread(words) for words in (plan.aisles, plan.racks, plan.tiers, plan.slots)
    )
    if len(aisles) * len(racks) * len(tiers) * len(slots) > MOST_BINS:
        raise UnreadableRange(f"That is more than {MOST_BINS} bins at once.")
    found: list[Draft] = []
    for number, aisle in enumerate(aisles):
        way = racks[::-1] if plan.back_and_forth and number % 2 else racks
        for rack, tier, slot in product(way, tiers, slots):
            parts = [part for part in (plan.zone, aisle, rack, tier, slot) if part]
            if not parts:
                raise UnreadableRange("Name a zone, or a range of aisles or racks.")
            found.append(
                Draft(
                    code="-".join(parts),
                    kind=plan.kind,
                    zone=plan.zone,
                    aisle=aisle,
                    rack=rack,
                    tier=tier,
                    slot=slot,
                    walk_order=plan.first_walk + _STEP * len(found),
                    max_weight_g=plan.max_weight_g,
                    max_volume_ml=plan.max_volume_ml,
                    one_sku=plan.one_sku,
                    one_lot=plan.one_lot,
                )
            )
    return found


# Pasted -------------------------------------------------------------------------------------------

_COLUMNS = {
    "code": "code",
    "bin": "code",
    "kind": "kind",
    "barcode": "barcode",
    "zone": "zone",
    "aisle": "aisle",
    "rack": "rack",
    "level": "tier",
    "position": "slot",
    "walk": "walk_order",
    "walk order": "walk_order",
    "max g": "max_weight_g",
    "max ml": "max_volume_ml",
    "one sku": "one_sku",
    "one lot": "one_lot",
}
_KINDS = {
    **{each.value: each.value for each in BinKind},
    **{str(each.label): each.value for each in BinKind},
}
_WHOLE = {"walk_order", "max_weight_g", "max_volume_ml"}
_SAID = {
    "yes": True,
    "y": True,
    "1": True,
    "x": True,
    "true": True,
    "no": False,
    "": False,
    "0": False,
}
WITHOUT_HEAD = ("code", "kind", "zone")


def read(text: str) -> tuple[list[Draft], list[str]]:
    """Return the bins that could be read from pasted lines, and words about the lines that could not.

    Cells are divided by tabs, semicolons or commas. A first line that names columns says what they are; without one
    they are code, kind and zone.
    """
    found: list[Draft] = []
    faults: list[str] = []
    columns: Sequence[str] = WITHOUT_HEAD
    for number, line in enumerate(text.splitlines(), start=1):
        cells = _cells(line)
        if not any(cells):
            continue
        names = [_COLUMNS.get(cell.casefold(), "") for cell in cells]
        if not found and not faults and "code" in names:
            columns = names
            if "" in names:
                faults.append(f"Line {number}: there is no column {cells[names.index('')][:20]}.")
            continue
        try:
            found.append(_draft(dict(zip(columns, cells, strict=False))))
        except ValueError as error:
            faults.append(f"Line {number}: {error}")
    return found, faults


def _cells(line: str) -> list[str]:
    divider = next((sign for sign in "\t;," if sign in line), "\t")
    return [cell.strip() for cell in line.split(divider)]


def _draft(cells: Mapping[str, str]) -> Draft:
    values: dict[str, str | int | bool | None] = {}
    for name, cell in cells.items():
        if name == "kind":
            if cell and cell.casefold() not in _KINDS:
                raise ValueError(f"{cell[:20]} is no kind of bin.")
            values[name] = _KINDS.get(cell.casefold(), BinKind.STORAGE.value)
        elif name in _WHOLE:
            if cell and not (cell.isascii() and cell.isdecimal() and int(cell) < _LARGEST):
                raise ValueError(f"{cell[:20]} is no whole number.")
            values[name] = int(cell) if cell else None
        elif name in ("one_sku", "one_lot"):
            if cell.casefold() not in _SAID:
                raise ValueError(f"{cell[:20]} is neither yes nor no.")
            values[name] = _SAID[cell.casefold()]
        elif name:
            values[name] = cell
    return Draft(**values)  # type: ignore[arg-type]  # each by the rule of its column


def faults_of(drafts: Sequence[Draft], taken: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Say what is wrong with bins to be made, by place in the list. `taken` are codes and barcodes that are there."""
    known = set(taken)
    for index, draft in enumerate(drafts):
        if not _CODE.fullmatch(draft.code):
            yield (
                index,
                f"{draft.code[:30] or 'Nothing'} is no code: letters, digits and -._/ only.",
            )
        barcode = draft.barcode or draft.code
        if len(barcode) > _LONGEST_BARCODE or not barcode.isascii() or not barcode.isprintable():
            yield index, f"{draft.code}: the barcode cannot be printed."
        if any(
            len(part) > _LONGEST_PART
            for part in (draft.zone, draft.aisle, draft.rack, draft.tier, draft.slot)
        ):
            yield index, f"{draft.code}: a part has at most {_LONGEST_PART} characters."
        if known & {draft.code, barcode}:
            yield index, f"{draft.code} is there already."
        known |= {draft.code, barcode}


def in_walk(drafts: Sequence[Draft], after: int) -> list[Draft]:
    """Give those without a place in the walk one after the bin before them."""
    found = []
    for draft in drafts:
        if draft.walk_order is None:
            draft = replace(draft, walk_order=after + _STEP)  # noqa: PLW2901  # the same bin, placed
        after = draft.walk_order or 0
        found.append(draft)
    return found
