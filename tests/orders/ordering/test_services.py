"""What happens to an order after it was placed: progress, cancelling, credits, shorts and backorders."""

import random
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from customers.profiles.models import Priority
from inventory.reservations import services as reservations
from inventory.reservations.errors import NotAllocated
from inventory.reservations.models import Allocation
from inventory.reservations.services import Promise
from inventory.stock import services as stock
from inventory.stock.models import Level, Movement
from oms.core.errors import DomainError, Stale
from oms.core.flows import IllegalTransition
from oms.core.outbox.models import Event
from oms.core.timeline.models import Entry
from orders.ordering import errors, queries
from orders.ordering import services as ordering
from orders.ordering.models import Credit, CreditReason, Order, OrderLine
from orders.ordering.services.lines import DEMAND
from orders.pricing.rules import Rate
from tests.inventory.factories import LevelFactory, SkuFactory
from tests.orders.factories import (
    CLERK,
    ChannelFactory,
    lines_of,
    place_order,
    stocked_sku,
    units_of,
)

pytestmark = pytest.mark.django_db

Step = Callable[..., None]


def only_line(order: Order) -> OrderLine:
    """Return the line of a one-line order."""
    (line,) = lines_of(order)
    return line


def go(order: Order, *steps: Step, units: Mapping[int, int] | int = 2) -> None:
    """Take units of the first line (or units by line) through steps."""
    moving = {lines_of(order)[0].pk: units} if isinstance(units, int) else units
    for step in steps:
        more = {"shipment_number": "S-1"} if step is ordering.record_shipped else {}
        step(order_id=order.pk, units=moving, actor=CLERK, **more)


TO_SHIPPED = (ordering.record_picked, ordering.record_packed, ordering.record_shipped)


def statuses(order: Order) -> tuple[str, str, str]:
    """Return status, fulfillment status and return status as stored."""
    order.refresh_from_db()
    return order.status, order.fulfillment_status, order.return_status


def published(order: Order, name: str) -> list[dict[str, Any]]:
    """Return the payloads of an order's events of one kind, without the order's id."""
    rows = Event.objects.filter(
        aggregate_id=str(order.pk), aggregate="orders.order", name=f"orders.{name}.v1"
    )
    return [
        {key: value for key, value in payload.items() if key != "order_id"}
        for payload in rows.order_by("id").values_list("payload", flat=True)
    ]


def everything() -> list[Any]:
    """Return all that an order's services could change."""
    return [
        list(model._default_manager.order_by("pk").values())
        for model in (Order, OrderLine, Credit, Allocation, Level, Movement, Event, Entry)
    ]


def assert_refused(error: type[DomainError], call: Callable[[], Any]) -> DomainError:
    """Check that `call` is refused with `error` and changes nothing; return the refusal."""
    before = everything()
    with pytest.raises(error) as refused, transaction.atomic():
        call()
    assert everything() == before
    return refused.value


# Progress ----------------------------------------------------------------------------------------


def test_units_walk_from_the_shelf_to_the_customer() -> None:
    order = place_order(confirmed=True)
    line = only_line(order)
    seen = []
    for step in (*TO_SHIPPED, ordering.record_delivered):
        go(order, step)
        seen.append((units_of(line), *statuses(order)[:2]))

    assert seen == [
        ({"picked": 2}, "confirmed", "in_progress"),
        ({"packed": 2}, "confirmed", "in_progress"),
        ({"shipped": 2}, "completed", "shipped"),
        ({"shipped": 2, "delivered": 2}, "completed", "delivered"),
    ]
    assert published(order, "lines_shipped") == [
        {"shipment_number": "S-1", "units": {str(line.pk): 2}}
    ]
    assert published(order, "order_completed") == [{}]
    assert order.completed_at is not None


def test_a_part_of_the_units_may_go_ahead() -> None:
    order = place_order(confirmed=True)
    line = only_line(order)
    go(order, *TO_SHIPPED, units=1)
    assert (units_of(line), *statuses(order)[:2]) == (
        {"allocated": 1, "shipped": 1},
        "confirmed",
        "partially_shipped",
    )

    go(order, ordering.record_delivered, units=1)
    assert statuses(order)[:2] == ("confirmed", "partially_delivered")

    go(order, *TO_SHIPPED, units=1)
    assert statuses(order)[:2] == ("completed", "partially_delivered")


def test_picking_and_packing_can_be_taken_back() -> None:
    order = place_order()
    line = only_line(order)
    go(order, ordering.record_picked, ordering.record_packed)

    go(order, ordering.record_unpacked)
    assert units_of(line) == {"picked": 2}
    go(order, ordering.record_unpicked)
    assert (units_of(line), statuses(order)[1]) == ({"allocated": 2}, "allocated")


def test_each_step_raises_the_version_and_is_told_to_the_timeline() -> None:
    order = place_order()
    before = order.version

    go(order, ordering.record_picked)

    order.refresh_from_db()
    assert order.version == before + 1
    entry = Entry.objects.get(kind="order.picked")
    assert entry.document_id == order.pk
    assert entry.actor_name == "Grace Clerk"
    assert entry.data == {"units": {str(only_line(order).pk): 2}}


@pytest.mark.parametrize(
    ("steps", "refused"),
    [
        ((), ordering.record_unpicked),
        ((), ordering.record_packed),
        ((), ordering.record_shipped),
        ((), ordering.record_delivered),
        ((), ordering.request_return),
        ((), ordering.record_returned),
        ((ordering.record_picked,), ordering.record_picked),
        ((ordering.record_picked,), ordering.record_shipped),
        ((ordering.record_picked, ordering.record_packed), ordering.record_unpicked),
        (TO_SHIPPED, ordering.record_shipped),
        (TO_SHIPPED, ordering.record_unpacked),
        ((*TO_SHIPPED, ordering.record_delivered), ordering.record_delivered),
        ((*TO_SHIPPED, ordering.request_return), ordering.request_return),
        (TO_SHIPPED, ordering.record_returned),
        (
            (*TO_SHIPPED, ordering.request_return, ordering.record_returned),
            ordering.request_return,
        ),
    ],
    ids=lambda step: step.__name__ if callable(step) else f"after {len(step)}",
)
def test_units_that_are_not_there_cannot_go_on(steps: tuple[Step, ...], refused: Step) -> None:
    order = place_order(confirmed=True)
    go(order, *steps)

    error = assert_refused(errors.UnitsNotThere, lambda: go(order, refused, units=1))

    assert error.status == 409


def test_either_all_lines_move_or_none() -> None:
    order = place_order([(stocked_sku(10), 2), (stocked_sku(10), 2)])
    first, second = (line.pk for line in lines_of(order))

    assert_refused(
        errors.UnitsNotThere,
        lambda: go(order, ordering.record_picked, units={first: 2, second: 3}),
    )


def test_lines_of_another_order_do_not_move() -> None:
    order, other = place_order(), place_order()

    assert_refused(
        errors.UnitsNotThere,
        lambda: go(order, ordering.record_picked, units={only_line(other).pk: 1}),
    )


def test_units_cannot_be_negative() -> None:
    order = place_order()

    assert_refused(errors.UnitsNotThere, lambda: go(order, ordering.record_picked, units=-1))


@pytest.mark.parametrize("step", [*TO_SHIPPED, ordering.record_delivered, ordering.request_return])
def test_an_order_that_does_not_exist_is_missing(step: Step) -> None:
    more = {"shipment_number": "S-1"} if step is ordering.record_shipped else {}
    with pytest.raises(errors.OrderMissing):
        step(order_id=0, units={1: 1}, actor=CLERK, **more)


def test_returns_are_announced_withdrawn_and_received() -> None:
    order = place_order(confirmed=True)
    line = only_line(order)
    go(order, *TO_SHIPPED)

    go(order, ordering.request_return)
    assert statuses(order)[2] == "requested"
    go(order, ordering.cancel_return_request, units=1)
    go(order, ordering.record_returned, units=1)
    assert (units_of(line), statuses(order)[2]) == (
        {"shipped": 2, "returned": 1},
        "partially_returned",
    )
    go(order, ordering.request_return, units=1)
    assert statuses(order)[2] == "in_progress"
    go(order, ordering.record_returned, units=1)
    assert statuses(order) == ("completed", "shipped", "returned")


# Cancelling --------------------------------------------------------------------------------------


def cancel(order: Order, units: Mapping[int, int] | int | None = None, **more: Any) -> Any:
    """Cancel units of the first line, units by line, or everything."""
    given = {lines_of(order)[0].pk: units} if isinstance(units, int) else units
    return ordering.cancel(
        order_id=order.pk, units=given, reason="changed her mind", actor=CLERK, **more
    )


def test_cancelling_all_frees_the_stock_and_takes_off_all_that_is_owed() -> None:
    level = LevelFactory.create(on_hand=10)
    order = place_order([(level.sku, 2)])
    line = only_line(order)

    outcome = cancel(order)

    assert (dict(outcome.cancelled), dict(outcome.requested)) == ({line.pk: 2}, {})
    assert units_of(line) == {"cancelled": 2, "credited": 2}
    assert statuses(order) == ("cancelled", "cancelled", "none")
    assert (order.credited_total, order.due_total) == (order.total, Decimal(0))
    level.refresh_from_db()
    assert (level.on_hand, level.committed) == (10, 0)
    assert not Allocation.objects.exists()
    assert published(order, "order_cancelled") == [{"units": {str(line.pk): 2}, "whole": True}]
    entry = Entry.objects.get(kind="order.cancelled")
    assert (entry.reason, entry.before, entry.after) == (
        "changed her mind",
        {"status": "pending"},
        {"status": "cancelled"},
    )


def test_cancelling_some_units_keeps_the_rest_and_the_shipping_charge() -> None:
    order = place_order()
    line = only_line(order)

    cancel(order, 1)

    assert units_of(line) == {"cancelled": 1, "allocated": 1, "credited": 1}
    assert statuses(order)[:2] == ("pending", "allocated")
    assert order.credited_total == Decimal("11.90")
    assert published(order, "order_cancelled") == [{"units": {str(line.pk): 1}, "whole": False}]


def test_cancelling_unit_by_unit_ends_like_cancelling_at_once() -> None:
    order = place_order([(stocked_sku(10), 3)], unit_price="3.33", discount="0.01")

    for _ in range(3):
        cancel(order, 1)

    assert statuses(order)[:2] == ("cancelled", "cancelled")
    assert order.credited_total == order.total
    amounts = Credit.objects.filter(reason="cancelled").order_by("id").values_list("amount")
    assert [amount for (amount,) in amounts] == [Decimal("3.33"), Decimal("3.33"), Decimal("3.32")]


def test_what_waits_for_stock_is_cancelled_before_what_has_some() -> None:
    level = LevelFactory.create(on_hand=1)
    order = place_order([(level.sku, 3)])

    cancel(order, 2)

    assert units_of(only_line(order)) == {"cancelled": 2, "allocated": 1, "credited": 2}
    order.refresh_from_db()
    assert not order.has_backorder
    level.refresh_from_db()
    assert level.committed == 1


def test_the_warehouse_is_asked_to_stop_what_it_was_given() -> None:
    level = LevelFactory.create(on_hand=1)
    order = place_order([(level.sku, 3)], released=True)
    line = only_line(order)

    outcome = cancel(order)

    assert (dict(outcome.cancelled), dict(outcome.requested)) == ({line.pk: 2}, {line.pk: 1})
    assert units_of(line) == {"cancelled": 2, "allocated": 1, "credited": 2}
    assert statuses(order)[0] == "confirmed"
    assert published(order, "cancellation_requested") == [
        {"units": {str(line.pk): 1}, "reason": "changed her mind"}
    ]

    ordering.confirm_cancellation(
        order_id=order.pk, units={line.pk: 1}, reason="stopped", actor=CLERK
    )
    assert statuses(order)[:2] == ("cancelled", "cancelled")
    assert order.credited_total == order.total


def test_stock_is_freed_where_the_units_were_stopped() -> None:
    sku = SkuFactory.create()
    near = LevelFactory.create(sku=sku, on_hand=2, location__priority=1)
    far = LevelFactory.create(sku=sku, on_hand=2, location__priority=2)
    order = place_order([(sku, 4)], released=True)
    line = only_line(order)
    go(order, ordering.record_picked, units=2)

    ordering.confirm_cancellation(
        order_id=order.pk,
        units={line.pk: 2},
        reason="stopped",
        actor=CLERK,
        held_at=[Promise(line.pk, sku.pk, near.location_id, 2)],
    )

    near.refresh_from_db()
    far.refresh_from_db()
    assert (near.committed, far.committed) == (0, 2)


def test_what_is_picked_cannot_be_confirmed_as_stopped() -> None:
    order = place_order(released=True)
    line = only_line(order)
    go(order, ordering.record_picked)

    assert_refused(
        errors.UnitsNotThere,
        lambda: ordering.confirm_cancellation(
            order_id=order.pk, units={line.pk: 1}, reason="", actor=CLERK
        ),
    )


def test_a_refused_cancellation_changes_nothing_and_is_said() -> None:
    order = place_order(released=True)
    line = only_line(order)

    ordering.refuse_cancellation(
        order_id=order.pk, units={line.pk: 2}, reason="on the truck", actor=CLERK
    )

    assert units_of(line) == {"allocated": 2}
    assert published(order, "cancellation_refused") == [
        {"units": {str(line.pk): 2}, "reason": "on the truck"}
    ]


def test_what_has_shipped_stays_and_the_order_is_complete_when_the_rest_is_cancelled() -> None:
    order = place_order([(stocked_sku(1), 2)], released=True)
    line = only_line(order)
    go(order, *TO_SHIPPED, units=1)

    outcome = cancel(order)

    assert dict(outcome.cancelled) == {line.pk: 1}
    assert statuses(order)[:2] == ("completed", "shipped")
    assert order.credited_total == Decimal("11.90")
    assert published(order, "order_completed") == [{}]


def test_an_order_that_was_seen_in_another_version_is_not_cancelled() -> None:
    order = place_order()
    seen = order.version
    go(order, ordering.record_picked, ordering.record_unpicked)

    error = assert_refused(Stale, lambda: cancel(order, expected_version=seen))

    assert error.fields == {"current_version": seen + 2}
    cancel(order, expected_version=seen + 2)
    assert statuses(order)[0] == "cancelled"


def cancelled(order: Order) -> None:
    """Cancel it before."""
    cancel(order)


def completed(order: Order) -> None:
    """Ship it before."""
    ordering.confirm(order, actor=CLERK)
    go(order, *TO_SHIPPED)


@pytest.mark.parametrize("before", [cancelled, completed])
def test_an_order_that_has_ended_is_not_cancelled(before: Callable[[Order], None]) -> None:
    order = place_order()
    before(order)

    error = assert_refused(IllegalTransition, lambda: cancel(order))

    assert error.fields["current"] == before.__name__


@pytest.mark.parametrize(
    ("units", "error"),
    [
        (3, errors.UnitsNotThere),
        (-1, errors.UnitsNotThere),
        (0, errors.NothingToCancel),
        ({}, errors.NothingToCancel),
        ({0: 1}, errors.UnitsNotThere),
    ],
)
def test_only_open_units_can_be_cancelled(units: Any, error: type[DomainError]) -> None:
    order = place_order()

    assert_refused(error, lambda: cancel(order, units))


def test_units_in_the_parcel_are_asked_for_and_shipped_ones_are_not() -> None:
    order = place_order(released=True)
    line = only_line(order)
    go(order, ordering.record_picked, ordering.record_packed)
    go(order, ordering.record_shipped, units=1)

    outcome = cancel(order)

    assert (dict(outcome.cancelled), dict(outcome.requested)) == ({}, {line.pk: 1})
    assert_refused(errors.UnitsNotThere, lambda: cancel(order, 2))


# Credits -----------------------------------------------------------------------------------------


def credit(order: Order, line: OrderLine, units: int, cause: str) -> Decimal:
    """Credit returned units."""
    return ordering.credit_units(
        order_id=order.pk,
        line_id=line.pk,
        units=units,
        reason=CreditReason.RETURNED,
        cause=cause,
        actor=CLERK,
    )


@pytest.mark.parametrize("seed", range(8))
def test_units_credited_in_any_steps_sum_to_what_their_line_costs(seed: int) -> None:
    chance = random.Random(seed)
    channel = ChannelFactory.create(
        currency=chance.choice(["EUR", "JPY", "KWD"]), prices_include_tax=chance.random() < 0.5
    )
    order = place_order(
        [(stocked_sku(40), chance.randint(1, 40)) for _ in range(3)],
        channel=channel,
        unit_price=str(chance.randint(1, 9999)),
        discount="1",
        rates=[Rate("GST", Decimal("0.05")), Rate("QST", Decimal("0.09975"))],
    )
    steps = []
    for line in lines_of(order):
        left = line.ordered
        while left:
            units = chance.randint(1, left)
            steps.append((line, units))
            left -= units
    chance.shuffle(steps)

    for number, (line, units) in enumerate(steps):
        assert credit(order, line, units, f"r{number}") >= 0

    for line in lines_of(order):
        assert sum(row.amount for row in line.credits.all()) == line.total
        assert line.credited == line.ordered
    ordering.credit_shipping(order_id=order.pk, cause="shipping", actor=CLERK)
    order.refresh_from_db()
    assert order.credited_total == order.total


def test_one_act_credits_once_and_answers_the_same_again() -> None:
    order = place_order()
    line = only_line(order)
    first = credit(order, line, 1, "return-1")
    before = everything()

    assert credit(order, line, 1, "return-1") == first == Decimal("11.90")
    assert everything() == before


def test_more_units_than_were_ordered_cannot_be_credited() -> None:
    order = place_order()
    line = only_line(order)
    credit(order, line, 1, "return-1")

    for units in (2, 0, -1):
        assert_refused(errors.UnitsNotThere, lambda: credit(order, line, units, "return-2"))  # noqa: B023  # called at once
    other = only_line(place_order())
    assert_refused(errors.UnitsNotThere, lambda: credit(order, other, 1, "return-3"))


def test_units_cancelled_and_units_returned_never_credit_the_same_cent() -> None:
    order = place_order([(stocked_sku(10), 3)], unit_price="3.33", discount="0.01", confirmed=True)
    line = only_line(order)
    cancel(order, 1)
    go(order, *TO_SHIPPED)

    assert credit(order, line, 2, "return-1") == Decimal("6.65")
    assert_refused(errors.UnitsNotThere, lambda: credit(order, line, 1, "return-2"))
    order.refresh_from_db()
    assert order.credited_total == order.total - order.shipping_total


def test_the_shipping_charge_is_taken_back_once() -> None:
    order = place_order()

    assert ordering.credit_shipping(order_id=order.pk, cause="a", actor=CLERK) == Decimal("4.90")
    before = everything()
    assert ordering.credit_shipping(order_id=order.pk, cause="b", actor=CLERK) == 0
    assert everything() == before


# Shorts ------------------------------------------------------------------------------------------


def short(order: Order, level: Level, quantity: int, cause: str = "short-1") -> dict[str, int]:
    """Report units missing at a level."""
    return ordering.record_short(
        order_id=order.pk,
        line_id=only_line(order).pk,
        location_id=level.location_id,
        quantity=quantity,
        reason="shelf is empty",
        cause=cause,
        actor=CLERK,
    )


def counters(level: Level) -> tuple[int, int]:
    """Return (on hand, committed) as stored."""
    level.refresh_from_db()
    return level.on_hand, level.committed


def test_missing_units_come_from_elsewhere_and_the_stock_is_corrected() -> None:
    level = LevelFactory.create(on_hand=5, location__priority=1)
    other = LevelFactory.create(sku=level.sku, on_hand=1, location__priority=2)
    order = place_order([(level.sku, 4)], released=True)

    outcome = short(order, level, 3)

    assert outcome == {"rerouted": 1, "backordered": 2}
    assert (counters(level), counters(other)) == ((2, 1), (1, 1))
    line = only_line(order)
    assert units_of(line) == {"allocated": 2, "backordered": 2}
    assert statuses(order)[1] == "backordered"
    assert published(order, "lines_reallocated") == [{"units": {str(line.pk): 1}}]
    entry = Entry.objects.get(kind="order.short")
    assert entry.reason == "shelf is empty"
    assert entry.data == {"sku": line.sku_code, "units": 3, "rerouted": 1, "backordered": 2}


def test_what_else_lies_there_is_not_trusted_for_the_same_units() -> None:
    level = LevelFactory.create(on_hand=10)
    order = place_order([(level.sku, 2)], released=True)

    assert short(order, level, 2) == {"rerouted": 0, "backordered": 2}
    assert counters(level) == (8, 0)


def test_units_that_are_not_promised_there_cannot_be_short() -> None:
    level = LevelFactory.create(on_hand=10)
    elsewhere = LevelFactory.create(sku=level.sku, on_hand=10, location__priority=200)
    order = place_order([(level.sku, 2)], released=True)

    assert_refused(errors.UnitsNotThere, lambda: short(order, level, 3))
    assert_refused(errors.UnitsNotThere, lambda: short(order, level, 0))
    assert_refused(NotAllocated, lambda: short(order, elsewhere, 1))


def test_one_report_of_a_short_counts_once() -> None:
    level = LevelFactory.create(on_hand=10)
    order = place_order([(level.sku, 2)], released=True)
    short(order, level, 1)

    with pytest.raises((IntegrityError, DomainError)), transaction.atomic():
        short(order, level, 1)

    assert counters(level) == (9, 1)


# Backorders --------------------------------------------------------------------------------------


def receive(level: Level, quantity: int, cause: str) -> None:
    """Let goods come in under one document, and serve who waits."""
    stock.receive(
        sku_id=level.sku_id,
        location_id=level.location_id,
        quantity=quantity,
        document="PO-1",
        cause=cause,
        actor=CLERK,
    )


def fill(level: Level) -> int:
    """Serve who waits for the level's SKU."""
    return ordering.fill_backorders(sku_id=level.sku_id, document="PO-1", actor=CLERK)


def test_those_who_waited_longest_are_served_first() -> None:
    level = LevelFactory.create(on_hand=0)
    orders = [place_order([(level.sku, 2)]) for _ in range(3)]
    receive(level, 3, "r1")

    assert fill(level) == 3

    assert [units_of(only_line(order)) for order in orders] == [
        {"allocated": 2},
        {"allocated": 1, "backordered": 1},
        {"backordered": 2},
    ]
    assert [statuses(order)[1] for order in orders] == ["allocated", "backordered", "backordered"]
    assert counters(level) == (3, 3)
    assert published(orders[1], "lines_reallocated") == [
        {"units": {str(only_line(orders[1]).pk): 1}}
    ]
    assert published(orders[2], "lines_reallocated") == []
    assert fill(level) == 0


def test_goods_that_come_under_one_document_in_two_deliveries_serve_twice() -> None:
    level = LevelFactory.create(on_hand=0)
    order = place_order([(level.sku, 2)])
    for cause in ("r1", "r2"):
        receive(level, 1, cause)
        assert fill(level) == 1

    assert units_of(only_line(order)) == {"allocated": 2}


def test_a_better_class_is_served_first_and_staff_may_change_it() -> None:
    level = LevelFactory.create(on_hand=0)
    old, new, last = (place_order([(level.sku, 1)]) for _ in range(3))
    ordering.set_priority(order_id=new.pk, priority=Priority.FIRST, reason="wedding", actor=CLERK)
    ordering.set_priority(order_id=old.pk, priority=Priority.LAST, reason="no hurry", actor=CLERK)
    receive(level, 2, "r1")

    assert fill(level) == 2

    assert [units_of(only_line(order)) for order in (old, new, last)] == [
        {"backordered": 1},
        {"allocated": 1},
        {"allocated": 1},
    ]
    entry = Entry.objects.get(document_id=new.pk, kind="order.priority_changed")
    assert (entry.before, entry.after) == ({"priority": "normal"}, {"priority": "first"})
    assert (entry.reason, entry.actor_name) == ("wedding", CLERK.name)
    assert published(new, "priority_changed") == [{}]


def test_the_class_that_it_has_already_changes_nothing_and_an_ended_order_has_none_to_change() -> (
    None
):
    order = place_order()
    version = order.version
    ordering.set_priority(order_id=order.pk, priority=Priority.NORMAL, reason="x", actor=CLERK)
    order.refresh_from_db()
    assert order.version == version
    assert published(order, "priority_changed") == []

    cancel(order)
    with pytest.raises(IllegalTransition):
        ordering.set_priority(order_id=order.pk, priority=Priority.FIRST, reason="x", actor=CLERK)


def test_two_lines_of_one_order_are_served_in_turn() -> None:
    level = LevelFactory.create(on_hand=0)
    order = place_order([(level.sku, 2), (level.sku, 2)])
    receive(level, 3, "r1")

    assert fill(level) == 3

    assert [units_of(line) for line in lines_of(order)] == [
        {"allocated": 2},
        {"allocated": 1, "backordered": 1},
    ]


def test_who_has_been_cancelled_is_not_served() -> None:
    level = LevelFactory.create(on_hand=0)
    order = place_order([(level.sku, 2)])
    cancel(order)
    receive(level, 3, "r1")

    assert fill(level) == 0
    assert counters(level) == (3, 0)


def test_safety_stock_serves_nobody() -> None:
    level = LevelFactory.create(on_hand=0, safety_stock=2)
    order = place_order([(level.sku, 2)])
    receive(level, 3, "r1")

    assert fill(level) == 1
    assert units_of(only_line(order)) == {"allocated": 1, "backordered": 1}


def test_the_regular_check_looks_at_each_waiting_sku_once_and_serves_it() -> None:
    here = LevelFactory.create(on_hand=0)
    there = LevelFactory.create(sku=here.sku, on_hand=0)
    other = LevelFactory.create(on_hand=0)
    waiting = place_order([(here.sku, 3), (other.sku, 1)])
    for level in (here, there):
        receive(level, 1, f"r-{level.pk}")

    assert queries.skus_that_can_be_filled() == [here.sku_id]
    assert ordering.fill_what_waits(actor=CLERK) == 2

    assert [units_of(line) for line in lines_of(waiting)] == [
        {"allocated": 2, "backordered": 1},
        {"backordered": 1},
    ]
    assert ordering.fill_what_waits(actor=CLERK) == 0


# Ledgers kept in step -----------------------------------------------------------------------------


def test_shipped_units_leave_the_reservation_by_the_shipment_and_not_by_the_order() -> None:
    level = LevelFactory.create(on_hand=10)
    order = place_order([(level.sku, 2)], confirmed=True)
    line = only_line(order)

    go(order, *TO_SHIPPED)
    assert counters(level) == (10, 2)
    reservations.issue(
        demand=DEMAND,
        units=[Promise(line.pk, line.sku_id, level.location_id, 2)],
        document="S-1",
        cause="ship:S-1",
        actor=CLERK,
    )

    assert counters(level) == (8, 0)
