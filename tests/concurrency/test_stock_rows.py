"""The order in which acts over several stock levels lock them, on PostgreSQL with real threads and commits.

Every act locks levels by key. Here the levels are made against the order of their SKUs and locations, and a rival holds
the one with the lowest key: an act that waits for it must not hold any other one, or the two wait in a circle.
"""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections, transaction

from inventory.catalog.models import Sku
from inventory.locations.models import Location
from inventory.stock import services as stock
from inventory.stock.models import Level
from inventory.stock.services import Delivered
from oms.core.actors import SYSTEM
from orders.ordering import services as ordering
from orders.ordering.models import Order
from returns.receiving import services as receiving
from returns.receiving.models import Grade
from returns.receiving.rules import Graded
from tests.inventory.factories import LevelFactory, LocationFactory, SkuFactory
from tests.orders.factories import lines_of, place_order, ship
from tests.returns.factories import open_return

pytestmark = [pytest.mark.pg, pytest.mark.django_db(transaction=True)]


def waits_empty_handed(act: Callable[[], Any]) -> None:
    """Run `act` while a rival holds the level with the lowest key; the rival then takes all others without waiting."""
    first, *others = Level.objects.order_by("pk").values_list("pk", flat=True)
    failures: list[Exception] = []

    def run() -> None:
        try:
            act()
        except Exception as error:  # noqa: BLE001  # whatever came of it is what the test looks at
            failures.append(error)
        finally:
            connections.close_all()

    rival = threading.Thread(target=run)
    with transaction.atomic():
        list(Level.objects.select_for_update(no_key=True).filter(pk=first))
        rival.start()
        until_someone_waits()
        held = list(Level.objects.select_for_update(no_key=True, nowait=True).filter(pk__in=others))
        assert len(held) == len(others)
    rival.join(timeout=30)
    assert failures == []


def until_someone_waits() -> None:
    """Return when another connection of this database waits for a lock."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            (waiting,) = cursor.fetchone()
        if waiting:
            return
        time.sleep(0.02)
    pytest.fail("Nobody waited for the level.")


def against_the_order(skus: list[Sku], location: Location) -> None:
    """Stock SKUs so that the level of the last SKU has the lowest key."""
    for sku in reversed(skus):
        LevelFactory.create(sku=sku, location=location)


def test_a_delivery_of_several_skus_locks_levels_by_key() -> None:
    skus = SkuFactory.create_batch(3)
    location = LocationFactory.create()
    against_the_order(skus, location)

    waits_empty_handed(
        lambda: stock.receive_delivery(
            location_code=location.code,
            lines=[Delivered(sku.code, 2) for sku in skus],
            document="PO-1",
            cause="test",
            actor=SYSTEM,
        )
    )

    assert set(Level.objects.values_list("on_hand", flat=True)) == {12}


def test_a_delivery_makes_the_levels_that_are_missing() -> None:
    known, new = SkuFactory.create_batch(2)
    location = LocationFactory.create()
    LevelFactory.create(sku=known, location=location)

    levels = stock.receive_delivery(
        location_code=location.code,
        lines=[Delivered(new.code, 2), Delivered(known.code, 3), Delivered(new.code, 4)],
        document="PO-1",
        cause="test",
        actor=SYSTEM,
    )

    assert [level.on_hand for level in levels] == [6, 13, 6]


def test_a_return_of_several_skus_locks_levels_by_key() -> None:
    skus = SkuFactory.create_batch(2)
    place = LocationFactory.create()
    against_the_order(skus, place)
    order = place_order([(sku, 1) for sku in skus], released=True)
    ship(order)
    lines = lines_of(order)
    found = open_return(order, {line.pk: 1 for line in lines})

    waits_empty_handed(
        lambda: receiving.receive(
            return_id=found.pk,
            location_id=place.pk,
            units=[Graded(line.pk, Grade.RESTOCK, 1) for line in lines],
            key="test",
            actor=SYSTEM,
        )
    )

    assert set(Level.objects.values_list("on_hand", flat=True)) == {10}


def test_a_short_locks_the_levels_it_may_move_to_by_key() -> None:
    sku = SkuFactory.create()
    elsewhere = LevelFactory.create(sku=sku, location=LocationFactory.create(priority=9))
    LevelFactory.create(sku=sku, location=LocationFactory.create(priority=1))
    order: Order = place_order([(sku, 2)], released=True)
    (line,) = lines_of(order)
    place = Level.objects.get(committed=2)
    assert place.pk > elsewhere.pk

    waits_empty_handed(
        lambda: ordering.record_short(
            order_id=order.pk,
            line_id=line.pk,
            location_id=place.location_id,
            quantity=2,
            reason="not there",
            cause="test",
            actor=SYSTEM,
        )
    )

    elsewhere.refresh_from_db()
    assert elsewhere.committed == 2
