"""Set units aside at the source and expect them at the destination; or give up what has not been shipped."""

from typing import Any

from django.db import transaction

from inventory import events
from inventory.reservations import services as reservations
from inventory.reservations.errors import Insufficient
from inventory.reservations.services import Promise, holding
from inventory.transfers import errors
from inventory.transfers.models import TransferLine, TransferOrder
from inventory.transfers.rules import Fault
from inventory.transfers.services import acting
from inventory.transfers.services.acting import LINE, Reach
from inventory.transfers.states import TRANSFER, TransferStatus
from oms.core import clock
from oms.core.actors import Actor
from oms.core.outbox import services as outbox


@transaction.atomic
def release(*, transfer_id: int, actor: Actor, reach: Reach = None) -> TransferOrder:
    """Allocate every unit of a draft at its source, whose safety stock stays; expect it at the destination.

    Raises TransferMissing, NotAtThisEnd, IllegalTransition, InvalidTransfer when a location was switched off since,
    Insufficient with all shortages at once. Publishes TransferReleased.
    """
    transfer = acting.lock(transfer_id, reach=reach)
    acting.check_end(reach, transfer.source_id)
    TRANSFER.target(transfer.status, "release")
    acting.check_faults(
        [
            Fault(pointer, "location_off", f"{place.name} is switched off.")
            for pointer, place in (
                ("/source", transfer.source),
                ("/destination", transfer.destination),
            )
            if not place.is_active
        ]
    )
    lines = acting.lines_of(transfer)
    _allocate(transfer, lines, actor=actor)
    before = acting.move(transfer, "release", released_at=clock.now())
    acting.say_expected(transfer)
    acting.record(
        transfer,
        "released",
        before=before,
        actor=actor,
        data={"units": {code: line.quantity for code, line in lines.items()}},
    )
    outbox.publish(acting.fact(events.TransferReleased, transfer))
    return transfer


@transaction.atomic
def cancel(*, transfer_id: int, reason: str, actor: Actor, reach: Reach = None) -> TransferOrder:
    """Give up what has not been shipped: its units are available again at the source, exactly as before.

    Of a transfer of which something has left, the rest alone is cancelled. Raises TransferMissing, NotAtThisEnd (a
    draft may be cancelled from either end), IllegalTransition, NothingOpen. Publishes StockReceived, since what waits
    for the SKU may be served now.
    """
    transfer = acting.lock(transfer_id, reach=reach)
    if transfer.status != TransferStatus.DRAFT:
        acting.check_end(reach, transfer.source_id)
    begun = TRANSFER.may(transfer.status, "cancel_rest")
    TRANSFER.target(transfer.status, "cancel_rest" if begun else "cancel")
    lines = acting.lines_of(transfer)
    units = {code: line.open for code, line in lines.items() if line.open}
    if not units:
        raise errors.NothingOpen
    if transfer.status != TransferStatus.DRAFT:
        _give_back(transfer, lines, units, actor=actor)
    given_up = {lines[code].pk: count for code, count in units.items()}
    if not acting.count(given_up, room=acting.OPEN, cancelled=1):
        raise errors.NothingOpen
    before = acting.move(
        transfer,
        "cancel_rest" if begun else "cancel",
        **({} if begun else {"closed_at": clock.now()}),
    )
    acting.record(
        transfer,
        "rest_cancelled" if begun else "cancelled",
        before=before,
        actor=actor,
        reason=reason,
        data={"units": units},
    )
    acting.conclude(transfer, actor=actor)
    return transfer


def _allocate(transfer: TransferOrder, lines: dict[str, TransferLine], *, actor: Actor) -> None:
    promises = [
        Promise(line.pk, line.sku_id, transfer.source_id, line.quantity) for line in lines.values()
    ]
    shortages = _shortages(transfer, lines)
    # The levels are locked, so that what expired reservations still hold there can be taken off.
    if shortages and holding.lapse(promises, at=clock.now()):
        shortages = _shortages(transfer, lines)
    if shortages:
        raise Insufficient(
            f"Not in stock at {transfer.source.name}: "
            + ", ".join(f"{s['sku']} ({s['available']} of {s['asked']})" for s in shortages[:20]),
            shortages=shortages,
        )
    reservations.allocate(
        demand=LINE,
        promises=promises,
        document=transfer.number,
        cause=f"transfer-release:{transfer.pk}",
        actor=actor,
    )


def _shortages(transfer: TransferOrder, lines: dict[str, TransferLine]) -> list[dict[str, Any]]:
    """Lock the levels; return every SKU of which the source cannot give what is wanted."""
    levels = acting.lock_levels(transfer, lines.values())
    found = []
    for code, line in lines.items():
        level = levels[line.sku_id, transfer.source_id]
        free = max(0, level.available - level.safety_stock)
        if free < line.quantity:
            found.append({"sku": code, "asked": line.quantity, "available": free})
    return found


def _give_back(
    transfer: TransferOrder, lines: dict[str, TransferLine], units: dict[str, int], *, actor: Actor
) -> None:
    acting.lock_levels(transfer, lines.values())
    given = reservations.release(
        demand=LINE,
        quantities={lines[code].pk: count for code, count in units.items()},
        document=transfer.number,
        cause=f"transfer-cancel:{transfer.pk}:{transfer.version}",
        actor=actor,
    )
    for held in given:
        outbox.publish(
            events.StockReceived(
                sku_id=held.sku_id,
                location_id=held.location_id,
                quantity=held.quantity,
                document=transfer.number,
            )
        )
