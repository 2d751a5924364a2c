"""States of payments and their transactions."""

from django.db import models

from oms.core.flows import Flow


class PaymentState(models.TextChoices):
    """Life of a payment."""

    PENDING = "pending", "pending"
    AUTHORIZED = "authorized", "authorized"
    CAPTURED = "captured", "captured"
    VOIDED = "voided", "voided"
    FAILED = "failed", "failed"
    EXPIRED = "expired", "expired"


class TransactionKind(models.TextChoices):
    """What is done with money."""

    AUTHORIZE = "authorize", "authorize"
    CAPTURE = "capture", "capture"
    REFUND = "refund", "refund"
    VOID = "void", "void"


class TransactionState(models.TextChoices):
    """Outcome of a transaction. The first three still claim their amount."""

    PENDING = "pending", "pending"
    MANUAL = "manual", "waits for a person to do it"
    PARKED = "parked", "outcome unknown: look at the provider"
    SUCCEEDED = "succeeded", "succeeded"
    FAILED = "failed", "failed"


UNSETTLED = (TransactionState.PENDING, TransactionState.MANUAL, TransactionState.PARKED)


PAYMENT = Flow(
    "payment",
    initial=PaymentState.PENDING,
    table={
        (PaymentState.PENDING, "authorize"): PaymentState.AUTHORIZED,
        (PaymentState.PENDING, "capture"): PaymentState.CAPTURED,
        (PaymentState.PENDING, "fail"): PaymentState.FAILED,
        (PaymentState.PENDING, "void"): PaymentState.VOIDED,
        (PaymentState.AUTHORIZED, "capture"): PaymentState.CAPTURED,
        (PaymentState.AUTHORIZED, "void"): PaymentState.VOIDED,
        (PaymentState.AUTHORIZED, "expire"): PaymentState.EXPIRED,
    },
    final=frozenset(
        {PaymentState.CAPTURED, PaymentState.VOIDED, PaymentState.FAILED, PaymentState.EXPIRED}
    ),
)


TRANSACTION = Flow(
    "transaction",
    initial=TransactionState.PENDING,
    table={
        (TransactionState.PENDING, "succeed"): TransactionState.SUCCEEDED,
        (TransactionState.PENDING, "fail"): TransactionState.FAILED,
        (TransactionState.PENDING, "hand_over"): TransactionState.MANUAL,
        (TransactionState.PENDING, "park"): TransactionState.PARKED,
        (TransactionState.MANUAL, "succeed"): TransactionState.SUCCEEDED,
        (TransactionState.MANUAL, "fail"): TransactionState.FAILED,
        (TransactionState.PARKED, "succeed"): TransactionState.SUCCEEDED,
        (TransactionState.PARKED, "fail"): TransactionState.FAILED,
        (TransactionState.PARKED, "retry"): TransactionState.PENDING,
    },
    final=frozenset({TransactionState.SUCCEEDED, TransactionState.FAILED}),
    field="state",
)
