"""Payments and transactions in the console."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from oms.accounts import roles
from orders.ordering.models import Order
from orders.payments import services
from orders.payments.models import Transaction
from tests.accounts.factories import signed_in
from tests.orders.factories import CLERK, pay, place_order

pytestmark = pytest.mark.django_db


def waiting_refund() -> Transaction:
    """Return a refund by transfer that a person has to do."""
    order = place_order()
    services.record_receipt(
        order_id=order.pk,
        gateway="bank_transfer",
        amount=Decimal("28.70"),
        reference="s-1",
        cause="s-1",
        actor=CLERK,
    )
    services.refund(
        order_id=order.pk, amount=Decimal("8.00"), cause="r-1", reason="kind", actor=CLERK
    )
    services.carry_out_due()
    return Transaction.objects.get(kind="refund")


def press(client: Client, name: str, row: Transaction, **data: Any) -> Any:
    page = reverse("admin:orders_transaction_press", args=(row.pk, name))
    key = re.search(r'name="press_key" value="(\w+)"', client.get(page).content.decode())
    return client.post(page, {"press_key": key[1] if key else "", **data})


def test_what_needs_a_person_is_the_first_thing_shown() -> None:
    refund = waiting_refund()
    pay(place_order())

    rows = signed_in(roles.SERVICE).get("/admin/orders/transaction/").context["cl"].result_list

    assert [row.pk for row in rows] == [refund.pk]


@pytest.mark.parametrize(
    ("outcome", "state", "refunded"),
    [("succeeded", "succeeded", Decimal("8.00")), ("failed", "failed", Decimal(0))],
)
def test_a_person_says_what_became_of_a_refund(outcome: str, state: str, refunded: Decimal) -> None:
    refund = waiting_refund()

    press(
        signed_in(roles.SERVICE),
        "resolve",
        refund,
        outcome=outcome,
        reference="TRX 9",
        reason="seen on the statement",
    )

    refund.refresh_from_db()
    assert refund.state == state
    assert Order.objects.get().refunded_total == refunded


def test_an_outcome_needs_its_words() -> None:
    refund = waiting_refund()

    for data in ({"outcome": "", "reason": "x"}, {"outcome": "succeeded", "reason": ""}):
        assert press(signed_in(roles.SERVICE), "resolve", refund, **data).status_code == 422

    refund.refresh_from_db()
    assert refund.state == "manual"


def test_a_settled_transaction_offers_nothing() -> None:
    pay(place_order())
    done = Transaction.objects.filter(state="succeeded")[0]
    client = signed_in(roles.SERVICE)

    for name in ("resolve", "retry"):
        page = reverse("admin:orders_transaction_press", args=(done.pk, name))
        assert client.get(page).status_code == 409


def test_the_reader_sees_the_ledger_and_touches_nothing() -> None:
    refund = waiting_refund()
    client = signed_in(roles.READ_ONLY)

    page = reverse("admin:orders_payment_change", args=(refund.payment_id,))
    assert client.get(page).status_code == 200
    answer = client.post(
        page,
        {
            "transactions-TOTAL_FORMS": "1",
            "transactions-INITIAL_FORMS": "1",
            "transactions-0-id": refund.pk,
            "transactions-0-amount": "1",
        },
    )
    assert answer.status_code == 403
    refund.refresh_from_db()
    assert refund.amount == Decimal("8.00")
