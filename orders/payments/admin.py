"""Payments and their transactions in the console."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from oms.core import money
from oms.core.admin.base import OmsModelAdmin
from oms.core.admin.buttons import Button, Press, ReasonForm
from oms.core.admin.paging import Tab
from oms.core.admin.rows import RowsInline
from oms.core.templatetags.console import badge
from orders.payments import services
from orders.payments.models import Payment, Transaction
from orders.payments.states import TransactionState

_NEEDS_PERSON = Q(state__in=[TransactionState.MANUAL, TransactionState.PARKED])


class TransactionInline(RowsInline):
    """The acts of a payment; read only."""

    model = Transaction
    max_num = 0
    can_delete = False
    fields = (
        "kind",
        "state",
        "amount",
        "found_by",
        "reason",
        "actor",
        "created_at",
        "settled_at",
    )
    readonly_fields = fields
    show_change_link = True
    verbose_name_plural = "Transactions"

    @display(description="Reference")
    def found_by(self, transaction: Transaction) -> str:
        """Show by what the money is found outside."""
        return transaction.shown_reference or "–"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Keep the ledger as it is."""
        return False


@admin.register(Payment)
class PaymentAdmin(OmsModelAdmin):
    """Money of one order at one gateway."""

    list_display = (
        "order_number",
        "gateway",
        "asked",
        "state",
        "taken",
        "given_back",
        "reference",
        "created_at",
    )
    list_select_related = ("order",)
    list_filter = ("status", "gateway")
    search_fields = ("order__search",)
    search_help_text = "Order number, name, reference"
    ordering = ("-id",)
    inlines = (TransactionInline,)
    fields = (
        "order_link",
        ("gateway", "status"),
        ("currency", "amount"),
        ("authorized", "captured"),
        ("refund_pending", "refunded"),
        ("reference", "created_at"),
    )
    readonly_fields = ("order_link",)
    has_timeline = False
    list_help = (
        "A payment is what one order owes by one gateway; its amounts are sums of its transactions."
    )

    def get_search_results(
        self, request: HttpRequest, queryset: "models.QuerySet[Payment]", search_term: str
    ) -> tuple["models.QuerySet[Payment]", bool]:
        """Search by the words of the order, or by the payer's reference."""
        for word in search_term.lower().split():
            queryset = queryset.filter(
                Q(order__search__contains=word) | Q(reference__icontains=word)
            )
        return queryset, False

    @display(description="Order")
    def order_number(self, payment: Payment) -> str:
        """Show whose money it is."""
        return payment.order.number

    @display(description="Asked")
    def asked(self, payment: Payment) -> str:
        """Show what is to be paid."""
        return money.format_money(payment.amount, payment.currency)

    @display(description="State")
    def state(self, payment: Payment) -> SafeString:
        """Show how far it is."""
        return badge(payment.status)

    @display(description="Taken")
    def taken(self, payment: Payment) -> str:
        """Show what was captured."""
        return money.format_money(payment.captured, payment.currency)

    @display(description="Given back")
    def given_back(self, payment: Payment) -> str:
        """Show what was refunded, and what is on its way."""
        words = money.format_money(payment.refunded, payment.currency)
        if payment.refund_pending:
            words += f" + {money.format_money(payment.refund_pending, payment.currency)} pending"
        return words

    @display(description="Order")
    def order_link(self, payment: Payment) -> SafeString:
        """Lead to the order."""
        return _link(payment.order_id, payment.order.number)


class OutcomeForm(ReasonForm):
    """What was found out."""

    outcome = forms.ChoiceField(
        choices=[("succeeded", "It was done"), ("failed", "It was not done")],
        widget=forms.RadioSelect,
    )
    reference = forms.CharField(
        max_length=128, required=False, help_text="The provider's or the bank's number."
    )
    field_order = ("outcome", "reference", "reason")


def _needs_person(transaction: Transaction) -> str | None:
    if transaction.needs_person:
        return None
    return f"It is {transaction.get_state_display()}."


def _is_parked(transaction: Transaction) -> str | None:
    if transaction.state == TransactionState.PARKED:
        return None
    return "Only a transaction whose outcome is unknown is tried again."


def _resolve(press: Press) -> str:
    done = press.data["outcome"] == "succeeded"
    services.resolve(
        transaction_id=press.document.pk,
        succeeded=done,
        reference=press.data["reference"],
        reason=press.data["reason"],
        actor=press.actor,
    )
    return "Noted as done." if done else "Noted as not done."


def _retry(press: Press) -> None:
    services.retry(transaction_id=press.document.pk, actor=press.actor)


@admin.register(Transaction)
class TransactionAdmin(OmsModelAdmin):
    """Acts with money; those that need a person come first."""

    list_display = ("order_number", "what", "sum", "outcome", "error", "attempts", "created_at")
    list_select_related = ("payment__order",)
    list_filter = ("kind",)
    search_fields = ("payment__order__search",)
    ordering = ("-id",)
    list_tabs = (
        Tab("person", "Needs a person", _NEEDS_PERSON),
        Tab("pending", "On their way", Q(state=TransactionState.PENDING)),
        Tab("all", "All", counted=False),
    )
    fields = (
        "order_link",
        ("kind", "state"),
        ("amount", "found_by"),
        "reason",
        "error",
        ("actor", "attempts"),
        ("created_at", "settled_at"),
    )
    readonly_fields = ("order_link", "found_by")
    has_timeline = False
    list_help = (
        "What the system asked of a gateway. Where it could not learn the outcome, or where only a person can act, it"
        " waits here."
    )
    buttons = (
        Button(
            "resolve",
            "Say what became of it",
            "orders.refund_order",
            _resolve,
            OutcomeForm,
            allowed=_needs_person,
            explain="Look at the provider or the bank first: what is said here is booked.",
            main=True,
        ),
        Button(
            "retry",
            "Try again",
            "orders.refund_order",
            _retry,
            allowed=_is_parked,
            explain="The gateway is asked again under the same key, so nothing can happen twice.",
            done="It will be tried again.",
        ),
    )

    def get_search_results(
        self, request: HttpRequest, queryset: "models.QuerySet[Transaction]", search_term: str
    ) -> tuple["models.QuerySet[Transaction]", bool]:
        """Search by the words of the order."""
        for word in search_term.lower().split():
            queryset = queryset.filter(payment__order__search__contains=word)
        return queryset, False

    @display(description="Order")
    def order_number(self, transaction: Transaction) -> str:
        """Show whose money it is."""
        return transaction.payment.order.number

    @display(description="What")
    def what(self, transaction: Transaction) -> str:
        """Show the act and the gateway."""
        return f"{transaction.get_kind_display()}, {transaction.payment.gateway}"

    @display(description="Amount")
    def sum(self, transaction: Transaction) -> str:
        """Show the amount in its currency."""
        return money.format_money(transaction.amount, transaction.payment.currency)

    @display(description="Reference")
    def found_by(self, transaction: Transaction) -> str:
        """Show by what the money is found outside."""
        return transaction.shown_reference or "–"

    @display(description="State")
    def outcome(self, transaction: Transaction) -> SafeString:
        """Show what became of it."""
        return badge(transaction.state, str(transaction.get_state_display()))

    @display(description="Order")
    def order_link(self, transaction: Transaction) -> SafeString:
        """Lead to the order."""
        return _link(transaction.payment.order_id, transaction.payment.order.number)


def _link(order_id: int, number: str) -> SafeString:
    return format_html(
        '<a class="text-link underline" href="{}">{}</a>',
        reverse("admin:orders_order_change", args=(order_id,)),
        number,
    )
