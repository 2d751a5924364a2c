"""Customers in the console."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from customers.addresses.models import Address
from customers.profiles.models import Customer, CustomerGroup
from oms.accounts import roles
from oms.core.timeline.models import Entry
from tests.accounts.factories import signed_in
from tests.customers.factories import AddressFactory, CustomerFactory
from tests.orders.factories import place_order

pytestmark = pytest.mark.django_db


def page_of(customer: Customer) -> str:
    return reverse("admin:customers_customer_change", args=(customer.pk,))


def press(client: Client, customer: Customer, act: str, **data: Any) -> Any:
    page = reverse("admin:customers_customer_press", args=(customer.pk, act))
    key = re.search(r'name="press_key" value="(\w+)"', client.get(page).content.decode())
    return client.post(page, {"press_key": key[1] if key else "", **data})


def profile(customer: Customer, **changes: Any) -> dict[str, Any]:
    return {
        "kind": customer.kind,
        "name": customer.name,
        "company": customer.company,
        "email": customer.email,
        "phone": customer.phone,
        "language": customer.language,
        "minimum_life_days": "0",
        "is_active": "on",
        **changes,
    }


def test_the_page_shows_orders_and_addresses() -> None:
    customer = CustomerFactory.create(email="grace@example.com")
    AddressFactory.create(customer=customer, street="Am Wall 3")
    order = place_order(customer_id=customer.pk)

    text = signed_in(roles.SERVICE).get(page_of(customer)).content.decode()

    for words in (order.number, "Am Wall 3", "grace@example.com", f"?customer={customer.pk}"):
        assert words in text


def test_a_profile_is_changed_in_its_normal_form() -> None:
    customer = CustomerFactory.create()

    press(
        signed_in(roles.SERVICE),
        customer,
        "edit",
        **profile(customer, email="Grace@Example.COM", pays_on_terms="on", reason="asked"),
    )

    customer.refresh_from_db()
    assert (customer.email, customer.pays_on_terms) == ("grace@example.com", True)
    assert Entry.objects.filter(document="customers.customer", reason="asked").exists()


def test_a_customer_is_put_into_a_group_and_the_timeline_names_it() -> None:
    customer = CustomerFactory.create()
    group = CustomerGroup.objects.create(code="trade", name="Trade", priority=1)

    press(signed_in(roles.SERVICE), customer, "edit", **profile(customer, group=group.pk))

    customer.refresh_from_db()
    assert customer.group == group
    entry = Entry.objects.get(kind="customer.changed", document_id=customer.pk)
    assert (entry.before["group"], entry.after["group"]) == (None, "trade")


def test_an_email_of_another_customer_is_refused_and_what_was_typed_stays() -> None:
    one, two = CustomerFactory.create(), CustomerFactory.create()

    answer = press(signed_in(roles.SERVICE), two, "edit", **profile(two, email=one.email))

    assert answer.status_code == 409
    assert f'value="{one.email}"' in answer.content.decode()


def test_an_address_is_added_by_the_rules_of_its_country() -> None:
    customer = CustomerFactory.create()
    client = signed_in(roles.SERVICE)
    data = {"name": "Grace", "street": "Am Wall 3", "city": "Bremen", "country": "DE"}

    wrong = press(client, customer, "address", **data, postcode="1")
    right = press(client, customer, "address", **data, postcode="28195")

    assert (wrong.status_code, right.status_code) == (422, 302)
    assert Address.objects.get(customer=customer).postcode == "28195"


def test_the_reader_sees_no_contact_data_anywhere() -> None:
    customer = CustomerFactory.create(email="grace@example.com", phone="+493012345")
    AddressFactory.create(customer=customer, street="Am Wall 3")
    press(
        signed_in(roles.SERVICE),
        customer,
        "edit",
        **profile(customer, email="other@example.com"),
    )
    entry = Entry.objects.filter(document="customers.customer").order_by("-id")[0]
    client = signed_in(roles.READ_ONLY)

    for address in (
        page_of(customer),
        "/admin/customers/customer/",
        reverse("admin:core_entry_change", args=(entry.pk,)),
    ):
        text = client.get(address).content.decode()
        for words in ("grace@example.com", "other@example.com", "+493012345", "Am Wall 3"):
            assert words not in text, (address, words)
    found = client.get("/admin/customers/customer/", {"q": "other@example.com"}).context["cl"]
    assert found.result_list == []


def test_the_service_finds_a_customer_by_phone_or_mail() -> None:
    customer = CustomerFactory.create(email="grace@example.com", phone="+493012345")
    CustomerFactory.create()
    client = signed_in(roles.SERVICE)

    for words in ("grace@", "3012345"):
        rows = client.get("/admin/customers/customer/", {"q": words}).context["cl"].result_list
        assert [row.pk for row in rows] == [customer.pk]
