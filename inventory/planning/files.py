"""Read weekly demand from a CSV file: one row for each item and week, further rows of the same week are added."""

import csv
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from inventory.planning import errors
from inventory.planning.rules.series import Week
from oms.core.errors import FieldProblem

MOST_WEEKS = 520
MOST_UNITS = 10_000_000
_MOST_FAULTS = 20


@dataclass(frozen=True, slots=True)
class Columns:
    """How the columns are called. Weeks are whole numbers; a week that is not in the file is one without demand."""

    item: str = "product_id"
    week: str = "week"
    units: str = "quantity"


@dataclass(frozen=True, slots=True)
class Read:
    """The series by item, all from the first to the last week of the file, and what was left out, in words."""

    series: dict[str, list[Week]]
    faults: list[str] = field(default_factory=list)


def read(lines: Iterable[str], columns: Columns) -> Read:
    """Read the series. A row that makes no sense is left out and told of. Raises SeriesUnreadable."""
    rows = csv.DictReader(lines)
    missing = {columns.item, columns.week, columns.units} - set(rows.fieldnames or ())
    if missing:
        problems = [
            FieldProblem(f"/{name}", "no_column", f"There is no column {name}.")
            for name in sorted(missing)
        ]
        raise errors.SeriesUnreadable(problems[0].message, problems=problems)
    found: defaultdict[str, defaultdict[int, float]] = defaultdict(lambda: defaultdict(float))
    faults: list[str] = []
    try:
        for row in rows:
            fault = _take(row, columns, found)
            if fault and len(faults) < _MOST_FAULTS:
                faults.append(f"Line {rows.line_num}: {fault}")
    except csv.Error as error:
        raise errors.SeriesUnreadable(f"Line {rows.line_num}: {error}.") from error
    if not found:
        raise errors.SeriesUnreadable("There is no row below the header that can be read.")
    weeks = [week for each in found.values() for week in each]
    first, last = min(weeks), max(weeks)
    if last - first >= MOST_WEEKS:
        raise errors.SeriesUnreadable(f"More than {MOST_WEEKS} weeks lie between first and last.")
    return Read(
        {
            item: [Week(max(0, round(each.get(week, 0.0)))) for week in range(first, last + 1)]
            for item, each in found.items()
        },
        faults,
    )


def _take(
    row: dict[str, str | None],
    columns: Columns,
    found: defaultdict[str, defaultdict[int, float]],
) -> str:
    """Add a row; return what is wrong with it instead, if something is."""
    item = (row[columns.item] or "").strip()
    try:
        week = int(row[columns.week] or "")
        units = float(row[columns.units] or "")
    except ValueError:
        return "week and units are not numbers."
    if not item:
        return "it names no item."
    if not -MOST_UNITS <= units <= MOST_UNITS or abs(week) > MOST_UNITS:
        return "a number is out of range."
    found[item][week] += units
    return ""
