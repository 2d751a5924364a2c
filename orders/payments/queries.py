"""Reads of the payment ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet

from orders.ordering.models import Order
from orders.payments import rules
from orders.payments.models import Payment, Transaction
from orders.payments.services import ledger
from orders.payments.states import TransactionState


@dataclass(frozen=True, slots=True)
class RefundPart:
    """What one payment would give back."""

    payment: Payment
    amount: Decimal


@dataclass(frozen=True, slots=True)
class RefundPreview:
    """What a refund would do. `missing` is what no payment can give; `overpaid` is what should be given back now."""

    currency: str
    refundable: Decimal
    overpaid: Decimal
    parts: Sequence[RefundPart]
    missing: Decimal


def refund_preview(order: Order, amount: Decimal | None = None) -> RefundPreview:
    """Say how `amount` (None: what is overpaid) would be split, by the same rule as the refund; store nothing."""
    payments = list(Payment.objects.filter(order=order).order_by("pk"))
    shares = [ledger.shares(each) for each in payments]
    zero = Decimal(0)
    overpaid = rules.overpaid(
        total=order.total,
        credited=order.credited_total,
        captured=sum((each.captured for each in shares), zero),
        refunded=sum((each.refunded for each in shares), zero),
        refund_pending=sum((each.refund_pending for each in shares), zero),
    )
    wanted = overpaid if amount is None else amount
    by_id = {each.pk: each for each in payments}
    parts = [
        RefundPart(by_id[part.payment_id], part.amount)
        for part in rules.split_refund(shares, wanted)
    ]
    return RefundPreview(
        currency=order.currency,
        refundable=sum((each.refundable for each in shares), zero),
        overpaid=overpaid,
        parts=parts,
        missing=wanted - sum((part.amount for part in parts), zero),
    )


def needing_person() -> "QuerySet[Transaction]":
    """Return the transactions that a person has to do or to look into, oldest first."""
    return (
        Transaction.objects.filter(state__in=[TransactionState.MANUAL, TransactionState.PARKED])
        .select_related("payment__order")
        .order_by("pk")
    )
