"""Take an upload in."""

from datetime import timedelta
from pathlib import PurePath
from typing import BinaryIO

from django.conf import settings
from django.core.files.storage import default_storage

from oms.core import clock, text
from oms.core.actors import Actor
from oms.core.jobs import services as jobs
from oms.core.jobs.models import Job
from orders.channels.models import Channel
from orders.importing import queries, uploads
from orders.importing.models import ImportMapping
from orders.importing.rules.columns import Reading
from orders.importing.services.run import KIND


def start(
    *,
    file: BinaryIO,
    channel: Channel,
    actor: Actor,
    mapping: ImportMapping | Reading | None = None,
    name: str = "",
    dry_run: bool = False,
    create_products: bool = False,
) -> Job:
    """Store a file and queue its import; what can be said at once is said at once.

    Raises FileUnreadable, FileEmpty, FileTooLarge, ColumnsWrong, ReadingInvalid; then nothing is stored. `name` is for
    people only, the stored file has a random one.
    """
    reading = queries.reading_of(mapping) if isinstance(mapping, ImportMapping) else mapping
    reading = reading or Reading()
    shown = text.shortened(PurePath(name or str(getattr(file, "name", "") or "file")).name, 100)
    with uploads.spooled(file) as spool:
        table, layout = uploads.inspect(spool, reading)
        stored = uploads.keep(spool)
    return jobs.create(
        kind=KIND,
        title=f"{'Dry run' if dry_run else 'Import'} of {shown} into {channel.name}",
        params={
            "file": stored,
            "name": shown,
            "channel": channel.pk,
            "reading": reading.to_dict(),
            "actor": [actor.kind, actor.id, actor.name],
            "dry_run": dry_run,
            "create_products": create_products,
            "encoding": table.encoding,
            "note": table.note,
            "ignored_columns": list(layout.ignored),
        },
        total=0,
        actor=actor,
    )


def purge_files() -> int:
    """Remove uploads older than OMS_IMPORT_KEEP_DAYS; their reports stay. Returns how many went."""
    before = clock.now() - timedelta(days=settings.OMS_IMPORT_KEEP_DAYS)
    if not default_storage.exists(uploads.FOLDER):
        return 0
    _, names = default_storage.listdir(uploads.FOLDER)
    gone = 0
    for name in names:
        path = f"{uploads.FOLDER}/{name}"
        if default_storage.get_modified_time(path) < before:
            default_storage.delete(path)
            gone += 1
    return gone
