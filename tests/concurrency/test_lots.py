"""Lots under parallel calls, on PostgreSQL with real threads and commits.

Beside each promise stands a control: the same harness without the protection, which must show the harm.
"""

from collections import Counter
from collections.abc import Collection
from typing import Any

import pytest

from fulfillment.lots import services as warehouse_lots
from fulfillment.picking import services as picking
from fulfillment.recalls import services as recalls
from inventory.catalog.models import Tracking
from inventory.stock import services as stock
from inventory.stock.models import Claim, Level
from inventory.stock.services import naming
from oms.reporting.invariants import services as invariants
from orders.placing.services import considering, limits
from tests.concurrency.meeting import interleaved, met
from tests.concurrency.test_placing import draft, in_parallel, place
from tests.fulfillment.factories import PICKER, open_work
from tests.inventory.factories import (
    Came,
    LocationFactory,
    SkuFactory,
    by_lot,
    lot_of,
    lots_level,
    receive_lots,
)
from tests.orders.factories import ChannelFactory, TaxRateFactory

pytestmark = [pytest.mark.pg, pytest.mark.django_db(transaction=True)]


def broken() -> set[str]:
    return {result.check.name for result in invariants.run() if not result.holds}


def scanned_at_once(level: Level, number: str, pickers: int = 2) -> Counter[str]:
    """Let pickers of different orders scan one lot or serial number at the same moment."""
    works = [open_work([(level.sku, 1)]) for _ in range(pickers)]

    def act(index: int) -> str:
        picking.confirm(fulfillment_order_id=works[index].pk, scans=[number], actor=PICKER)
        return "picked"

    return in_parallel(pickers, act)


def without_lock(places: Collection[tuple[int, int]]) -> dict[tuple[int, int], Level]:
    """Read the levels as `lock_and_read` does, and lock none."""
    return {
        (level.sku_id, level.location_id): level
        for level in Level.objects.select_related("sku", "location")
        if (level.sku_id, level.location_id) in places
    }


def test_the_last_unit_of_a_lot_is_picked_by_one_of_two() -> None:
    level = lots_level({"LAST": Came(1, 10), "NEXT": Came(1, 90)}, expires=True)

    assert scanned_at_once(level, "LAST") == {"picked": 1, "LotRefused": 1}

    assert Claim.objects.get().quantity == 1
    assert broken() == set()


def test_control_without_the_lock_of_the_level_both_pick_the_last_unit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    level = lots_level({"LAST": Came(1, 10), "NEXT": Came(1, 90)}, expires=True)
    monkeypatch.setattr(warehouse_lots, "stock", _Unlocked(parties=2))

    assert scanned_at_once(level, "LAST") == {"picked": 2}

    assert broken() == {"claims_lie_there"}


def test_a_serial_number_that_two_scan_at_once_is_one_persons() -> None:
    level = lots_level({"SN-1": 1, "SN-2": 1}, tracking="serial")

    assert scanned_at_once(level, "SN-1") == {"picked": 1, "LotRefused": 1}

    assert broken() == set()


def test_control_without_the_lock_the_database_still_refuses_the_second_scan(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    level = lots_level({"SN-1": 1, "SN-2": 1}, tracking="serial")
    monkeypatch.setattr(warehouse_lots, "stock", _Unlocked(parties=2))

    assert scanned_at_once(level, "SN-1") == {"picked": 1, "IntegrityError": 1}


def test_a_lot_is_recalled_while_others_pick_it_and_nothing_of_it_stays_for_sale() -> None:
    level = lots_level({"BAD": Came(6, 10), "GOOD": Came(2, 90)}, expires=True)
    works = [open_work([(level.sku, 1)]) for _ in range(5)]
    bad = lot_of(level.sku, "BAD")

    def act(index: int) -> str:
        if index == 2:
            recalls.recall(lot_id=bad.pk, reason="glass", actor=PICKER)
            return "recalled"
        work = works[index if index < 2 else index - 1]
        picking.confirm(
            fulfillment_order_id=work.pk,
            quantities={work.lines.get().pk: 1},
            actor=PICKER,
        )
        return "picked"

    outcomes = in_parallel(6, act)

    assert outcomes["recalled"] == 1
    assert Claim.objects.filter(lot=bad).count() == 0
    assert "BAD" not in by_lot(level)
    assert by_lot(level)["BAD quality_control"] == 6
    assert broken() == set()


class _Unlocked:
    """The services of stock, with levels read and not locked; who has looked waits until all `parties` have."""

    lock_and_read = staticmethod(without_lock)

    def __init__(self, parties: int) -> None:
        self.free_batches = met(parties, stock.free_batches)

    def __getattr__(self, name: str) -> Any:
        return getattr(stock, name)


# What lasts -------------------------------------------------------------------------------------------


def two_buy_what_lasts(patch: pytest.MonkeyPatch) -> Counter[str]:
    """Let two orders that demand sixty days buy the three units that last so long; seven more expire sooner."""
    level = lots_level({"LATE": Came(3, 90), "SOON": Came(7, 10)}, expires=True)
    TaxRateFactory.create()
    channel = ChannelFactory.create(minimum_life_days=60)

    def buy(number: int) -> str:
        return place(channel, draft(number, [level.sku], 3))

    return interleaved(patch, considering, "_lasting", lambda: buy(0), lambda: buy(1))


def test_what_lasts_is_promised_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert two_buy_what_lasts(monkeypatch) == {"placed": 1, "Insufficient": 1}

    assert Level.objects.get().committed == 3


def test_control_who_does_not_count_again_promises_it_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "within_lasting", lambda *_, **__: None)

    assert two_buy_what_lasts(monkeypatch) == {"placed": 2}

    assert Level.objects.get().committed == 6


# Lots that come in ------------------------------------------------------------------------------------


def test_a_new_lot_that_comes_to_two_places_with_two_days_is_refused_at_the_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sku = SkuFactory.create(tracking=Tracking.LOT, expires=True)
    places = [LocationFactory.create() for _ in range(2)]

    def receive(place: int) -> str:
        receive_lots(sku, places[place], {"NEW": Came(1, 10 + place)})
        return "received"

    outcome = interleaved(
        monkeypatch, naming, "_known", lambda: receive(0), rival=lambda: receive(1)
    )

    assert outcome == {"received": 1, "InvalidLots": 1}
    assert Level.objects.get(on_hand=1).location == places[1]
    assert broken() == set()
