"""Purchase orders under parallel calls, on PostgreSQL with real threads and commits.

Beside each promise stands a control: the same calls without the protection, which must show the harm.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from inventory.inbound.models import Inbound
from inventory.purchasing import services as purchasing
from inventory.purchasing.models import PurchaseLine, PurchaseOrder, PurchaseReceipt
from inventory.purchasing.services import Arrived, steps
from inventory.stock.models import Level, Movement
from tests.concurrency.test_money_and_returns import in_parallel, without_locks
from tests.inventory.factories import LocationFactory, SkuFactory
from tests.inventory.purchasing.orders import BUYER, placed, receive

pytestmark = [pytest.mark.pg, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def order() -> PurchaseOrder:
    """Return an order for ten units of which one has come."""
    sku = SkuFactory.create(code="MUG")
    made = placed(LocationFactory.create(), {sku: 10})
    receive(made, {sku: 1})
    return made


def take_in(order: PurchaseOrder, units: int, number: int) -> str:
    """Receive some units as a call of its own."""
    purchasing.receive(
        order_id=order.pk, units=[Arrived("MUG", units)], key=f"call-{number}", actor=BUYER
    )
    return "received"


def call_off(order: PurchaseOrder) -> str:
    """Cancel whatever is to come."""
    purchasing.cancel(order_id=order.pk, reason="too dear", actor=BUYER)
    return "cancelled"


@contextmanager
def unprotected(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Callable[[], str]], str]]:
    """Take the locks and the guards of counters away; gives what runs two calls of which both have read first.

    The second writes once the first has committed: what it has read is old by then.
    """
    gate, turn = threading.Barrier(2), threading.Lock()
    read = steps.lines_of

    def read_together(order: PurchaseOrder) -> list[PurchaseLine]:
        lines = read(order)
        gate.wait(timeout=30)
        turn.acquire()
        return lines

    def write(line: PurchaseLine, **changes: Any) -> None:
        PurchaseLine.objects.filter(pk=line.pk).update(**changes)

    def in_turn(act: Callable[[], str]) -> str:
        try:
            return act()
        finally:
            turn.release()

    with without_locks(monkeypatch), monkeypatch.context() as patched:
        patched.setattr(steps, "lines_of", read_together)
        patched.setattr(steps, "change_line", write)
        yield in_turn


def booked() -> tuple[int, int]:
    """Return what the line counts as received, and what is on hand."""
    return PurchaseLine.objects.get().received, Level.objects.get().on_hand


def test_of_two_who_receive_the_same_units_one_is_refused(order: PurchaseOrder) -> None:
    outcome = in_parallel(2, lambda number: take_in(order, 6, number))

    assert outcome == {"received": 1, "MoreThanOrdered": 1}
    assert booked() == (7, 7)
    assert Inbound.objects.get().quantity == 3


def test_control_without_protection_the_same_units_are_received_twice(
    order: PurchaseOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with unprotected(monkeypatch) as in_turn:
        outcome = in_parallel(2, lambda number: in_turn(lambda: take_in(order, 6, number)))

    assert outcome == {"received": 2}
    assert booked() == (7, 13)


def test_many_small_receipts_at_once_sum_up_to_what_was_ordered(order: PurchaseOrder) -> None:
    outcome = in_parallel(12, lambda number: take_in(order, 1, number))

    assert outcome == {"received": 9, "IllegalTransition": 3}
    assert booked() == (10, 10)
    assert PurchaseReceipt.objects.count() == Movement.objects.count() == 10
    numbers = PurchaseReceipt.objects.values_list("number", flat=True)
    assert len(set(numbers)) == 10
    assert not Inbound.objects.exists()


def test_the_same_call_at_once_is_one_receipt(order: PurchaseOrder) -> None:
    outcome = in_parallel(8, lambda _: take_in(order, 5, 0))

    assert outcome == {"received": 8}
    assert booked() == (6, 6)


def test_goods_that_come_while_the_rest_is_cancelled_are_received_or_refused(
    order: PurchaseOrder,
) -> None:
    acts: list[Callable[[], str]] = [lambda: take_in(order, 9, 1), lambda: call_off(order)]

    outcome = in_parallel(2, lambda number: acts[number]())

    line = PurchaseLine.objects.get()
    assert outcome["IllegalTransition"] == 1
    if outcome["received"]:
        assert (line.cancelled, line.received) == (0, 10)
    else:
        assert (line.cancelled, line.received) == (9, 1)
    assert line.over == 0
    assert booked() == (line.received, line.received)
    assert not Inbound.objects.exists()
    assert PurchaseOrder.objects.get().status == "received"


def test_control_without_protection_only_the_database_stops_the_two(
    order: PurchaseOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    acts: list[Callable[[], str]] = [lambda: take_in(order, 9, 1), lambda: call_off(order)]

    with unprotected(monkeypatch) as in_turn:
        outcome = in_parallel(2, lambda number: in_turn(acts[number]))

    assert outcome["IntegrityError"] == 1
    assert outcome["IllegalTransition"] == 0
