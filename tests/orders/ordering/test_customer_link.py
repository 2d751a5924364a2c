"""A new order finds its customer."""

import pytest

from customers.profiles.models import Customer
from oms.core.address import Address
from orders import events
from orders.ordering import handlers
from orders.ordering.models import Order
from tests.customers.factories import CustomerFactory
from tests.orders.factories import place_order

pytestmark = pytest.mark.django_db


def remember(order: Order) -> Customer | None:
    """Let the order find its customer."""
    handlers.remember_customer(events.OrderPlaced(order_id=order.pk))
    order.refresh_from_db()
    return order.customer


def test_the_first_order_makes_the_customer_and_the_second_finds_it() -> None:
    first = remember(place_order(email="Ada@Example.com", phone="+49301234567"))
    second = remember(place_order(email="ada@example.com"))

    assert first is not None
    assert first == second
    assert (first.name, first.email, first.phone, first.kind) == (
        "Ada Lovelace",
        "ada@example.com",
        "+49301234567",
        "person",
    )


def test_a_company_on_the_invoice_makes_a_company() -> None:
    address = Address(
        name="Ada Lovelace",
        company="Engines Ltd",
        street=("Torstr. 12",),
        city="Berlin",
        postcode="10119",
        country="DE",
    )

    customer = remember(place_order(ship_to=address))

    assert customer is not None
    assert (customer.kind, customer.company) == ("company", "Engines Ltd")


def test_a_customer_that_the_channel_named_stays() -> None:
    named = CustomerFactory.create()

    assert remember(place_order(customer_id=named.pk)) == named
    assert Customer.objects.count() == 1
