"""Measure what placing and reading orders costs: `python -m tests.benchmarks`.

Serves the product (production settings, gunicorn with threads, PostgreSQL with prepared statements) and, beside it,
the floor (`floor.py`: a bare view, a serializer and one prepared statement), and drives both over HTTP in turns.
Printed and stored are CPU milliseconds per operation (user and system time of all processes of application and
database, read from /proc; the load generator does not count), the rate, and the ratio of the product to the floor:
medians of the rounds. Only ratios of one run can be compared. Fails when an answer was wrong or the books do not
balance afterwards.

    python -m tests.benchmarks                     size S, three rounds, some four minutes
    python -m tests.benchmarks --size M            100,000 orders, 10,000 SKUs, 3 locations
    python -m tests.benchmarks --only place --rounds 1 --scale 0.3
    python -m tests.benchmarks promise             what a promise costs behind 10,000 and 1,000,000 movements
    python -m tests.benchmarks planning            forecasting and proposing for 10,000 SKUs
    python -m tests.benchmarks warehouse           receiving 10,000 lines and counting 10,000 bins behind as many

The database is a new one on the server of DATABASE_URL, else on one that `tests.servers` finds or starts.
"""

import argparse
import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
from psycopg import sql

from tests.servers import postgres
from tests.servers.processes import NoServer

ROOT = Path(__file__).resolve().parents[2]
MODULES = {
    "orders": "tests.benchmarks.run",
    "planning": "tests.benchmarks.planning",
    "promise": "tests.benchmarks.promise",
    "warehouse": "tests.benchmarks.warehouse",
}


def environment(url: str, folder: str) -> dict[str, str]:
    """Return the environment of a production start on one machine, without https in front."""
    return {
        **{name: value for name, value in os.environ.items() if name not in ("DEBUG", "REDIS_URL")},
        "DJANGO_SETTINGS_MODULE": "oms.settings",
        "DATABASE_URL": url,
        "DATABASE_CONN_MAX_AGE": "3600",  # the time of a connection that has ended could not be read
        "SECRET_KEY": secrets.token_urlsafe(64),
        "ALLOWED_HOSTS": "127.0.0.1",
        "SINGLE_HOST": "1",
        "SECURE_SSL_REDIRECT": "0",
        "EMAIL_URL": "smtp://127.0.0.1:25",
        "OMS_VAR": folder,
    }


def main(arguments: list[str]) -> int:
    """Make a database, run, drop it; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "what", nargs="?", choices=sorted(MODULES), default="orders", help="what is measured"
    )
    parser.add_argument("--size", choices=["S", "M", "L"], default="S", help="how much data")
    parser.add_argument("--rounds", type=int, default=3, help="how often all is measured")
    parser.add_argument("--scale", type=float, default=1.0, help="times the number of operations")
    parser.add_argument("--only", default="", help="workloads whose name contains this")
    parser.add_argument("--workers", type=int, default=2, help="processes of gunicorn")
    parser.add_argument("--json", default="", help="where to store the figures (var/benchmarks/)")
    what = parser.parse_args(arguments).what
    passed = [each for each in arguments if each != what]
    try:
        with (
            postgres.running() as server,
            tempfile.TemporaryDirectory(prefix="oms-bench-") as folder,
        ):
            name = f"oms_benchmark_{os.getpid()}"
            with psycopg.connect(server, autocommit=True) as connection:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
                try:
                    head, _, tail = server.partition("?")
                    url = head.rpartition("/")[0] + f"/{name}" + (f"?{tail}" if tail else "")
                    env = environment(url, folder)
                    migrate = [sys.executable, "manage.py", "migrate", "-v0"]
                    subprocess.run(migrate, env=env, cwd=ROOT, check=True)
                    run = [sys.executable, "-m", MODULES[what], *passed]
                    return subprocess.run(run, env=env, cwd=ROOT, check=False).returncode
                finally:
                    connection.execute(
                        sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
                    )
    except NoServer as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
