"""Every refusal has a code of its own, a title for a person and a status of its family."""

import importlib
import pkgutil
import re

from django.apps import apps

import customers
import fulfillment
import inventory
import oms
import orders
import returns
from oms.core.errors import DomainError

# One code on purpose, because the client does the same whichever topic says it.
SHARED = {
    "busy": {"Busy", "DatabaseBusy"},
    "not_found": {"Missing", "UnknownPlace"},
    "insufficient_stock": {"Insufficient", "InsufficientStock"},
    "cause_reused": {"CauseReused"},
    "reason_needed": {"ReasonNeeded"},
}
FAMILIES = {400, 401, 403, 404, 409, 411, 412, 413, 414, 415, 422, 428, 429, 503}


def refusals() -> list[type[DomainError]]:
    """Return all error classes of the house."""
    for package in (oms, customers, inventory, orders, fulfillment, returns):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.rsplit(".", 1)[-1] == "errors":
                importlib.import_module(module.name)
    found: list[type[DomainError]] = []
    left: list[type[DomainError]] = [DomainError]
    while left:
        error = left.pop()
        found.append(error)
        left += [kind for kind in error.__subclasses__() if not kind.__module__.startswith("tests")]
    return found


def test_codes_are_unique_and_stable_in_form() -> None:
    codes: dict[str, str] = {}
    for error in refusals():
        assert re.fullmatch(r"[a-z][a-z0-9_.]*", error.code), error
        if error.__qualname__ in SHARED.get(error.code, ()):
            continue
        assert codes.setdefault(error.code, error.__qualname__) == error.__qualname__, error.code
    assert len(codes) > 20


def test_every_refusal_has_words_and_a_known_status() -> None:
    for error in refusals():
        assert error.title, error
        assert error.title[0].isupper(), error
        assert not error.title.endswith("."), error
        assert error.status in FAMILIES, error
        assert error.__doc__, error


def test_every_constraint_that_a_refusal_names_is_there_and_means_one_thing() -> None:
    known = {
        constraint.name for model in apps.get_models() for constraint in model._meta.constraints
    }
    named = [name for error in refusals() for name in error.__dict__.get("constraints", ())]

    assert len(named) > 20
    assert set(named) <= known
    assert len(named) == len(set(named))
