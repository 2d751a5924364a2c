"""People and companies."""

import factory

from customers.addresses.models import Address
from customers.profiles.models import Customer, CustomerKind


class CustomerFactory(factory.django.DjangoModelFactory[Customer]):
    """A person with e-mail and phone."""

    class Meta:
        model = Customer

    name = factory.Sequence(lambda n: f"Customer {n}")
    email = factory.Sequence(lambda n: f"customer{n}@example.com")
    phone = factory.Sequence(lambda n: f"+4930{n:07d}")

    class Params:
        company_account = factory.Trait(
            kind=CustomerKind.COMPANY,
            company=factory.Sequence(lambda n: f"Company {n} GmbH"),
            pays_on_terms=True,
        )


class AddressFactory(factory.django.DjangoModelFactory[Address]):
    """The default address of a customer of its own, in Berlin."""

    class Meta:
        model = Address

    customer = factory.SubFactory(CustomerFactory)
    name = factory.LazyAttribute(lambda address: address.customer.name)
    street = "Torstr. 12"
    city = "Berlin"
    postcode = "10119"
    country = "DE"
    is_default = True
