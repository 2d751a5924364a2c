"""The rows of a file by order, on disk: rows of one order need not be neighbours, and memory stays flat.

A temporary SQLite database of its own (not the product's) holds the rows while one run of an import lasts.
"""

import json
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from orders.importing.rules.orders import Row

_BATCH = 2_000


class Staging:
    """Rows grouped by order, in the order in which each order is first mentioned."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def fill(self, rows: Iterable[tuple[str, Row]]) -> int:
        """Take the rows with the external id of each; return their number."""
        self._connection.execute(
            "CREATE TABLE rows (number INTEGER PRIMARY KEY, id TEXT, cells TEXT)"
        )
        taken = 0
        source = iter(rows)
        while batch := list(islice(source, _BATCH)):
            self._connection.executemany(
                "INSERT INTO rows VALUES (?, ?, ?)",
                [(row.number, external_id, json.dumps(row.cells)) for external_id, row in batch],
            )
            taken += len(batch)
        # A row without an external id belongs to no other row.
        self._connection.execute("UPDATE rows SET id = char(0) || number WHERE id = ''")
        self._connection.execute("CREATE INDEX rows_id ON rows (id, number)")
        self._connection.execute(
            "CREATE TABLE orders AS SELECT MIN(number) AS first, id FROM rows GROUP BY id ORDER BY 1"
        )
        self._connection.commit()
        return taken

    def orders(self, *, after: int = 0, most_rows: int) -> Iterator[tuple[list[Row], list[int]]]:
        """Yield, for each order whose first row comes after row `after`, its rows and the numbers of all its rows.

        Of an order with more than `most_rows` rows the first ones are given only.
        """
        found = self._connection.execute(
            "SELECT id FROM orders WHERE first > ? ORDER BY first", (after,)
        )
        for (external_id,) in found:
            rows = [
                Row(number, tuple(json.loads(cells)))
                for number, cells in self._connection.execute(
                    "SELECT number, cells FROM rows WHERE id = ? ORDER BY number LIMIT ?",
                    (external_id, most_rows),
                )
            ]
            numbers = [row.number for row in rows]
            if len(rows) == most_rows:
                numbers += [
                    number
                    for (number,) in self._connection.execute(
                        "SELECT number FROM rows WHERE id = ? AND number > ? ORDER BY number",
                        (external_id, numbers[-1]),
                    )
                ]
            yield rows, numbers


@contextmanager
def staging() -> Iterator[Staging]:
    """Open an empty staging; its file goes with it."""
    with tempfile.TemporaryDirectory(prefix="oms-import-") as folder:
        connection = sqlite3.connect(Path(folder) / "rows.sqlite3")
        try:
            connection.execute("PRAGMA journal_mode=OFF")
            connection.execute("PRAGMA synchronous=OFF")
            yield Staging(connection)
        finally:
            connection.close()
