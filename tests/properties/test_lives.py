"""Ten thousand random order lives keep every invariant.

A run of the suite takes a share of them; `OMS_LIVES=10000` takes all. A batch that failed runs again alone by its seed.
"""

import os

import pytest
from django.db import connection

from oms.reporting.invariants import services as invariants
from tests.properties.lives import Street

BATCH = 25
SHARE = 200


def seeds() -> range:
    """Return the seeds of the batches that make up the lives asked for; PostgreSQL takes every fourth."""
    step = 4 if connection.vendor == "postgresql" else 1
    return range(0, max(1, int(os.environ.get("OMS_LIVES") or SHARE) // BATCH), step)


def broken() -> list[tuple[str, dict[str, object]]]:
    """Return the checks that do not hold, each with its first offender."""
    return [
        (result.check.name, result.offenders[0]) for result in invariants.run() if not result.holds
    ]


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("seed", seeds())
def test_lives_of_any_kind_keep_every_invariant(seed: int) -> None:
    street = Street(seed)

    street.live(BATCH)

    assert broken() == []
    assert street.lived == BATCH


@pytest.mark.django_db
def test_every_act_happens_and_is_refused_in_some_life() -> None:
    street = Street(1000)
    wanted = {act.__name__ for act, _ in street.acts} - {"step_out_of_turn"}
    refusable = {"place", "pick", "pack", "label", "ship", "cancel", "receive_return"}
    happened: set[str] = set()
    refused: set[str] = set()
    while street.lived < 200 and not (wanted <= happened and refusable <= refused):
        street.live(street.lived + 20)
        happened = {act for act, outcome in street.tally if outcome == "happened"}
        refused = {
            act for act, outcome in street.tally if outcome not in ("happened", "nothing to do")
        }

    assert wanted - happened == set()
    assert refusable - refused == set()
    assert "step_out_of_turn" not in happened
