"""Costs under parallel runs, on PostgreSQL with real threads and commits.

Beside the promise stands a control: the same runs without the lock of the books, which must show the harm.
"""

import threading
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from inventory.catalog.models import Sku
from inventory.costing import services as costing
from inventory.costing import statements
from inventory.costing.models import Consumption, CostEntry, LandedCharge, SkuCost
from inventory.costing.services import NewCharge, folding
from inventory.purchasing.models import PurchaseOrder
from inventory.stock import services as stock
from inventory.stock.models import Level
from tests.concurrency.test_money_and_returns import in_parallel, without_locks
from tests.inventory.costing.costs import KEEPER, bought, decided
from tests.inventory.factories import LocationFactory, SkuFactory

pytestmark = [pytest.mark.pg, pytest.mark.django_db(transaction=True)]

D = Decimal


@pytest.fixture
def sku() -> Sku:
    """Return a SKU of which twenty units came at two each, and then ten left, nothing costed yet."""
    decided()
    made = SkuFactory.create()
    berlin = LocationFactory.create()
    bought(made, 20, "2.00", berlin)
    for number in range(10):
        take_away(made, number)
    return made


def take_away(sku: Sku, number: int) -> None:
    """Let one unit be missing."""
    level = Level.objects.get(sku=sku)
    stock.adjust(
        sku_id=sku.pk,
        location_id=level.location_id,
        delta=-1,
        document="",
        cause=f"gone-{number}",
        actor=KEEPER,
        reason="missing",
    )


def keep_up(sku: Sku) -> str:
    """Cost what is to be costed, as a run of its own."""
    costing.keep_up_with(sku_id=sku.pk)
    return "kept"


def consumed(sku: Sku) -> tuple[int, int, Decimal]:
    """Return entries, units consumed and the value left."""
    books = SkuCost.objects.get(sku=sku)
    units = sum(Consumption.objects.values_list("units", flat=True))
    return CostEntry.objects.count(), units, books.value


def test_runs_at_once_consume_every_unit_once(sku: Sku) -> None:
    outcome = in_parallel(8, lambda _: keep_up(sku))

    assert outcome == Counter({"kept": 8})
    assert consumed(sku) == (11, 10, D("20.00"))


def test_control_without_the_lock_a_rival_writes_the_same_entries_and_is_thrown_out(
    sku: Sku, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the lock both fold the same movements; only the key of the entries stops the second."""
    keep_up(sku)
    take_away(sku, 99)
    gate = threading.Barrier(2)
    read = statements.uncosted

    def read_together(**asked: Any) -> Any:
        found = read(**asked)
        gate.wait(timeout=30)
        return found

    def fold_once(_: int) -> str:
        folding.step(sku_id=sku.pk)
        return "kept"

    with without_locks(monkeypatch), monkeypatch.context() as patched:
        patched.setattr(statements, "uncosted", read_together)
        outcome = in_parallel(2, fold_once)

    assert outcome == Counter({"kept": 1, "IntegrityError": 1})
    assert consumed(sku) == (12, 11, D("18.00"))


def test_what_moves_while_costs_are_kept_is_costed_in_the_end(sku: Sku) -> None:
    outcome = in_parallel(
        12, lambda number: keep_up(sku) if number % 2 else str(take_away(sku, 100 + number))
    )
    assert outcome == Counter({"kept": 6, "None": 6})
    costing.run()

    assert consumed(sku) == (17, 16, D("8.00"))
    assert SkuCost.objects.get(sku=sku).units == Level.objects.get(sku=sku).on_hand == 4


def test_the_same_charge_at_once_is_one_charge(sku: Sku) -> None:
    purchase = PurchaseOrder.objects.get().pk
    charge = NewCharge(kind="freight", amount=D("4.00"), currency="EUR", basis="value")

    def add(_: int) -> str:
        costing.add_charge(order_id=purchase, charge=charge, key="one", actor=KEEPER)
        return "noted"

    assert in_parallel(6, add) == Counter({"noted": 6})
    costing.run()
    assert LandedCharge.objects.count() == 1
    assert consumed(sku)[2] == D("22.00")
