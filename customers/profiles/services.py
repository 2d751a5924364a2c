"""Remember who bought, and keep profiles right."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import transaction

from customers.profiles import errors
from customers.profiles.models import Customer, CustomerGroup, CustomerKind
from oms.core import address, clock, locking, text
from oms.core.actors import Actor
from oms.core.errors import FieldProblem
from oms.core.timeline import services as timeline

EDITABLE = (
    "kind",
    "name",
    "company",
    "email",
    "phone",
    "language",
    "tax_number",
    "pays_on_terms",
    "minimum_life_days",
    "group",
    "is_active",
)


@transaction.atomic
def remember(
    *,
    name: str,
    email: str,
    phone: str,
    language: str,
    actor: Actor,
    kind: str = CustomerKind.PERSON,
    company: str = "",
) -> Customer:
    """Find the customer by e-mail, case apart, or make one; an existing profile is left as it is, gaps are filled.

    Without an e-mail, the phone number and the name together find one. E-mail or phone that cannot be read are left
    out: an order is never lost for them. Orders that come at once for one new address make one customer.
    """
    email, phone = readable_email(email), readable_phone(phone)
    known = _known(name=name, email=email, phone=phone)
    if known is None:
        made = Customer(
            kind=kind,
            name=name[:200],
            company=company[:200],
            email=email,
            phone=phone,
            language=language,
        )
        if not email:
            made.save(force_insert=True)
            _record_creation(made, actor)
            return made
        Customer.objects.bulk_create([made], ignore_conflicts=True)
        known = Customer.objects.get(email=email)
        if known.uuid == made.uuid:
            _record_creation(known, actor)
            return known
    gaps = {"phone": phone, "company": company[:200]}
    filled = {field: value for field, value in gaps.items() if value and not getattr(known, field)}
    if filled:
        _write(known, filled, actor=actor, reason="")
    return known


@transaction.atomic
def update(
    *, customer_id: int, changes: Mapping[str, Any], actor: Actor, reason: str = ""
) -> Customer:
    """Change a profile; e-mail and phone are normalised. Orders keep their own copies.

    Raises CustomerMissing, InvalidCustomer (everything wrong at once), EmailTaken.
    """
    customer = locking.lock_one(
        Customer.objects.filter(pk=customer_id), missing=errors.CustomerMissing
    )
    wanted = dict(changes)
    problems = list(_normalise(wanted))
    if problems:
        raise errors.InvalidCustomer(problems=problems)
    email = wanted.get("email")
    if email and Customer.objects.filter(email=email).exclude(pk=customer.pk).exists():
        raise errors.EmailTaken
    _write(
        customer,
        {key: value for key, value in wanted.items() if getattr(customer, key) != value},
        actor=actor,
        reason=reason,
    )
    return customer


def readable_email(email: str) -> str:
    """Return the e-mail address as customers are found by it, in lower case; empty when it is none."""
    try:
        return address.normalize_email(email).lower() if email else ""
    except address.InvalidEmail:
        return ""


def readable_phone(phone: str) -> str:
    """Return the number in E.164 form; empty when it is none or has no international prefix."""
    try:
        return address.normalize_phone(phone, "") if phone else ""
    except address.InvalidPhone:
        return ""


def _known(*, name: str, email: str, phone: str) -> Customer | None:
    if email:
        return Customer.objects.filter(email=email).first()
    if phone:
        return Customer.objects.filter(phone=phone, email="", name__iexact=name).first()
    return None


def _normalise(wanted: dict[str, Any]) -> Iterator[FieldProblem]:
    """Bring the changes into their kept form, yielding what is wrong."""
    for key in [key for key in wanted if key not in EDITABLE]:
        yield FieldProblem(f"/{key}", "unknown_field", "There is no such field.")
        del wanted[key]
    for key, longest in (("name", 200), ("company", 200), ("tax_number", 40), ("language", 10)):
        value = wanted.get(key)
        if value is None:
            continue
        wanted[key] = value = value.strip()
        if len(value) > longest:
            yield FieldProblem(f"/{key}", "too_long", f"At most {longest} characters fit here.")
        if not text.is_clean(value):
            yield FieldProblem(f"/{key}", "control_char", "Control characters are not allowed.")
    if "name" in wanted and not wanted["name"]:
        yield FieldProblem("/name", "required", "A name is needed.")
    if "kind" in wanted and wanted["kind"] not in CustomerKind.values:
        yield FieldProblem("/kind", "unknown_kind", "A customer is a person or a company.")
    if wanted.get("email"):
        try:
            wanted["email"] = address.normalize_email(wanted["email"]).lower()
        except address.InvalidEmail as error:
            yield FieldProblem("/email", error.code, str(error))
    if wanted.get("phone"):
        try:
            wanted["phone"] = address.normalize_phone(wanted["phone"], "")
        except address.InvalidPhone as error:
            yield FieldProblem("/phone", error.code, str(error))


def _write(customer: Customer, changes: Mapping[str, Any], *, actor: Actor, reason: str) -> None:
    if not changes:
        return
    before = {key: getattr(customer, key) for key in changes}
    for key, value in changes.items():
        setattr(customer, key, value)
    customer.updated_at = clock.now()
    customer.save(update_fields=[*changes, "updated_at"])
    timeline.record(
        customer,
        "customer.changed",
        actor=actor,
        before={key: _said(value) for key, value in before.items()},
        after={key: _said(value) for key, value in changes.items()},
        reason=reason,
    )


def _said(value: Any) -> Any:
    return value.code if isinstance(value, CustomerGroup) else value


def _record_creation(customer: Customer, actor: Actor) -> None:
    timeline.record(customer, "customer.created", actor=actor)
