"""Every act of stock and supply, in any order, leaves the books as a plain model says.

20,000 steps are taken in all, half of them on each database; `OMS_MACHINE_STEPS` says how many. Hypothesis
prints the acts that failed, shrunk, as a program; `--hypothesis-seed=N` takes the same steps again. A history of one
seed is lived again by `python -m tests.inventory.machine.histories SEED`.
"""

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from tests.inventory.machine import acts, histories
from tests.inventory.machine.acts import ACTS, World

ROOT = Path(__file__).resolve().parents[3]
LIFE = 100
STEPS = 20_000
SEEDS = range(900, 906)


class Machine(RuleBasedStateMachine):
    """One life of a house; what it wrote is taken back at its end."""

    def __init__(self) -> None:
        super().__init__()
        self.whole = transaction.atomic()
        self.whole.__enter__()
        self.world: World | None = None
        try:
            self.world = World()
            self.world.open()
        except BaseException:
            self._end()
            raise

    def teardown(self) -> None:
        """Give back what is promised, and check every invariant."""
        try:
            if self.world is not None and sys.exc_info()[0] is None:
                acts.settle(self.world)
        finally:
            self._end()

    def _end(self) -> None:
        if self.world is not None:
            self.world.close()
        transaction.set_rollback(True)
        self.whole.__exit__(None, None, None)


def _step(name: str) -> Any:
    def step(self: Machine, **numbers: int) -> None:
        assert self.world is not None
        self.world.run(name, **numbers)

    step.__name__ = step.__qualname__ = name
    ranges = ACTS[name].ranges
    return rule(**{of: st.integers(*ends) for of, ends in ranges.items()})(step)


for each in sorted(ACTS):
    setattr(Machine, each, _step(each))


def steps() -> int:
    """Return how many steps this database takes."""
    return int(os.environ.get("OMS_MACHINE_STEPS") or STEPS) // 2


@pytest.mark.slow
@pytest.mark.django_db
def test_every_service_in_any_order_keeps_the_books_of_the_model() -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Machine,
        settings=settings(
            max_examples=max(1, steps() // LIFE),
            stateful_step_count=LIFE,
            deadline=None,
            database=None,
            phases=(Phase.explicit, Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.slow
@pytest.mark.django_db
def test_every_act_is_done_and_is_refused_in_some_history() -> None:
    tally: set[tuple[str, bool]] = set()
    never_refused = {"wait_and_sweep", "draft_count"}
    wanted = {(name, True) for name in ACTS} | {
        (name, False) for name in ACTS.keys() - never_refused
    }
    for seed in range(60):
        with transaction.atomic():
            world = acts.history(random.Random(seed), LIFE)
            transaction.set_rollback(True)
        tally |= {(name, outcome == "done") for name, outcome in world.tally}
        if wanted <= tally:
            break

    assert wanted - tally == set()


@pytest.mark.pg
@pytest.mark.django_db
def test_the_same_history_ends_the_same_on_both_databases() -> None:
    found = {}
    for seed in SEEDS:
        with transaction.atomic():
            found[str(seed)] = histories.lived(seed)
            transaction.set_rollback(True)

    elsewhere = subprocess.run(
        [sys.executable, "-m", "tests.inventory.machine.histories", *map(str, SEEDS)],
        env={
            **{name: value for name, value in os.environ.items() if name != "DATABASE_URL"},
            "DJANGO_SETTINGS_MODULE": "oms.settings",
        },
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert json.loads(elsewhere.stdout) == found
    assert len(set(found.values())) == len(SEEDS)
