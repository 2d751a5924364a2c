"""Intents meet their gateway: claim, ask with no transaction open, write the outcome once.

An attempt is counted before the gateway is asked, so that a process that dies is seen. From the second attempt on the
gateway is first asked what became of the key: an answer that was lost never becomes a second charge. After the last
attempt the transaction is parked, visibly, with its amount still set aside, until a person resolves it.
"""

from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import F

from oms.core import clock, money
from oms.core.actors import SYSTEM, Actor
from oms.core.outbox import services as outbox
from orders import events
from orders.ordering.models import Order
from orders.ordering.states import OrderStatus
from orders.payments import errors, gateways
from orders.payments.gateways.base import (
    Answer,
    Gateway,
    Instruction,
    Outcome,
    Unavailable,
    Unclear,
)
from orders.payments.models import Payment, Transaction
from orders.payments.services import instructing, ledger
from orders.payments.states import (
    PAYMENT,
    TRANSACTION,
    PaymentState,
    TransactionKind,
    TransactionState,
)

log = structlog.get_logger()

MAX_ATTEMPTS = 5
_WAITS = (5, 30, 120, 240)  # seconds before the second to the fifth attempt
_LEASE = 90  # seconds after which an attempt that never came back is made again


def carry_out_due(*, batch: int = 50) -> int:
    """Carry out what is due, oldest first; return how many gateways were asked.

    What fails here is logged, counted as an attempt and tried again; it never stops the others.
    """
    due = Transaction.objects.filter(state=TransactionState.PENDING, due_at__lte=clock.now())
    asked = 0
    for transaction_id in list(due.order_by("due_at", "id").values_list("pk", flat=True)[:batch]):
        try:
            asked += carry_out(transaction_id)
        except Exception:  # one bad intent must not keep the rest from their gateways
            log.exception("payment_not_carried_out", transaction=transaction_id)
    return asked


def carry_out(transaction_id: int) -> bool:
    """Ask the gateway to do one intent and write down what became of it; False when there is nothing to do.

    Raises RuntimeError inside a transaction: nothing may be held while the outside world thinks.
    """
    intent = _claim(transaction_id)
    if intent is None:
        return False
    adapter = gateways.of(intent.payment.gateway)
    try:
        outcome = _ask(adapter, intent)
    except (Unclear, Unavailable) as error:
        _put_off(intent, str(error))
        return True
    except (
        Exception
    ) as error:  # an adapter may fail in any way; what the provider did is then not known
        log.exception("gateway_failed", transaction=intent.pk, gateway=adapter.code)
        _put_off(intent, f"{type(error).__name__}: {error}")
        return True
    settle(transaction_id=intent.pk, outcome=outcome)
    return True


@transaction.atomic
def settle(*, transaction_id: int, outcome: Outcome, actor: Actor = SYSTEM) -> bool:
    """Write the outcome of an intent, once: of an answer and a notification together, the second does nothing.

    An outcome over another amount or currency, or under a reference that is known already, is not believed: the intent
    is parked. Returns whether this call settled it. Raises TransactionMissing. Publishes PaymentAuthorized,
    PaymentCaptured, RefundSucceeded or PaymentFailed.
    """
    found = Transaction.objects.filter(pk=transaction_id).select_related("payment").first()
    if found is None:
        raise errors.TransactionMissing
    order, payments = ledger.lock(found.payment.order_id)
    payment = next(each for each in payments if each.pk == found.payment_id)
    # Read again: a rival may have settled it while we waited for the order.
    intent = Transaction.objects.get(pk=transaction_id)
    if intent.state not in (TransactionState.PENDING, TransactionState.PARKED):
        return False
    doubt = _doubt(intent, payment, outcome)
    if doubt:
        if intent.state == TransactionState.PENDING:
            _park(order, payment, intent, doubt)
        return False
    if outcome.answer == Answer.SUCCEEDED:
        succeed(order, payment, intent, reference=outcome.reference, actor=actor)
    elif outcome.answer == Answer.DECLINED:
        fail(order, payment, intent, error=outcome.message or "Declined.", actor=actor)
    elif outcome.answer == Answer.MANUAL and intent.state == TransactionState.PENDING:
        TRANSACTION.move(intent, "hand_over")
    return True


@transaction.atomic
def retry(*, transaction_id: int, actor: Actor) -> Transaction:
    """Let a parked transaction be tried again, with its own key and fresh attempts.

    Raises TransactionMissing, IllegalTransition.
    """
    found = Transaction.objects.filter(pk=transaction_id).select_related("payment").first()
    if found is None:
        raise errors.TransactionMissing
    order, _ = ledger.lock(found.payment.order_id)
    intent = Transaction.objects.get(pk=transaction_id)
    # One attempt counts as made: the provider may know the key, so it is asked about it first.
    TRANSACTION.move(intent, "retry", attempts=1, due_at=clock.now())
    ledger.note(order, found.payment, intent, "payment.retried", actor=actor)
    return intent


def succeed(
    order: Order, payment: Payment, intent: Transaction, *, reference: str, actor: Actor
) -> None:
    """Book an intent that was done; the caller holds the locks.

    An order cancelled meanwhile gets its money back, and so does one of which less is owed than when it was asked for.
    """
    TRANSACTION.move(
        intent,
        "succeed",
        settled_at=clock.now(),
        error="",
        **ledger.placed_reference(payment, reference),
    )
    ledger.post(order, payment, intent, actor=actor)
    if intent.kind == TransactionKind.CAPTURE:
        instructing.refund_late(order, intent)
    elif intent.kind == TransactionKind.AUTHORIZE and order.status == OrderStatus.CANCELLED:
        instructing.let_go(
            order,
            payment,
            cause=f"void-late-{intent.pk}",
            reason="The order was cancelled in the meantime.",
            actor=SYSTEM,
        )


def fail(order: Order, payment: Payment, intent: Transaction, *, error: str, actor: Actor) -> None:
    """Book an intent that came to nothing; the caller holds the locks. Publishes PaymentFailed."""
    TRANSACTION.move(intent, "fail", error=error[:500], settled_at=clock.now())
    ledger.unclaim(payment, intent.kind, intent.amount)
    if intent.kind == TransactionKind.AUTHORIZE and payment.status == PaymentState.PENDING:
        PAYMENT.move(payment, "fail")
    ledger.note(order, payment, intent, f"payment.{intent.kind}_failed", actor=actor)
    ledger.sum_up(order)
    outbox.publish(events.PaymentFailed(order_id=order.pk, payment_id=payment.pk))


@transaction.atomic(durable=True)
def _claim(transaction_id: int) -> Transaction | None:
    """Take the intent for one attempt by a guarded UPDATE, which is committed before anybody is asked."""
    now = clock.now()
    taken = Transaction.objects.filter(
        pk=transaction_id,
        state=TransactionState.PENDING,
        due_at__lte=now,
        attempts__lt=MAX_ATTEMPTS,
    ).update(attempts=F("attempts") + 1, due_at=now + timedelta(seconds=_LEASE))
    if taken:
        return Transaction.objects.select_related("payment__order").get(pk=transaction_id)
    lost = Transaction.objects.filter(
        pk=transaction_id,
        state=TransactionState.PENDING,
        due_at__lte=now,
        attempts__gte=MAX_ATTEMPTS,
    ).first()
    if lost is not None:
        order, payments = ledger.lock(lost.payment.order_id)
        payment = next(each for each in payments if each.pk == lost.payment_id)
        _park(order, payment, lost, lost.error or "The process ended during the last attempt.")
    return None


def _ask(adapter: Gateway, intent: Transaction) -> Outcome:
    instruction = Instruction(
        key=intent.key,
        order_number=intent.payment.order.number,
        amount=money.quantize(intent.amount, intent.payment.currency),
        currency=intent.payment.currency,
        token=intent.payment.reference,
        authorization=_rests_on(intent),
    )
    if intent.attempts > 1:
        known = adapter.query(instruction)
        if known.answer != Answer.NOT_FOUND:
            return known
    act = {
        TransactionKind.AUTHORIZE.value: adapter.authorize,
        TransactionKind.CAPTURE.value: adapter.capture,
        TransactionKind.REFUND.value: adapter.refund,
        TransactionKind.VOID.value: adapter.void,
    }[intent.kind]
    return act(instruction)


def _rests_on(intent: Transaction) -> str:
    """Return the provider's reference of what the act rests on: a capture for a refund, else the authorization."""
    kind = (
        TransactionKind.CAPTURE
        if intent.kind == TransactionKind.REFUND
        else TransactionKind.AUTHORIZE
    )
    earlier = Transaction.objects.filter(
        payment_id=intent.payment_id, kind=kind, state=TransactionState.SUCCEEDED
    )
    return earlier.order_by("-id").values_list("provider_reference", flat=True).first() or ""


def _doubt(intent: Transaction, payment: Payment, outcome: Outcome) -> str:
    """Return why an outcome cannot be believed; empty when it can."""
    if outcome.answer == Answer.NOT_FOUND:
        return "The provider does not know this transaction."
    if outcome.answer != Answer.SUCCEEDED:
        return ""
    if outcome.amount is not None and outcome.amount != intent.amount:
        asked = ledger.plain(intent.amount, payment.currency)
        return f"The provider says {outcome.amount}, asked was {asked}."
    if outcome.currency and outcome.currency != payment.currency:
        return f"The provider says {outcome.currency}, asked was {payment.currency}."
    if ledger.has_reference(payment, intent.kind, outcome.reference):
        return f"The provider gave the reference {outcome.reference} twice."
    return ""


def _put_off(intent: Transaction, error: str) -> None:
    """Note that nobody knows, and when to ask again; park after the last attempt."""
    if intent.attempts < MAX_ATTEMPTS:
        wait = _WAITS[min(intent.attempts, len(_WAITS)) - 1]
        Transaction.objects.filter(pk=intent.pk, state=TransactionState.PENDING).update(
            error=error[:500], due_at=clock.now() + timedelta(seconds=wait)
        )
        log.warning("payment_put_off", transaction=intent.pk, attempts=intent.attempts, error=error)
        return
    with transaction.atomic():
        order, payments = ledger.lock(intent.payment.order_id)
        payment = next(each for each in payments if each.pk == intent.payment_id)
        current = Transaction.objects.get(pk=intent.pk)
        if current.state == TransactionState.PENDING:
            _park(order, payment, current, error)


def _park(order: Order, payment: Payment, intent: Transaction, error: str) -> None:
    TRANSACTION.move(intent, "park", error=error[:500])
    ledger.note(order, payment, intent, "payment.parked", actor=SYSTEM)
    ledger.sum_up(order)
    log.error("payment_parked", transaction=intent.pk, error=error)
