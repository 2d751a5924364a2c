"""Goods are moved between places, and ordered from a supplier."""

import math
from datetime import timedelta

from inventory.lots.rules import LotUnits
from inventory.purchasing import services as purchasing
from inventory.purchasing.services import Arrived, NewLine
from inventory.stock.models import Content
from inventory.transfers import services as transfers
from inventory.transfers.rules import Units, Wanted
from oms.core import clock
from tests.inventory.machine.model import Purchase, PurchaseLine, Receipt, Transfer, TransferLine
from tests.inventory.machine.world import (
    BUCKETS,
    KEEPER,
    LIFE,
    LOTS,
    LOTTED,
    PACK,
    PLACES,
    SKUS,
    START,
    World,
    act,
    picked,
)

# Transfers ----------------------------------------------------------------------------------------


@act(source=PLACES, destination=PLACES, sku=SKUS, units=(0, 8), more=(0, 8), go=(0, 3))
def draft_transfer(
    world: World, source: int, destination: int, sku: int, units: int, more: int, go: int
) -> None:
    """Draft a transfer, mostly releasing it at once."""
    wanted = {sku: units}
    if more > 3:
        wanted[(sku + 1) % 3] = more
    done = world.do(
        "InvalidTransfer" if source == destination or not units else None,
        transfers.create,
        source_code=world.place(source).code,
        destination_code=world.place(destination).code,
        lines=[Wanted(world.sku(number).code, count) for number, count in wanted.items()],
        actor=KEEPER,
    )
    if done:
        lines = {number: TransferLine(count) for number, count in wanted.items()}
        world.books.transfers.append(Transfer(done.pk, source, destination, lines))
        if go:
            _release(world, world.books.transfers[-1])


@act(which=(0, 3))
def release_transfer(world: World, which: int) -> None:
    """Set the units aside at the source."""
    found = picked(world.books.transfers, which, "draft")
    if found is not None:
        _release(world, found)


def _release(world: World, found: Transfer) -> None:
    wanted = {(sku, found.source): line.quantity for sku, line in found.lines.items()}
    expected = None
    if found.status != "draft":
        expected = "IllegalTransition"
    else:
        is_short, still = world.books.short(wanted, clock.now())
        if still:
            expected = "Insufficient"
        elif is_short:
            world.books.lapse(set(wanted), clock.now())
    if world.do(expected, transfers.release, transfer_id=found.pk, actor=KEEPER):
        found.status = "released"
        for key, units in wanted.items():
            world.books.shelves[key].committed += units


@act(which=(0, 3), units=(0, 8))
def ship_transfer(world: World, which: int, units: int) -> None:
    """Ship so many units of each line, or all that is open."""
    found = picked(world.books.transfers, which, "released", "in_transit")
    if found is None:
        return
    leaving = {sku: units or line.open for sku, line in found.lines.items() if units or line.open}
    expected = None
    if found.status not in ("released", "in_transit", "received"):
        expected = "IllegalTransition"
    elif not leaving:
        expected = "NothingOpen"
    elif any(count > found.lines[sku].open for sku, count in leaving.items()):
        expected = "MoreThanOpen"
    named = [Units(world.sku(sku).code, count) for sku, count in leaving.items()]
    before = _by_expiry(world, found.source)
    done = world.do(
        expected,
        transfers.ship,
        transfer_id=found.pk,
        units=named if units else None,
        key=world.cause(),
        actor=KEEPER,
    )
    if done:
        found.status = "in_transit"
        for sku, count in leaving.items():
            found.lines[sku].shipped += count
            shelf = world.books.shelves[sku, found.source]
            shelf.on_hand -= count
            shelf.committed -= count
        if LOTTED in leaving:
            _check_first_expired(before, _by_expiry(world, found.source), leaving[LOTTED])
        found.conclude()


def _by_expiry(world: World, place: int) -> list[tuple[str, int]]:
    """Return the good units of lots that may be sold, what expires first before the others."""
    rows = Content.objects.filter(
        level__location=world.place(place), condition="good", lot__status="released"
    )
    return list(rows.order_by("lot__expires_on", "pk").values_list("lot__number", "quantity"))


def _check_first_expired(
    before: list[tuple[str, int]], after: list[tuple[str, int]], units: int
) -> None:
    """Check that what left expires before what stayed."""
    sums: dict[str, int] = {}
    for number, count in before:
        sums[number] = sums.get(number, 0) + count
    left = dict.fromkeys(sums, 0)
    for number, count in after:
        left[number] += count
    for number, count in sums.items():
        taken = min(units, count)
        assert left[number] == count - taken, f"{number}: {left[number]} of {count} are left"
        units -= taken


@act(which=(0, 3), units=(0, 8), into=(0, 3), complete=(0, 3), explained=(0, 1))
def receive_transfer(
    world: World, which: int, units: int, into: int, complete: int, explained: int
) -> None:
    """Receive so many units of each line, or all that is under way; short, or more than were sent."""
    found = picked(world.books.transfers, which, "in_transit")
    if found is None:
        return
    bucket = BUCKETS[into]
    coming = {sku: units or line.in_transit for sku, line in found.lines.items()}
    coming = {sku: count for sku, count in coming.items() if count}
    over = any(count > found.lines[sku].in_transit for sku, count in coming.items())
    expected = None
    if found.status not in ("in_transit", "received"):
        expected = "IllegalTransition"
    elif (into == 3 and coming) or (not coming and complete):
        expected = "InvalidTransfer"
    elif over and not explained:
        expected = "MoreThanInTransit"
    done = world.do(
        expected,
        transfers.receive,
        transfer_id=found.pk,
        units=[Units(world.sku(sku).code, count, bucket) for sku, count in coming.items()],
        key=world.cause(),
        complete=not complete,
        found="the label was wrong" if explained else "",
        actor=KEEPER,
    )
    if done:
        for sku, count in coming.items():
            line = found.lines[sku]
            line.received += min(count, line.in_transit)
            world.books.shelves[sku, found.destination].add(bucket, count)
        if not complete and any(line.in_transit for line in found.lines.values()):
            found.status = "received"
        found.conclude()


@act(which=(0, 3), units=(1, 5), back=(0, 1))
def settle_transfer(world: World, which: int, units: int, back: int) -> None:
    """Say of what is missing that it is lost, or never left."""
    found = picked(world.books.transfers, which, "received", "in_transit")
    if found is None:
        return
    sku = min(found.lines, key=lambda number: -found.lines[number].in_transit)
    line = found.lines[sku]
    expected = None
    if found.status not in ("in_transit", "received"):
        expected = "IllegalTransition"
    elif units > line.in_transit:
        expected = "MoreThanInTransit"
    done = world.do(
        expected,
        transfers.settle,
        transfer_id=found.pk,
        units=[Units(world.sku(sku).code, units, "found_at_source" if back else "lost")],
        reason="looked for",
        key=world.cause(),
        actor=KEEPER,
    )
    if done:
        if back:
            line.shipped -= units
            line.cancelled += units
            world.books.shelves[sku, found.source].add("available", units)
        else:
            line.lost += units
        found.conclude()


@act(which=(0, 3))
def cancel_transfer(world: World, which: int) -> None:
    """Keep what has not left."""
    found = picked(world.books.transfers, which, "draft", "closed", "in_transit")
    if found is None:
        return
    opened = {sku: line.open for sku, line in found.lines.items() if line.open}
    expected = None
    if found.status in ("closed", "cancelled"):
        expected = "IllegalTransition"
    elif not opened:
        expected = "NothingOpen"
    named = {"transfer_id": found.pk, "reason": "not needed", "actor": KEEPER}
    if world.do(expected, transfers.cancel, **named):
        for sku, count in opened.items():
            found.lines[sku].cancelled += count
            if found.status != "draft":
                world.books.shelves[sku, found.source].committed -= count
        if found.status in ("draft", "released"):
            found.status = "cancelled"
        found.conclude()


# Purchase orders ----------------------------------------------------------------------------------


@act(place=PLACES, sku=SKUS, units=(0, 12), more=(0, 6))
def buy(world: World, place: int, sku: int, units: int, more: int) -> None:
    """Order goods, of one SKU in whole boxes."""
    wanted = {sku: units}
    if more > 2:
        wanted[(sku + 1) % 3] = more
    drafted = world.do(
        None if units else "InvalidPurchase",
        purchasing.draft,
        supplier_code=world.seller.code,
        location_code=world.place(place).code,
        lines=[NewLine(world.sku(number).code, count) for number, count in wanted.items()],
        actor=KEEPER,
    )
    if not drafted:
        return
    world.do(None, purchasing.place, order_id=drafted.pk, actor=KEEPER, below_minimum=True)
    lines = {
        number: PurchaseLine(math.ceil(count / PACK) * PACK if number == 1 else count)
        for number, count in wanted.items()
    }
    world.books.purchases.append(Purchase(drafted.pk, place, lines))


@act(which=(0, 3), units=(0, 14), inspect=(0, 2), lot=(0, 2), explained=(0, 1))
def receive_purchase(
    world: World, which: int, units: int, inspect: int, lot: int, explained: int
) -> None:
    """Take in so many units of each line, or all that are to come; some more than were ordered."""
    found = picked(world.books.purchases, which, "placed", "partially_received")
    if found is None:
        return
    coming = {sku: units or line.to_come for sku, line in found.lines.items()}
    coming = {sku: count for sku, count in coming.items() if count}
    number = LOTS[lot]
    too_many = any(
        line.received + coming[sku] + line.cancelled - line.ordered
        > max(line.over, line.ordered * world.seller.over_tolerance // 100)
        for sku, line in found.lines.items()
        if sku in coming
    )
    expected = None
    if not found.is_open:
        expected = "IllegalTransition"
    elif not coming:
        expected = "InvalidPurchaseReceipt"
    elif too_many and not explained:
        expected = "MoreThanOrdered"
    elif LOTTED in coming and inspect and world.books.lots.get(number, "released") != "released":
        expected = "InvalidLots"
    expires_on = (START + timedelta(days=LIFE[number])).date()
    receipt = world.do(
        expected,
        purchasing.receive,
        order_id=found.pk,
        units=[
            Arrived(
                world.sku(sku).code,
                count,
                inspect=not inspect,
                lots=[LotUnits(number, count, expires_on=expires_on)] if sku == LOTTED else (),
            )
            for sku, count in coming.items()
        ],
        key=world.cause(),
        over_reason="they sent more" if explained else "",
        actor=KEEPER,
    )
    if receipt:
        bucket = BUCKETS[0] if inspect else BUCKETS[1]
        for sku, count in coming.items():
            found.lines[sku].received += count
            world.books.shelves[sku, found.place].add(bucket, count)
        if LOTTED in coming:
            world.books.lots.setdefault(number, "released")
        rows = [(sku, count, not inspect) for sku, count in coming.items()]
        found.receipts.append(Receipt(receipt.pk, rows, number))
        found.move_on()


@act(which=(0, 3), receipt=(0, 3))
def undo_receipt(world: World, which: int, receipt: int) -> None:
    """Take a receipt back that was a mistake."""
    found = picked(world.books.purchases, which, "partially_received", "received")
    if found is None or not found.receipts:
        return
    undone = found.receipts[receipt % len(found.receipts)]
    expected = None
    if undone.is_undone:
        expected = "ReceiptUndone"
    elif found.status not in ("partially_received", "received"):
        expected = "IllegalTransition"
    elif any(not _lies(world, found.place, undone, row) for row in undone.rows):
        expected = "UnitsGone"
    done = world.do(
        expected,
        purchasing.undo_receipt,
        order_id=found.pk,
        receipt_id=undone.pk,
        reason="of another order",
        actor=KEEPER,
    )
    if done:
        undone.is_undone = True
        for sku, count, inspected in undone.rows:
            found.lines[sku].received -= count
            bucket = BUCKETS[1] if inspected else BUCKETS[0]
            world.books.shelves[sku, found.place].add(bucket, -count)
        found.move_on()


def _lies(world: World, place: int, receipt: Receipt, row: tuple[int, int, bool]) -> bool:
    """Say whether units of a receipt are still there, free, and of the lot that they came as."""
    sku, count, inspected = row
    shelf = world.books.shelves[sku, place]
    if (shelf.quality_control if inspected else shelf.available) < count:
        return False
    if sku != LOTTED:
        return True
    condition = "quality_control" if inspected else "good"
    piles = world.piles.get((sku, place), {})
    return count <= sum(
        n for (_, lot, how), n in piles.items() if (lot, how) == (receipt.lot, condition)
    )


@act(which=(0, 3), close=(0, 1))
def end_purchase(world: World, which: int, close: int) -> None:
    """Want nothing more of what has not come."""
    found = picked(world.books.purchases, which, "placed", "partially_received")
    if found is None:
        return
    may = ("partially_received", "received") if close else ("placed", "partially_received")
    done = world.do(
        None if found.status in may else "IllegalTransition",
        purchasing.close if close else purchasing.cancel,
        order_id=found.pk,
        reason="too late",
        actor=KEEPER,
    )
    if done:
        for line in found.lines.values():
            line.cancelled += line.to_come
        found.move_on()
        if close:
            found.status = "closed"
