"""Lines as people paste them, from a mail or a sheet: SKU, quantity, and if they say so a cost and a day."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

LONGEST_CODE = 64
_QUANTITY = re.compile(r"[0-9]{1,9}", re.ASCII)
_COST = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,4})?", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Pasted:
    """One line that could be read."""

    sku: str
    quantity: int
    unit_cost: Decimal | None = None
    expected_on: date | None = None


def read(text: str) -> tuple[list[Pasted], list[str]]:
    """Return the lines that could be read, and words about those that could not.

    Cells are divided by tabs, semicolons or spaces; a SKU with spaces needs one of the others. An empty line is none.
    """
    found: list[Pasted] = []
    faults: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        read_one = _line(line)
        if isinstance(read_one, str):
            faults.append(f"Line {number}: {read_one}")
        else:
            found.append(read_one)
    return found, faults


def written(lines: Iterable[Pasted]) -> str:
    """Return lines as they can be pasted again."""
    return "\n".join(
        "\t".join(
            cell
            for cell in (
                line.sku,
                str(line.quantity),
                "" if line.unit_cost is None else f"{line.unit_cost.normalize():f}",
                line.expected_on.isoformat() if line.expected_on else "",
            )
            if cell
        )
        for line in lines
    )


def _line(line: str) -> Pasted | str:
    divider = next((sign for sign in "\t;" if sign in line), None)
    cells = [cell.strip() for cell in (line.split(divider) if divider else line.split())]
    while cells and not cells[-1]:
        cells.pop()
    if len(cells) < 2:
        return "a SKU and a quantity are needed."
    sku, quantity, *more = cells
    if not sku or len(sku) > LONGEST_CODE or not sku.isprintable():
        return "this is no SKU."
    if not _QUANTITY.fullmatch(quantity):
        return "the quantity is a whole number in plain digits."
    return _more(Pasted(sku, int(quantity)), more)


def _more(line: Pasted, cells: Sequence[str]) -> Pasted | str:
    cost, day = line.unit_cost, line.expected_on
    for cell in cells:
        if not cell:
            continue
        if _DAY.fullmatch(cell) and day is None:
            try:
                day = date.fromisoformat(cell)
            except ValueError:
                return "this day is not in the calendar."
        elif _COST.fullmatch(cell) and cost is None:
            cost = Decimal(cell)
        else:
            return "after the quantity come a cost like 1.95 and a day like 2026-03-31, or nothing."
    return Pasted(line.sku, line.quantity, cost, day)
