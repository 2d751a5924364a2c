"""Measure how long the recall list of a lot takes: `python -m tests.benchmarks.recall`.

Ships one parcel through the services, copies it, table by table, until a million lines have left, of two hundred lots,
and asks who got one of them: all recipients, the first page of them, and how far the lot went. Printed are
milliseconds, the best of five; fails when the list takes longer than a second.

    python -m tests.benchmarks.recall                     a million lines, some minutes
    python -m tests.benchmarks.recall --lines 100000

The database is a new one on the server of DATABASE_URL, else on one that `tests.servers` finds or starts.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

import psycopg
from psycopg import sql

from tests.benchmarks.__main__ import ROOT, environment
from tests.servers import postgres

LINES_AN_ORDER = 5
LOTS = 200
MOST_MS = 1_000.0


def outside(arguments: list[str]) -> int:
    """Make a database, measure in a process of its own, drop it; return the exit code."""
    with postgres.running() as server, tempfile.TemporaryDirectory(prefix="oms-bench-") as folder:
        name = f"oms_recall_{os.getpid()}"
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            try:
                head, _, tail = server.partition("?")
                url = head.rpartition("/")[0] + f"/{name}" + (f"?{tail}" if tail else "")
                env = environment(url, folder)
                migrate = [sys.executable, "manage.py", "migrate", "-v0"]
                subprocess.run(migrate, env=env, cwd=ROOT, check=True)
                run = [sys.executable, "-m", "tests.benchmarks.recall", "--inside", *arguments]
                return subprocess.run(run, env=env, cwd=ROOT, check=False).returncode
            finally:
                connection.execute(
                    sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
                )


def inside(lines: int) -> int:
    """Build the data and measure; return the exit code."""
    import django  # noqa: PLC0415  # nothing of Django before its settings are there

    django.setup()
    from django.db import connection  # noqa: PLC0415

    from fulfillment.recalls import queries  # noqa: PLC0415
    from inventory.lots.models import Lot  # noqa: PLC0415
    from tests.fulfillment.factories import shipped_shipment  # noqa: PLC0415
    from tests.inventory.factories import lots_level  # noqa: PLC0415

    level = lots_level({"L-0": 1})
    shipped_shipment([(level.sku, 1)])
    lot = Lot.objects.get(sku=level.sku)
    Lot.objects.bulk_create(Lot(sku=lot.sku, number=f"L-{n}") for n in range(1, LOTS))
    first = list(Lot.objects.filter(sku=lot.sku).order_by("pk").values_list("pk", flat=True))
    orders = lines // LINES_AN_ORDER
    with connection.cursor() as cursor:
        _copy(cursor, "orders_order", orders, number="'R' || i", external_id="'r' || i")
        _copy(cursor, "fulfillment_fulfillmentorder", orders, number="'W' || i", order_id="b + i")
        _copy(
            cursor,
            "fulfillment_shipment",
            orders,
            number="'P' || i",
            tracking_number="'T' || i",
            pack_key="''",
            fulfillment_order_id="b + i",
        )
        owner = f"b + 1 + (i - 1) / {LINES_AN_ORDER}"
        place = f"2 + (i - 1) % {LINES_AN_ORDER}"
        _copy(cursor, "orders_orderline", lines, order_id=owner, position=place)
        _copy(
            cursor,
            "fulfillment_fulfillmentline",
            lines,
            fulfillment_order_id=owner,
            order_line_id="b + i",
        )
        _copy(
            cursor,
            "fulfillment_shipmentline",
            lines,
            shipment_id=owner,
            fulfillment_line_id="b + i",
        )
        lots = f"(ARRAY{first})[1 + i % {LOTS}]"
        _copy(cursor, "fulfillment_shippedlot", lines, shipment_line_id="b + i", lot_id=lots)
        cursor.execute("ANALYZE")
    asked = first[7]
    found = queries.recipients(asked)
    sys.stdout.write(f"{lines} lines shipped, {LOTS} lots; {len(found)} parcels got the lot" + "\n")
    whole = _best(lambda: queries.recipients(asked))
    sys.stdout.write(f"every recipient   {whole:8.1f} ms" + "\n")
    sys.stdout.write(
        f"the first 200     {_best(lambda: queries.recipients(asked, most=200)):8.1f} ms" + "\n"
    )
    sys.stdout.write(f"how far it went   {_best(lambda: queries.reach(asked)):8.1f} ms" + "\n")
    return 0 if whole < MOST_MS else 1


BASE = 1_000_000_000


def _copy(cursor: "object", table: str, count: int, **changes: str) -> None:
    """Copy the first row of a table; in `changes`, i counts the copies from 1, and b + i is the key of one."""
    cursor.execute(  # type: ignore[attr-defined]
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s ORDER BY ordinal_position",
        [table],
    )
    columns = [name for (name,) in cursor.fetchall()]  # type: ignore[attr-defined]
    values = {
        name: {"id": "b + i", "uuid": "gen_random_uuid()"}.get(name, f"t.{name}")
        for name in columns
    } | changes
    started = time.perf_counter()
    cursor.execute(  # type: ignore[attr-defined]
        f"INSERT INTO {table} ({', '.join(columns)})"  # names of our own tables
        f" SELECT {', '.join(values[name] for name in columns)}"
        f" FROM (SELECT * FROM {table} ORDER BY id LIMIT 1) t,"
        f" (SELECT {BASE}::bigint AS b) k, generate_series(1, {count}) i"
    )
    sys.stderr.write(f"{table}: {count} in {time.perf_counter() - started:.0f} s" + "\n")


def _best(ask: Callable[[], object]) -> float:
    """Return the milliseconds of the fastest of five."""
    times = []
    for _ in range(5):
        started = time.perf_counter()
        ask()
        times.append(time.perf_counter() - started)
    return min(times) * 1_000


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.recall", description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000, help="how many have left")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    sys.exit(inside(asked.lines) if asked.inside else outside(["--lines", str(asked.lines)]))
