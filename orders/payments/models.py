"""Payment tables."""

from django.db import models
from django.db.models import F, Q

from oms.core.clock import now
from oms.core.fields import MoneyField, exact
from oms.core.ids import uuid7
from orders.ordering.models import Order
from orders.payments.states import PaymentState, TransactionKind, TransactionState


class Payment(models.Model):
    """Money of one order at one gateway. The amounts are folds of its transactions."""

    uuid = models.UUIDField(default=uuid7, unique=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments")
    gateway = models.CharField(max_length=30)
    reference = models.CharField(max_length=128, blank=True, help_text="The payer's or provider's.")
    currency = models.CharField(max_length=3)
    amount = MoneyField(help_text="What is to be paid.")
    status = models.CharField(
        max_length=10, choices=PaymentState.choices, default=PaymentState.PENDING
    )
    authorized = MoneyField(default=0)
    capture_pending = MoneyField(default=0)
    captured = MoneyField(default=0)
    refund_pending = MoneyField(default=0)
    refunded = MoneyField(default=0)
    created_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="payment_not_negative"),
            models.CheckConstraint(
                condition=Q(captured__gte=0)
                & Q(capture_pending__gte=0)
                & Q(authorized__gte=exact(F("captured") + F("capture_pending"))),
                name="payment_captured_within_authorized",
            ),
            models.CheckConstraint(
                condition=Q(refunded__gte=0)
                & Q(refund_pending__gte=0)
                & Q(captured__gte=exact(F("refunded") + F("refund_pending"))),
                name="payment_refunded_within_captured",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.amount} {self.currency}"


class Transaction(models.Model):
    """One act with money: an intent that gets its outcome once."""

    uuid = models.UUIDField(default=uuid7, unique=True)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="transactions")
    kind = models.CharField(max_length=10, choices=TransactionKind.choices)
    state = models.CharField(
        max_length=10, choices=TransactionState.choices, default=TransactionState.PENDING
    )
    amount = MoneyField()
    key = models.CharField(max_length=120, unique=True, help_text="Idempotency key at the gateway.")
    provider_reference = models.CharField(
        max_length=128, blank=True, help_text="An online provider's own; it names this act alone."
    )
    reference = models.CharField(
        max_length=128,
        blank=True,
        help_text="As payer, bank or channel wrote it; it may come again.",
    )
    reason = models.CharField(max_length=200, blank=True)
    actor = models.CharField(max_length=150)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=now)
    error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=now)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="transaction_positive"),
            models.UniqueConstraint(
                fields=["payment", "kind", "provider_reference"],
                condition=~Q(provider_reference=""),
                name="transaction_provider_reference_unique",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"], condition=Q(state="pending"), name="transaction_due"
            ),
            models.Index(
                fields=["id"],
                condition=Q(state__in=["manual", "parked"]),
                name="transaction_needs_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"

    @property
    def shown_reference(self) -> str:
        """The reference by which the money is found outside, whoever wrote it."""
        return self.provider_reference or self.reference

    @property
    def needs_person(self) -> bool:
        """Whether a person has to do it, or to find out what became of it."""
        return self.state in (TransactionState.MANUAL, TransactionState.PARKED)
