"""Measure what receiving and counting cost: `python -m tests.benchmarks warehouse`.

Fills a fresh database on PostgreSQL with SKUs of which each lies in a bin of its own, and measures, first behind 10,000
movements and moves of bins, then behind 1,000,000: receiving purchase orders of 500 lines, receiving deliveries of 500
lines, counting each bin, and counting the SKUs in counts of 500. One of twenty counts differs from the books. Printed
are CPU milliseconds of application and database per line or bin; fails when a long past makes anything dearer than it
may, or when the levels are not the sum of their movements afterwards.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import django

django.setup()

# Everything below reads the settings when it is imported.
from django.db import transaction  # noqa: E402
from django.db.models import OuterRef, Subquery, Sum  # noqa: E402
from django.db.models.functions import Coalesce  # noqa: E402

from fulfillment.counting import services as counting  # noqa: E402
from inventory.bins.models import Bin  # noqa: E402
from inventory.bins.states import BinKind  # noqa: E402
from inventory.catalog.models import Product, Sku  # noqa: E402
from inventory.counting import services as counts  # noqa: E402
from inventory.counting.rules import Choice  # noqa: E402
from inventory.locations.models import Location  # noqa: E402
from inventory.purchasing import services as purchasing  # noqa: E402
from inventory.purchasing.models import PriceBreak, PurchaseOrder, Supplier, SupplierSku  # noqa: E402
from inventory.purchasing.services import Arrived  # noqa: E402
from inventory.stock import services as stock  # noqa: E402
from inventory.stock.models import Content, Level, Movement  # noqa: E402
from inventory.stock.states import Bucket, MovementKind  # noqa: E402
from inventory.storing import services as storing  # noqa: E402
from oms.core.actors import Actor  # noqa: E402
from tests.benchmarks import history  # noqa: E402
from tests.benchmarks.meters import Meter  # noqa: E402
from tests.inventory.purchasing import orders as purchases  # noqa: E402

Item = TypeVar("Item")
ACTOR = Actor("staff", "1", "Bench")
AT_ONCE = 500
ON_HAND = 50
DIFFERS_EVERY = 20
MOST = 1.5  # times the cost behind the short past


@transaction.atomic
def seed(count: int) -> tuple[Location, list[Sku], Supplier]:
    """Make `count` SKUs, each lying in a bin of its own, and a supplier who sells them all."""
    product = Product.objects.create(name="Bench")
    skus = Sku.objects.bulk_create(
        Sku(product=product, code=f"BENCH-{number:05}", name=f"Bench {number}")
        for number in range(count)
    )
    place = Location.objects.create(code="BENCH", name="Bench", country="DE")
    kinds = {"DOCK": BinKind.RECEIVING, "OUT": BinKind.OUTBOUND}
    names = {**kinds, **{f"A-{number:05}": BinKind.STORAGE for number in range(count)}}
    bins = Bin.objects.bulk_create(
        Bin(location=place, code=code, barcode=f"B:{code}", kind=kind, walk_order=order)
        for order, (code, kind) in enumerate(names.items())
    )
    storing.switch_on(location_id=place.pk, actor=ACTOR)
    for part in batched(list(zip(skus, bins[len(kinds) :], strict=True))):
        levels = {
            level.sku_id: level
            for level in stock.lock_levels_at(
                location_ids=[place.pk], sku_ids=[sku.pk for sku, _ in part]
            )
        }
        stock.move_all(
            moves=[
                stock.Move(
                    levels[sku.pk],
                    MovementKind.RECEIPT,
                    Bucket.SUPPLIER,
                    Bucket.AVAILABLE,
                    ON_HAND,
                    f"opening:{sku.pk}",
                    spots=[stock.Spot(bin_.pk)],
                )
                for sku, bin_ in part
            ],
            document="opening",
            actor=ACTOR,
        )
    seller = purchases.supplier()
    terms = SupplierSku.objects.bulk_create(
        SupplierSku(supplier=seller, sku=sku, code=f"S-{sku.code}") for sku in skus
    )
    PriceBreak.objects.bulk_create(
        PriceBreak(terms=each, quantity=1, unit_cost="2.50") for each in terms
    )
    return place, skus, seller


def order(place: Location, skus: Sequence[Sku], seller: Supplier) -> list[PurchaseOrder]:
    """Return placed purchase orders over all SKUs."""
    return [
        purchases.placed(place, {sku: 1 + sku.pk % 40 for sku in part}, seller=seller)
        for part in batched(skus)
    ]


def receive_purchases(found: Sequence[PurchaseOrder]) -> None:
    for each in found:
        lines = each.lines.select_related("sku")
        purchasing.receive(
            order_id=each.pk,
            units=[Arrived(line.sku.code, line.ordered) for line in lines],
            key=each.number,
            actor=ACTOR,
        )


def receive_deliveries(place: Location, skus: Sequence[Sku], run: int) -> None:
    for number, part in enumerate(batched(skus)):
        stock.receive_delivery(
            location_code=place.code,
            lines=[stock.Delivered(sku.code, 1 + sku.pk % 40) for sku in part],
            document="DN-1",
            cause=f"bench-delivery:{run}:{number}",
            actor=ACTOR,
        )


def count_bins(place: Location, run: int) -> None:
    rows = Content.objects.filter(bin__location=place, bin__kind=BinKind.STORAGE)
    for number, row in enumerate(rows.select_related("level__sku").order_by("pk")):
        storing.count(
            bin_id=row.bin_id,
            figures=[storing.Figure(row.level.sku.code, _counted(row.quantity, number))],
            seen=storing.last_move(row.bin_id),
            key=f"{run}:{row.bin_id}",
            actor=ACTOR,
        )


def count_skus(place: Location, skus: Sequence[Sku]) -> None:
    for part in batched(skus):
        count = counts.create(
            location_code=place.code,
            choice=Choice("skus", [sku.code for sku in part]),
            actor=ACTOR,
        )
        counts.start(count_id=count.pk, actor=ACTOR)
        on_hand = dict(place.levels.filter(sku__in=part).values_list("sku__code", "on_hand"))
        figures = [
            counting.Figure(code, _counted(units, number))
            for number, (code, units) in enumerate(sorted(on_hand.items()))
        ]
        for who in ("first", "second"):
            waiting = set(count.lines.exclude(state="counted").values_list("sku__code", flat=True))
            counting.record_all(
                count_id=count.pk,
                figures=[each for each in figures if each.sku_code in waiting],
                actor=ACTOR,
                counter=who,
            )
        counts.finish(count_id=count.pk, actor=ACTOR)
        counting.post(count_id=count.pk, actor=ACTOR)


def batched(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """Yield the items in parts of what one document holds."""
    for begin in range(0, len(items), AT_ONCE):
        yield items[begin : begin + AT_ONCE]


def _counted(units: int, number: int) -> int:
    return units - 1 if number % DIFFERS_EVERY == 0 else units


def unbalanced() -> int:
    """Return how many levels are not the sum of the movements that were measured."""
    moves = Movement.objects.exclude(document=history.DOCUMENT).filter(level=OuterRef("pk"))
    units = moves.order_by().values("level").annotate(units=Sum("quantity")).values("units")
    inward = Subquery(units.filter(target=Bucket.AVAILABLE))
    outward = Coalesce(Subquery(units.filter(source=Bucket.AVAILABLE)), 0)
    return Level.objects.exclude(on_hand=inward - outward).count()


def measured(name: str, count: int, call: Callable[[], None]) -> float:
    """Return CPU milliseconds of application and database per line."""
    meter = Meter(application=os.getpid(), url=os.environ["DATABASE_URL"])
    before, begun = meter.read(), time.perf_counter()
    call()
    used = meter.read() - before
    spent = (used.application + used.database) * 1_000 / count
    sys.stderr.write(f"{name}: {spent:.2f} ms, {time.perf_counter() - begun:.0f} s\n")
    return spent


def main(arguments: Sequence[str]) -> int:
    """Fill, measure, fill on, measure again; return 1 when the past costs or the books do not balance."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks warehouse")
    parser.add_argument("--scale", type=float, default=1.0)
    lines = int(10_000 * parser.parse_known_args(arguments)[0].scale)
    place, skus, seller = seed(lines)
    figures: dict[str, list[float]] = {}
    written = 0
    for run, size in enumerate((10_000, 1_000_000)):
        history.write_movements(written + 1, size)
        history.write_bin_moves(written + 1, size)
        written = size
        found = order(place, skus, seller)
        workloads: dict[str, Callable[[], None]] = {
            "receive a purchase line": lambda found=found: receive_purchases(found),
            "receive a delivery line": lambda run=run: receive_deliveries(place, skus, run),
            "count a bin": lambda run=run: count_bins(place, run),
            "count a SKU": lambda: count_skus(place, skus),
        }
        for name, call in workloads.items():
            figures.setdefault(name, []).append(measured(name, lines, call))
    sys.stdout.write(f"{'CPU-ms':<28}{'10 k':>8}{'1 M':>8}{'ratio':>8}\n")
    for name, (short, long) in figures.items():
        sys.stdout.write(f"{name:<28}{short:>8.2f}{long:>8.2f}{long / short:>8.2f}\n")
    if wrong := unbalanced():
        sys.stderr.write(f"{wrong} levels are not the sum of their movements.\n")
        return 1
    if any(long > short * MOST for short, long in figures.values()):
        sys.stderr.write("A long past makes the warehouse slower than it may.\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
