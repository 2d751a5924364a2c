"""Placing and cancelling under parallel calls, on PostgreSQL with real threads and commits.

Beside each promise stands a control: the same harness without the protection, which must show the harm.
"""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections, transaction
from django.db.models import F, Sum
from django.test import Client
from rest_framework.response import Response

from inventory.catalog.models import Product, Sku
from inventory.inbound import services as inbound
from inventory.inbound.services import Expected
from inventory.reservations import statements
from inventory.reservations.models import Allocation
from inventory.reservations.statements import Promise
from inventory.stock.models import Level, Movement
from oms.core import bulk, clock, numbering, transactions
from oms.core.api import idempotency
from oms.core.api.models import IdempotencyKey
from oms.reporting.invariants import services as invariants
from orders.channels.models import Channel
from orders.ordering import services as ordering
from orders.ordering.models import Order, OrderLine
from orders.placing import services as placing
from orders.placing.drafts import Draft, DraftLine
from orders.placing.services import considering, limits
from orders.preorders.models import Preorder
from orders.routing import rules as routing
from tests.concurrency.meeting import met
from tests.inventory.factories import LevelFactory, LocationFactory, ProductFactory, SkuFactory
from tests.orders.factories import BERLIN, CLERK, ChannelFactory, api_key, place_order, stocked_sku

pytestmark = [pytest.mark.pg, pytest.mark.django_db(transaction=True)]

THREADS = 16


def in_parallel(calls: int, effect: Callable[[int], Any], threads: int = THREADS) -> Counter[str]:
    """Run `effect` for 0 to calls - 1 in threads that start together; count results and names of refusals."""
    gate = threading.Barrier(min(calls, threads))

    def run(number: int) -> str:
        try:
            if number < gate.parties:
                gate.wait(timeout=30)
            return str(effect(number))
        except Exception as error:  # noqa: BLE001  # whatever came of it is what the test looks at
            return type(error).__name__
        finally:
            connections.close_all()

    with ThreadPoolExecutor(threads) as pool:
        return Counter(pool.map(run, range(calls)))


def draft(number: int, skus: Sequence[Sku], quantity: int = 1) -> Draft:
    """Return the order of buyer `number`: one line of `quantity` units per SKU."""
    return Draft(
        external_id=f"A-{number}",
        customer_name="Ada Lovelace",
        ship_to=BERLIN,
        lines=tuple(
            DraftLine(sku=sku.code, quantity=quantity, unit_price=Decimal("11.90")) for sku in skus
        ),
    )


def place(channel: Channel, order: Draft) -> str:
    """Place as the API does: again from the start when a rival was faster."""
    transactions.retrying(lambda: placing.place(channel=channel, draft=order, actor=CLERK))
    return "placed"


def place_once(channel: Channel, order: Draft) -> str:
    """Place without a second try."""
    placing.place(channel=channel, draft=order, actor=CLERK)
    return "placed"


def assert_books_agree() -> None:
    """Check every invariant."""
    assert [result.check.name for result in invariants.run() if not result.holds] == []


def naive(promises: list[Promise], **kept: Any) -> bool:
    """Allocate as one does without thinking of others: read, decide, write; rows in the order of the lines."""
    bulk.run(kept["along"])
    for promise in promises:
        level = Level.objects.get(sku_id=promise.sku_id, location_id=promise.location_id)
        if level.available < promise.quantity:
            return False
        time.sleep(0.002)  # what a busy machine takes anyway
        Level.objects.filter(pk=level.pk).update(committed=level.committed + promise.quantity)
        Allocation.objects.create(
            level=level,
            demand=kept["demand"],
            demand_id=promise.demand_id,
            quantity=promise.quantity,
        )
    return True


# Hot stock ----------------------------------------------------------------------------------------


def test_of_two_hundred_buyers_of_a_hundred_units_exactly_a_hundred_get_one() -> None:
    channel = ChannelFactory.create()
    level = LevelFactory.create(on_hand=100)

    outcomes = in_parallel(200, lambda buyer: place(channel, draft(buyer, [level.sku])))

    assert outcomes == {"placed": 100, "Insufficient": 100}
    level.refresh_from_db()
    assert (level.on_hand, level.committed) == (100, 100)
    assert Order.objects.count() == OrderLine.objects.filter(allocated=1).count() == 100
    assert Allocation.objects.aggregate(units=Sum("quantity"))["units"] == 100
    assert_books_agree()


def test_control_without_the_guard_more_is_sold_than_there_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    channel = ChannelFactory.create()
    level = LevelFactory.create(on_hand=50)
    monkeypatch.setattr(statements, "allocate", naive)

    outcomes = in_parallel(150, lambda buyer: place(channel, draft(buyer, [level.sku])))

    assert outcomes["placed"] > 50
    level.refresh_from_db()
    assert level.committed < outcomes["placed"]


def incoming(units: int) -> tuple[Channel, Sku]:
    """Return a channel that sells up to what is on its way, and a SKU of which only that there is."""
    sku = SkuFactory.create()
    inbound.expect(
        supply="tests.supply",
        lines=[Expected(1, sku.pk, LocationFactory.create().pk, units)],
    )
    return ChannelFactory.create(backorder_policy="incoming"), sku


def test_of_buyers_of_what_is_on_its_way_no_more_may_wait_than_comes() -> None:
    channel, sku = incoming(10)

    outcomes = in_parallel(30, lambda buyer: place(channel, draft(buyer, [sku])))

    assert outcomes["placed"] == 10
    assert outcomes["placed"] + outcomes["Insufficient"] + outcomes["Busy"] == 30
    assert OrderLine.objects.aggregate(units=Sum("backordered"))["units"] == 10
    assert_books_agree()


def test_control_without_the_count_under_the_lock_more_wait_than_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    channel, sku = incoming(1)
    monkeypatch.setattr(limits, "within_incoming", met(2, lambda *_, **__: None))

    outcomes = in_parallel(2, lambda buyer: place(channel, draft(buyer, [sku])))

    assert outcomes == {"placed": 2}


def presold(units: int) -> tuple[Channel, Sku]:
    """Return a channel, and a SKU of which it may sell some units in advance."""
    sku = SkuFactory.create()
    today = clock.today()
    later = today + timedelta(days=9)
    Preorder.objects.create(sku=sku, starts_on=today, ends_on=later, released_on=later, units=units)
    return ChannelFactory.create(), sku


def test_of_buyers_of_what_is_not_released_no_more_buy_than_may() -> None:
    channel, sku = presold(10)

    outcomes = in_parallel(30, lambda buyer: place(channel, draft(buyer, [sku])))

    assert outcomes["placed"] == 10
    assert outcomes["placed"] + outcomes["Insufficient"] + outcomes["Busy"] == 30
    assert_books_agree()


def test_control_without_the_lock_of_the_pre_order_more_buy_than_may(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    channel, sku = presold(1)
    monkeypatch.setattr(limits, "within_preorders", met(2, lambda *_, **__: None))

    outcomes = in_parallel(2, lambda buyer: place(channel, draft(buyer, [sku])))

    assert outcomes == {"placed": 2}


def test_the_last_units_at_two_places_are_sold_once() -> None:
    channel = ChannelFactory.create()
    sku = stocked_sku(20, 20)

    outcomes = in_parallel(60, lambda buyer: place(channel, draft(buyer, [sku], quantity=3)))

    # Thirteen threes are thirty-nine; the fortieth unit serves nobody, however the threes were cut.
    assert outcomes == {"placed": 13, "Insufficient": 47}
    assert_books_agree()


def test_one_sku_on_two_lines_is_never_promised_twice() -> None:
    channel = ChannelFactory.create()
    level = LevelFactory.create(on_hand=100)

    outcomes = in_parallel(80, lambda buyer: place(channel, draft(buyer, [level.sku, level.sku])))

    assert outcomes == {"placed": 50, "Insufficient": 30}
    level.refresh_from_db()
    assert (level.on_hand, level.committed) == (100, 100)
    assert_books_agree()


def test_control_lines_checked_one_by_one_promise_the_same_unit_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    level = LevelFactory.create(on_hand=1)
    monkeypatch.setattr(considering, "_plan", _plan_by_line)
    monkeypatch.setattr(statements, "allocate", _allocate_by_line)

    place_once(ChannelFactory.create(), draft(1, [level.sku, level.sku]))

    level.refresh_from_db()
    assert Allocation.objects.aggregate(units=Sum("quantity"))["units"] == 2 > level.on_hand


_PLAN = considering._plan


def _plan_by_line(order: Draft, *known: Any) -> Any:
    takes = [
        replace(take, line=index)
        for index, line in enumerate(order.lines)
        for take in _PLAN(replace(order, lines=(line,)), *known).takes
    ]
    return routing.Plan(tuple(takes), {}, {})


def _allocate_by_line(promises: list[Promise], **kept: Any) -> bool:
    bulk.run(kept["along"])
    seen = [
        (one, Level.objects.get(sku_id=one.sku_id, location_id=one.location_id)) for one in promises
    ]
    for promise, level in seen:
        Allocation.objects.create(
            level=level, demand="d", demand_id=promise.demand_id, quantity=promise.quantity
        )
        Level.objects.filter(pk=level.pk).update(committed=level.committed + promise.quantity)
    return True


# Lock order ---------------------------------------------------------------------------------------


def shuffled(skus: Sequence[Sku], buyer: int) -> list[Sku]:
    """Return four of the SKUs in an order of the buyer's own."""
    return random.Random(buyer).sample(list(skus), 4)


def ten_skus() -> list[Sku]:
    """Return ten SKUs with plenty at one place."""
    place = LocationFactory.create()
    return [LevelFactory.create(location=place, on_hand=1_000).sku for _ in range(10)]


def test_orders_that_name_their_lines_in_any_order_never_stop_each_other() -> None:
    channel = ChannelFactory.create()
    skus = ten_skus()

    outcomes = in_parallel(
        160, lambda buyer: place_once(channel, draft(buyer, shuffled(skus, buyer)))
    )

    assert outcomes == {"placed": 160}
    assert Level.objects.aggregate(units=Sum("committed"))["units"] == 640
    assert_books_agree()


def test_control_rows_locked_in_the_order_of_the_lines_deadlock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    channel = ChannelFactory.create()
    skus = ten_skus()
    monkeypatch.setattr(statements, "allocate", naive)

    outcomes = in_parallel(
        32, lambda buyer: place_once(channel, draft(buyer, shuffled(skus, buyer)))
    )

    assert outcomes["OperationalError"] > 0


# One intention ------------------------------------------------------------------------------------


def test_one_key_sent_thirty_two_times_at_once_is_one_order() -> None:
    channel = ChannelFactory.create()
    key = api_key(channel)
    level = LevelFactory.create(on_hand=100)
    body = {
        "external_id": "A-1",
        "customer": {"name": "Ada Lovelace"},
        "ship_to": {
            "name": "Ada Lovelace",
            "street": ["Torstr. 12"],
            "city": "Berlin",
            "postcode": "10119",
            "country": "DE",
        },
        "lines": [{"sku": level.sku.code, "quantity": 2, "unit_price": "11.90"}],
    }
    numbers = set()

    def post(_: int) -> int:
        answer = Client().post(
            "/api/v1/orders",
            json.dumps(body),
            content_type="application/json",
            headers={"Authorization": f"Bearer {key}", "Idempotency-Key": "the-one"},
        )
        if answer.status_code == 201:
            numbers.add(answer.json()["number"])
        elif answer.json()["code"] != "key_in_flight":
            return -answer.status_code
        return answer.status_code

    outcomes = in_parallel(32, post, threads=32)

    assert set(outcomes) <= {"201", "409"}
    assert outcomes["201"] >= 1
    assert numbers == {Order.objects.get().number}
    assert post(0) == 201
    assert Order.objects.count() == IdempotencyKey.objects.count() == 1
    level.refresh_from_db()
    assert level.committed == 2
    assert_books_agree()


class _Call:
    """As much of a request as an idempotent call looks at."""

    def __init__(self) -> None:
        self.headers = {"Idempotency-Key": "the-one"}
        self.resolver_match = None
        self.path = "/products"
        self.method = "POST"
        self.auth = type("Caller", (), {"client_id": 1})
        self._request = type("Inner", (), {"body": b"{}"})

    def get_full_path(self) -> str:
        """Return the path."""
        return self.path


def make_product(_: int) -> str:
    """Make a product by a keyed call."""

    def effect() -> Response:
        ProductFactory.create()
        time.sleep(0.02)
        return Response({}, status=201)

    return str(idempotency.once(_Call(), effect).status_code)  # type: ignore[arg-type]  # a request's outline


def test_a_keyed_effect_happens_once() -> None:
    outcomes = in_parallel(32, make_product, threads=32)

    assert set(outcomes) <= {"201", "KeyInFlight"}
    assert Product.objects.count() == 1


def test_control_without_the_key_it_happens_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "_find", lambda call: None)
    monkeypatch.setattr(idempotency, "_store", lambda call, status, body: None)

    in_parallel(32, make_product, threads=32)

    assert Product.objects.count() == 32


def test_one_external_id_under_different_keys_is_one_order() -> None:
    channel = ChannelFactory.create()
    sku = stocked_sku(100)
    same = draft(1, [sku])

    outcomes = in_parallel(32, lambda _: place(channel, same), threads=32)

    assert outcomes == {"placed": 32}
    assert Order.objects.count() == 1
    assert Level.objects.get().committed == 1
    assert_books_agree()


# Numbers ------------------------------------------------------------------------------------------


def test_fifty_orders_at_once_get_fifty_numbers() -> None:
    channel = ChannelFactory.create()
    sku = stocked_sku(100)

    outcomes = in_parallel(50, lambda buyer: place_once(channel, draft(buyer, [sku])), threads=50)

    assert outcomes == {"placed": 50}
    numbers = set(Order.objects.values_list("number", flat=True))
    assert len(numbers) == 50
    assert all(numbering.is_valid(number) for number in numbers)


def test_control_numbers_that_are_counted_collide(monkeypatch: pytest.MonkeyPatch) -> None:
    channel = ChannelFactory.create()
    sku = stocked_sku(100)
    monkeypatch.setattr(
        numbering, "new_number", lambda prefix: f"{prefix}-{Order.objects.count() + 1:06}"
    )

    outcomes = in_parallel(50, lambda buyer: place_once(channel, draft(buyer, [sku])), threads=50)

    assert outcomes["IntegrityError"] > 0


# Cancelling ---------------------------------------------------------------------------------------


def cancel(order: Order) -> str:
    """Cancel everything."""
    ordering.cancel(order_id=order.pk, units=None, reason="no", actor=CLERK)
    return "cancelled"


def test_an_order_cancelled_by_many_at_once_frees_its_stock_once() -> None:
    order = place_order()

    outcomes = in_parallel(16, lambda _: cancel(order))

    assert outcomes == {"cancelled": 1, "IllegalTransition": 15}
    order.refresh_from_db()
    assert order.credited_total == order.total
    assert Movement.objects.filter(kind="deallocation").count() == 1
    assert Level.objects.get().committed == 0


def test_control_who_reads_without_the_lock_frees_the_same_stock_twice() -> None:
    sku = stocked_sku(10)
    order, other = place_order([(sku, 4)]), place_order([(sku, 4)])
    gate = threading.Barrier(2)

    def naive_cancel(_: int) -> str:
        with transaction.atomic():
            line = OrderLine.objects.get(order=order)
            gate.wait(timeout=30)
            OrderLine.objects.filter(pk=line.pk).update(cancelled=4, allocated=0)
            Level.objects.update(committed=F("committed") - line.allocated)
        return "cancelled"

    assert in_parallel(2, naive_cancel) == {"cancelled": 2}
    assert other.lines.get().allocated == 4
    assert Level.objects.get().committed == 0


def test_an_order_is_cancelled_or_picked_but_never_both() -> None:
    orders = [place_order(confirmed=True) for _ in range(20)]
    lines = {order.pk: order.lines.get().pk for order in orders}

    def act(number: int) -> str:
        order = orders[number // 2]
        if number % 2:
            return cancel(order)
        ordering.record_picked(order_id=order.pk, units={lines[order.pk]: 2}, actor=CLERK)
        return "picked"

    in_parallel(40, act)

    for line in OrderLine.objects.all():
        assert (line.picked, line.cancelled) in {(2, 0), (0, 2)}
        assert line.allocated == 0
    assert [
        result.check.name
        for result in invariants.run()
        if not result.holds and result.check.name != "work_and_order_count_alike"
    ] == []


# Stock that comes while it goes -------------------------------------------------------------------


def test_a_delivery_is_promised_once_to_those_who_wait_and_those_who_come() -> None:
    channel = ChannelFactory.create(backorders=True)
    level = LevelFactory.create(on_hand=0)
    for buyer in range(30):
        place(channel, draft(1_000 + buyer, [level.sku]))
    Level.objects.filter(pk=level.pk).update(on_hand=40)
    Movement.objects.create(
        level=level,
        kind="receipt",
        source="supplier",
        target="available",
        quantity=40,
        document="PO",
        cause="PO",
        actor="x",
    )

    def act(number: int) -> str:
        if number % 2:
            return place(channel, draft(number, [level.sku]))
        transactions.retrying(
            lambda: ordering.fill_backorders(sku_id=level.sku_id, document="PO", actor=CLERK)
        )
        return "filled"

    outcomes = in_parallel(60, act)

    assert outcomes == {"placed": 30, "filled": 30}
    ordering.fill_backorders(sku_id=level.sku_id, document="PO", actor=CLERK)
    level.refresh_from_db()
    assert (level.on_hand, level.committed) == (40, 40)
    assert OrderLine.objects.aggregate(units=Sum("backordered"))["units"] == 20
    assert_books_agree()
