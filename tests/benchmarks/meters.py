"""CPU seconds of process trees, from /proc."""

import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import psycopg

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Seconds:
    """CPU seconds, user and system, of the application and of the database."""

    application: float
    database: float

    def __sub__(self, other: "Seconds") -> "Seconds":
        return Seconds(self.application - other.application, self.database - other.database)


class Meter:
    """Reads what the processes below `application` and the database at `url` have used so far.

    Of the database count the connections to our own database and the server's background processes, so that a server
    that others use too can be measured. It must run on this machine.
    """

    def __init__(self, *, application: int, url: str) -> None:
        self._application = application
        with psycopg.connect(url) as connection:
            rows = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                " AND (datname = current_database() OR datname IS NULL)"
            ).fetchall()
        self._database = [pid for (pid,) in rows]
        unseen = [pid for pid in self._database if not _is_postgres(pid)]
        if unseen:
            raise RuntimeError("The database does not run on this machine: it cannot be measured.")

    def read(self) -> Seconds:
        """Return the seconds used so far."""
        return Seconds(_of_tree(self._application), sum(_of_process(pid) for pid in self._database))


def _is_postgres(pid: int) -> bool:
    try:
        return "postgres" in Path(f"/proc/{pid}/comm").read_text(encoding="utf-8")
    except OSError:
        return False


def _fields(pid: int) -> list[str]:
    """Return the fields of /proc/<pid>/stat from the state on; empty when the process is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def _of_process(pid: int) -> float:
    """Return user and system time of a process and of its children that have ended."""
    fields = _fields(pid)
    return sum(map(int, fields[11:15])) / _TICKS if fields else 0.0


def _of_tree(root: int) -> float:
    children: defaultdict[int, list[int]] = defaultdict(list)
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _fields(int(entry.name))):
            children[int(fields[1])].append(int(entry.name))
    total, waiting = 0.0, [root]
    while waiting:
        pid = waiting.pop()
        total += _of_process(pid)
        waiting += children[pid]
    return total
