"""The database connection: looked at without a question to the server, and keeping what it has prepared."""

import re
import select
from collections.abc import Sequence
from typing import Any

from django.db.backends.postgresql import base
from psycopg import pq

# The driver offers no public way to change when it forgets; `tests/core/test_postgresql.py` notices when this one goes.
from psycopg._preparing import Prepare, PrepareManager

_SCHEMA_CHANGED = re.compile(rb"(?:DROP|ALTER|DISCARD ALL|DEALLOCATE ALL)\b")


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's connection to PostgreSQL, cheaper in two ways."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Return a connection of the driver that keeps its prepared statements when a transaction is rolled back."""
        connection = super().get_new_connection(conn_params)
        kept = KeptStatements()
        kept.prepare_threshold = connection.prepare_threshold
        kept.prepared_max = connection._prepared.prepared_max
        connection._prepared = kept
        return connection

    def is_usable(self) -> bool:
        """Say whether the connection lives.

        Django asks `SELECT 1` before each request, but the socket knows it too: a server that ends a connection closes
        it, or says why first, and both can be read. Nothing to be read from an idle connection means that it lives as
        far as this machine can know; otherwise the server is asked.

        A connection on which more went wrong than refused data is given up: what it has prepared may be the cause (a
        migration has changed a column, a pooler has lost the statement), and it is kept through rollbacks.
        """
        connection = self.connection
        if connection is None or self.errors_occurred:
            return False
        if connection.pgconn.status == pq.ConnStatus.OK:
            poll = select.poll()
            poll.register(connection.pgconn.socket, select.POLLIN | select.POLLPRI)
            if not poll.poll(0):
                return True
        usable: bool = super().is_usable()
        return usable

    def rollback(self) -> None:
        """Roll back, and still remember what went wrong: that a rollback works does not mean that the next try will."""
        went_wrong = self.errors_occurred
        super().rollback()
        self.errors_occurred = went_wrong


class KeptStatements(PrepareManager):
    """What a connection has prepared.

    The driver forgets everything at each rollback, in case tables were made in the transaction. A request makes none,
    and PostgreSQL keeps prepared statements through a rollback: so a refused order does not make the next one slower.
    """

    def clear(self) -> bool:
        """Forget nothing."""
        return False

    def _should_discard(self, prep: Prepare, results: Sequence[pq.abc.PGresult], *_: Any) -> bool:
        """Forget everything after a statement that changes tables or has made the server forget."""
        if any(_SCHEMA_CHANGED.match(result.command_status or b"") for result in results):
            return super().clear()
        return False
