"""Carry an import out: order after order, in pieces, going on where a run was cut off."""

import time
from collections.abc import Callable, Iterator
from typing import BinaryIO

from django.db import transaction

from inventory.catalog.models import Sku
from oms.core.actors import Actor
from oms.core.errors import Busy, DomainError
from oms.core.jobs import services as jobs
from oms.core.jobs.models import Job
from orders.channels.models import Channel
from orders.importing import errors, uploads
from orders.importing.reader import Table
from orders.importing.rules import orders as rules
from orders.importing.rules.columns import Layout, Reading
from orders.importing.rules.orders import Assembled
from orders.importing.services.take import (
    OrderOutcome,
    Placer,
    Previewer,
    Taker,
    keep_nothing,
    to_rows,
)
from orders.importing.staging import Staging, staging

KIND = "orders.import"
_AT_ONCE = 100
# A dry run keeps in memory what it has promised so far, so that it cannot be cut into pieces.
MOST_SECONDS_OF_A_DRY_RUN = 200.0

Progress = Callable[[int, int], None]


class TooSlow(errors.FileTooLarge):
    """A dry run did not come to its end in time."""

    code = "dry_run_too_slow"
    title = "The file is too large for a dry run; split it"


def run(
    *,
    job_id: int | None = None,
    budget_seconds: float | None = None,
    progress: Progress | None = None,
) -> Job | None:
    """Carry out the import `job_id`, or the oldest that waits, until it ends or the budget is spent.

    Returns the job as it then is, or None when there is nothing to do or another process is at it. Each order is placed
    in a transaction of its own, together with its part of the report and the job's cursor: after a kill the next run
    begins with the first order that is not in. A file that cannot be read to its end is refused before its first order.
    """
    job = jobs.claim(kinds=[KIND], job_id=job_id)
    if job is None:
        return None
    try:
        _carry_out(job, budget_seconds, progress or _silent)
    except jobs.ClaimLost:
        return None
    except DomainError as error:
        jobs.fail(job, error.detail)
    job.refresh_from_db()
    return job


def preview(
    *, file: BinaryIO, reading: Reading, channel: Channel, create_products: bool = False
) -> Iterator[OrderOutcome]:
    """Yield what an import of `file` would do with each order, and store nothing at all.

    Raises FileUnreadable, FileEmpty, FileTooLarge, ColumnsWrong, ReadingInvalid.
    """
    with uploads.spooled(file) as spool, staging() as staged:
        table, layout = uploads.inspect(spool, reading)
        _fill(staged, spool, table, layout)
        taker = Previewer(
            channel=channel,
            skip_bad_rows=layout.skip_bad_rows,
            create_products=create_products,
        )
        for assembled in _assembled(staged, layout, channel, after=0):
            yield taker.take(assembled, keep_nothing)


def _carry_out(job: Job, budget_seconds: float | None, progress: Progress) -> None:
    channel = Channel.objects.select_related("price_list").get(pk=job.params["channel"])
    reading = Reading.from_dict(job.params["reading"])
    options = {"create_products": bool(job.params["create_products"])}
    dry_run = bool(job.params["dry_run"])
    with uploads.opened(job.params["file"]) as file, staging() as staged:
        table, layout = uploads.inspect(file, reading)
        jobs.set_total(job, _fill(staged, file, table, layout))
        if dry_run:
            jobs.restart(job)
            job.cursor = 0
            done = _preview_all(
                job,
                Previewer(channel=channel, skip_bad_rows=layout.skip_bad_rows, **options),
                _assembled(staged, layout, channel, after=0),
                progress,
            )
        else:
            placer = Placer(
                channel=channel,
                actor=Actor(*job.params["actor"]),
                skip_bad_rows=layout.skip_bad_rows,
                **options,
            )
            orders = _assembled(staged, layout, channel, after=job.cursor)
            done = _place_all(job, placer, orders, budget_seconds, progress)
    if done:
        jobs.finish(job)
    else:
        jobs.pause(job)


def _fill(staged: Staging, file: BinaryIO, table: Table, layout: Layout) -> int:
    total = staged.fill((layout.value("external_id", row.cells), row) for row in table.rows(file))
    if not total:
        raise errors.FileEmpty("There is no row below the header.")
    return total


def _assembled(
    staged: Staging, layout: Layout, channel: Channel, *, after: int
) -> Iterator[Assembled]:
    for rows, numbers in staged.orders(after=after, most_rows=rules.MOST_ROWS):
        yield rules.assemble(rows, numbers, layout, currency=channel.currency, is_sku=_is_sku)


def _place_all(
    job: Job,
    placer: Taker,
    orders: Iterator[Assembled],
    budget_seconds: float | None,
    progress: Progress,
) -> bool:
    """Take all orders in; False when the budget was spent before the last one, or rivals hold what one needs."""
    until = None if budget_seconds is None else time.monotonic() + budget_seconds
    done = job.done + job.failed + job.skipped
    for assembled in orders:
        try:
            placer.take(
                assembled,
                lambda outcome: jobs.record(job, to_rows([outcome]), cursor=outcome.rows[0].row),
            )
        except Busy:
            return False  # the next run begins with this order
        done += len(assembled.rows)
        progress(done, job.total)
        if until is not None and time.monotonic() > until:
            return False
    return True


def _preview_all(
    job: Job, previewer: Taker, orders: Iterator[Assembled], progress: Progress
) -> bool:
    until = time.monotonic() + MOST_SECONDS_OF_A_DRY_RUN
    done = 0
    waiting: list[OrderOutcome] = []

    def write() -> None:
        if waiting:
            with transaction.atomic():
                jobs.record(job, to_rows(waiting), cursor=0)
            waiting.clear()

    for assembled in orders:
        waiting.append(previewer.take(assembled, keep_nothing))
        done += len(assembled.rows)
        if len(waiting) >= _AT_ONCE:
            write()
            progress(done, job.total)
            if time.monotonic() > until:
                raise TooSlow(f"After {done} of {job.total} rows the time was up; split the file.")
    write()
    progress(done, job.total)
    return True


def _is_sku(code: str) -> bool:
    return Sku.objects.filter(code=code).exists()


def _silent(_done: int, _total: int) -> None:
    """Show nothing."""
