"""What people know of money: it has arrived, it was given back, or it was not."""

from decimal import Decimal

from django.db import transaction

from oms.core.actors import SYSTEM, Actor
from oms.core.timeline import services as timeline
from orders.ordering.states import OrderStatus
from orders.payments import errors, gateways
from orders.payments.models import Payment, Transaction
from orders.payments.services import carrying_out, instructing, ledger
from orders.payments.states import TRANSACTION, PaymentState, TransactionKind

NOTHING = Decimal(0)


@transaction.atomic
def record_receipt(
    *,
    order_id: int,
    gateway: str,
    amount: Decimal,
    reference: str,
    cause: str,
    actor: Actor,
) -> Payment:
    """Record that `amount` has arrived by transfer or cash, in the order's currency; return the payment it went to.

    It goes to the order's open payment of that gateway, else to a new one. `cause` names the receipt (a line of the
    statement): recorded twice, it counts once. `reference` is what the payer wrote, and may come again. More than was
    asked is kept and shows as overpaid; what arrives for a cancelled order is given back. Raises OrderMissing,
    UnknownGateway, InvalidAmount, CauseReused. Publishes PaymentAuthorized and PaymentCaptured.
    """
    order, payments = ledger.lock(order_id)
    ledger.check_amount(amount, order.currency)
    if gateways.get(gateway).online:
        raise errors.UnknownGateway("The provider itself says what was paid here.", gateway=gateway)
    own = [each for each in payments if each.gateway == gateway]
    done = ledger.known(f"{cause}-in", own)
    if done:
        ledger.check_same(done, TransactionKind.CAPTURE, amount)
        return next(each for each in own if each.pk == done[0].payment_id)
    payment = _receiving(own) or Payment.objects.create(
        order=order,
        gateway=gateway,
        reference=reference,
        currency=order.currency,
        amount=amount,
    )
    beyond = amount - (payment.authorized - payment.captured - payment.capture_pending)
    if beyond > 0:
        # Money that nobody had promised is promised and kept in one go: captured never passes authorized.
        ledger.fact(
            order,
            payment,
            TransactionKind.AUTHORIZE,
            beyond,
            cause=f"{cause}-promise",
            reference=reference,
            actor=actor,
        )
    ledger.fact(
        order,
        payment,
        TransactionKind.CAPTURE,
        amount,
        cause=f"{cause}-in",
        reference=reference,
        actor=actor,
    )
    if order.status == OrderStatus.CANCELLED:
        instructing.refund_overpaid(
            order_id=order.pk,
            cause=f"{cause}-back",
            reason="The order had been cancelled.",
            actor=SYSTEM,
        )
    return payment


@transaction.atomic
def resolve(
    *, transaction_id: int, succeeded: bool, reference: str, reason: str, actor: Actor
) -> Transaction:
    """Say what became of a transaction that a person did, or that nobody knew about.

    Raises TransactionMissing, IllegalTransition unless it waits for a person, ReferenceKnown when an online provider's
    reference stands at another transaction. Publishes what its kind publishes.
    """
    found = Transaction.objects.filter(pk=transaction_id).select_related("payment").first()
    if found is None:
        raise errors.TransactionMissing
    order, payments = ledger.lock(found.payment.order_id)
    payment = next(each for each in payments if each.pk == found.payment_id)
    intent = Transaction.objects.get(pk=transaction_id)
    if not intent.needs_person:
        raise TRANSACTION.refusal(intent.state, "resolve")
    timeline.record(
        order,
        "payment.resolved",
        actor=actor,
        reason=reason,
        data={
            "kind": intent.kind,
            "amount": ledger.plain(intent.amount, payment.currency),
            "succeeded": succeeded,
            "reference": reference,
        },
    )
    if succeeded:
        if ledger.has_reference(payment, intent.kind, reference):
            raise errors.ReferenceKnown(reference=reference)
        carrying_out.succeed(order, payment, intent, reference=reference, actor=actor)
    else:
        carrying_out.fail(order, payment, intent, error=reason, actor=actor)
    return intent


def _receiving(payments: list[Payment]) -> Payment | None:
    """Return the payment that waits for money, the oldest first; else the newest that has taken some."""
    waiting = [
        each
        for each in payments
        if each.status in (PaymentState.PENDING, PaymentState.AUTHORIZED, PaymentState.CAPTURED)
    ]
    open_ones = [each for each in waiting if each.captured < each.amount]
    return next(iter(open_ones), None) or (waiting[-1] if waiting else None)
