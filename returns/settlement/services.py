"""Give the customer what the received goods are worth."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from oms.core import money
from oms.core.actors import Actor
from oms.core.outbox import services as outbox
from oms.core.timeline import services as timeline
from orders.ordering import services as ordering
from orders.ordering.models import CreditReason
from orders.payments import services as payments
from orders.payments.models import Transaction
from returns import events
from returns.authorizations import services as authorizations
from returns.authorizations.states import RETURN, ReturnStatus
from returns.settlement import errors, queries
from returns.settlement.models import Settlement


@dataclass(frozen=True, slots=True)
class Settled:
    """What was credited now, and the refunds that were asked for."""

    settlements: Sequence[Settlement]
    credited: Decimal
    refunds: Sequence[Transaction]


@transaction.atomic
def settle(*, return_id: int, actor: Actor) -> Settled:
    """Credit every receipt that is not settled yet by unit amounts, and ask for a refund of what is overpaid then.

    The refund comes from the ledger alone: an order that was never paid gets a credit and no money. A return that has
    come whole is closed. Raises ReturnMissing, NothingToSettle. Publishes ReturnSettled.
    """
    found = authorizations.lock(return_id)
    order = found.order
    receipts = list(queries.unsettled(found))
    if not receipts:
        raise errors.NothingToSettle
    settlements = []
    for receipt in receipts:
        amount = ordering.credit_units(
            order_id=order.pk,
            line_id=receipt.return_line.order_line_id,
            units=receipt.quantity,
            reason=CreditReason.RETURNED,
            cause=f"return-receipt:{receipt.pk}",
            actor=actor,
        )
        settlements.append(
            Settlement(receipt=receipt, amount=amount, currency=order.currency, actor=str(actor))
        )
    Settlement.objects.bulk_create(settlements)
    credited = sum((each.amount for each in settlements), Decimal(0))
    refunds = payments.refund_overpaid(
        order_id=order.pk,
        cause=f"return-{found.pk}-{receipts[-1].pk}",
        reason=f"Return {found.number}",
        actor=actor,
    )
    before = found.status
    if found.status == ReturnStatus.RECEIVED:
        RETURN.move(found, "close")
    timeline.record(
        found,
        "return.settled",
        actor=actor,
        before={"status": str(before)},
        after={"status": str(found.status)},
        data={
            "credited": str(money.quantize(credited, order.currency)),
            "refund": str(
                money.quantize(sum((each.amount for each in refunds), Decimal(0)), order.currency)
            ),
            "currency": order.currency,
        },
    )
    outbox.publish(events.ReturnSettled(return_id=found.pk, order_id=order.pk))
    return Settled(settlements=settlements, credited=credited, refunds=refunds)
