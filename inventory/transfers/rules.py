"""What may be asked for, and what is wrong with it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MOST_LINES = 1_000
MOST_UNITS = 1_000_000
LINES = "/lines"
UNITS = "/units"

# The last word of a pasted line is its number; what stands between is cut off, what stands inside a code is not.
_PASTED = re.compile(r"(.+?)[\t ;,]+([^\t ;,]+)")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Units of a SKU that are to be moved."""

    sku_code: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Fetched:
    """Units that were fetched at the source from one bin (by code or barcode), of one lot; empty: nobody says which."""

    quantity: int
    bin_code: str = ""
    lot: str = ""


@dataclass(frozen=True, slots=True)
class Units:
    """Units of a line, named by its SKU, and where they come to: a bucket, or how they are settled.

    `bin_code` names the bin, by code or barcode, that they lie in at a location with bins; `fetched` says of units that
    leave, or of some of them, where they were fetched.
    """

    sku_code: str
    quantity: int
    into: str = ""
    bin_code: str = ""
    fetched: Sequence[Fetched] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with what was asked: where, a code, and words."""

    pointer: str
    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Pasted:
    """What lines of text ask for, and the lines that could not be read."""

    wanted: Sequence[Wanted]
    faults: Sequence[str]


def faults_of_lines(lines: Sequence[Wanted], known: Mapping[str, int]) -> list[Fault]:
    """Return everything wrong with the lines of a draft; `known` are SKU keys by code."""
    if not lines:
        return [Fault(LINES, "no_lines", "At least one line is needed.")]
    if len(lines) > MOST_LINES:
        return [Fault(LINES, "too_many_lines", f"At most {MOST_LINES} lines.")]
    found = []
    seen: set[str] = set()
    for index, line in enumerate(lines):
        at = f"{LINES}/{index}"
        if line.sku_code not in known:
            found.append(Fault(f"{at}/sku", "unknown_sku", "There is no such SKU."))
        elif line.sku_code in seen:
            found.append(Fault(f"{at}/sku", "repeated", "This SKU comes twice."))
        seen.add(line.sku_code)
        if not 1 <= line.quantity <= MOST_UNITS:
            found.append(Fault(f"{at}/quantity", "number_range", f"1 to {MOST_UNITS} units."))
    return found


def faults_of_units(
    units: Sequence[Units],
    lines: Mapping[str, int],
    *,
    choices: Sequence[str] = ("",),
    field: str = "",
    may_be_empty: bool = False,
) -> list[Fault]:
    """Return what is senseless about units of an act; `lines` are known SKU codes, `choices` what `into` may be."""
    if not units and not may_be_empty:
        return [Fault(UNITS, "no_units", "At least one unit is needed.")]
    if len(units) > 3 * MOST_LINES:
        return [Fault(UNITS, "too_many_units", f"At most {3 * MOST_LINES} entries.")]
    found = []
    seen: set[tuple[str, str]] = set()
    for index, each in enumerate(units):
        at = f"{UNITS}/{index}"
        if each.sku_code not in lines:
            found.append(Fault(f"{at}/sku", "unknown_reference", "No line of this transfer."))
        elif (each.sku_code, each.into) in seen:
            found.append(Fault(f"{at}/sku", "repeated", "This comes twice."))
        seen.add((each.sku_code, each.into))
        if each.into not in choices:
            found.append(Fault(f"{at}/{field}", "unknown_choice", "This is none of the choices."))
        if not 1 <= each.quantity <= MOST_UNITS:
            found.append(Fault(f"{at}/quantity", "number_range", f"1 to {MOST_UNITS} units."))
    return found


def excess(units: Sequence[Units], limits: Mapping[str, int]) -> list[int]:
    """Return for each entry how many of its units pass what its SKU has left, counted in the order of entries."""
    left = dict(limits)
    over = []
    for each in units:
        rest = left.get(each.sku_code, 0)
        taken = min(rest, each.quantity)
        left[each.sku_code] = rest - taken
        over.append(each.quantity - taken)
    return over


def read_pasted(text: str) -> Pasted:
    """Read lines such as `SKU 12`, `SKU;12` or `SKU<tab>12`; a line without a number is one unit. Blank lines pass."""
    wanted, faults = [], []
    for number, line in enumerate(text.splitlines(), start=1):
        plain = line.strip("\t ;,")
        if not plain:
            continue
        parts = _PASTED.fullmatch(plain)
        code, count = (parts[1], parts[2]) if parts else (plain, "1")
        if not (count.isascii() and count.isdecimal()) or len(count) > 7:
            faults.append(f"Line {number}: {count[:20]} is no number of units.")
            continue
        wanted.append(Wanted(code, int(count)))
    return Pasted(wanted, faults)
