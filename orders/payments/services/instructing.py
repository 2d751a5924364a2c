"""Take money, give it back, let go of it: each writes intents, which are carried out with no transaction open.

`cause` names the act. The same cause again makes no second transaction and returns those of the first time.
"""

from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction

from oms.core import clock
from oms.core.actors import SYSTEM, Actor
from oms.core.timeline import services as timeline
from orders.ordering.models import Credit, CreditReason, Order, OrderLine
from orders.payments import errors, gateways, rules
from orders.payments.models import Payment, Transaction
from orders.payments.services import ledger
from orders.payments.states import (
    PAYMENT,
    UNSETTLED,
    PaymentState,
    TransactionKind,
    TransactionState,
)

NOTHING = Decimal(0)


@transaction.atomic
def capture(*, order_id: int, amount: Decimal, cause: str, actor: Actor) -> list[Transaction]:
    """Take `amount` out of what is authorized, oldest payment first.

    Raises OrderMissing, InvalidAmount, TooMuchToCapture (with what is left), CauseReused. PaymentCaptured follows when
    the gateway has done it.
    """
    order, payments = ledger.lock(order_id)
    ledger.check_amount(amount, order.currency)
    done = ledger.known(cause, payments)
    if done:
        ledger.check_same(done, TransactionKind.CAPTURE, amount)
        return done
    ready = _capturable(payments)
    parts = rules.split_capture([ledger.shares(each) for each in ready], amount)
    left = sum((part.amount for part in parts), NOTHING)
    if left < amount:
        raise errors.TooMuchToCapture(
            f"{(words := ledger.plain(left, order.currency))} {order.currency} can still be captured.",
            capturable=words,
        )
    return _instruct(order, ready, parts, TransactionKind.CAPTURE, cause=cause, actor=actor)


@transaction.atomic
def capture_shipped(*, order_id: int, cause: str, actor: Actor) -> list[Transaction]:
    """Take what the units shipped so far are worth and has not been taken, as far as it is authorized.

    The shipping charge goes with the first units, the rest of what is owed with the last. Money that comes by itself
    (cash on delivery, transfer) and orders paid before are left alone. Raises OrderMissing.
    """
    order, payments = ledger.lock(order_id)
    done = ledger.known(cause, payments)
    if done:
        return done
    ready = _capturable(payments)
    if not ready:
        return []
    amount = rules.shipment_capture(
        lines=[
            rules.ShippedLine(
                total=line.total,
                ordered=line.ordered,
                shipped=line.shipped,
                open=line.ordered - line.shipped - line.cancelled,
                bundle=line.dealt_by,
            )
            for line in OrderLine.objects.filter(order=order)
        ],
        shipping=order.shipping_total,
        owed=order.total - order.credited_total,
        taken=rules.taken(
            captured=sum((each.captured for each in payments), NOTHING),
            capture_pending=sum((each.capture_pending for each in payments), NOTHING),
            refunds=sum((each.refunded + each.refund_pending for each in payments), NOTHING),
            credited=order.credited_total,
        ),
        given_back=sum(
            Credit.objects.filter(order=order)
            .exclude(reason=CreditReason.CANCELLED)
            .values_list("amount", flat=True),
            NOTHING,
        ),
        currency=order.currency,
    )
    parts = rules.split_capture([ledger.shares(each) for each in ready], amount)
    return _instruct(order, ready, parts, TransactionKind.CAPTURE, cause=cause, actor=actor)


@transaction.atomic
def capture_rest(*, order_id: int, actor: Actor) -> list[Transaction]:
    """Take what is still owed of an order of which nothing is left to do, as far as it is authorized.

    An order can end without a last shipment, when the rest of it is cancelled. Money that was given back is never taken
    again here. Raises OrderMissing.
    """
    order, payments = ledger.lock(order_id)
    asked = sum((each.captured + each.capture_pending for each in payments), NOTHING)
    amount = max(order.total - order.credited_total - asked, NOTHING)
    ready = _capturable(payments)
    parts = rules.split_capture([ledger.shares(each) for each in ready], amount)
    return _instruct(
        order,
        ready,
        parts,
        TransactionKind.CAPTURE,
        cause=f"capture-completed-v{order.version}",
        actor=actor,
    )


@transaction.atomic
def refund(
    *, order_id: int, amount: Decimal, cause: str, reason: str, actor: Actor
) -> list[Transaction]:
    """Give `amount` back, newest payment first, never more than was taken and not yet given back.

    The amount is set aside at once, so that parallel refunds cannot both have it. Raises OrderMissing, InvalidAmount,
    TooMuchToRefund (with what is left), CauseReused. RefundSucceeded follows when the gateway, or a person, has done
    it.
    """
    order, payments = ledger.lock(order_id)
    ledger.check_amount(amount, order.currency)
    done = ledger.known(cause, payments)
    if done:
        ledger.check_same(done, TransactionKind.REFUND, amount)
        return done
    parts = rules.split_refund([ledger.shares(each) for each in payments], amount)
    left = sum((part.amount for part in parts), NOTHING)
    if left < amount:
        raise errors.TooMuchToRefund(
            f"{(words := ledger.plain(left, order.currency))} {order.currency} can still be refunded.",
            refundable=words,
        )
    return _instruct(
        order, payments, parts, TransactionKind.REFUND, cause=cause, reason=reason, actor=actor
    )


def refund_late(order: Order, capture: Transaction) -> list[Transaction]:
    """Give back what a capture has taken beyond what is owed by now; the caller holds the locks.

    Less is owed when goods were credited or the order cancelled while the gateway was being asked. What somebody paid
    too much otherwise is left alone.
    """
    if not order.credited_total:
        return []
    amount = min(_overpaid(order, list(Payment.objects.filter(order=order))), capture.amount)
    if not amount:
        return []
    return refund(
        order_id=order.pk,
        amount=amount,
        cause=f"refund-late-{capture.pk}",
        reason="Less was owed by the time the money came.",
        actor=SYSTEM,
    )


@transaction.atomic
def refund_overpaid(*, order_id: int, cause: str, reason: str, actor: Actor) -> list[Transaction]:
    """Give back whatever has been taken beyond what is owed, by the ledger alone; nothing when it is even.

    Raises OrderMissing.
    """
    order, payments = ledger.lock(order_id)
    done = ledger.known(cause, payments)
    if done:
        return done
    amount = _overpaid(order, payments)
    if not amount:
        ledger.sum_up(order)
        return []
    parts = rules.split_refund([ledger.shares(each) for each in payments], amount)
    return _instruct(
        order, payments, parts, TransactionKind.REFUND, cause=cause, reason=reason, actor=actor
    )


@transaction.atomic
def settle_cancellation(*, order_id: int, whole: bool, actor: Actor) -> None:
    """Give back what is overpaid now that units were cancelled; let go of what is reserved when the `whole` order was.

    Raises OrderMissing.
    """
    order, _ = ledger.lock(order_id)
    act = f"cancelled-v{order.version}"
    if whole:
        void(order_id=order_id, cause=f"void-{act}", reason="Order cancelled.", actor=actor)
    refund_overpaid(order_id=order_id, cause=f"refund-{act}", reason="Cancelled.", actor=actor)


@transaction.atomic
def void(*, order_id: int, cause: str, reason: str, actor: Actor) -> list[Transaction]:
    """Let go of every payment from which nothing was taken: of what is reserved and of what is still awaited.

    An authorization that is on its way to the gateway is let go of when it comes back. Raises OrderMissing.
    """
    order, payments = ledger.lock(order_id)
    intents = []
    for payment in payments:
        if payment.captured or payment.capture_pending:
            continue
        if payment.status == PaymentState.PENDING:
            _let_go_of_awaited(order, payment, reason=reason, actor=actor)
        elif payment.status == PaymentState.AUTHORIZED:
            intents += let_go(order, payment, cause=cause, reason=reason, actor=actor)
    ledger.sum_up(order)
    return intents


def let_go(
    order: Order, payment: Payment, *, cause: str, reason: str, actor: Actor
) -> list[Transaction]:
    """Void an authorized payment, once, and at once when no gateway has to be asked; the caller holds the locks."""
    if payment.pk in _being_let_go_of([payment]):
        return []
    if not gateways.of(payment.gateway).online:
        return [
            ledger.fact(
                order,
                payment,
                TransactionKind.VOID,
                payment.authorized,
                cause=cause,
                reference="",
                actor=actor,
                reason=reason,
            )
        ]
    parts = [rules.Part(payment.pk, payment.authorized)]
    return _instruct(
        order, [payment], parts, TransactionKind.VOID, cause=cause, reason=reason, actor=actor
    )


def _let_go_of_awaited(order: Order, payment: Payment, *, reason: str, actor: Actor) -> None:
    """Drop a payment for which the gateway has not been asked yet."""
    under_way = payment.transactions.filter(state__in=UNSETTLED)
    if under_way.filter(attempts__gt=0).exists():
        return
    under_way.update(state=TransactionState.FAILED, error=reason[:500], settled_at=clock.now())
    PAYMENT.move(payment, "void")
    timeline.record(
        order,
        "payment.voided",
        actor=actor,
        reason=reason,
        data={
            "gateway": payment.gateway,
            "amount": ledger.plain(payment.amount, payment.currency),
            "currency": payment.currency,
        },
    )


def _overpaid(order: Order, payments: Sequence[Payment]) -> Decimal:
    """Return how much more has been taken than is owed."""
    return rules.overpaid(
        total=order.total,
        credited=order.credited_total,
        captured=sum((each.captured for each in payments), NOTHING),
        refunded=sum((each.refunded for each in payments), NOTHING),
        refund_pending=sum((each.refund_pending for each in payments), NOTHING),
    )


def _being_let_go_of(payments: Sequence[Payment]) -> set[int]:
    """Return the keys of the payments that have a void under way."""
    return set(
        Transaction.objects.filter(
            payment__in=payments, kind=TransactionKind.VOID, state__in=UNSETTLED
        ).values_list("payment_id", flat=True)
    )


def _capturable(payments: Sequence[Payment]) -> list[Payment]:
    """Keep the payments whose money we take ourselves and that nobody is letting go of."""
    leaving = _being_let_go_of(payments)
    return [
        each
        for each in ledger.alive(payments)
        if each.pk not in leaving and gateways.of(each.gateway).takes_on_shipment
    ]


def _instruct(
    order: Order,
    payments: Sequence[Payment],
    parts: Sequence[rules.Part],
    kind: TransactionKind,
    *,
    cause: str,
    actor: Actor,
    reason: str = "",
) -> list[Transaction]:
    """Set the parts aside and write the intents: due at once, or for a person where no gateway can be asked."""
    by_id = {each.pk: each for each in payments}
    intents = []
    for part in parts:
        payment = by_id[part.payment_id]
        ledger.claim(payment, kind, part.amount)
        online = gateways.of(payment.gateway).online
        intent = Transaction.objects.create(
            payment=payment,
            kind=kind,
            state=TransactionState.PENDING if online else TransactionState.MANUAL,
            amount=part.amount,
            key=ledger.key(cause, payment),
            reason=reason[:200],
            actor=str(actor),
            due_at=clock.now(),
        )
        ledger.note(order, payment, intent, f"payment.{kind}_requested", actor=actor)
        intents.append(intent)
    if intents:
        ledger.sum_up(order)
    return intents
