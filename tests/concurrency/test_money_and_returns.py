"""Money and returns under parallel calls, on PostgreSQL with real threads and commits.

Beside each promise stands a control: the same harness without the protection, which must show the harm. A control that
does not is a harness that proves nothing.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.db.models import F, QuerySet

from inventory.stock import services as stock
from inventory.stock.models import Level, Movement
from oms.core import locking
from oms.core.actors import SYSTEM
from orders.ordering.models import Order, OrderLine
from orders.payments import services as payments
from orders.payments.gateways import fake_card
from orders.payments.gateways.base import Answer, Outcome
from orders.payments.models import Payment, Transaction
from orders.payments.services import carrying_out, ledger
from returns.authorizations import rules as return_rules
from returns.authorizations.models import Return, ReturnLine
from tests.inventory.factories import LevelFactory
from tests.orders.factories import CLERK, lines_of, pay, place_order
from tests.returns.factories import open_return, receive_return, shipped_order

pytestmark = [pytest.mark.pg, pytest.mark.django_db(transaction=True)]

D = Decimal
THREADS = 16


def in_parallel(calls: int, effect: Callable[[int], Any]) -> Counter[str]:
    """Run `effect` for 0 to calls - 1 in threads that start together; count results and names of refusals."""
    gate = threading.Barrier(min(calls, THREADS))

    def run(number: int) -> str:
        try:
            if number < gate.parties:
                gate.wait(timeout=30)
            return str(effect(number))
        except Exception as error:  # noqa: BLE001  # whatever came of it is what the test looks at
            return type(error).__name__
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as pool:
        return Counter(pool.map(run, range(calls)))


@contextmanager
def without_locks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the lock helper read the rows and lock nothing."""

    def read(queryset: QuerySet[Any]) -> list[Any]:
        return list(queryset.order_by("pk"))

    with monkeypatch.context() as patched:
        patched.setattr(locking, "lock", read)
        yield


# Refunds --------------------------------------------------------------------------------------------------------------


def captured_order() -> Order:
    """Return an order of which 28.70 was taken by card."""
    order = place_order()
    pay(order, "fake_card")
    payments.capture(order_id=order.pk, amount=D("28.70"), cause="take", actor=CLERK)
    payments.carry_out_due()
    return order


def refund_two(order: Order, number: int) -> str:
    """Ask for two euro back."""
    payments.refund(
        order_id=order.pk, amount=D(2), cause=f"refund-{number}", reason="sorry", actor=CLERK
    )
    return "granted"


def refunded() -> Decimal:
    """Return the sum of refunds that were asked for."""
    return sum((each.amount for each in Transaction.objects.filter(kind="refund")), D(0))


def test_fifty_refunds_at_once_never_pass_what_was_captured() -> None:
    order = captured_order()

    outcome = in_parallel(50, lambda number: refund_two(order, number))

    assert outcome == {"granted": 14, "TooMuchToRefund": 36}
    assert refunded() == 28
    payments.carry_out_due()
    payment = Payment.objects.get()
    assert (payment.refunded, payment.refund_pending) == (28, 0)
    assert sum(page["act"] == "refund" for page in own_pages(payment)) == 14


def test_control_without_lock_and_claim_the_same_refunds_pass_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    order = captured_order()

    def unguarded(payment: Payment, kind: str, amount: Decimal) -> None:
        """Read, add, write: the amount is set aside without a condition."""
        Payment.objects.filter(pk=payment.pk).update(refund_pending=payment.refund_pending + amount)

    monkeypatch.setattr(ledger, "claim", unguarded)
    with without_locks(monkeypatch):
        outcome = in_parallel(50, lambda number: refund_two(order, number))

    assert outcome["granted"] > 14
    assert refunded() > D("28.70")


def test_control_without_lock_the_claim_and_the_constraint_still_hold(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    order = captured_order()

    with without_locks(monkeypatch):
        in_parallel(50, lambda number: refund_two(order, number))

    assert refunded() <= D("28.70")


def own_pages(payment: Payment) -> list[Any]:
    """Return what the provider did for a payment."""
    return [page for page in fake_card.books() if page["key"].endswith(str(payment.uuid))]


# Captures -------------------------------------------------------------------------------------------------------------


def pending_capture() -> Transaction:
    """Return an intent to take 28.70 that the provider has done and that nobody here knows about."""
    order = place_order()
    pay(order, "fake_card")
    (intent,) = payments.capture(order_id=order.pk, amount=D("28.70"), cause="take", actor=CLERK)
    return intent


def settle_or_ask(intent: Transaction, number: int) -> str:
    """Half of the callers bring the provider's notification, half ask the provider themselves."""
    if number % 2:
        return f"asked {payments.carry_out(intent.pk)}"
    outcome = Outcome(
        answer=Answer.SUCCEEDED,
        reference=f"fake-{intent.key}",
        amount=D("28.70"),
        currency="EUR",
    )
    return f"told {payments.settle(transaction_id=intent.pk, outcome=outcome)}"


def test_an_answer_and_notifications_together_capture_once() -> None:
    for _ in range(5):
        intent = pending_capture()

        outcome = in_parallel(16, lambda number, intent=intent: settle_or_ask(intent, number))

        assert set(outcome) <= {"told True", "told False", "asked True", "asked False"}
        assert outcome["asked True"] <= 1
        payment = Payment.objects.get(pk=intent.payment_id)
        assert (payment.captured, payment.capture_pending) == (D("28.70"), 0)
        assert Order.objects.get(pk=payment.order_id).captured_total == D("28.70")
        assert sum(page["act"] == "capture" for page in own_pages(payment)) <= 1


def test_control_without_lock_and_guard_the_same_capture_is_booked_by_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    intent = pending_capture()
    booked = Counter[str]()
    book = ledger.post

    def counted(*arguments: Any, **named: Any) -> None:
        booked["booked"] += 1
        book(*arguments, **named)

    monkeypatch.setattr(ledger, "post", counted)
    in_parallel(8, lambda _: settle_or_ask(intent, 0))
    assert booked == {"booked": 1}

    class Unguarded:
        """A table of transitions that asks nobody."""

        def move(self, document: Transaction, action: str, **changes: Any) -> str:
            meeting.wait(timeout=30)
            Transaction.objects.filter(pk=document.pk).update(state="succeeded")
            return "pending"

    other = pending_capture()
    booked.clear()
    meeting = threading.Barrier(8)
    monkeypatch.setattr(carrying_out, "TRANSACTION", Unguarded())
    with without_locks(monkeypatch):
        in_parallel(8, lambda _: settle_or_ask(other, 0))

    assert booked == {"booked": 8}


def test_one_capture_asked_for_by_many_is_asked_for_once() -> None:
    order = place_order()
    pay(order, "fake_card")

    outcome = in_parallel(
        16,
        lambda _: len(
            payments.capture(order_id=order.pk, amount=D("28.70"), cause="take", actor=CLERK)
        ),
    )

    assert outcome == {"1": 16}
    assert Transaction.objects.filter(kind="capture").count() == 1


def test_captures_of_many_never_pass_what_is_authorized() -> None:
    order = place_order()
    pay(order, "fake_card")

    def take(number: int) -> str:
        payments.capture(order_id=order.pk, amount=D(2), cause=f"take-{number}", actor=CLERK)
        return "granted"

    assert in_parallel(30, take) == {"granted": 14, "TooMuchToCapture": 16}


def test_the_same_transfer_recorded_by_many_counts_once() -> None:
    order = place_order()
    pay(order, "bank_transfer")

    def record(_: int) -> str:
        payments.record_receipt(
            order_id=order.pk,
            gateway="bank_transfer",
            amount=D("28.70"),
            reference="SEPA-1",
            cause="statement-1",
            actor=CLERK,
        )
        return "recorded"

    assert in_parallel(16, record) == {"recorded": 16}
    assert Order.objects.get(pk=order.pk).captured_total == D("28.70")


# Returns --------------------------------------------------------------------------------------------------------------


def test_the_last_unit_is_returned_by_one_of_many() -> None:
    order = shipped_order(3)
    open_return(order, 2)

    outcome = in_parallel(8, lambda _: open_return(order, 1).status)

    assert outcome == {"approved": 1, "NotReturnable": 7}
    (line,) = lines_of(order)
    assert line.return_requested == 3
    assert sorted(Return.objects.values_list("number", flat=True)) == [
        f"{order.number}-R1",
        f"{order.number}-R2",
    ]


def test_control_without_lock_the_last_unit_is_granted_again_and_the_database_stops_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    order = shipped_order(3)
    open_return(order, 2)
    granted = Counter[str]()
    looked = threading.Barrier(8)
    judge = return_rules.faults

    def slow(*arguments: Any) -> Any:
        verdict = judge(*arguments)
        granted["granted" if not verdict else "refused"] += 1
        looked.wait(timeout=30)
        return verdict

    monkeypatch.setattr(return_rules, "faults", slow)
    with without_locks(monkeypatch):
        outcome = in_parallel(8, lambda _: open_return(order, 1).status)

    assert granted == {"granted": 8}
    assert outcome["approved"] == 1
    assert OrderLine.objects.get(order=order).return_requested == 3


def test_one_receipt_called_many_times_restocks_once() -> None:
    order = shipped_order(3)
    opened = open_return(order, 3)
    shelf = LevelFactory(sku=lines_of(order)[0].sku, on_hand=0)

    outcome = in_parallel(
        8,
        lambda _: len(
            receive_return(opened, restock=2, damaged=1, key="truck-7", location=shelf.location)
        ),
    )

    assert outcome == {"2": 8}
    shelf.refresh_from_db()
    assert (shelf.on_hand, shelf.available, shelf.damaged) == (3, 2, 1)


def test_receipts_of_many_never_pass_what_is_expected() -> None:
    order = shipped_order(3)
    opened = open_return(order, 3)
    shelf = LevelFactory(sku=lines_of(order)[0].sku, on_hand=0)

    def receive(number: int) -> str:
        receive_return(opened, restock=1, key=f"truck-{number}", location=shelf.location)
        return "received"

    outcome = in_parallel(8, receive)

    assert outcome["received"] == 3
    assert set(outcome) <= {"received", "MoreThanExpected", "IllegalTransition"}
    shelf.refresh_from_db()
    assert shelf.on_hand == 3
    assert ReturnLine.objects.get().restocked == 3


def test_control_a_count_by_read_and_write_restocks_too_much() -> None:
    order = shipped_order(3)
    opened = open_return(order, 3)
    line = opened.lines.get()
    looked = threading.Barrier(8)

    def naive(_: int) -> str:
        with transaction.atomic():
            seen = ReturnLine.objects.get(pk=line.pk)
            looked.wait(timeout=30)
            if seen.outstanding < 1:
                return "refused"
            ReturnLine.objects.filter(pk=line.pk).update(restocked=seen.restocked + 1)
            return "received"

    assert in_parallel(8, naive) == {"received": 8}


# Stock ----------------------------------------------------------------------------------------------------------------


def take_one(level: Level, number: int) -> str:
    """Take a unit off a level."""
    stock.adjust(
        sku_id=level.sku_id,
        location_id=level.location_id,
        delta=-1,
        document="",
        cause=f"take-{number}",
        actor=SYSTEM,
        reason="test",
    )
    return "taken"


def test_corrections_at_once_never_take_what_is_not_there() -> None:
    level = LevelFactory(on_hand=20)

    assert in_parallel(50, lambda number: take_one(level, number)) == {
        "taken": 20,
        "InsufficientStock": 30,
    }
    level.refresh_from_db()
    assert level.on_hand == 0
    assert Movement.objects.filter(kind="adjustment").count() == 20


def test_control_a_check_before_the_update_takes_too_much() -> None:
    level = LevelFactory(on_hand=4)
    looked = threading.Barrier(8)

    def naive(_: int) -> str:
        enough = Level.objects.get(pk=level.pk).available >= 1
        looked.wait(timeout=30)
        if enough:
            Level.objects.filter(pk=level.pk).update(on_hand=F("on_hand") - 1)
            return "taken"
        return "refused"

    assert in_parallel(8, naive) == {"taken": 4, "IntegrityError": 4}


def test_one_receipt_repeated_by_many_moves_once() -> None:
    level = LevelFactory(on_hand=0)

    def receive(_: int) -> str:
        got = stock.receive(
            sku_id=level.sku_id,
            location_id=level.location_id,
            quantity=5,
            document="PO-1",
            cause="truck-7",
            actor=SYSTEM,
        )
        return str(got.on_hand)

    assert in_parallel(16, receive) == {"5": 16}
    assert Movement.objects.filter(cause="truck-7").count() == 1


def test_the_first_receipts_of_a_level_make_one_level() -> None:
    known = LevelFactory()
    location = LevelFactory().location

    def receive(number: int) -> str:
        stock.receive(
            sku_id=known.sku_id,
            location_id=location.pk,
            quantity=1,
            document="PO-1",
            cause=f"truck-{number}",
            actor=SYSTEM,
        )
        return "received"

    assert in_parallel(16, receive) == {"received": 16}
    assert Level.objects.get(sku=known.sku, location=location).on_hand == 16


def test_the_tests_above_ran_on_a_database_with_row_locks() -> None:
    assert connection.features.has_select_for_update
