"""Uploads at rest, and looking into them."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import IO, BinaryIO, cast

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage

from orders.importing import errors, reader
from orders.importing.reader import Table
from orders.importing.rules import columns
from orders.importing.rules.columns import Layout, Reading

FOLDER = "imports"
_CHUNK = 1 << 16
_IN_MEMORY = 1 << 20


@contextmanager
def spooled(file: BinaryIO) -> Iterator[BinaryIO]:
    """Copy an upload to where it can be read more than once. Raises FileTooLarge before more than the limit is read."""
    limit = settings.OMS_IMPORT_MAX_BYTES
    size = 0
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as spool:
        for chunk in iter(partial(file.read, _CHUNK), b""):
            size += len(chunk)
            if size > limit:
                raise errors.FileTooLarge(f"A file holds at most {limit // (1 << 20)} MB.")
            spool.write(chunk)
        spool.seek(0)
        yield cast(BinaryIO, spool)


def inspect(file: BinaryIO, reading: Reading) -> tuple[Table, Layout]:
    """Find out how a file is written and where our columns are.

    Raises FileUnreadable, FileEmpty, FileTooLarge, ReadingInvalid, ColumnsWrong with everything at once.
    """
    problems = columns.reading_problems(reading)
    if problems:
        raise errors.ReadingInvalid(
            "; ".join(problem.message for problem in problems), problems=problems
        )
    table = reader.recognise(
        file, fitting=partial(columns.matches, reading=reading), encoding=reading.encoding
    )
    layout, problems = columns.layout(table.header, reading)
    if layout is None:
        raise errors.ColumnsWrong(
            "; ".join(problem.message for problem in problems), problems=problems
        )
    return table, layout


def keep(file: BinaryIO) -> str:
    """Store an upload under a random name; return the name."""
    file.seek(0)
    return str(
        default_storage.save(f"{FOLDER}/{uuid.uuid4().hex}.csv", File(cast(IO[bytes], file)))
    )


@contextmanager
def opened(name: str) -> Iterator[BinaryIO]:
    """Open a stored upload. Raises FileUnreadable when it has been removed."""
    if not default_storage.exists(name):
        raise errors.FileUnreadable("The uploaded file has been removed; upload it again.")
    with default_storage.open(name, "rb") as file:
        yield cast(BinaryIO, file.file)
