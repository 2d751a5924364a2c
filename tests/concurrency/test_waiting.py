"""Those who wait for stock, under parallel acts on PostgreSQL: filled, cancelled, set aside, promised anew.

One act stops where it has read who waits; its rival runs as a whole; then the first one goes on. Beside each stands the
control: an act that believes what it has read.
"""

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F

from inventory.catalog.models import Sku
from inventory.inbound import services as inbound
from inventory.inbound.services import Expected
from inventory.stock import services as stock
from inventory.stock.models import Level
from oms.core import clock, locking, transactions
from oms.core.outbox import services as outbox
from oms.core.outbox.models import Event
from oms.reporting.invariants import services as invariants
from orders import events
from orders.backorders import services as backorders
from orders.ordering import queries as ordered
from orders.ordering import services as ordering
from orders.ordering.models import Order, OrderLine
from orders.ordering.services import Pin, queue
from orders.promising import services as promising
from orders.promising.models import PromiseChange
from orders.substituting import services as substituting
from orders.substituting.models import Substitution
from tests.concurrency.meeting import interleaved, met
from tests.concurrency.test_placing import in_parallel
from tests.inventory.factories import LevelFactory
from tests.orders.factories import CLERK, ChannelFactory, lines_of, place_order, units_of
from tests.orders.substituting.scene import Scene

pytestmark = [pytest.mark.pg, pytest.mark.django_db(transaction=True)]

Patch = pytest.MonkeyPatch
SUPPLY = "tests.supply"


def broken() -> set[str]:
    """Return the checks that do not hold; the timeline of a factory's order is empty."""
    found = {result.check.name for result in invariants.run() if not result.holds}
    return found - {"status_is_what_the_timeline_tells"}


def believing(patch: Patch) -> None:
    """Let whoever asks who waits get the answer that was given first."""
    real = ordered.in_turn
    first: dict[int, Any] = {}

    def in_turn(sku_ids: Any) -> Any:
        return {key: first.setdefault(key, turn) for key, turn in real(sku_ids).items()}

    patch.setattr(ordered, "in_turn", in_turn)


def receive(level: Level, units: int) -> None:
    stock.receive(
        sku_id=level.sku_id,
        location_id=level.location_id,
        quantity=units,
        document="R",
        cause="R",
        actor=CLERK,
    )


def fill(level: Level) -> int:
    return transactions.retrying(
        lambda: ordering.fill_backorders(sku_id=level.sku_id, document="R", actor=CLERK)
    )


def set_aside(sku_id: int, *orders: Order) -> str:
    """Set two units aside for each of the orders, the first before the second."""
    ordering.reserve_for(
        sku_id=sku_id,
        pins=[Pin(lines_of(order)[0].pk, 2) for order in orders],
        reason="promised on the phone",
        actor=CLERK,
    )
    return "set aside"


def waits(level: Level, units: int = 2, *, until: int | None = None) -> Order:
    """Return an order that waits for units, until a day counted from today."""
    order = place_order([(level.sku, units)])
    day = None if until is None else clock.today() + timedelta(days=until)
    OrderLine.objects.filter(order=order).update(cancel_on=day)
    return order


def counted(*orders: Order) -> list[dict[str, int]]:
    return [units_of(lines_of(order)[0]) for order in orders]


@pytest.fixture
def level() -> Level:
    """Return a place where nothing lies."""
    return LevelFactory.create(on_hand=0)


# A receipt that fills ---------------------------------------------------------------------------------


def filled_while_the_first_is_cancelled(
    patch: Patch, level: Level
) -> tuple[Counter[str], list[dict[str, int]]]:
    late, other = waits(level, until=-1), waits(level)
    receive(level, 2)
    outcomes = interleaved(
        patch, ordered, "in_turn", lambda: fill(level), backorders.cancel_overdue
    )
    return outcomes, counted(late, other)


def test_units_of_an_order_that_is_cancelled_meanwhile_go_to_the_next(
    monkeypatch: Patch, level: Level
) -> None:
    outcomes, units = filled_while_the_first_is_cancelled(monkeypatch, level)

    assert outcomes == {"2": 2}
    assert units == [{"cancelled": 2, "credited": 2}, {"allocated": 2}]
    assert broken() == set()


def test_control_who_believes_the_first_turn_serves_nobody(
    monkeypatch: Patch, level: Level
) -> None:
    believing(monkeypatch)

    outcomes, units = filled_while_the_first_is_cancelled(monkeypatch, level)

    assert outcomes == {"2": 1, "UnitsNotThere": 1}
    assert units == [{"cancelled": 2, "credited": 2}, {"backordered": 2}]


def filled_while_units_are_set_aside(
    patch: Patch, level: Level
) -> tuple[Counter[str], list[dict[str, int]]]:
    first, second = waits(level), waits(level)
    receive(level, 2)
    outcomes = interleaved(
        patch, ordered, "in_turn", lambda: fill(level), lambda: set_aside(level.sku_id, second)
    )
    return outcomes, counted(first, second)


def test_units_that_are_set_aside_while_goods_are_given_out_go_where_they_were_set_aside(
    monkeypatch: Patch, level: Level
) -> None:
    outcomes, units = filled_while_units_are_set_aside(monkeypatch, level)

    assert outcomes == {"2": 1, "set aside": 1}
    assert units == [{"backordered": 2}, {"allocated": 2}]
    assert not OrderLine.objects.filter(pinned__gt=0).exists()
    assert broken() == set()


def test_control_who_believes_the_first_turn_passes_over_what_was_set_aside(
    monkeypatch: Patch, level: Level
) -> None:
    believing(monkeypatch)

    _, units = filled_while_units_are_set_aside(monkeypatch, level)

    assert units == [{"allocated": 2}, {"backordered": 2}]


def test_of_two_who_give_the_same_goods_out_one_gives_them(level: Level) -> None:
    order = waits(level, 5)
    receive(level, 3)

    outcomes = in_parallel(4, lambda _: fill(level))

    assert outcomes == {"3": 1, "0": 3}
    assert counted(order) == [{"allocated": 3, "backordered": 2}]
    assert broken() == set()


# Cancelled by themselves ------------------------------------------------------------------------------


def test_what_comes_after_the_overdue_were_listed_is_not_cancelled(
    monkeypatch: Patch, level: Level
) -> None:
    order = waits(level, until=-1)
    receive(level, 2)

    outcomes = interleaved(
        monkeypatch,
        ordering,
        "orders_that_waited_long_enough",
        backorders.cancel_overdue,
        lambda: f"given {fill(level)}",
    )

    assert outcomes == {"0": 1, "given 2": 1}
    assert counted(order) == [{"allocated": 2}]
    assert broken() == set()


def test_control_who_cancels_the_units_that_he_read_takes_goods_away_that_came(
    monkeypatch: Patch, level: Level
) -> None:
    order = waits(level, until=-1)
    receive(level, 2)

    def cancel() -> str:
        overdue = ordering.orders_that_waited_long_enough()
        ordering.cancel(
            order_id=overdue[0], units={lines_of(order)[0].pk: 2}, reason="x", actor=CLERK
        )
        return "cancelled"

    interleaved(
        monkeypatch, ordering, "orders_that_waited_long_enough", cancel, lambda: fill(level)
    )

    assert counted(order) == [{"cancelled": 2, "credited": 2}]


def test_eight_who_cancel_what_is_overdue_do_it_once(level: Level) -> None:
    orders = [waits(level, until=-1) for _ in range(3)]

    in_parallel(8, lambda _: backorders.cancel_overdue())

    assert counted(*orders) == [{"cancelled": 2, "credited": 2}] * 3
    assert Event.objects.filter(name=events.BackorderCancelled.name).count() == 3
    assert broken() == set()


# Set aside --------------------------------------------------------------------------------------------


class Blind:
    """`locking` that lets everybody read the rows of one model without waiting."""

    def __init__(self, model: type[Any]) -> None:
        self.model = model

    def lock(self, queryset: Any) -> Any:
        return list(queryset) if queryset.model is self.model else locking.lock(queryset)


def set_aside_for_one_of_two_at_once(level: Level) -> list[int]:
    """Let two say at once for whom the next units are; return what is set aside for either."""
    orders = [waits(level), waits(level)]
    assert in_parallel(2, lambda number: set_aside(level.sku_id, orders[number])) == {
        "set aside": 2
    }
    return [lines_of(order)[0].pinned for order in orders]


def test_of_two_lists_at_once_one_holds_as_a_whole(level: Level) -> None:
    assert sorted(set_aside_for_one_of_two_at_once(level)) == [0, 2]
    assert broken() == set()


def test_control_without_the_lock_of_the_sku_both_lists_hold(
    monkeypatch: Patch, level: Level
) -> None:
    monkeypatch.setattr(queue, "locking", Blind(Sku))
    monkeypatch.setattr(queue, "_judge", met(2, queue._judge))

    assert set_aside_for_one_of_two_at_once(level) == [2, 2]


def test_nothing_is_set_aside_for_what_is_cancelled_meanwhile(
    monkeypatch: Patch, level: Level
) -> None:
    order = waits(level, until=-1)

    outcomes = interleaved(
        monkeypatch,
        queue,
        "Counter",
        lambda: set_aside(level.sku_id, order),
        backorders.cancel_overdue,
    )

    assert outcomes == {"Invalid": 1, "2": 1}
    assert counted(order) == [{"cancelled": 2, "credited": 2}]
    assert broken() == set()


def test_control_without_the_lock_of_the_order_only_the_database_refuses_it(
    monkeypatch: Patch, level: Level
) -> None:
    order = waits(level, until=-1)
    monkeypatch.setattr(queue, "locking", Blind(Order))

    outcomes = interleaved(
        monkeypatch,
        queue,
        "_judge",
        lambda: set_aside(level.sku_id, order),
        backorders.cancel_overdue,
    )

    assert outcomes == {"IntegrityError": 1, "2": 1}


# Promised anew ----------------------------------------------------------------------------------------


def coming(level: Level, units: int, on: date) -> None:
    inbound.expect(supply=SUPPLY, lines=[Expected(1, level.sku_id, level.location_id, units, on)])


def settle() -> None:
    while outbox.drain() + promising.repromise_due():
        pass


@transaction.atomic
def arrive(level: Level, units: int, left: int, on: date) -> str:
    """Book units that come, `left` still being on their way, and give them out."""
    receive(level, units)
    coming(level, left, on)
    ordering.fill_backorders(sku_id=level.sku_id, document="R", actor=CLERK)
    return "arrived"


def promised_anew_while_goods_arrive(patch: Patch, level: Level) -> tuple[Counter[str], Order]:
    """Promise two orders anew, for whom five are on their way, while three come for the first; return the second."""
    friday = clock.today() + timedelta(days=4)
    channel = ChannelFactory.create(backorders=True)
    coming(level, 5, friday)
    orders = [place_order([(level.sku, units)], channel=channel) for units in (3, 2)]
    with transaction.atomic():
        for order in orders:
            outbox.publish(events.OrderPlaced(order_id=order.pk))
    settle()
    assert [lines_of(order)[0].promised_on for order in orders] == [friday, friday]
    with transaction.atomic():
        promising.mark_due([level.sku_id])
    outcomes = interleaved(
        patch,
        ordered,
        "in_turn",
        promising.repromise_due,
        lambda: arrive(level, 3, 2, friday),
    )
    return outcomes, orders[1]


def told(order: Order) -> int:
    """Return how often the customer is written to that the day is another one."""
    changes = Event.objects.filter(name=events.PromiseChanged.name)
    return sum(event.payload["order_id"] == order.pk for event in changes)


def test_who_waits_for_the_rest_is_not_told_that_it_is_late_because_goods_came_for_another(
    monkeypatch: Patch, level: Level
) -> None:
    outcomes, order = promised_anew_while_goods_arrive(monkeypatch, level)

    assert outcomes == {"1": 1, "arrived": 1}
    assert told(order) == 0
    assert PromiseChange.objects.filter(line__order=order).count() == 1
    settle()
    assert broken() == set()


def test_control_who_does_not_look_again_tells_a_delay_that_is_none(
    monkeypatch: Patch, level: Level
) -> None:
    monkeypatch.setattr(promising, "_rests", lambda _: None)

    _, order = promised_anew_while_goods_arrive(monkeypatch, level)

    assert told(order) == 1
    assert lines_of(order)[0].promised_on is None


def test_many_who_promise_one_sku_anew_write_each_change_once(level: Level) -> None:
    friday = clock.today() + timedelta(days=4)
    coming(level, 9, friday)
    orders = [waits(level) for _ in range(4)]

    def act(_: int) -> int:
        with transaction.atomic():
            promising.mark_due([level.sku_id])
        return promising.repromise_due() and 1

    outcomes = in_parallel(8, act)

    assert set(outcomes) <= {"0", "1"}
    assert [lines_of(order)[0].promised_on for order in orders] == [friday] * 4
    assert PromiseChange.objects.count() == 4
    settle()
    assert broken() == set()


def test_control_without_the_lock_of_the_sku_rivals_write_the_same_change(
    monkeypatch: Patch, level: Level
) -> None:
    coming(level, 9, clock.today() + timedelta(days=4))
    waits(level)
    monkeypatch.setattr(promising, "locking", Blind(Sku))
    monkeypatch.setattr(promising, "_found", met(2, promising._found))

    def act(_: int) -> str:
        with transaction.atomic():
            promising._promise({level.sku_id})
        return "promised"

    assert in_parallel(2, act) == {"promised": 1, "IntegrityError": 1}


def test_everything_at_once_leaves_the_books_right(level: Level) -> None:
    friday = clock.today() + timedelta(days=4)
    coming(level, 9, friday)
    orders = [waits(level, until=-1 if number % 3 == 0 else None) for number in range(6)]
    with transaction.atomic():
        promising.mark_due([level.sku_id])
    receive(level, 5)

    def act(number: int) -> Any:
        match number % 4:
            case 0:
                return transactions.retrying(lambda: set_aside(level.sku_id, orders[number % 6]))
            case 1:
                return backorders.cancel_overdue()
            case 2:
                return fill(level)
        with transaction.atomic():
            promising.mark_due([level.sku_id])
        return promising.repromise_due()

    in_parallel(16, act)

    fill(level)
    backorders.cancel_overdue()
    settle()
    level.refresh_from_db()
    assert level.on_hand == 5
    units = counted(*orders)
    gone = sum(each.get("cancelled", 0) for each in units)
    given = sum(each.get("allocated", 0) for each in units)
    assert given == level.committed == min(5, 12 - gone)
    assert OrderLine.objects.filter(pinned__gt=F("backordered")).count() == 0
    assert broken() == set()


# Substitutes ------------------------------------------------------------------------------------------


def filled_while_a_substitute_is_accepted(patch: Patch) -> tuple[Counter[str], Order, Level]:
    """Let two of MOSS come while the customer takes SAND instead of the two that wait."""
    scene = Scene("ask")
    order = scene.buy(3)
    offered = Substitution.objects.get()
    level = Level.objects.get(sku=scene.moss)
    receive(level, 2)
    outcomes = interleaved(
        patch,
        ordered,
        "in_turn",
        lambda: fill(level),
        lambda: substituting.accept(substitution_id=offered.pk, actor=CLERK).status,
    )
    return outcomes, order, level


def test_units_that_are_replaced_while_theirs_arrive_are_not_given_as_well(
    monkeypatch: Patch,
) -> None:
    outcomes, order, level = filled_while_a_substitute_is_accepted(monkeypatch)

    assert outcomes == {"0": 1, "accepted": 1}
    moss, sand = lines_of(order)
    assert units_of(moss) == {"allocated": 1, "cancelled": 2, "credited": 2}
    assert units_of(sand) == {"allocated": 2}
    level.refresh_from_db()
    assert (level.on_hand, level.committed) == (3, 1)
    assert broken() == set()


def test_control_who_believes_the_first_turn_gives_them_and_is_stopped_by_the_database(
    monkeypatch: Patch,
) -> None:
    believing(monkeypatch)

    outcomes, _, _ = filled_while_a_substitute_is_accepted(monkeypatch)

    assert outcomes == {"UnitsNotThere": 1, "accepted": 1}
