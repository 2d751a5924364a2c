"""Carts under parallel calls, on PostgreSQL with real threads and commits, each beside its control."""

import json
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.db.models import Sum
from django.test import Client

from inventory.catalog.models import Sku
from inventory.reservations import services as reservations
from inventory.reservations import statements
from inventory.reservations.models import Allocation, Reservation, ReservationLine
from inventory.reservations.services import holding
from inventory.reservations.statements import Promise
from inventory.stock.models import Level
from oms.core import clock, locking, transactions
from oms.core.ids import uuid7
from orders.carts import services as carts
from orders.carts.services import CartLine
from orders.channels.models import Channel
from orders.ordering.models import Order
from tests.concurrency.meeting import met
from tests.concurrency.test_placing import assert_books_agree, draft, in_parallel, place
from tests.inventory.factories import LevelFactory
from tests.orders.factories import CLERK, ChannelFactory, api_key

pytestmark = [pytest.mark.pg, pytest.mark.django_db(transaction=True)]


def reserve(channel: Channel, skus: Sequence[Sku], units: int = 1, minutes: int = 30) -> str:
    """Reserve as the API does: again from the start when a rival was faster."""
    transactions.retrying(
        lambda: carts.reserve(
            channel=channel,
            lines=[CartLine(sku.code, units) for sku in skus],
            minutes=minutes,
            actor=CLERK,
        )
    )
    return "reserved"


def naive(promises: list[Promise], **kept: Any) -> bool:
    """Reserve as one does without thinking of others: read, decide, write."""
    for promise in promises:
        level = Level.objects.get(sku_id=promise.sku_id, location_id=promise.location_id)
        if level.available < promise.quantity:
            return False
        time.sleep(0.002)  # what a busy machine takes anyway
        Level.objects.filter(pk=level.pk).update(reserved=level.reserved + promise.quantity)
        ReservationLine.objects.create(
            reservation_id=promise.demand_id, level=level, quantity=promise.quantity
        )
    return True


def held() -> int:
    """Return how many units the lines of all reservations hold."""
    return ReservationLine.objects.aggregate(units=Sum("quantity"))["units"] or 0


# Hot stock ----------------------------------------------------------------------------------------


def test_of_two_hundred_carts_for_a_hundred_units_exactly_a_hundred_get_one() -> None:
    channel = ChannelFactory.create()
    level = LevelFactory.create(on_hand=100)

    outcomes = in_parallel(200, lambda _: reserve(channel, [level.sku]))

    assert outcomes == {"reserved": 100, "Insufficient": 100}
    level.refresh_from_db()
    assert (level.reserved, level.available, held()) == (100, 0, 100)
    assert_books_agree()


def test_control_without_the_guard_more_is_reserved_than_there_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    channel = ChannelFactory.create()
    level = LevelFactory.create(on_hand=50)
    monkeypatch.setattr(statements, "reserve", naive)

    outcomes = in_parallel(150, lambda _: reserve(channel, [level.sku]))

    assert outcomes["reserved"] > 50
    assert held() > 50


def test_one_sku_on_two_lines_of_a_cart_is_never_held_twice() -> None:
    channel = ChannelFactory.create()
    level = LevelFactory.create(on_hand=100)

    outcomes = in_parallel(80, lambda _: reserve(channel, [level.sku, level.sku]))

    assert outcomes == {"reserved": 50, "Insufficient": 30}
    level.refresh_from_db()
    assert (level.reserved, held()) == (100, 100)
    assert_books_agree()


def test_a_channel_never_reserves_what_it_does_not_see() -> None:
    channel = ChannelFactory.create(default_buffer=10)
    level = LevelFactory.create(on_hand=50)

    outcomes = in_parallel(
        80,
        lambda number: (
            reserve(channel, [level.sku])
            if number % 2
            else place(channel, draft(number, [level.sku]))
        ),
    )

    assert outcomes["reserved"] + outcomes["placed"] == 40
    level.refresh_from_db()
    assert (level.reserved + level.committed, level.available) == (40, 10)
    assert_books_agree()


def test_control_without_what_is_to_be_kept_a_channel_takes_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    channel = ChannelFactory.create(default_buffer=10)
    level = LevelFactory.create(on_hand=50)
    guarded = statements.reserve

    def unkept(promises: list[Promise], **kept: Any) -> bool:
        time.sleep(0.02)  # so that rivals have planned from the same units
        return guarded([replace(promise, keep=0) for promise in promises], **kept)

    monkeypatch.setattr(statements, "reserve", unkept)

    outcomes = in_parallel(80, lambda _: reserve(channel, [level.sku]))

    assert outcomes["reserved"] > 40


def test_carts_and_orders_of_the_same_units_share_them_out() -> None:
    channel = ChannelFactory.create()
    level = LevelFactory.create(on_hand=60)

    outcomes = in_parallel(
        160,
        lambda number: (
            reserve(channel, [level.sku])
            if number % 2
            else place(channel, draft(number, [level.sku]))
        ),
    )

    assert outcomes["reserved"] + outcomes["placed"] == 60
    assert outcomes["Insufficient"] == 100
    level.refresh_from_db()
    assert (level.reserved, level.committed) == (outcomes["reserved"], outcomes["placed"])
    assert_books_agree()


def test_what_expired_is_sold_once_though_no_sweeper_ran_and_while_it_runs() -> None:
    channel = ChannelFactory.create()
    level = LevelFactory.create(on_hand=40)
    for _ in range(20):
        reserve(channel, [level.sku], units=2, minutes=5)

    with time_machine.travel(clock.now() + timedelta(minutes=6), tick=True):
        outcomes = in_parallel(
            90,
            lambda number: (
                "swept"
                if number % 9 == 0 and reservations.expire_due(batch=3) >= 0
                else place(channel, draft(number, [level.sku]))
            ),
        )
        reservations.expire_due()

    # A rival may hold what expired for a moment; whoever loses four times is told to come again.
    assert outcomes["placed"] + outcomes["Busy"] + outcomes["Insufficient"] == 80
    assert outcomes["placed"] <= 40
    level.refresh_from_db()
    assert (level.committed, level.reserved) == (outcomes["placed"], 0)
    assert set(Reservation.objects.values_list("status", flat=True)) == {"expired"}
    assert_books_agree()


# The end of a cart --------------------------------------------------------------------------------


def test_a_cart_is_extended_or_swept_and_never_both() -> None:
    channel = ChannelFactory.create()
    level = LevelFactory.create(on_hand=40)
    for _ in range(40):
        reserve(channel, [level.sku], minutes=5)
    keys = list(Reservation.objects.order_by("pk").values_list("pk", flat=True))
    until = Reservation.objects.get(pk=keys[-1]).expires_at

    def act(number: int) -> str:
        if number % 4 == 0:
            return "swept" if reservations.expire_due() >= 0 else ""
        reservations.extend(
            reservation_id=keys[number % 40],
            expires_at=clock.now() + timedelta(hours=1),
            actor=CLERK,
        )
        return "extended"

    with time_machine.travel(until - timedelta(milliseconds=150), tick=True):
        outcomes = in_parallel(160, act)
        time.sleep(0.2)
        reservations.expire_due()
        alive = Reservation.objects.holding(clock.now())
        assert (
            outcomes["extended"] + outcomes["ReservationExpired"] + outcomes["IllegalTransition"]
            == 120
        )
        level.refresh_from_db()
        assert level.reserved == alive.count() == held()
        assert Reservation.objects.filter(status="active").count() == alive.count()
    assert_books_agree()


def test_a_cart_that_somebody_holds_does_not_stop_the_sweeper() -> None:
    channel = ChannelFactory.create()
    level = LevelFactory.create(on_hand=3)
    for _ in range(3):
        reserve(channel, [level.sku], minutes=5)
    held_one = Reservation.objects.order_by("pk")[0]

    def sweep(_: int) -> int:
        return reservations.expire_due()

    with (
        time_machine.travel(clock.now() + timedelta(minutes=6), tick=True),
        transaction.atomic(),
    ):
        locking.lock(Reservation.objects.filter(pk=held_one.pk))
        assert in_parallel(1, sweep) == {"2": 1}

    assert held() == 1
    assert_books_agree()


def test_control_a_sweeper_that_does_not_look_again_ends_what_was_extended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    channel = ChannelFactory.create()
    level = LevelFactory.create(on_hand=1)
    reserve(channel, [level.sku], minutes=5)
    found = Reservation.objects.get()
    locked = holding._locked

    def extended_meanwhile(key: int) -> Reservation:
        stale = Reservation.objects.get(pk=key)
        Reservation.objects.filter(pk=key).update(expires_at=clock.now() + timedelta(hours=1))
        locked(key)
        return stale  # what was read before the lock

    monkeypatch.setattr(holding, "_locked", extended_meanwhile)
    with time_machine.travel(found.expires_at + timedelta(seconds=1), tick=True):
        assert reservations.expire_due() == 1

    found.refresh_from_db()
    assert found.expires_at > clock.now()
    assert (found.status, held()) == ("expired", 0)


def test_one_cart_becomes_one_order_however_many_want_it() -> None:
    channel = ChannelFactory.create()
    level = LevelFactory.create(on_hand=5)
    reserve(channel, [level.sku], units=5)
    cart = str(Reservation.objects.get().uuid)

    outcomes = in_parallel(
        16, lambda buyer: place(channel, replace(draft(buyer, [level.sku], 5), reservation=cart))
    )

    assert outcomes == {"placed": 1, "Insufficient": 15}
    level.refresh_from_db()
    assert (level.committed, level.reserved) == (5, 0)
    assert Reservation.objects.get().order_number == Order.objects.get().number
    assert_books_agree()


def test_control_without_its_lock_rivals_for_a_cart_find_out_only_when_they_write(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    level = LevelFactory.create(on_hand=12)
    channel = ChannelFactory.create()
    reserve(channel, [level.sku], units=2)
    key = Reservation.objects.get().pk

    def unlocked(queryset: Any, **_: Any) -> Any:
        return queryset.get()

    def spend(number: int) -> str:
        with transaction.atomic():
            reservations.allocate(
                demand="orders.orderline",
                promises=[Promise(number + 1, level.sku_id, level.location_id, 2)],
                document=f"WEB-{number}",
                cause=f"place:{number}",
                actor=CLERK,
                reservation_id=key,
            )
        return "spent"

    monkeypatch.setattr(locking, "lock_one", met(4, unlocked))
    monkeypatch.setattr(locking, "lock", list)
    outcomes = in_parallel(4, spend, threads=4)

    # All saw it active and wrote; only the guarded move at the very end, or a counter below nothing, stopped them.
    assert outcomes["spent"] == 1
    assert outcomes["IllegalTransition"] + outcomes["IntegrityError"] == 3


def test_an_order_from_a_cart_sent_sixteen_times_at_once_with_one_key_is_one_order() -> None:
    channel = ChannelFactory.create()
    key = api_key(channel)
    level = LevelFactory.create(on_hand=5)
    reserve(channel, [level.sku], units=3)
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
        "lines": [{"sku": level.sku.code, "quantity": 3, "unit_price": "11.90"}],
        "reservation": str(Reservation.objects.get().uuid),
    }

    def post(_: int) -> int:
        return (
            Client()
            .post(
                "/api/v1/orders",
                json.dumps(body),
                content_type="application/json",
                headers={"Authorization": f"Bearer {key}", "Idempotency-Key": "the-one"},
            )
            .status_code
        )

    outcomes = in_parallel(16, post)

    assert set(outcomes) <= {"201", "409"}
    assert post(0) == 201
    assert Order.objects.count() == 1
    assert Allocation.objects.get().quantity == 3
    level.refresh_from_db()
    assert (level.committed, level.reserved, level.available) == (3, 0, 2)
    assert_books_agree()


def test_carts_of_many_skus_become_orders_without_waiting_in_a_circle() -> None:
    channel = ChannelFactory.create()
    skus = [LevelFactory.create(on_hand=500).sku for _ in range(6)]

    def buy(number: int) -> str:
        mine = skus[number % 6 :] + skus[: number % 6]
        found = carts.reserve(
            channel=channel,
            lines=[CartLine(sku.code, 1) for sku in mine[:3]],
            actor=CLERK,
        )
        order = replace(draft(number, mine[1:5]), reservation=str(found.uuid))
        order = replace(order, external_id=str(uuid7()))
        return place(channel, order)

    assert in_parallel(64, buy) == {"placed": 64}
    assert held() == 0
    assert_books_agree()
