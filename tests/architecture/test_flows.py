"""Every transition table holds together: all states can be reached, final ones are left by nothing but a reopening."""

import importlib
from pathlib import Path

import pytest
from django.conf import settings
from django.db import models

from oms.core.flows import Flow

# Final for everyone but who reopens: named here, so that a new way out of a final state is a decision.
WAYS_OUT_OF_FINAL = {
    ("order", "completed", "reopen"),
    ("shipment", "lost", "deliver"),
}


def tables() -> list[tuple[Flow, list[type[models.TextChoices]]]]:
    """Return every transition table with the state enumerations of its module."""
    root = Path(settings.BASE_DIR)
    found = []
    for app in ("customers", "inventory", "orders", "fulfillment", "returns"):
        for file in sorted((root / app).glob("*/states.py")):
            module = importlib.import_module(".".join(file.relative_to(root).with_suffix("").parts))
            choices = [
                value
                for value in vars(module).values()
                if isinstance(value, type)
                and issubclass(value, models.TextChoices)
                and value.__module__ == module.__name__
            ]
            found += [
                (value, choices) for value in vars(module).values() if isinstance(value, Flow)
            ]
    return found


TABLES = tables()
IDS = [flow.name for flow, _ in TABLES]


def test_the_documents_of_the_house_have_tables() -> None:
    assert {"order", "hold", "payment", "fulfillment order", "shipment", "return"} <= set(IDS)


@pytest.mark.parametrize(("flow", "choices"), TABLES, ids=IDS)
def test_every_state_can_be_reached(flow: Flow, choices: list[type[models.TextChoices]]) -> None:
    reached = {flow.initial}
    while True:
        more = {target for (source, _), target in flow.table.items() if source in reached}
        if more <= reached:
            break
        reached |= more
    assert reached == set(flow.states)


@pytest.mark.parametrize(("flow", "choices"), TABLES, ids=IDS)
def test_states_are_those_of_an_enumeration(
    flow: Flow, choices: list[type[models.TextChoices]]
) -> None:
    assert any(set(flow.states) == set(enumeration.values) for enumeration in choices)


@pytest.mark.parametrize(("flow", "choices"), TABLES, ids=IDS)
def test_only_final_states_have_no_way_on(
    flow: Flow, choices: list[type[models.TextChoices]]
) -> None:
    ways_out = {
        (flow.name, source, action) for (source, action) in flow.table if source in flow.final
    }
    assert ways_out <= WAYS_OUT_OF_FINAL
    assert [
        state for state in flow.states if state not in flow.final and not flow.allowed(state)
    ] == []
