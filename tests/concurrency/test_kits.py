"""Kits and their parts sold at once, and a SKU that becomes a kit while it gets stock, on PostgreSQL."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections, transaction

from inventory.catalog.models import Sku
from inventory.kits import services as kits
from inventory.kits.models import Kit
from inventory.kits.rules import Part
from inventory.reservations import statements
from inventory.stock import services as stock
from inventory.stock.models import Level
from oms.core import locking
from orders.ordering.models import OrderKit, OrderLine
from tests.concurrency.test_placing import assert_books_agree, draft, in_parallel, naive, place
from tests.inventory.factories import LevelFactory, LocationFactory, SkuFactory, kit_of
from tests.orders.factories import CLERK, ChannelFactory

pytestmark = [pytest.mark.pg, pytest.mark.django_db(transaction=True)]


def test_a_kit_and_its_parts_sold_at_once_never_take_more_than_there_is() -> None:
    channel = ChannelFactory.create()
    cups, plates = LevelFactory.create(on_hand=60), LevelFactory.create(on_hand=60)
    kit = kit_of({cups.sku: 2, plates.sku: 1})

    outcomes = in_parallel(
        90, lambda buyer: place(channel, draft(buyer, [kit if buyer % 2 else cups.sku]))
    )

    cups.refresh_from_db()
    plates.refresh_from_db()
    sold = OrderKit.objects.count()
    alone = OrderLine.objects.filter(kit__isnull=True).count()
    assert outcomes["placed"] == sold + alone
    assert outcomes["placed"] + outcomes["Insufficient"] == 90
    assert cups.committed == 2 * sold + alone == 60
    assert plates.committed == sold
    assert_books_agree()


def test_control_without_the_guard_a_kit_takes_what_its_part_has_sold(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    channel = ChannelFactory.create()
    cups, plates = LevelFactory.create(on_hand=20), LevelFactory.create(on_hand=60)
    kit = kit_of({cups.sku: 2, plates.sku: 1})
    monkeypatch.setattr(statements, "allocate", naive)

    in_parallel(60, lambda buyer: place(channel, draft(buyer, [kit if buyer % 2 else cups.sku])))

    promised = sum(OrderLine.objects.filter(sku=cups.sku).values_list("allocated", flat=True))
    assert promised > 20


def test_a_sku_that_gets_stock_while_it_becomes_a_kit_is_one_of_the_two() -> None:
    place_ = LocationFactory.create()
    part = SkuFactory.create()
    skus = SkuFactory.create_batch(12)

    for sku in skus:
        in_parallel(2, lambda number, sku=sku: _become(number, sku, part, place_.pk))

    assert not Level.objects.filter(sku__in=Kit.objects.values("pk")).exists()
    assert Kit.objects.count() + Level.objects.count() == len(skus)


def test_control_without_the_lock_it_is_both(monkeypatch: pytest.MonkeyPatch) -> None:
    sku, part, place_ = SkuFactory.create(), SkuFactory.create(), LocationFactory.create()
    monkeypatch.setattr(locking, "lock", lambda rows, **_: list(rows))
    looked, written = threading.Event(), threading.Event()

    def first() -> None:
        with transaction.atomic():
            kits.define(sku_id=sku.pk, parts=[Part(part.pk, 1)], actor=CLERK)
            looked.set()
            assert written.wait(10)

    def second() -> None:
        assert looked.wait(10)
        with transaction.atomic():
            stock.make_levels([(sku.pk, place_.pk)])
        written.set()

    _together(first, second)

    assert Level.objects.filter(sku__in=Kit.objects.values("pk")).exists()


def _become(number: int, sku: Sku, part: Sku, location_id: int) -> str:
    if number:
        kits.define(sku_id=sku.pk, parts=[Part(part.pk, 1)], actor=CLERK)
    else:
        stock.receive(
            sku_id=sku.pk,
            location_id=location_id,
            quantity=1,
            document="D",
            cause=f"receive:{sku.pk}",
            actor=CLERK,
        )
    return "done"


def _together(*acts: Callable[[], Any]) -> None:
    failures: list[BaseException] = []

    def run(act: Callable[[], Any]) -> None:
        try:
            act()
        except BaseException as error:  # noqa: BLE001  # told to the test below
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert failures == []
