"""Proposals under parallel calls, on PostgreSQL with real threads and commits; beside the promise stands a control."""

import threading
from typing import Any

import pytest

from inventory.planning import services as planning
from inventory.planning.models import Proposal
from inventory.planning.services import deciding
from inventory.purchasing.models import PurchaseOrder
from oms.core.flows import Flow
from tests.concurrency.test_money_and_returns import in_parallel, without_locks
from tests.inventory.factories import LevelFactory
from tests.inventory.planning.plans import PLANNER, plan
from tests.inventory.purchasing.orders import sells, supplier

pytestmark = [pytest.mark.pg, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def proposal() -> Proposal:
    """Return an open proposal to buy."""
    level = LevelFactory.create(on_hand=1)
    sells(supplier(email=""), level.sku)
    plan(level)
    return Proposal.objects.get()


def approve(proposal: Proposal) -> str:
    planning.approve(proposal_ids=[proposal.pk], actor=PLANNER)
    return "approved"


def test_of_two_who_approve_the_same_proposal_one_is_refused(proposal: Proposal) -> None:
    outcome = in_parallel(2, lambda _: approve(proposal))

    assert outcome == {"approved": 1, "NotDecidable": 1}
    assert PurchaseOrder.objects.count() == 1


def test_without_lock_and_guard_the_same_need_is_bought_twice(
    proposal: Proposal, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Barrier(2)
    check = deciding._check

    def check_together(rows: list[Proposal], **asked: bool) -> None:
        check(rows, **asked)
        gate.wait(timeout=30)

    def move(_flow: Flow, document: Proposal, _action: str, **changes: Any) -> str:
        Proposal.objects.filter(pk=document.pk).update(status="approved", **changes)
        return "open"

    with without_locks(monkeypatch), monkeypatch.context() as patched:
        patched.setattr(deciding, "_check", check_together)
        patched.setattr(Flow, "move", move)
        outcome = in_parallel(2, lambda _: approve(proposal))

    assert outcome == {"approved": 2}
    assert PurchaseOrder.objects.count() == 2
