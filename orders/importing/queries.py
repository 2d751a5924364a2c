"""Templates, reports and error files."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import Count

from oms.core.jobs.models import Job, JobRow
from orders.importing import uploads
from orders.importing.models import ImportMapping
from orders.importing.rules import cells
from orders.importing.rules.columns import COLUMNS, OF_THE_REPORT, Reading

MOST_LISTED = 1_000
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that was not taken, and why."""

    row: int
    reference: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Summary:
    """How far an import is and what came of it so far, in orders and rows.

    `reasons` counts the rows that were not taken by the code of their first cause; `problems` are the first of them.
    """

    state: str
    error: str
    dry_run: bool
    rows: int
    rows_taken: int
    rows_already_there: int
    rows_refused: int
    orders: int
    orders_already_there: int
    orders_touched_by_refusals: int
    note: str
    ignored_columns: Sequence[str]
    reasons: dict[str, int]
    problems: Sequence[Problem]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON can hold."""
        return asdict(self)


def reading_of(mapping: ImportMapping | None, *, skip_bad_rows: bool = False) -> Reading:
    """Return how a kept mapping, or our own template, is read; bad rows are skipped if either says so."""
    if mapping is None:
        return Reading(skip_bad_rows=skip_bad_rows)
    return Reading(
        columns={str(ours): str(theirs) for ours, theirs in mapping.columns.items()},
        defaults={str(ours): str(value) for ours, value in mapping.defaults.items()},
        decimal_separator=mapping.decimal_separator,
        time_zone=mapping.time_zone,
        skip_bad_rows=mapping.skip_bad_rows or skip_bad_rows,
        encoding=mapping.encoding,
        is_foreign=True,
    )


def template() -> str:
    """Return a CSV file to fill in: our columns and one example row."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow([column.name for column in COLUMNS])
    writer.writerow([cells.escaped(column.example) for column in COLUMNS])
    return written.getvalue()


def summary(job: Job, *, most_listed: int = MOST_LISTED) -> Summary:
    """Return what came of an import so far."""
    by_outcome = {
        row["outcome"]: row["orders"]
        for row in JobRow.objects.filter(job=job)
        .values("outcome")
        .annotate(orders=Count("reference", distinct=True))
        .order_by("outcome")
    }
    failed = JobRow.objects.filter(job=job, outcome=JobRow.Outcome.FAILED)
    reasons = {
        row["code"]: row["rows"]
        for row in failed.values("code").annotate(rows=Count("pk")).order_by("-rows", "code")
    }
    return Summary(
        state=job.state,
        error=job.error,
        dry_run=bool(job.params.get("dry_run")),
        rows=job.total,
        rows_taken=job.done,
        rows_already_there=job.skipped,
        rows_refused=job.failed,
        orders=by_outcome.get(JobRow.Outcome.OK, 0),
        orders_already_there=by_outcome.get(JobRow.Outcome.SKIPPED, 0),
        orders_touched_by_refusals=by_outcome.get(JobRow.Outcome.FAILED, 0),
        note=str(job.params.get("note", "")),
        ignored_columns=list(job.params.get("ignored_columns", [])),
        reasons=reasons,
        problems=[
            Problem(*row)
            for row in failed.order_by("position").values_list(
                "position", "reference", "code", "message"
            )[:most_listed]
        ],
    )


def error_file(job: Job) -> Iterator[str]:
    """Yield, as CSV, the rows of the upload that were not taken, each with its row number and the reason.

    Corrected, the file can be uploaded again as it is. Cells that a spreadsheet would take for formulas are escaped;
    our reader takes the escape off. Raises FileUnreadable when the upload has been removed.
    """
    reading = Reading.from_dict(job.params["reading"])
    reasons = (
        JobRow.objects.filter(job=job, outcome=JobRow.Outcome.FAILED)
        .order_by("position")
        .values_list("position", "message")
        .iterator(chunk_size=_BATCH)
    )
    with uploads.opened(job.params["file"]) as file:
        table, _ = uploads.inspect(file, reading)
        yield _line([*OF_THE_REPORT, *table.header], table.delimiter)
        reason = next(reasons, None)
        for row in table.rows(file):
            if reason is None:
                return
            if row.number == reason[0]:
                yield _line([str(row.number), reason[1], *row.cells], table.delimiter)
                reason = next(reasons, None)


def _line(values: Sequence[str], delimiter: str) -> str:
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter).writerow([cells.escaped(value) for value in values])
    return written.getvalue()
