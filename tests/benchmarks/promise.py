"""Measure what a promise costs: `python -m tests.benchmarks promise`.

Fills two fresh databases on PostgreSQL, set-based, one with 10,000 and one with 1,000,000 movements behind the same
stock: a SKU at 50 locations, 100 SKUs at 5, each with supplies on their way and orders that wait. Prints p50 and p95 of
promising one SKU and 100 SKUs to a new order, and the ratio between both sizes: history should cost nothing.
"""

import sys
import time
from collections.abc import Callable
from datetime import timedelta
from statistics import quantiles

import django

django.setup()

# Everything below reads the settings when it is imported.
from inventory.catalog.models import Product, Sku  # noqa: E402
from inventory.inbound.models import Inbound  # noqa: E402
from inventory.locations.models import Location  # noqa: E402
from inventory.stock.models import Level  # noqa: E402
from oms.core import clock  # noqa: E402
from orders.promising import queries  # noqa: E402
from tests.benchmarks.history import write_movements  # noqa: E402
from tests.orders.factories import ChannelFactory, place_order  # noqa: E402

PLACES, SKUS, WAITING = 50, 100, 500
CALLS = 200


def seed() -> tuple[Sku, list[Sku]]:
    """Make the stock, what is on its way, and the orders that wait."""
    product = Product.objects.create(name="Bench")
    skus = Sku.objects.bulk_create(
        [
            Sku(product=product, code=f"BENCH-{number}", name=f"Bench {number}")
            for number in range(SKUS + 1)
        ]
    )
    places = Location.objects.bulk_create(
        [
            Location(code=f"P{number}", name=f"Place {number}", priority=number, country="DE")
            for number in range(PLACES)
        ]
    )
    levels = Level.objects.bulk_create(
        [
            *(Level(sku=skus[0], location=place, on_hand=0, incoming=40) for place in places),
            *(
                Level(sku=sku, location=place, on_hand=0, incoming=40)
                for sku in skus[1:]
                for place in places[:5]
            ),
        ]
    )
    today = clock.today()
    Inbound.objects.bulk_create(
        [
            Inbound(
                level=level,
                supply="bench.supply",
                supply_id=4 * number + part,
                quantity=10,
                due_on=today + timedelta(days=number % 20 + part),
            )
            for number, level in enumerate(levels)
            for part in range(4)
        ]
    )
    channel = ChannelFactory.create(backorders=True)
    for number in range(WAITING):
        place_order([(skus[number % (SKUS + 1)], 1)], channel=channel)
    return skus[0], skus[1:]


def timed(call: Callable[[], object], calls: int = CALLS) -> tuple[float, float]:
    """Return p50 and p95 of a call in milliseconds."""
    for _ in range(10):
        call()
    took = []
    for _ in range(calls):
        begun = time.perf_counter()
        call()
        took.append((time.perf_counter() - begun) * 1_000)
    cuts = quantiles(took, n=20)
    return cuts[9], cuts[18]


def main() -> int:
    """Fill, measure, fill on, measure again; return 1 when a promise is too slow."""
    one, many = seed()
    keys = [sku.pk for sku in many]
    workloads = {
        f"one SKU at {PLACES} locations": (lambda: queries.for_new_orders([one.pk]), 20.0),
        f"{SKUS} SKUs at 5 locations": (lambda: queries.for_new_orders(keys), 200.0),
        "the queue of one SKU": (lambda: queries.all_in_turn([one.pk]), 20.0),
    }
    figures: dict[str, list[tuple[float, float]]] = {name: [] for name in workloads}
    written = 0
    for size in (10_000, 1_000_000):
        write_movements(written + 1, size)
        written = size
        for name, (call, _) in workloads.items():
            figures[name].append(timed(call))
    failed = False
    sys.stdout.write(
        f"{'promise':<28}{'10 k: p50':>12}{'p95':>9}{'1 M: p50':>12}{'p95':>9}{'ratio':>8}\n"
    )
    for name, (_, most) in workloads.items():
        (small50, small95), (large50, large95) = figures[name]
        ratio = large50 / small50
        sys.stdout.write(
            f"{name:<28}{small50:>9.2f} ms{small95:>9.2f}{large50:>9.2f} ms{large95:>9.2f}{ratio:>8.2f}\n"
        )
        failed = failed or large95 > most
    if failed:
        sys.stderr.write("A promise takes longer than it may.\n")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
