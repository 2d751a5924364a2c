"""One file imported by several at once, on PostgreSQL with real threads and commits."""

import io
from collections import Counter

import pytest

from inventory.catalog.models import Product, Sku
from inventory.stock.models import Level
from oms.core.actors import SYSTEM
from oms.core.jobs.models import Job, JobRow, JobState
from oms.reporting.invariants import services as invariants
from orders.channels.models import Channel
from orders.importing import services
from orders.ordering.models import Order, OrderLine
from orders.pricing.models import Price
from tests.concurrency.test_placing import in_parallel
from tests.orders.importing.files import mug, shop, upload

pytestmark = [pytest.mark.pg, pytest.mark.django_db(transaction=True)]

ORDERS = 40
IMPORTERS = 4


def import_all(content: bytes, channel: Channel, *, create_products: bool = False) -> str:
    """Start an import of its own and carry it out; return how it ended."""
    job = services.start(
        file=io.BytesIO(content), channel=channel, actor=SYSTEM, create_products=create_products
    )
    done = services.run(job_id=job.pk)
    return done.state if done else "lost"


def outcomes() -> Counter[str]:
    return Counter(JobRow.objects.values_list("outcome", flat=True))


def test_importers_of_one_file_at_once_place_each_order_once() -> None:
    channel = shop(units=ORDERS)
    content = upload(*({"external_id": f"A-{number}"} for number in range(ORDERS))).getvalue()

    ended = in_parallel(IMPORTERS, lambda _: import_all(content, channel))

    assert ended == {JobState.DONE: IMPORTERS}
    assert Order.objects.count() == OrderLine.objects.count() == ORDERS
    assert Level.objects.get(sku=mug()).committed == ORDERS
    assert outcomes() == {"ok": ORDERS, "skipped": ORDERS * (IMPORTERS - 1)}
    assert [result.check.name for result in invariants.run() if not result.holds] == []


def test_importers_of_one_file_at_once_create_each_article_once() -> None:
    channel = shop(units=1, backorder_policy="allow")
    rows = [
        {"external_id": f"A-{number}", "sku": f"NEW-{number % 8}", "product_name": "Something new"}
        for number in range(ORDERS)
    ]
    content = upload(*rows).getvalue()

    ended = in_parallel(IMPORTERS, lambda _: import_all(content, channel, create_products=True))

    assert ended == {JobState.DONE: IMPORTERS}
    assert Order.objects.count() == ORDERS
    assert Sku.objects.filter(code__startswith="NEW-").count() == 8
    assert Product.objects.filter(name="Something new").count() == 8
    assert Price.objects.filter(sku__code__startswith="NEW-").count() == 8
    assert outcomes() == {"ok": ORDERS, "skipped": ORDERS * (IMPORTERS - 1)}
    assert [result.check.name for result in invariants.run() if not result.holds] == []


def test_workers_at_one_import_take_each_row_once() -> None:
    channel = shop(units=ORDERS)
    content = upload(*({"external_id": f"A-{number}"} for number in range(ORDERS))).getvalue()
    services.start(file=io.BytesIO(content), channel=channel, actor=SYSTEM)

    def work(_: int) -> str:
        done = services.run()
        return done.state if done else "nothing to do"

    ended = in_parallel(IMPORTERS, work)

    assert ended == {JobState.DONE: 1, "nothing to do": IMPORTERS - 1}
    assert outcomes() == {"ok": ORDERS}
    assert Order.objects.count() == ORDERS
    assert Job.objects.get().done == ORDERS
