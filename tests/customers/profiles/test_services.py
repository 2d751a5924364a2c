"""Remember who bought; keep profiles right."""

from typing import Any

import pytest

from customers.profiles import errors, services
from customers.profiles.models import Customer
from oms.core.actors import SYSTEM, Actor
from oms.core.timeline.models import Entry
from tests.customers.factories import CustomerFactory

pytestmark = pytest.mark.django_db

CLERK = Actor("staff", "7", "Grace Clerk")


def remember(**changes: Any) -> Customer:
    """Remember Ada, or as `changes` say."""
    facts: dict[str, Any] = {
        "name": "Ada Lovelace",
        "email": "Ada@EXAMPLE.com",
        "phone": "+49 30 1234567",
        "language": "de",
        "actor": SYSTEM,
    }
    return services.remember(**{**facts, **changes})


def update(customer: Customer, **changes: Any) -> Customer:
    """Change a profile."""
    return services.update(customer_id=customer.pk, changes=changes, actor=CLERK, reason="asked")


def test_a_new_buyer_is_kept_with_clean_contact_data() -> None:
    customer = remember()

    assert (customer.name, customer.email, customer.phone, customer.language) == (
        "Ada Lovelace",
        "ada@example.com",
        "+49301234567",
        "de",
    )
    assert Entry.objects.of("customers.customer", customer.pk).get().kind == "customer.created"


@pytest.mark.parametrize("email", ["ada@example.com", "ADA@example.COM", " ada@example.com "])
def test_the_same_address_is_the_same_customer_however_it_is_written(email: str) -> None:
    assert remember(email=email, name="A. Lovelace") == remember()
    assert Customer.objects.count() == 1


def test_an_order_fills_gaps_but_rewrites_nothing() -> None:
    known = CustomerFactory.create(email="ada@example.com", name="Ada King", phone="")

    remember(company="Engines Ltd", language="fr")
    remember(company="Other Ltd", phone="+49309999999")

    known.refresh_from_db()
    assert (known.name, known.language) == ("Ada King", "en")
    assert (known.phone, known.company) == ("+49301234567", "Engines Ltd")


def test_without_an_address_phone_and_name_find_the_customer() -> None:
    first = remember(email="")

    assert remember(email="", name="ada lovelace") == first
    assert remember(email="", name="Charles Babbage") != first
    assert remember(email="", phone="+49307654321") != first


@pytest.mark.parametrize("unreadable", [{"email": "not an address"}, {"phone": "call me"}])
def test_what_cannot_be_read_is_left_out(unreadable: dict[str, str]) -> None:
    customer = remember(**unreadable)

    assert [getattr(customer, field) for field in unreadable] == [""]
    assert customer.name == "Ada Lovelace"


def test_buyers_without_any_contact_are_never_taken_for_each_other() -> None:
    assert remember(email="", phone="") != remember(email="", phone="")


def test_a_profile_is_changed_with_its_old_values_on_the_timeline() -> None:
    customer = CustomerFactory.create(email="old@example.com")

    update(customer, email="New@Example.com", phone="+44 20 7946 0000", pays_on_terms=True)

    customer.refresh_from_db()
    assert (customer.email, customer.phone) == ("new@example.com", "+442079460000")
    entry = Entry.objects.of("customers.customer", customer.pk).get()
    assert entry.before["email"] == "old@example.com"
    assert entry.after["email"] == "new@example.com"
    assert (entry.reason, entry.actor_name) == ("asked", "Grace Clerk")


def test_an_unchanged_profile_leaves_no_trace() -> None:
    customer = CustomerFactory.create()

    update(customer, name=customer.name)

    assert not Entry.objects.exists()


def test_everything_wrong_is_named_at_once() -> None:
    customer = CustomerFactory.create()

    with pytest.raises(errors.InvalidCustomer) as refusal:
        update(
            customer,
            name=" ",
            email="nobody",
            phone="12",
            kind="robot",
            company="x" * 201,
            tax_number="\u202e1",
            uuid="mine",
        )

    assert {(problem.pointer, problem.code) for problem in refusal.value.problems} == {
        ("/name", "required"),
        ("/email", "invalid_email"),
        ("/phone", "invalid_phone"),
        ("/kind", "unknown_kind"),
        ("/company", "too_long"),
        ("/tax_number", "control_char"),
        ("/uuid", "unknown_field"),
    }
    assert not Entry.objects.exists()


def test_an_address_belongs_to_one_customer() -> None:
    CustomerFactory.create(email="ada@example.com")
    other = CustomerFactory.create(email="other@example.com")

    with pytest.raises(errors.EmailTaken):
        update(other, email="ADA@example.com")
    with pytest.raises(errors.CustomerMissing):
        services.update(customer_id=10**9, changes={}, actor=CLERK)

    other.refresh_from_db()
    assert other.email == "other@example.com"
