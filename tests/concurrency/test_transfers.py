"""Transfers under parallel calls, on PostgreSQL with real threads and commits.

Beside each promise stands a control: the same harness without the protection, which must show the harm.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from django.db.models import Sum

from inventory.reservations import statements
from inventory.reservations.models import Allocation
from inventory.stock.models import Level
from inventory.transfers import services as transfers
from inventory.transfers.models import TransferLine, TransferOrder, TransferStep
from inventory.transfers.rules import Units
from inventory.transfers.services import acting, shipping
from oms.core import locking, transactions
from tests.concurrency.test_placing import (
    assert_books_agree,
    draft,
    in_parallel,
    naive,
    place,
    place_once,
)
from tests.inventory.factories import (
    MOVER,
    LevelFactory,
    LocationFactory,
    draft_transfer,
    released_transfer,
    shipped_transfer,
    transfer_line,
)
from tests.orders.factories import ChannelFactory

pytestmark = [pytest.mark.pg, pytest.mark.django_db(transaction=True)]


def ship(transfer: TransferOrder, units: int, key: str) -> str:
    code = transfer_line(transfer).sku.code
    transfers.ship(transfer_id=transfer.pk, units=[Units(code, units)], key=key, actor=MOVER)
    return "shipped"


def receive(transfer: TransferOrder, units: int, key: str) -> str:
    code = transfer_line(transfer).sku.code
    transfers.receive(
        transfer_id=transfer.pk, units=[Units(code, units, "available")], key=key, actor=MOVER
    )
    return "received"


def release(transfer: TransferOrder) -> str:
    transactions.retrying(lambda: transfers.release(transfer_id=transfer.pk, actor=MOVER))
    return "released"


def cancel(transfer: TransferOrder) -> str:
    transfers.cancel(transfer_id=transfer.pk, reason="changed our mind", actor=MOVER)
    return "cancelled"


@pytest.fixture
def unlocked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let everybody read the transfer without waiting, and read for long enough to meet the others."""

    def read(queryset: Any, *, missing: Any) -> Any:
        return queryset.get()

    lines_of = acting.lines_of

    def slowly(transfer: TransferOrder) -> dict[str, TransferLine]:
        lines = lines_of(transfer)
        time.sleep(0.1)
        return lines

    monkeypatch.setattr(locking, "lock_one", read)
    monkeypatch.setattr(acting, "lines_of", slowly)


# Shipping -----------------------------------------------------------------------------------------


def test_of_eight_who_ship_one_of_four_units_exactly_four_do() -> None:
    transfer = released_transfer()

    outcomes = in_parallel(8, lambda number: ship(transfer, 1, f"k{number}"))

    assert outcomes == {"shipped": 4, "MoreThanOpen": 4}
    line = transfer_line(transfer)
    assert (line.shipped, line.open, line.in_transit) == (4, 0, 4)
    assert Level.objects.get(sku=line.sku, location=transfer.source).on_hand == 6
    assert_books_agree()


@pytest.mark.usefixtures("unlocked")
def test_control_who_counts_what_he_read_loses_what_others_shipped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    transfer = released_transfer()
    ship(transfer, 1, "first")

    def counting(
        _transfer: TransferOrder,
        units: Iterable[Units],
        lines: dict[str, TransferLine],
        *,
        key: str,
        actor: Any,
    ) -> None:
        for each in units:
            line = lines[each.sku_code]
            TransferStep.objects.create(
                line=line, kind="shipped", quantity=each.quantity, key=key, actor=str(actor)
            )
            line.shipped += each.quantity
            line.save(update_fields=["shipped"])

    monkeypatch.setattr(shipping, "_send", counting)

    in_parallel(3, lambda number: ship(transfer, 1, f"k{number}"))

    sent = TransferStep.objects.aggregate(units=Sum("quantity"))["units"]
    assert transfer_line(transfer).shipped < sent


# Releasing ----------------------------------------------------------------------------------------


def rivals() -> tuple[TransferOrder, Callable[[int], str], Callable[[int], str]]:
    """Return a transfer of 6 of 10 units, and what 13 callers do: one releases it, twelve buy a unit each."""
    channel = ChannelFactory.create()
    level = LevelFactory.create(on_hand=10)
    transfer = draft_transfer({level.sku: 6}, source=level.location)

    def act(number: int) -> str:
        return release(transfer) if number == 5 else place(channel, draft(number, [level.sku]))

    def act_once(number: int) -> str:
        if number == 5:
            transfers.release(transfer_id=transfer.pk, actor=MOVER)
            return "released"
        return place_once(channel, draft(number, [level.sku]))

    return transfer, act, act_once


def test_a_release_and_orders_share_the_last_units_exactly() -> None:
    for _ in range(5):
        transfer, act, _ = rivals()

        outcomes = in_parallel(13, act)

        level = Level.objects.get(sku=transfer_line(transfer).sku, location=transfer.source)
        promised = Allocation.objects.filter(level=level).aggregate(units=Sum("quantity"))["units"]
        assert promised == level.committed == 10
        if outcomes["released"]:
            assert outcomes == {"released": 1, "placed": 4, "Insufficient": 8}
        else:
            assert outcomes == {"placed": 10, "Insufficient": 3}
    assert_books_agree()


def test_control_without_the_guarded_statement_more_is_promised_than_there_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(statements, "allocate", naive)
    monkeypatch.setattr(
        acting,
        "lock_levels",
        lambda transfer, lines: {
            (level.sku_id, level.location_id): level
            for level in Level.objects.filter(sku__in=[line.sku_id for line in lines])
        },
    )
    oversold = 0
    for _ in range(5):
        transfer, _, act_once = rivals()
        in_parallel(13, act_once)
        level = Level.objects.get(sku=transfer_line(transfer).sku, location=transfer.source)
        promised = Allocation.objects.filter(level=level).aggregate(units=Sum("quantity"))["units"]
        oversold += promised > level.committed

    assert oversold > 0


def opposite() -> list[TransferOrder]:
    """Return drafts of the same SKU between the same two locations, by turns in either direction."""
    first, second = LocationFactory.create(), LocationFactory.create()
    level = LevelFactory.create(location=first, on_hand=100)
    LevelFactory.create(sku=level.sku, location=second, on_hand=100)
    return [
        draft_transfer({level.sku: 1}, source=source, destination=destination)
        for _ in range(6)
        for source, destination in ((first, second), (second, first))
    ]


def test_transfers_in_opposite_directions_do_not_wait_in_a_circle() -> None:
    drafts = opposite()

    outcomes = in_parallel(
        len(drafts),
        lambda n: transfers.release(transfer_id=drafts[n].pk, actor=MOVER).status,
    )

    assert outcomes == {"released": len(drafts)}
    assert_books_agree()


def test_control_who_locks_the_source_and_then_the_destination_waits_in_a_circle(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drafts = opposite()

    def one_after_the_other(
        transfer: TransferOrder, lines: Iterable[TransferLine]
    ) -> dict[tuple[int, int], Level]:
        skus = [line.sku_id for line in lines]
        found = []
        for end in (transfer.source_id, transfer.destination_id):
            found += locking.lock(Level.objects.filter(location_id=end, sku_id__in=skus))
            time.sleep(0.05)
        return {(level.sku_id, level.location_id): level for level in found}

    monkeypatch.setattr(acting, "lock_levels", one_after_the_other)

    outcomes = in_parallel(
        len(drafts),
        lambda n: transfers.release(transfer_id=drafts[n].pk, actor=MOVER).status,
    )

    assert outcomes["released"] < len(drafts)


# Receiving ----------------------------------------------------------------------------------------


def test_a_receipt_that_is_sent_by_eight_at_once_with_one_key_counts_once() -> None:
    transfer = shipped_transfer()

    outcomes = in_parallel(8, lambda _: receive(transfer, 1, "one-key"))

    assert outcomes == {"received": 8}
    line = transfer_line(transfer)
    assert (line.received, line.in_transit) == (1, 3)
    assert Level.objects.get(sku=line.sku, location=transfer.destination).on_hand == 1
    assert_books_agree()


def test_control_without_the_common_key_each_receipt_counts() -> None:
    transfer = shipped_transfer()

    outcomes = in_parallel(8, lambda number: receive(transfer, 1, f"k{number}"))

    assert outcomes["received"] == 4
    assert transfer_line(transfer).received == 4


# Shipping against cancelling ----------------------------------------------------------------------


def ship_or_cancel(transfer: TransferOrder, number: int) -> str:
    return ship(transfer, 4, f"all-{transfer.pk}") if number % 2 else cancel(transfer)


def test_of_shipping_and_cancelling_one_wins_as_a_whole() -> None:
    for _ in range(8):
        transfer = released_transfer()

        outcomes = in_parallel(2, lambda number, each=transfer: ship_or_cancel(each, number))

        line = transfer_line(transfer)
        if outcomes["shipped"]:
            assert outcomes == {"shipped": 1, "NothingOpen": 1}
            assert (line.shipped, line.cancelled) == (4, 0)
        else:
            assert outcomes == {"cancelled": 1, "IllegalTransition": 1}
            assert (line.shipped, line.cancelled) == (0, 4)
    assert_books_agree()


@pytest.mark.usefixtures("unlocked")
def test_control_without_the_lock_both_decide_on_what_is_over_by_then() -> None:
    clumsy = 0
    for _ in range(4):
        transfer = released_transfer()

        outcomes = in_parallel(2, lambda number, each=transfer: ship_or_cancel(each, number))

        expected = ({"shipped": 1, "NothingOpen": 1}, {"cancelled": 1, "IllegalTransition": 1})
        clumsy += outcomes not in expected

    assert clumsy > 0


def test_settling_and_a_late_receipt_share_the_missing_units() -> None:
    for _ in range(5):
        transfer = shipped_transfer()
        transfers.receive(transfer_id=transfer.pk, units=[], complete=True, key="none", actor=MOVER)
        code = transfer_line(transfer).sku.code

        def act(number: int, each: TransferOrder = transfer, sku: str = code) -> str:
            if number % 2:
                return receive(each, 3, f"late-{each.pk}")
            transfers.settle(
                transfer_id=each.pk,
                units=[Units(sku, 3, "lost")],
                reason="gone",
                key=f"lost-{each.pk}",
                actor=MOVER,
            )
            return "settled"

        outcomes = in_parallel(2, act)

        assert outcomes["MoreThanInTransit"] == 1
        assert transfer_line(transfer).in_transit == 1
    assert_books_agree()
