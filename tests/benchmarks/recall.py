"""Measure how long the recall list of a lot takes: `python -m tests.benchmarks.recall`.

Ships one parcel through the services, copies it, table by table, until a million lines have left, of two hundred lots,
and asks who got one of them: all recipients, the first page of them, and how far the lot went. The lots are goods, made
on two levels with as many lots of flour; the same is asked of one of these. Printed are milliseconds, the best of
five; fails when a list takes longer than a second.

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
POSTINGS = 20_000
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
        cursor.execute("SET statement_timeout = 0")  # it takes its time
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
        flour = _make(cursor, first)
        cursor.execute("ANALYZE")
        cursor.execute("RESET statement_timeout")
    sys.stdout.write(f"{lines} lines shipped, {LOTS} lots" + "\n")
    slowest = 0.0
    for what, asked in (("a lot of goods", first[7]), ("a lot of flour", flour)):
        found = len(queries.recipients(asked))
        whole = _best(lambda key=asked: queries.recipients(key))
        some = _best(lambda key=asked: queries.recipients(key, most=200))
        far = _best(lambda key=asked: queries.reach(key))
        sys.stdout.write(f"{what}, {found} parcels" + "\n")
        sys.stdout.write(f"  every recipient   {whole:8.1f} ms" + "\n")
        sys.stdout.write(f"  the first 200     {some:8.1f} ms" + "\n")
        sys.stdout.write(f"  how far it went   {far:8.1f} ms" + "\n")
        slowest = max(slowest, whole, far)
    return 0 if slowest < MOST_MS else 1


def _make(cursor: "object", goods: list[int]) -> int:
    """Make lots of goods of dough, and dough of flour, some postings each; return the key of a lot of flour."""
    from inventory.catalog.models import Tracking  # noqa: PLC0415
    from inventory.lots.models import Lot  # noqa: PLC0415
    from inventory.production.models import PostedLot, ProductionPosting  # noqa: PLC0415
    from tests.inventory.factories import SkuFactory, lots_level  # noqa: PLC0415
    from tests.inventory.production.made import begun_order, posted, released_bill  # noqa: PLC0415

    level = lots_level({"F-0": 9})
    bill = released_bill(SkuFactory.create(tracking=Tracking.LOT), parts={level.sku: 1})
    posted(begun_order(location=level.location, bill=bill, quantity=2), 1)
    model = ProductionPosting.objects.get()
    used, made = model.lines.order_by("pk")
    flour = Lot.objects.bulk_create(
        Lot(sku=level.sku, number=f"F-{number}") for number in range(1, LOTS + 1)
    )
    dough = Lot.objects.bulk_create(
        Lot(sku=bill.sku, number=f"D-{number}") for number in range(POSTINGS)
    )
    _copy(cursor, "inventory_productionposting", 2 * POSTINGS, number="'Q' || i", key="'q' || i")
    for shift, line in ((0, used), (2 * POSTINGS, made)):
        cursor.execute(  # type: ignore[attr-defined]
            "INSERT INTO inventory_productionpostingline (id, posting_id, kind, sku_id, quantity, held, bucket)"
            " SELECT %s + i, %s + i, %s, %s, 1, 0, %s FROM generate_series(1, %s) i",
            [BASE + shift, BASE, line.kind, line.sku_id, line.bucket, 2 * POSTINGS],
        )
    pairs = [(flour[n % len(flour)].pk, dough[n].pk) for n in range(POSTINGS)]
    pairs += [(dough[n].pk, goods[n % len(goods)]) for n in range(POSTINGS)]
    PostedLot.objects.bulk_create(
        PostedLot(line_id=BASE + shift + number, lot_id=lot_id, quantity=1)
        for number, pair in enumerate(pairs, start=1)
        for shift, lot_id in zip((0, 2 * POSTINGS), pair, strict=True)
    )
    return flour[7].pk


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
