"""A payment begins: together with its order, or later."""

from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from oms.core import bulk, clock
from oms.core.actors import Actor
from oms.core.outbox import services as outbox
from oms.core.timeline import services as timeline
from orders import events
from orders.ordering.models import Order
from orders.payments import errors, gateways, rules
from orders.payments.models import Payment, Transaction
from orders.payments.services import ledger
from orders.payments.states import PaymentState, TransactionKind, TransactionState

PREPAID = "channel"
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Opening:
    """What a payment is worth the moment it begins."""

    authorized: Decimal = NOTHING
    captured: Decimal = NOTHING
    any_pending: bool = False

    def payment_status(self, total: Decimal) -> str:
        """Return the payment status of a new order of `total` that has this payment."""
        return rules.payment_status(
            total=total,
            authorized=self.authorized,
            captured=self.captured,
            any_pending=self.any_pending,
        )


def opening(*, gateway: str, amount: Decimal) -> Opening:
    """Say what `begin` will book, so that an order can be written with its totals. Raises UnknownGateway."""
    adapter = gateways.get(gateway)
    if gateway == PREPAID:
        return Opening(authorized=amount, captured=amount)
    if not adapter.online and adapter.reserves:
        return Opening(authorized=amount)
    return Opening(any_pending=True)


def is_method(gateway: str) -> bool:
    """Say whether orders may be paid by this method."""
    return gateway in gateways.codes()


def begin(*, order: Order, gateway: str, amount: Decimal, reference: str, actor: Actor) -> Payment:
    """Write the payment of an order that is being placed, in the caller's transaction: one statement (on SQLite two).

    What is already known is booked as a fact (paid at the channel: taken; cash on delivery: reserved); a gateway that
    has to be asked gets an intent, carried out right after. `reference` is the channel's or the provider's token.
    The order itself is not touched: its totals and status go in with its own INSERT, from `opening`.
    Raises UnknownGateway, InvalidAmount.
    """
    adapter = gateways.get(gateway)
    ledger.check_amount(amount, order.currency)
    worth = opening(gateway=gateway, amount=amount)
    status = PaymentState.PENDING
    if worth.captured:
        status = PaymentState.CAPTURED
    elif worth.authorized:
        status = PaymentState.AUTHORIZED
    payment = Payment(
        order=order,
        gateway=gateway,
        reference=reference,
        currency=order.currency,
        amount=amount,
        status=status,
        authorized=worth.authorized,
        captured=worth.captured,
    )
    kinds = []
    if worth.authorized or adapter.online:
        kinds.append(TransactionKind.AUTHORIZE)
    if worth.captured:
        kinds.append(TransactionKind.CAPTURE)
    at = clock.now()
    rows = [
        Transaction(
            kind=kind,
            state=TransactionState.PENDING if adapter.online else TransactionState.SUCCEEDED,
            amount=amount,
            key=ledger.key(f"open-{kind}", payment),
            reference="" if adapter.online else reference,
            actor=str(actor),
            due_at=at,
            settled_at=None if adapter.online else at,
        )
        for kind in kinds
    ]
    bulk.insert_family(payment, rows, link="payment_id")
    return payment


@transaction.atomic
def start(
    *,
    order_id: int,
    gateway: str,
    actor: Actor,
    amount: Decimal | None = None,
    reference: str = "",
) -> Payment:
    """Open a payment of an order that exists; `amount` of None is whatever is still due.

    Raises OrderMissing, UnknownGateway, InvalidAmount, NothingDue. Publishes PaymentAuthorized and PaymentCaptured when
    that is known at once.
    """
    order, payments = ledger.lock(order_id)
    gateways.get(gateway)
    if amount is None:
        reserved = sum(
            (each.authorized - each.refunded for each in ledger.alive(payments)), NOTHING
        )
        amount = order.total - order.credited_total - reserved
        if amount <= 0:
            raise errors.NothingDue
    payment = begin(order=order, gateway=gateway, amount=amount, reference=reference, actor=actor)
    timeline.record(
        order,
        "payment.started",
        actor=actor,
        data={
            "gateway": gateway,
            "amount": ledger.plain(amount, order.currency),
            "currency": order.currency,
        },
    )
    ledger.sum_up(order)
    if payment.authorized:
        outbox.publish(events.PaymentAuthorized(order_id=order.pk, payment_id=payment.pk))
    if payment.captured:
        outbox.publish(events.PaymentCaptured(order_id=order.pk, payment_id=payment.pk))
    return payment
