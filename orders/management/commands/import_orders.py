"""Import orders from a CSV file."""

import json
import sys
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from oms.core.actors import Actor
from oms.core.errors import DomainError
from oms.core.jobs.models import Job, JobState
from orders.channels.models import Channel
from orders.importing import queries, services
from orders.importing.models import ImportMapping
from orders.importing.reader import ENCODINGS
from orders.importing.rules.columns import DECIMAL_SEPARATORS, Reading

ACTOR = Actor("system", "", "import_orders")
_LISTED = 50
_PLAIN_STEP_SECONDS = 5


class Command(BaseCommand):
    """Import orders from a CSV file."""

    help = (
        "Import orders from a CSV file: one row per order line, rows of one order share external_id. "
        "The same file again changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("file", nargs="?", help="the file; - reads standard input")
        parser.add_argument("--channel", help="code of the channel that the orders come from")
        parser.add_argument("--mapping", help="name of a kept mapping of columns")
        parser.add_argument(
            "--map", action="append", default=[], metavar="OUR=THEIRS", help="column of the file"
        )
        parser.add_argument(
            "--default",
            action="append",
            default=[],
            metavar="OUR=VALUE",
            help='value where the file says nothing; may quote cells: "Household {household_id}"',
        )
        parser.add_argument("--decimal", choices=DECIMAL_SEPARATORS, help="decimal separator")
        parser.add_argument("--time-zone", help="of times without an offset (default: UTC)")
        parser.add_argument("--encoding", choices=ENCODINGS, help="when it cannot be found out")
        parser.add_argument(
            "--skip-bad-rows",
            action="store_true",
            help="take an order without its bad rows instead of refusing it",
        )
        parser.add_argument(
            "--create-products", action="store_true", help="create articles that are not known"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would happen and store nothing"
        )
        parser.add_argument("--errors", metavar="PATH", help="write the refused rows to this file")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")
        parser.add_argument(
            "--template", action="store_true", help="print an empty file to fill in, and end"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, or say what an import would do."""
        if options["template"]:
            self.stdout.write(queries.template(), ending="")
            return
        if not options["file"] or not options["channel"]:
            raise CommandError("Name a file and, with --channel, where its orders come from.")
        channel = _channel(options["channel"])
        reading = _reading(options, channel)
        try:
            with _opened(options["file"]) as file:
                if options["dry_run"]:
                    self._preview(file, reading, channel, options)
                else:
                    self._import(file, reading, channel, options)
        except DomainError as error:
            lines = [error.detail, *(f"  {p.pointer}: {p.message}" for p in error.problems)]
            raise CommandError("\n".join(lines if len(lines) > 2 else lines[:1])) from error

    def _import(
        self, file: BinaryIO, reading: Reading, channel: Channel, options: dict[str, Any]
    ) -> None:
        job = services.start(
            file=file,
            name=options["file"],
            channel=channel,
            actor=ACTOR,
            mapping=reading,
            create_products=options["create_products"],
        )
        with _progress(show=not options["json"]) as progress:
            job = _carry_out(job, progress)
        report = queries.summary(job)
        if options["errors"] and report.rows_refused:
            with Path(options["errors"]).open("w", encoding="utf-8-sig", newline="") as target:
                target.writelines(queries.error_file(job))
        if options["json"]:
            self.stdout.write(json.dumps(report.to_dict(), ensure_ascii=False, indent=2))
        else:
            self._tell(report, options["errors"])
        if job.state != JobState.DONE:
            raise CommandError(job.error or "The import did not end.")

    def _tell(self, report: queries.Summary, error_path: str | None) -> None:
        if report.note:
            self.stdout.write(report.note)
        if report.ignored_columns:
            self.stdout.write(f"Columns not used: {', '.join(report.ignored_columns)}.")
        for problem in report.problems[:_LISTED]:
            self.stdout.write(
                f"  row {problem.row} ({problem.reference}) {problem.code}: {problem.message}"
            )
        if report.rows_refused > _LISTED:
            self.stdout.write(f"  and {report.rows_refused - _LISTED} more rows")
        if report.rows_refused:
            causes = ", ".join(f"{code} {rows}" for code, rows in report.reasons.items())
            self.stdout.write(f"Causes: {causes}.")
        if error_path and report.rows_refused:
            self.stdout.write(f"The refused rows are in {error_path}.")
        self.stdout.write(
            f"{report.orders} orders placed ({report.rows_taken} rows), "
            f"{report.orders_already_there} already imported ({report.rows_already_there} rows), "
            f"{report.rows_refused} of {report.rows} rows refused."
        )

    def _preview(
        self, file: BinaryIO, reading: Reading, channel: Channel, options: dict[str, Any]
    ) -> None:
        orders: Counter[str] = Counter()
        rows: Counter[str] = Counter()
        reasons: Counter[str] = Counter()
        backordered = held = 0
        listed = []
        for outcome in services.preview(
            file=file,
            reading=reading,
            channel=channel,
            create_products=options["create_products"],
        ):
            orders[outcome.outcome] += 1
            backordered += outcome.backordered
            held += bool(outcome.holds)
            for row in outcome.rows:
                rows[row.outcome] += 1
                if row.outcome == "failed":
                    reasons[row.code] += 1
                if options["json"]:
                    listed.append(asdict(row))
                else:
                    self.stdout.write(
                        f"row {row.row} ({row.reference}) {row.outcome}"
                        f"{' ' + row.code if row.code else ''}: {row.message}"
                    )
        report = {
            "dry_run": True,
            "orders": dict(orders),
            "rows": dict(rows),
            "units_that_would_wait": backordered,
            "orders_that_would_be_held": held,
            "reasons": dict(reasons),
        }
        if options["json"]:
            report["outcomes"] = listed
            self.stdout.write(json.dumps(report, ensure_ascii=False, indent=2))
            return
        self.stdout.write(
            f"Nothing was stored. {orders['ok']} orders would be placed ({rows['ok']} rows), "
            f"{held} of them held, {backordered} units would wait for stock; "
            f"{orders['skipped']} are already imported; {rows['failed']} rows would be refused."
        )


def _channel(code: str) -> Channel:
    channel = Channel.objects.select_related("price_list").filter(code=code, is_active=True).first()
    if channel is None:
        known = ", ".join(Channel.objects.filter(is_active=True).values_list("code", flat=True))
        raise CommandError(f"There is no active channel {code}. There are: {known or 'none'}.")
    return channel


def _reading(options: dict[str, Any], channel: Channel) -> Reading:
    """Put the kept mapping and the options together; an option wins."""
    kept = Reading()
    if options["mapping"]:
        mapping = ImportMapping.objects.filter(name=options["mapping"]).first()
        if mapping is None:
            raise CommandError(f"There is no mapping {options['mapping']}.")
        if mapping.channel_id != channel.pk:
            raise CommandError(f"The mapping {mapping.name} belongs to another channel.")
        kept = queries.reading_of(mapping)
    columns = {**kept.columns, **_pairs(options["map"], "--map")}
    return Reading(
        columns=columns,
        defaults={**kept.defaults, **_pairs(options["default"], "--default")},
        decimal_separator=options["decimal"] or kept.decimal_separator,
        time_zone=options["time_zone"] or kept.time_zone,
        skip_bad_rows=options["skip_bad_rows"] or kept.skip_bad_rows,
        encoding=options["encoding"] or kept.encoding,
        is_foreign=bool(options["mapping"] or options["map"]),
    )


def _pairs(given: list[str], option: str) -> dict[str, str]:
    pairs = {}
    for pair in given:
        ours, equals, theirs = pair.partition("=")
        if not equals or not ours:
            raise CommandError(f"{option} takes OUR=…, not {pair}.")
        pairs[ours.strip()] = theirs.strip()
    return pairs


@contextmanager
def _opened(path: str) -> Iterator[BinaryIO]:
    if path == "-":
        yield sys.stdin.buffer
        return
    with ExitStack() as stack:
        try:
            file = stack.enter_context(Path(path).open("rb"))
        except OSError as error:
            raise CommandError(f"{path} cannot be opened: {error.strerror}.") from error
        yield file


def _carry_out(job: Job, progress: Callable[[int, int], None]) -> Job:
    """Run the job to its end; when a worker has taken it, look on until that one is done."""
    while job.state in (JobState.QUEUED, JobState.RUNNING):
        if services.run(job_id=job.pk, progress=progress) is None:
            time.sleep(0.5)
        job.refresh_from_db()
        progress(job.done + job.failed + job.skipped, job.total)
    return job


@contextmanager
def _progress(*, show: bool) -> Iterator[Callable[[int, int], None]]:
    """Give a function that shows how far it is: a bar on a terminal, now and then a line elsewhere."""
    console = Console(stderr=True)
    if not show:
        yield lambda done, total: None
        return
    if not console.is_terminal:
        last = time.monotonic()

        def line(done: int, total: int) -> None:
            nonlocal last
            if time.monotonic() - last >= _PLAIN_STEP_SECONDS:
                last = time.monotonic()
                console.print(f"{done} of {total} rows")

        yield line
        return
    columns = (TextColumn("rows"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("rows", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
