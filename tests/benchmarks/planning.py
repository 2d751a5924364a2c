"""Measure a night of planning: `python -m tests.benchmarks planning`.

Fills a fresh database on PostgreSQL with two years of demand for 10,000 SKUs at one location, from rare to steady, and
carries out the jobs that forecast all of it and propose what to order. Printed are seconds of each, on the clock and of
the processor; fails when both together take longer than five minutes of the processor.
"""

import argparse
import os
import random
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import django

django.setup()

# Everything below reads the settings when it is imported.
from django.db import connection  # noqa: E402

from inventory.catalog.models import Product, Sku  # noqa: E402
from inventory.locations.models import Location  # noqa: E402
from inventory.planning import services as planning  # noqa: E402
from inventory.planning.models import DemandDay, Forecast, Policy, Proposal  # noqa: E402
from inventory.purchasing.models import PriceBreak, SupplierSku  # noqa: E402
from inventory.stock.models import Level  # noqa: E402
from oms.core import clock  # noqa: E402
from oms.core.actors import SYSTEM  # noqa: E402
from oms.core.jobs.models import JobState  # noqa: E402
from tests.benchmarks.meters import Meter  # noqa: E402
from tests.inventory.purchasing import orders as purchases  # noqa: E402

WEEKS = 104
AT_ONCE = 50_000
MOST_SECONDS = 300


def seed(count: int) -> None:
    """Make SKUs with a past, little stock, and a supplier who sells them all."""
    product = Product.objects.create(name="Bench")
    skus = Sku.objects.bulk_create(
        Sku(product=product, code=f"BENCH-{number:05}", name=f"Bench {number}")
        for number in range(count)
    )
    place = Location.objects.create(code="BENCH", name="Bench", country="DE")
    Level.objects.bulk_create(Level(sku=sku, location=place, on_hand=0) for sku in skus)
    luck = random.Random(7)  # demand, not secrets
    today = clock.today()
    days: list[DemandDay] = []
    for sku in skus:
        sells, most = luck.random(), luck.randint(1, 30)
        days += [
            DemandDay(
                sku=sku,
                location=place,
                day=today - timedelta(days=7 * week + luck.randint(1, 7)),
                units=luck.randint(1, most),
            )
            for week in range(WEEKS)
            if luck.random() < sells
        ]
    DemandDay.objects.bulk_create(days, batch_size=AT_ONCE)
    Policy.objects.create(name="Everything")
    seller = purchases.supplier()
    terms = SupplierSku.objects.bulk_create(
        SupplierSku(supplier=seller, sku=sku, code=f"S-{sku.code}") for sku in skus
    )
    PriceBreak.objects.bulk_create(
        PriceBreak(terms=each, quantity=1, unit_cost=Decimal("2.50")) for each in terms
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def main(arguments: Sequence[str]) -> int:
    """Fill, plan, say how long it took; return 1 when it took too long or did not end well."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks planning")
    parser.add_argument("--scale", type=float, default=1.0)
    count = int(10_000 * parser.parse_known_args(arguments)[0].scale)
    seed(count)
    meter = Meter(application=os.getpid(), url=os.environ["DATABASE_URL"])
    spent = 0.0
    for name, start in (
        ("forecast", planning.start_forecasts),
        ("propose", planning.start_proposals),
    ):
        job = start(actor=SYSTEM)
        before, begun = meter.read(), time.perf_counter()
        ended = planning.run(job_id=job.pk)
        used = meter.read() - before
        if ended is None or ended.state != JobState.DONE:
            sys.stderr.write(f"The job did not end well: {ended and ended.state}.\n")
            return 1
        spent += used.application + used.database
        sys.stdout.write(
            f"{name:<12}{count:>8} SKUs{time.perf_counter() - begun:>8.0f} s"
            f"{used.application + used.database:>8.0f} CPU-s\n"
        )
    sys.stdout.write(
        f"{Forecast.objects.count()} forecasts, {Proposal.objects.count()} proposals\n"
    )
    if spent > MOST_SECONDS:
        sys.stderr.write("A night of planning takes longer than it may.\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
