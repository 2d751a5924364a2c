"""Orders that are ready go to the warehouse, once; those that are not say why."""

from decimal import Decimal

import pytest

from inventory.stock import services as stock
from oms.core.actors import SYSTEM
from oms.core.outbox import services as outbox
from oms.core.outbox.models import Event
from orders import events
from orders.holds import services as holds
from orders.holds.states import HoldReason
from orders.ordering import errors as ordering_errors
from orders.ordering.models import Order
from orders.payments import services as payments
from orders.releasing import queries, services
from orders.releasing.services import Decision
from tests.orders.factories import (
    CLERK,
    ChannelFactory,
    lines_of,
    pay,
    place_order,
    stocked_sku,
    units_of,
)

pytestmark = pytest.mark.django_db


def release(order: Order, *, again: bool = False) -> Decision:
    """Look at an order."""
    decision = services.release_if_ready(order_id=order.pk, actor=CLERK, again=again)
    order.refresh_from_db()
    return decision


def releases() -> int:
    """Return how often any order was released."""
    return Event.objects.filter(name=events.OrderReleased.name).count()


def codes(decision: Decision) -> list[str]:
    """Return why an order waits."""
    return [reason.code for reason in decision.reasons]


def test_a_paid_order_is_confirmed_and_released_once() -> None:
    order = place_order()
    pay(order)

    first = release(order)
    at = order.released_at
    second = release(order)

    assert (first.confirmed, first.released, first.reasons) == (True, True, ())
    assert (second.confirmed, second.released) == (False, False)
    assert order.status == "confirmed"
    assert at is not None
    assert order.released_at == at
    assert releases() == 1
    assert Event.objects.filter(name=events.OrderConfirmed.name).count() == 1


def test_an_unpaid_order_stays_pending_and_says_what_is_missing() -> None:
    order = place_order()
    pay(order, amount="28.69")

    decision = release(order)

    assert codes(decision) == ["unpaid"]
    assert decision.reasons[0].words == "0.01 EUR is neither paid nor authorized."
    assert (order.status, order.released_at) == ("pending", None)
    assert queries.why_waiting(order) == list(decision.reasons)


@pytest.mark.parametrize("gateway", ["fake_card", "cash_on_delivery"])
def test_authorized_is_paid_enough(gateway: str) -> None:
    order = place_order()
    pay(order, gateway)

    assert release(order).released


def test_terms_of_the_customer_or_the_channel_need_no_payment() -> None:
    assert release(place_order(pays_on_terms=True)).released
    assert release(place_order(channel=ChannelFactory.create(on_terms=True))).released


def test_a_held_order_is_confirmed_but_waits() -> None:
    order = place_order()
    pay(order)
    holds.place_hold(order_id=order.pk, reason=HoldReason.FRAUD_RISK, actor=CLERK)

    decision = release(order)

    assert (decision.confirmed, decision.released, codes(decision)) == (
        True,
        False,
        ["hold:fraud_risk"],
    )
    assert releases() == 0


def test_an_order_that_ships_complete_waits_for_the_rest() -> None:
    order = place_order([(stocked_sku(1), 2)], ship_complete=True, pays_on_terms=True)
    partial = place_order([(stocked_sku(1), 2)], pays_on_terms=True)

    assert codes(release(order)) == ["ship_complete"]
    assert release(partial).released


def test_an_order_without_stock_waits() -> None:
    order = place_order([(stocked_sku(), 2)], pays_on_terms=True)

    decision = release(order)

    assert (decision.confirmed, codes(decision)) == (True, ["nothing_allocated"])


def test_a_released_order_is_released_anew_only_when_asked() -> None:
    order = place_order(pays_on_terms=True)
    release(order)

    assert not release(order).released
    assert release(order, again=True).released
    assert releases() == 2


def test_units_that_may_not_follow_yet_are_remembered_until_nothing_stands_in_their_way() -> None:
    order = place_order(pays_on_terms=True)
    release(order)
    hold = holds.place_hold(order_id=order.pk, reason=HoldReason.OTHER, actor=CLERK)

    refused = release(order, again=True)

    assert (refused.released, codes(refused)) == (False, ["hold:other"])
    assert order.rest_waits
    assert order.released_at is not None
    assert not queries.ready().exists()
    holds.release_hold(hold_id=hold.pk, reason="done", actor=CLERK)
    assert list(queries.ready()) == [order]
    assert services.release_ready() == 1
    order.refresh_from_db()
    assert not order.rest_waits
    assert not queries.ready().exists()
    assert releases() == 2


def test_an_unknown_order_is_refused() -> None:
    with pytest.raises(ordering_errors.OrderMissing):
        services.release_if_ready(order_id=10**9, actor=SYSTEM)


# What follows from events ---------------------------------------------------------------------------------------------


def test_money_that_comes_releases_the_order() -> None:
    order = place_order()
    pay(order, "bank_transfer")
    outbox.drain()
    assert releases() == 0

    payments.record_receipt(
        order_id=order.pk,
        gateway="bank_transfer",
        amount=Decimal("28.70"),
        reference="SEPA-1",
        cause="line-1",
        actor=CLERK,
    )
    outbox.drain()

    order.refresh_from_db()
    assert order.status == "confirmed"
    assert releases() == 1


def test_the_end_of_the_last_hold_releases_the_order() -> None:
    order = place_order()
    first, second = (
        holds.place_hold(order_id=order.pk, reason=reason, actor=CLERK)
        for reason in (HoldReason.VALIDATION, HoldReason.OTHER)
    )
    pay(order)
    outbox.drain()
    order.refresh_from_db()
    assert order.status == "pending"

    holds.release_hold(hold_id=first.pk, reason="fine", actor=CLERK)
    outbox.drain()
    assert releases() == 0
    holds.release_hold(hold_id=second.pk, reason="fine", actor=CLERK)
    outbox.drain()

    assert releases() == 1


def test_stock_that_comes_releases_what_waited_for_it() -> None:
    sku = stocked_sku(1)
    channel = ChannelFactory.create(backorders=True)
    order = place_order([(sku, 3)], channel=channel, pays_on_terms=True, released=True)
    (line,) = lines_of(order)
    assert units_of(line) == {"allocated": 1, "backordered": 2}
    assert releases() == 1

    stock.receive(
        sku_id=sku.pk,
        location_id=sku.levels.get().location_id,
        quantity=5,
        document="PO-1",
        cause="receipt-1",
        actor=CLERK,
    )
    outbox.drain()

    assert units_of(line) == {"allocated": 3}
    assert releases() == 2


# The sweep -----------------------------------------------------------------------------------------------------------


def test_the_sweep_releases_what_was_missed_and_nothing_else() -> None:
    missed = place_order()
    pay(missed)
    on_terms = place_order(pays_on_terms=True)
    by_channel = place_order(channel=ChannelFactory.create(on_terms=True))
    complete = place_order(pays_on_terms=True, ship_complete=True)
    ready = {missed, on_terms, by_channel, complete}
    place_order()
    held = place_order(pays_on_terms=True)
    holds.place_hold(order_id=held.pk, reason=HoldReason.OTHER, actor=CLERK)
    place_order([(stocked_sku(), 1)], pays_on_terms=True)
    place_order([(stocked_sku(1), 2)], pays_on_terms=True, ship_complete=True)
    place_order(pays_on_terms=True, released=True)

    assert set(queries.ready()) == ready
    assert services.release_ready() == 4
    assert services.release_ready() == 0
    assert set(Order.objects.filter(released_at__isnull=False)) > ready
