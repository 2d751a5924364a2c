"""The address book."""

from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction

from customers.addresses import errors, services
from customers.addresses.models import Address
from customers.profiles.errors import CustomerMissing
from customers.profiles.models import Customer
from oms.core.actors import SYSTEM
from oms.core.address import Address as Place
from tests.customers.factories import CustomerFactory

pytestmark = pytest.mark.django_db

PLACE = Place(
    name="Ada Lovelace",
    street=("1 Main St", "Apt 4"),
    city="Springfield",
    region="Illinois",
    postcode="62701",
    country="us",
    phone="(217) 555-0100",
)


def add(customer: Customer, place: Place = PLACE, *, is_default: bool = False) -> Address:
    """Add an address."""
    return services.add(
        customer_id=customer.pk, address=place, label="home", is_default=is_default, actor=SYSTEM
    )


def defaults(customer: Customer) -> list[Address]:
    """Return the default addresses of a customer."""
    return list(Address.objects.filter(customer=customer, is_default=True))


def test_an_address_is_kept_in_its_normal_form_and_the_first_is_the_default() -> None:
    kept = add(CustomerFactory.create())

    assert (kept.street, kept.region, kept.country, kept.phone) == (
        "1 Main St\nApt 4",
        "IL",
        "US",
        "+12175550100",
    )
    assert kept.is_default


def test_the_same_address_is_kept_once() -> None:
    customer = CustomerFactory.create()

    assert add(customer) == add(customer, replace(PLACE, region="IL"))
    assert Address.objects.count() == 1


def test_the_rules_of_the_country_are_kept_all_at_once() -> None:
    customer = CustomerFactory.create()

    with pytest.raises(errors.InvalidAddress) as refusal:
        add(customer, replace(PLACE, postcode="1", city=""))

    assert {(each.pointer, each.code) for each in refusal.value.problems} == {
        ("/postcode", "invalid_postcode"),
        ("/city", "required"),
    }
    assert not Address.objects.exists()


def test_one_address_is_the_default() -> None:
    customer = CustomerFactory.create()
    first, second = add(customer), add(customer, replace(PLACE, street=("2 Main St",)))
    assert defaults(customer) == [first]

    services.make_default(address_id=second.pk, actor=SYSTEM)
    assert defaults(customer) == [second]
    services.make_default(address_id=second.pk, actor=SYSTEM)
    assert defaults(customer) == [second]

    third = add(customer, replace(PLACE, street=("3 Main St",)), is_default=True)
    assert defaults(customer) == [third]


def test_the_database_allows_one_default() -> None:
    customer = CustomerFactory.create()
    add(customer)
    second = add(customer, replace(PLACE, street=("2 Main St",)))

    with pytest.raises(IntegrityError), transaction.atomic():
        Address.objects.filter(pk=second.pk).update(is_default=True)


def test_unknown_customers_and_addresses_are_refused() -> None:
    with pytest.raises(CustomerMissing):
        services.add(customer_id=10**9, address=PLACE, actor=SYSTEM)
    with pytest.raises(errors.AddressMissing):
        services.make_default(address_id=10**9, actor=SYSTEM)
