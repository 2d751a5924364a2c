"""Random lives of the payments of one order: whatever happens in whatever order, the ledger adds up."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from oms.core import clock
from oms.core.errors import DomainError
from oms.core.outbox import services as outbox
from orders.ordering import services as ordering
from orders.ordering.models import Order
from orders.payments import rules
from orders.payments import services as payments
from orders.payments.gateways import fake_card
from orders.payments.models import Payment, Transaction
from orders.payments.states import TransactionState
from tests.orders.factories import CLERK, lines_of, place_order, stocked_sku

pytestmark = pytest.mark.django_db

STEPS = (
    "start card",
    "start transfer",
    "start cash",
    "receive",
    "capture",
    "capture",
    "refund",
    "refund",
    "overpaid",
    "void",
    "cancel one",
    "cancel all",
    "carry out",
    "carry out",
    "resolve",
    "drain",
)
TOKENS = (
    "tok_approve",
    "tok_decline",
    "tok_timeout",
    "tok_garbage",
    "tok_capture:decline",
    "tok_capture:timeout",
    "tok_refund:timeout",
    "tok_refund:decline",
    "tok_void:timeout",
)


class Life:
    """An order of three units, and what is done with its money."""

    def __init__(self) -> None:
        self.order: Order = place_order([(stocked_sku(10), 3)], unit_price="3.34", confirmed=True)
        self.later = timedelta()
        self.steps = 0

    def do(self, step: str, cents: int, token: str) -> None:
        """Do one thing; a refusal changes nothing and is fine."""
        self.steps += 1
        order_id, amount, cause = self.order.pk, Decimal(cents) / 100, f"step-{self.steps}"
        try:
            match step:
                case "start card":
                    payments.start(
                        order_id=order_id, gateway="fake_card", reference=token, actor=CLERK
                    )
                case "start transfer":
                    payments.start(order_id=order_id, gateway="bank_transfer", actor=CLERK)
                case "start cash":
                    payments.start(order_id=order_id, gateway="cash_on_delivery", actor=CLERK)
                case "receive":
                    payments.record_receipt(
                        order_id=order_id,
                        gateway="bank_transfer",
                        amount=amount,
                        reference=cause,
                        cause=cause,
                        actor=CLERK,
                    )
                case "capture":
                    payments.capture(order_id=order_id, amount=amount, cause=cause, actor=CLERK)
                case "refund":
                    payments.refund(
                        order_id=order_id, amount=amount, cause=cause, reason="", actor=CLERK
                    )
                case "overpaid":
                    payments.refund_overpaid(order_id=order_id, cause=cause, reason="", actor=CLERK)
                case "void":
                    payments.void(order_id=order_id, cause=cause, reason="", actor=CLERK)
                case "cancel one":
                    (line,) = lines_of(self.order)
                    ordering.cancel(order_id=order_id, units={line.pk: 1}, reason="", actor=CLERK)
                case "cancel all":
                    ordering.cancel(order_id=order_id, units=None, reason="", actor=CLERK)
                case "resolve":
                    waiting = Transaction.objects.filter(
                        payment__order=self.order, state__in=["manual", "parked"]
                    ).first()
                    if waiting:
                        payments.resolve(
                            transaction_id=waiting.pk,
                            succeeded=cents % 2 == 0,
                            reference=cause,
                            reason="looked",
                            actor=CLERK,
                        )
                case "carry out":
                    self.carry_out()
                case "drain":
                    outbox.drain()
        except DomainError:
            pass

    def carry_out(self) -> None:
        """Let five minutes pass, so that what was unclear is asked about."""
        self.later += timedelta(minutes=5)
        with time_machine.travel(clock.now() + self.later, tick=False):
            for intent in Transaction.objects.filter(
                payment__order=self.order, state="pending", due_at__lte=clock.now()
            ):
                payments.carry_out(intent.pk)

    def check(self) -> None:
        """Compare the payments with their transactions, the order with its payments, us with the provider."""
        order = Order.objects.get(pk=self.order.pk)
        found = list(Payment.objects.filter(order=order))
        for payment in found:
            assert (payment.authorized, payment.captured, payment.refunded) == (
                self.total(payment, "authorize", "succeeded"),
                self.total(payment, "capture", "succeeded"),
                self.total(payment, "refund", "succeeded"),
            )
            under_way = (TransactionState.PENDING, TransactionState.MANUAL, TransactionState.PARKED)
            assert payment.capture_pending == self.total(payment, "capture", *under_way)
            assert payment.refund_pending == self.total(payment, "refund", *under_way)
            assert payment.refunded + payment.refund_pending <= payment.captured
            assert payment.captured + payment.capture_pending <= payment.authorized
        alive = [each for each in found if each.status not in ("voided", "failed", "expired")]
        totals = {
            name: sum((getattr(each, name) for each in alive), Decimal(0))
            for name in ("authorized", "captured", "refunded")
        }
        assert {name: getattr(order, f"{name}_total") for name in totals} == totals
        assert order.payment_status == rules.payment_status(
            total=order.total,
            credited=order.credited_total,
            any_pending=any(each.status == "pending" for each in found),
            all_voided=bool(found) and not alive,
            **totals,
        )
        self.check_provider()

    def total(self, payment: Payment, kind: str, *states: str) -> Decimal:
        """Sum the transactions of a kind."""
        rows = Transaction.objects.filter(payment=payment, kind=kind, state__in=states)
        return sum(rows.values_list("amount", flat=True), Decimal(0))

    def check_provider(self) -> None:
        """Find each of our acts in the books of the provider, as we believe it went."""
        pages = {page["key"]: page for page in fake_card.books()}
        for each in Transaction.objects.filter(payment__gateway="fake_card"):
            page = pages.get(each.key)
            if each.state == "succeeded":
                assert page is not None
                assert not page["declined"]
                assert Decimal(page["amount"]) == each.amount
            elif each.state == "failed" and page is not None:
                assert page["declined"]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    token=st.sampled_from(TOKENS),
    steps=st.lists(
        st.tuples(st.sampled_from(STEPS), st.integers(1, 1_600), st.sampled_from(TOKENS)),
        min_size=4,
        max_size=16,
    ),
)
@example(token="tok_capture:decline", steps=[("capture", 900, "")])
@example(
    token="tok_refund:decline",
    steps=[("capture", 900, ""), ("carry out", 1, ""), ("refund", 500, "")],
)
@example(
    token="tok_void:timeout", steps=[("cancel all", 1, ""), ("drain", 1, ""), ("carry out", 1, "")]
)
def test_the_ledger_adds_up_through_any_life(token: str, steps: list[tuple[str, int, str]]) -> None:
    life = Life()
    life.do("start card", 1, token)
    life.carry_out()

    for step in steps:
        life.do(*step)
    outbox.drain()
    # One act may need another, and each be asked about before it is known.
    for _ in range(10):
        life.carry_out()
        outbox.drain()

    life.check()
    assert not Transaction.objects.filter(payment__order=life.order, state="pending").exists()
