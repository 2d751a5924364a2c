"""Carts that are reserved as orders would be served, and the orders that they become."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from inventory.catalog.models import Sku
from inventory.reservations import services as reservations
from inventory.reservations.errors import Insufficient, ReservationExpired, ReservationMissing
from inventory.reservations.models import Allocation, Reservation, ReservationLine
from inventory.reservations.states import Purpose
from inventory.stock.models import Level
from oms.core import clock
from oms.reporting.invariants import services as invariants
from orders.carts import errors, services
from orders.carts.services import CartLine
from orders.channels.models import Channel, ChannelBuffer, ReservationTime
from orders.ordering import services as ordering
from orders.ordering.models import Order
from orders.placing import services as placing
from orders.placing.drafts import Draft, DraftLine
from orders.placing.errors import DraftInvalid
from orders.routing.rules import Destination
from tests.inventory.factories import LevelFactory
from tests.orders.factories import BERLIN, CLERK, ChannelFactory, stocked_sku

pytestmark = pytest.mark.django_db


def reserve(channel: Channel, *lines: CartLine, **more: Any) -> Reservation:
    """Reserve a cart."""
    return services.reserve(channel=channel, lines=lines, actor=CLERK, **more)


def draft(sku: Sku, units: int, **more: Any) -> Draft:
    """Return an order of one line."""
    values: dict[str, Any] = {
        "external_id": "A-1",
        "customer_name": "Ada Lovelace",
        "ship_to": BERLIN,
        "lines": (DraftLine(sku=sku.code, quantity=units, unit_price=Decimal("11.90")),),
    }
    return Draft(**{**values, **more})


def place(channel: Channel, sku: Sku, units: int, **more: Any) -> Order:
    """Place an order of one line."""
    return placing.place(channel=channel, draft=draft(sku, units, **more), actor=CLERK).order


def held(found: Reservation) -> list[tuple[str, str, int]]:
    """Return what a reservation holds."""
    lines = ReservationLine.objects.filter(reservation=found).select_related(
        "level__sku", "level__location"
    )
    return sorted((line.level.sku.code, line.level.location.code, line.quantity) for line in lines)


def minutes_of(found: Reservation) -> int:
    """Return how long it was reserved for, in whole minutes."""
    return round((found.expires_at - found.created_at).total_seconds() / 60)


def nothing_is_reserved() -> bool:
    """Say whether no unit is held and no reservation kept."""
    return not Reservation.objects.exists() and not Level.objects.filter(reserved__gt=0).exists()


def assert_books_agree() -> None:
    """Check every invariant."""
    assert [result.check.name for result in invariants.run() if not result.holds] == []


# Reserving ----------------------------------------------------------------------------------------


def test_a_cart_is_taken_from_where_an_order_would_be_served() -> None:
    channel = ChannelFactory.create()
    mug = LevelFactory.create(on_hand=2, location__code="first", location__priority=1).sku
    second = LevelFactory.create(
        sku=mug, on_hand=9, location__code="second", location__priority=2
    ).location
    tea = LevelFactory.create(on_hand=9, location=second).sku

    found = reserve(channel, CartLine(mug.code, 2), CartLine(tea.code, 1))

    assert held(found) == sorted([(mug.code, "second", 2), (tea.code, "second", 1)])
    assert (found.channel_code, found.purpose, minutes_of(found)) == (channel.code, "cart", 30)
    assert_books_agree()


def test_the_destination_says_what_is_near() -> None:
    channel = ChannelFactory.create()
    mug = LevelFactory.create(on_hand=2, location__code="paris", location__country="FR").sku
    LevelFactory.create(sku=mug, on_hand=2, location__code="zz-rome", location__country="IT")

    near = reserve(channel, CartLine(mug.code, 1), destination=Destination("IT", "", ""))
    anywhere = reserve(channel, CartLine(mug.code, 1))

    assert (held(near)[0][1], held(anywhere)[0][1]) == ("zz-rome", "paris")


def test_a_line_may_name_its_location() -> None:
    channel = ChannelFactory.create()
    mug = LevelFactory.create(on_hand=5, location__code="near", location__priority=1).sku
    LevelFactory.create(sku=mug, on_hand=5, location__code="far", location__priority=2)

    found = reserve(channel, CartLine(mug.code, 2, "far"), CartLine(mug.code, 6))

    assert held(found) == [(mug.code, "far", 3), (mug.code, "near", 5)]


def test_one_sku_on_two_lines_is_summed_before_it_is_checked() -> None:
    channel = ChannelFactory.create()
    mug = stocked_sku(5)

    with pytest.raises(Insufficient) as refused:
        reserve(channel, CartLine(mug.code, 3), CartLine(mug.code, 3))
    assert refused.value.fields["shortages"] == [{"sku": mug.code, "asked": 6, "available": 5}]
    assert nothing_is_reserved()

    assert held(reserve(channel, CartLine(mug.code, 3), CartLine(mug.code, 2)))[0][2] == 5


def test_all_shortages_are_told_at_once_and_nothing_is_reserved() -> None:
    channel = ChannelFactory.create()
    mug, tea, cup = stocked_sku(5), stocked_sku(1), stocked_sku(1)
    place_of_cup = Level.objects.get(sku=cup).location.code

    with pytest.raises(Insufficient) as refused:
        reserve(
            channel,
            CartLine(mug.code, 1),
            CartLine(tea.code, 2),
            CartLine(cup.code, 3, place_of_cup),
        )

    assert refused.value.fields["shortages"] == [
        {"sku": cup.code, "location": place_of_cup, "asked": 3, "available": 1},
        {"sku": tea.code, "asked": 2, "available": 1},
    ]
    assert nothing_is_reserved()


def test_everything_wrong_is_told_at_once_and_nothing_is_reserved() -> None:
    mug = stocked_sku(5)

    with pytest.raises(errors.CartInvalid) as refused:
        reserve(
            ChannelFactory.create(),
            CartLine("nope", 1),
            CartLine(mug.code, 0),
            CartLine(mug.code, 1, "moon"),
            minutes=0,
            payment_method="shells",
            purpose=Purpose.PERSON,
        )

    assert [(each.pointer, each.code) for each in refused.value.problems] == [
        ("/minutes", "number_range"),
        ("/payment_method", "unknown_method"),
        ("/purpose", "unknown_choice"),
        ("/lines/0/sku", "unknown_sku"),
        ("/lines/1/quantity", "number_range"),
        ("/lines/2/location", "unknown_location"),
    ]
    assert nothing_is_reserved()


def test_a_client_that_works_at_some_locations_reserves_there() -> None:
    channel = ChannelFactory.create()
    mug = LevelFactory.create(on_hand=5, location__code="near", location__priority=1).sku
    LevelFactory.create(sku=mug, on_hand=5, location__code="far", location__priority=2)

    found = reserve(channel, CartLine(mug.code, 2), location_codes=frozenset({"far"}))

    assert held(found) == [(mug.code, "far", 2)]


def test_how_long_is_said_by_the_caller_the_payment_method_or_the_channel() -> None:
    channel = ChannelFactory.create(cart_minutes=20)
    ReservationTime.objects.create(channel=channel, payment_method="bank_transfer", minutes=2_880)
    line = CartLine(stocked_sku(10).code, 1)

    assert minutes_of(reserve(channel, line)) == 20
    assert minutes_of(reserve(channel, line, payment_method="fake_card")) == 20
    assert minutes_of(reserve(channel, line, payment_method="bank_transfer")) == 2_880
    assert minutes_of(reserve(channel, line, payment_method="bank_transfer", minutes=5)) == 5


def test_a_retry_of_the_payment_extends_and_another_channel_cannot() -> None:
    channel, other = ChannelFactory.create(cart_minutes=20), ChannelFactory.create()
    found = reserve(channel, CartLine(stocked_sku(5).code, 1))

    def extend(served: Channel, **more: Any) -> Reservation:
        return services.extend(
            channels_by_code={served.code: served}, uuid=str(found.uuid), actor=CLERK, **more
        )

    with pytest.raises(ReservationMissing):
        extend(other)
    with time_machine.travel(found.created_at + timedelta(minutes=15), tick=False):
        assert minutes_of(extend(channel)) == 35
        assert minutes_of(extend(channel, minutes=60)) == 75
    with (
        time_machine.travel(found.created_at + timedelta(minutes=75), tick=False),
        pytest.raises(ReservationExpired),
    ):
        extend(channel)


# Buffers ------------------------------------------------------------------------------------------


def test_a_channel_does_not_see_its_buffer_and_others_do() -> None:
    buffered, open_to_all = ChannelFactory.create(default_buffer=3), ChannelFactory.create()
    mug = stocked_sku(3, 2)

    with pytest.raises(Insufficient) as refused:
        reserve(buffered, CartLine(mug.code, 3))
    assert refused.value.fields["shortages"] == [{"sku": mug.code, "asked": 3, "available": 2}]
    with pytest.raises(Insufficient):
        place(buffered, mug, 3)
    assert not Order.objects.exists()
    assert nothing_is_reserved()

    assert place(buffered, mug, 2).fulfillment_status == "allocated"
    assert place(open_to_all, mug, 3).fulfillment_status == "allocated"


def test_the_buffer_of_a_sku_stands_for_the_default_of_its_channel() -> None:
    channel = ChannelFactory.create(default_buffer=3)
    mug, tea = stocked_sku(5), stocked_sku(5)
    ChannelBuffer.objects.create(channel=channel, sku=mug, units=0)

    assert held(reserve(channel, CartLine(mug.code, 5)))[0][2] == 5
    with pytest.raises(Insufficient):
        reserve(channel, CartLine(tea.code, 3))
    assert held(reserve(channel, CartLine(tea.code, 2)))[0][2] == 2


def test_what_waits_is_what_the_channel_does_not_see() -> None:
    channel = ChannelFactory.create(backorders=True, default_buffer=4)
    mug = stocked_sku(5)

    order = place(channel, mug, 3)

    assert (order.lines.get().allocated, order.lines.get().backordered) == (1, 2)
    assert ordering.fill_what_waits(actor=CLERK) == 0
    assert order.lines.get().backordered == 2
    ChannelBuffer.objects.create(channel=channel, sku=mug, units=3)
    assert ordering.fill_what_waits(actor=CLERK) == 1
    assert order.lines.get().backordered == 1
    assert_books_agree()


# Becoming an order --------------------------------------------------------------------------------


def test_an_order_takes_over_what_its_cart_holds() -> None:
    channel = ChannelFactory.create()
    level = LevelFactory.create(on_hand=5)
    found = reserve(channel, CartLine(level.sku.code, 5))

    with pytest.raises(Insufficient):
        place(channel, level.sku, 1)
    order = place(channel, level.sku, 5, reservation=str(found.uuid))

    found.refresh_from_db()
    level.refresh_from_db()
    assert (found.status, found.order_number) == ("ordered", order.number)
    assert (level.committed, level.reserved, level.available) == (5, 0, 0)
    assert order.lines.get().allocated == 5
    assert_books_agree()


def test_a_smaller_order_gives_the_rest_of_its_cart_back() -> None:
    channel = ChannelFactory.create()
    mug, tea = LevelFactory.create(on_hand=5), LevelFactory.create(on_hand=5)
    found = reserve(channel, CartLine(mug.sku.code, 5), CartLine(tea.sku.code, 5))

    place(channel, mug.sku, 2, reservation=str(found.uuid))

    mug.refresh_from_db()
    tea.refresh_from_db()
    assert (mug.committed, mug.available, tea.committed, tea.available) == (2, 3, 0, 5)
    assert_books_agree()


def test_a_larger_order_takes_the_rest_from_what_is_free() -> None:
    channel = ChannelFactory.create()
    mug = LevelFactory.create(on_hand=5)
    found = reserve(channel, CartLine(mug.sku.code, 3))

    place(channel, mug.sku, 5, reservation=str(found.uuid))

    mug.refresh_from_db()
    assert (mug.committed, mug.reserved, mug.available) == (5, 0, 0)
    assert_books_agree()


@pytest.mark.parametrize("over", ["expired", "released", "ordered"])
def test_an_order_whose_cart_is_over_is_placed_from_what_is_free(over: str) -> None:
    channel = ChannelFactory.create()
    mug = LevelFactory.create(on_hand=5)
    found = reserve(channel, CartLine(mug.sku.code, 1), minutes=30)
    at = clock.now()
    if over == "released":
        reservations.release_reservation(reservation_id=found.pk, reason="left", actor=CLERK)
    elif over == "ordered":
        place(channel, mug.sku, 1, external_id="A-0", reservation=str(found.uuid))
    else:
        at += timedelta(minutes=31)

    with time_machine.travel(at, tick=True):
        with pytest.raises(Insufficient):
            place(channel, mug.sku, 6, reservation=str(found.uuid))
        order = place(channel, mug.sku, 4, reservation=str(found.uuid))

    assert order.lines.get().allocated == 4
    assert_books_agree()


def test_a_cart_of_another_channel_is_not_there_for_an_order() -> None:
    channel, other = ChannelFactory.create(), ChannelFactory.create()
    mug = LevelFactory.create(on_hand=5)
    found = reserve(other, CartLine(mug.sku.code, 2))

    with pytest.raises(DraftInvalid) as refused:
        place(channel, mug.sku, 2, reservation=str(found.uuid), email="nobody")

    assert [(each.pointer, each.code) for each in refused.value.problems] == [
        ("/customer/email", "invalid_email"),
        ("/reservation", "unknown_reservation"),
    ]
    mug.refresh_from_db()
    assert (mug.committed, mug.reserved) == (0, 2)
    assert not Order.objects.exists()


def test_an_order_sent_again_is_the_same_one_whatever_its_reservation() -> None:
    channel = ChannelFactory.create()
    mug = LevelFactory.create(on_hand=5)
    first, second = (reserve(channel, CartLine(mug.sku.code, 2)) for _ in range(2))
    order = place(channel, mug.sku, 2, reservation=str(first.uuid))

    again = place(channel, mug.sku, 2, reservation=str(second.uuid))

    assert again == order
    second.refresh_from_db()
    assert second.status == "active"
    assert Allocation.objects.get().quantity == 2


def test_a_refused_order_leaves_its_cart_as_it_is() -> None:
    channel = ChannelFactory.create()
    mug = LevelFactory.create(on_hand=5)
    found = reserve(channel, CartLine(mug.sku.code, 2))

    with pytest.raises(Insufficient) as refused:
        place(channel, mug.sku, 6, reservation=str(found.uuid))

    assert refused.value.fields["shortages"] == [{"sku": mug.sku.code, "asked": 6, "available": 5}]
    assert held(found) == [(mug.sku.code, mug.location.code, 2)]


def test_a_preview_counts_what_the_cart_holds_and_touches_nothing() -> None:
    channel = ChannelFactory.create()
    mug = LevelFactory.create(on_hand=5)
    found = reserve(channel, CartLine(mug.sku.code, 5))
    order = draft(mug.sku, 5, reservation=str(found.uuid))

    seen = placing.preview(channel=channel, draft=order)
    with pytest.raises(Insufficient):
        placing.preview(channel=channel, draft=replace(order, reservation=""))

    assert sum(take.quantity for take in seen.takes) == 5
    found.refresh_from_db()
    assert found.status == "active"
