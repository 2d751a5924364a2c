"""Keep the address book of a customer."""

from django.db import transaction

from customers.addresses import errors
from customers.addresses.models import Address
from customers.profiles.errors import CustomerMissing
from customers.profiles.models import Customer
from oms.core import address as rules
from oms.core import locking
from oms.core.actors import Actor
from oms.core.errors import FieldProblem
from oms.core.timeline import services as timeline


@transaction.atomic
def add(
    *,
    customer_id: int,
    address: rules.Address,
    actor: Actor,
    label: str = "",
    is_default: bool = False,
) -> Address:
    """Add an address, in its normal form; a customer's first one is the default.

    An address that the customer has already is returned, not doubled. Raises CustomerMissing, InvalidAddress
    (everything that breaks the rules of its country).
    """
    customer = _locked(customer_id)
    clean = rules.normalized(address)
    problems = rules.problems(clean)
    if problems:
        raise errors.InvalidAddress(
            problems=[FieldProblem(f"/{each.field}", each.code, each.message) for each in problems]
        )
    values = {
        "name": clean.name or clean.company,
        "company": clean.company,
        "street": "\n".join(clean.street),
        "city": clean.city,
        "region": clean.region,
        "postcode": clean.postcode,
        "country": clean.country,
        "phone": clean.phone,
    }
    kept = Address.objects.filter(customer=customer, **values).first()
    if kept is None:
        kept = Address.objects.create(customer=customer, label=label[:60], **values)
        timeline.record(customer, "address.added", actor=actor, data={"address": kept.pk})
    if is_default or not Address.objects.filter(customer=customer, is_default=True).exists():
        _switch_default(customer, kept, actor)
    return kept


@transaction.atomic
def make_default(*, address_id: int, actor: Actor) -> Address:
    """Make an address its customer's default; the former default is one no more. Raises AddressMissing."""
    found = Address.objects.filter(pk=address_id).first()
    if found is None:
        raise errors.AddressMissing
    customer = _locked(found.customer_id)
    _switch_default(customer, found, actor)
    return found


def _switch_default(customer: Customer, address: Address, actor: Actor) -> None:
    """Move the mark, the old one first: the database allows one. The caller holds the customer's lock."""
    address.refresh_from_db()
    if address.is_default:
        return
    Address.objects.filter(customer=customer, is_default=True).update(is_default=False)
    Address.objects.filter(pk=address.pk).update(is_default=True)
    address.is_default = True
    timeline.record(customer, "address.made_default", actor=actor, data={"address": address.pk})


def _locked(customer_id: int) -> Customer:
    return locking.lock_one(Customer.objects.filter(pk=customer_id), missing=CustomerMissing)
