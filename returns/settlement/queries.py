"""What is to be settled, and what settling would credit."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Exists, OuterRef, QuerySet

from orders.ordering import rules as ordering_rules
from orders.payments import rules as payment_rules
from orders.payments.models import Payment
from returns.authorizations.models import Return
from returns.authorizations.states import ReturnStatus
from returns.receiving.models import Receipt


@dataclass(frozen=True, slots=True)
class Credit:
    """What one receipt is worth."""

    receipt: Receipt
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Preview:
    """What settling would credit, and what of it would be given back (the rest was never paid)."""

    currency: str
    credits: Sequence[Credit]
    credited: Decimal
    refund: Decimal


def to_settle() -> "QuerySet[Return]":
    """Keep returns of which something came back that nothing was credited for; a closed one is to stay so."""
    waiting = Receipt.objects.filter(
        return_line__return_order=OuterRef("pk"), settlement__isnull=True
    )
    return Return.objects.filter(
        Exists(waiting), status__in=[ReturnStatus.PARTIALLY_RECEIVED, ReturnStatus.RECEIVED]
    )


def unsettled(found: Return) -> "QuerySet[Receipt]":
    """Return the receipts of a return that nothing was credited for yet, in the order they came."""
    return (
        Receipt.objects.filter(return_line__return_order=found, settlement__isnull=True)
        .select_related("return_line__order_line")
        .order_by("pk")
    )


def preview(found: Return) -> Preview:
    """Compute what settling would do, by the same rules; store nothing."""
    order = found.order
    taken: defaultdict[int, int] = defaultdict(int)
    worth = []
    for receipt in unsettled(found):
        line = receipt.return_line.order_line
        amount = ordering_rules.credit_amount(
            total=line.total,
            ordered=line.ordered,
            credited=line.credited + taken[line.pk],
            units=receipt.quantity,
            currency=order.currency,
            bundle=line.dealt_by,
        )
        taken[line.pk] += receipt.quantity
        worth.append(Credit(receipt, amount))
    credited = sum((each.amount for each in worth), Decimal(0))
    payments = list(Payment.objects.filter(order=order))
    return Preview(
        currency=order.currency,
        credits=worth,
        credited=credited,
        refund=payment_rules.overpaid(
            total=order.total,
            credited=order.credited_total + credited,
            captured=sum((each.captured for each in payments), Decimal(0)),
            refunded=sum((each.refunded for each in payments), Decimal(0)),
            refund_pending=sum((each.refund_pending for each in payments), Decimal(0)),
        ),
    )
