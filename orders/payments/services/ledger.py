"""The ledger's own steps, shared by the use-cases: lock, post, sum up.

Locks are taken in one order: the order, then its payments. Whoever posts holds both.
"""

from collections.abc import Sequence
from decimal import Decimal

from django.db.models import F

from oms.core import clock, locking, money
from oms.core.actors import Actor
from oms.core.fields import exact
from oms.core.outbox import services as outbox
from oms.core.timeline import services as timeline
from orders import events
from orders.ordering import errors as ordering_errors
from orders.ordering import services as ordering
from orders.ordering.models import Order
from orders.payments import errors, gateways, rules
from orders.payments.models import Payment, Transaction
from orders.payments.states import PAYMENT, PaymentState, TransactionKind, TransactionState

LONGEST_CAUSE = 80
_DEAD = (PaymentState.VOIDED, PaymentState.FAILED, PaymentState.EXPIRED)


def lock(order_id: int) -> tuple[Order, list[Payment]]:
    """Lock an order, then its payments, oldest first. Raises OrderMissing."""
    order = locking.lock_one(
        Order.objects.filter(pk=order_id), missing=ordering_errors.OrderMissing
    )
    return order, locking.lock(Payment.objects.filter(order_id=order_id))


def check_amount(amount: Decimal, currency: str) -> None:
    """Raise InvalidAmount unless `amount` is above zero and exact in the currency."""
    if amount <= 0 or not money.is_quantized(amount, currency):
        raise errors.InvalidAmount(amount=str(amount), currency=currency)


def plain(amount: Decimal, currency: str) -> str:
    """Return an amount as people and providers write it: with the digits of its currency."""
    return str(money.quantize(amount, currency))


def shares(payment: Payment) -> rules.Shares:
    """Return what a payment holds, for the rules."""
    return rules.Shares(
        payment_id=payment.pk,
        authorized=payment.authorized,
        capture_pending=payment.capture_pending,
        captured=payment.captured,
        refund_pending=payment.refund_pending,
        refunded=payment.refunded,
    )


def alive(payments: Sequence[Payment]) -> list[Payment]:
    """Keep the payments that have not come to nothing."""
    return [each for each in payments if each.status not in _DEAD]


def key(cause: str, payment: Payment) -> str:
    """Return the key under which the act `cause` is known at the payment's gateway.

    Raises ValueError when the cause is too long: cut, two acts would have one key.
    """
    if len(cause) > LONGEST_CAUSE:
        raise ValueError(f"A cause has at most {LONGEST_CAUSE} characters.")
    return f"{cause}/{payment.uuid}"


def known(cause: str, payments: Sequence[Payment]) -> list[Transaction]:
    """Return the transactions that the act `cause` has made before."""
    return list(Transaction.objects.filter(key__in=[key(cause, each) for each in payments]))


def check_same(transactions: Sequence[Transaction], kind: str, amount: Decimal) -> None:
    """Raise CauseReused unless the known transactions are the same act."""
    total = sum((each.amount for each in transactions), Decimal(0))
    if total != amount or any(each.kind != kind for each in transactions):
        raise errors.CauseReused(amount=str(total), kind=transactions[0].kind)


def has_reference(payment: Payment, kind: str, reference: str) -> bool:
    """Say whether a transaction of this kind has the provider's reference already; an empty one is none."""
    rows = Transaction.objects.filter(payment=payment, kind=kind, provider_reference=reference)
    return bool(reference) and rows.exists()


def placed_reference(payment: Payment, reference: str) -> dict[str, str]:
    """Return the column that a reference belongs to, with its value.

    What an online provider says names one act for ever. What payers, banks and channels write may come again: a payer
    puts the same words on every transfer.
    """
    online = gateways.of(payment.gateway).online
    return {"provider_reference" if online else "reference": reference}


def claim(payment: Payment, kind: str, amount: Decimal) -> None:
    """Set `amount` aside on the payment for an act under way, by one guarded UPDATE.

    Raises TooMuchToCapture or TooMuchToRefund when a rival was there before, whatever was read earlier.
    """
    rows = Payment.objects.filter(pk=payment.pk)
    if kind == TransactionKind.CAPTURE:
        done = rows.filter(
            authorized__gte=exact(F("captured") + F("capture_pending") + amount)
        ).update(capture_pending=exact(F("capture_pending") + amount))
        if not done:
            raise errors.TooMuchToCapture(amount=str(amount))
    elif kind == TransactionKind.REFUND:
        done = rows.filter(
            captured__gte=exact(F("refunded") + F("refund_pending") + amount)
        ).update(refund_pending=exact(F("refund_pending") + amount))
        if not done:
            raise errors.TooMuchToRefund(amount=str(amount))
    payment.refresh_from_db()


def unclaim(payment: Payment, kind: str, amount: Decimal) -> None:
    """Give back what was set aside for an act that came to nothing."""
    column = {
        TransactionKind.CAPTURE.value: "capture_pending",
        TransactionKind.REFUND.value: "refund_pending",
    }.get(kind)
    if column:
        Payment.objects.filter(pk=payment.pk).update(**{column: exact(F(column) - amount)})
        payment.refresh_from_db()


def post(order: Order, payment: Payment, transaction: Transaction, *, actor: Actor) -> None:
    """Book a transaction that has succeeded on its payment; the amount was claimed before.

    Publishes PaymentAuthorized, PaymentCaptured or RefundSucceeded.
    """
    amount = transaction.amount
    rows = Payment.objects.filter(pk=payment.pk)
    fact: events.OrderEvent | None = None
    if transaction.kind == TransactionKind.AUTHORIZE:
        rows.update(authorized=exact(F("authorized") + amount))
        if payment.status == PaymentState.PENDING:
            PAYMENT.move(payment, "authorize")
        fact = events.PaymentAuthorized(order_id=order.pk, payment_id=payment.pk)
    elif transaction.kind == TransactionKind.CAPTURE:
        rows.update(
            captured=exact(F("captured") + amount),
            capture_pending=exact(F("capture_pending") - amount),
        )
        if payment.status != PaymentState.CAPTURED:
            PAYMENT.move(payment, "capture")
        fact = events.PaymentCaptured(order_id=order.pk, payment_id=payment.pk)
    elif transaction.kind == TransactionKind.REFUND:
        rows.update(
            refunded=exact(F("refunded") + amount),
            refund_pending=exact(F("refund_pending") - amount),
        )
        fact = events.RefundSucceeded(order_id=order.pk, payment_id=payment.pk)
    else:
        PAYMENT.move(payment, "void")
    payment.refresh_from_db()
    note(order, payment, transaction, f"payment.{_PAST[transaction.kind]}", actor=actor)
    sum_up(order)
    if fact:
        outbox.publish(fact)


def fact(
    order: Order,
    payment: Payment,
    kind: str,
    amount: Decimal,
    *,
    cause: str,
    reference: str,
    actor: Actor,
    reason: str = "",
) -> Transaction:
    """Write down an act that has happened already and book it. Raises what `claim` raises."""
    if kind in (TransactionKind.CAPTURE, TransactionKind.REFUND):
        claim(payment, kind, amount)
    at = clock.now()
    transaction = Transaction.objects.create(
        payment=payment,
        kind=kind,
        state=TransactionState.SUCCEEDED,
        amount=amount,
        key=key(cause, payment),
        reason=reason[:200],
        actor=str(actor),
        due_at=at,
        settled_at=at,
        **placed_reference(payment, reference),
    )
    post(order, payment, transaction, actor=actor)
    return transaction


def sum_up(order: Order) -> None:
    """Keep on the order what its payments add up to; those that came to nothing count nothing."""
    payments = list(Payment.objects.filter(order_id=order.pk))
    counting = alive(payments)
    authorized = sum((each.authorized for each in counting), Decimal(0))
    captured = sum((each.captured for each in counting), Decimal(0))
    refunded = sum((each.refunded for each in counting), Decimal(0))
    ordering.set_payment_totals(
        order_id=order.pk,
        authorized=authorized,
        captured=captured,
        refunded=refunded,
        payment_status=rules.payment_status(
            total=order.total,
            credited=order.credited_total,
            authorized=authorized,
            captured=captured,
            refunded=refunded,
            any_pending=any(each.status == PaymentState.PENDING for each in payments),
            all_voided=bool(payments) and not counting,
        ),
    )


def note(
    order: Order, payment: Payment, transaction: Transaction, kind: str, *, actor: Actor
) -> None:
    """Put a step of a transaction on the order's timeline."""
    timeline.record(
        order,
        kind,
        actor=actor,
        reason=transaction.reason,
        data={
            "gateway": payment.gateway,
            "amount": plain(transaction.amount, payment.currency),
            "currency": payment.currency,
            "reference": transaction.shown_reference,
            "error": transaction.error,
        },
    )


_PAST = {
    TransactionKind.AUTHORIZE.value: "authorized",
    TransactionKind.CAPTURE.value: "captured",
    TransactionKind.REFUND.value: "refunded",
    TransactionKind.VOID.value: "voided",
}
