"""Lines as people paste them, from a sheet or a drawing: components, by-products, work centers, units."""

import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import TypeVar

from inventory.production.rules import Byproduct, Part, Used, Way

LONGEST_CODE = 64
_NUMBER = re.compile(r"[0-9]{1,7}", re.ASCII)
_PERCENT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,2})?)%?", re.ASCII)

RowT = TypeVar("RowT")


def read(text: str, row: Callable[[list[str]], "RowT | str"]) -> tuple[list[RowT], list[str]]:
    """Return the lines that `row` could read, and words about the others. An empty line is none.

    Cells are divided by tabs, semicolons or spaces; a SKU with spaces needs one of the others.
    """
    found: list[RowT] = []
    faults: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        divider = next((sign for sign in "\t;" if sign in line), None)
        cells = [cell.strip() for cell in (line.split(divider) if divider else line.split())]
        while cells and not cells[-1]:
            cells.pop()
        read_one = row(cells)
        if isinstance(read_one, str):
            faults.append(f"Line {number}: {read_one}")
        else:
            found.append(read_one)
    return found, faults


def part(cells: list[str]) -> Part | str:
    """Read a component: SKU, units for a batch, and if you like the percentage that is spoilt."""
    fault = _coded(cells, least=2, most=3)
    if fault:
        return fault
    if len(cells) == 2:
        return Part(cells[0], int(cells[1]))
    percent = _PERCENT.fullmatch(cells[2])
    if not percent:
        return "after the units comes a percentage like 2.5, or nothing."
    return Part(cells[0], int(cells[1]), Decimal(percent[1]))


def byproduct(cells: list[str]) -> Byproduct | str:
    """Read a by-product: SKU and units for a batch."""
    return _coded(cells, least=2, most=2) or Byproduct(cells[0], int(cells[1]))


def way(cells: list[str]) -> Way | str:
    """Read what a batch takes of a work center: its code, the load, and if you like the days until it is finished."""
    fault = _coded(cells, least=2, most=3)
    if fault:
        return fault
    if len(cells) == 2:
        return Way(cells[0], int(cells[1]))
    if not _NUMBER.fullmatch(cells[2]):
        return "after the load comes a whole number of days, or nothing."
    return Way(cells[0], int(cells[1]), int(cells[2]))


def used(cells: list[str]) -> Used | str:
    """Read units of a SKU."""
    return _coded(cells, least=2, most=2) or Used(cells[0], int(cells[1]))


def written_parts(parts: Iterable[Part]) -> str:
    """Return components as they can be pasted again."""
    return "\n".join(
        f"{part.sku_code}\t{part.quantity}"
        + (f"\t{part.scrap.normalize():f}" if part.scrap else "")
        for part in parts
    )


def written_byproducts(byproducts: Iterable[Byproduct]) -> str:
    """Return by-products as they can be pasted again."""
    return "\n".join(f"{each.sku_code}\t{each.quantity}" for each in byproducts)


def written_ways(ways: Iterable[Way]) -> str:
    """Return work centers as they can be pasted again."""
    return "\n".join(
        f"{way.work_center}\t{way.load}" + (f"\t{way.lead_days}" if way.lead_days else "")
        for way in ways
    )


def _coded(cells: list[str], *, least: int, most: int) -> str:
    """Return what is wrong with a line of a code and a number; empty when nothing is."""
    if len(cells) < least:
        return "a code and a number are needed."
    if len(cells) > most:
        return "there is more than belongs here."
    if not cells[0] or len(cells[0]) > LONGEST_CODE or not cells[0].isprintable():
        return "this is no code."
    if not _NUMBER.fullmatch(cells[1]):
        return "the number is a whole one, in plain digits."
    return ""
