"""Settle a difference: what is in transit and will not arrive."""

from collections.abc import Sequence

from django.db import transaction

from inventory.stock import services as stock
from inventory.stock.errors import ReasonRequired
from inventory.stock.states import Bucket, MovementKind
from inventory.transfers import errors, rules
from inventory.transfers.models import TransferLine, TransferOrder, TransferStep
from inventory.transfers.rules import Fault, Units
from inventory.transfers.services import acting
from inventory.transfers.services.acting import Reach
from inventory.transfers.states import TRANSFER, StepKind
from oms.core import clock
from oms.core.actors import Actor

OUTCOMES = (StepKind.LOST.value, StepKind.FOUND_AT_SOURCE.value)


@transaction.atomic
def settle(
    *,
    transfer_id: int,
    units: Sequence[Units],
    reason: str,
    key: str,
    actor: Actor,
    reach: Reach = None,
) -> TransferOrder:
    """Say what became of units in transit: `lost`, or `found_at_source`, where they never left and are available again.

    Only who works at both ends may say so. Raises TransferMissing, NotAtThisEnd, ReasonRequired, IllegalTransition,
    InvalidTransfer, MoreThanInTransit (every line at once), TransferKeyReused. Publishes StockReceived for what was
    found.
    """
    transfer = acting.lock(transfer_id, reach=reach)
    acting.check_end(reach, transfer.source_id, transfer.destination_id)
    if not reason.strip():
        raise ReasonRequired
    lines = acting.lines_of(transfer)
    if acting.is_repeat(transfer, key, _moves(units)):
        return transfer
    TRANSFER.target(transfer.status, "settle")
    acting.check_faults(
        rules.faults_of_units(
            units,
            {code: line.pk for code, line in lines.items()},
            choices=OUTCOMES,
            field="outcome",
        )
    )
    _check_in_transit(units, lines)
    levels = acting.lock_levels(transfer, lines.values())
    _count(units, lines)
    steps = TransferStep.objects.bulk_create(
        TransferStep(
            line=lines[each.sku_code],
            kind=each.into,
            bucket=_bucket(each.into),
            quantity=each.quantity,
            key=key,
            actor=str(actor),
            reason=reason,
            at=clock.now(),
        )
        for each in units
    )
    tracked = any(line.sku.is_tracked for line in lines.values())
    coming = stock.in_transit(transfer.number) if tracked else {}
    stock.move_all(
        moves=[
            stock.Move(
                level=levels[step.line.sku_id, transfer.source_id],
                kind=MovementKind.ADJUSTMENT
                if step.kind == StepKind.LOST
                else MovementKind.TRANSFER_IN,
                source=Bucket.TRANSIT,
                target=step.bucket or Bucket.ADJUSTMENT,
                quantity=step.quantity,
                cause=f"transfer-step:{step.pk}",
                reason=reason,
                spots=stock.take_spots(coming.get(step.line.sku_id, []), step.quantity),
            )
            for step in steps
        ],
        document=transfer.number,
        actor=actor,
    )
    before = acting.move(transfer, "settle")
    acting.record(
        transfer,
        "settled",
        before=before,
        actor=actor,
        reason=reason,
        data={
            "units": [
                {"sku": each.sku_code, "outcome": each.into, "quantity": each.quantity}
                for each in units
            ]
        },
    )
    acting.conclude(transfer, actor=actor)
    return transfer


def _bucket(outcome: str) -> str:
    return "" if outcome == StepKind.LOST else Bucket.AVAILABLE.value


def _moves(units: Sequence[Units]) -> dict[tuple[str, str, str], int]:
    return {(each.sku_code, each.into, _bucket(each.into)): each.quantity for each in units}


def _check_in_transit(units: Sequence[Units], lines: dict[str, TransferLine]) -> None:
    over = rules.excess(units, {code: line.in_transit for code, line in lines.items()})
    faults = [
        Fault(
            f"{rules.UNITS}/{index}/quantity",
            "more_than_in_transit",
            f"{each.sku_code}: {lines[each.sku_code].in_transit} units are in transit.",
        )
        for index, (each, excess) in enumerate(zip(units, over, strict=True))
        if excess
    ]
    if faults:
        raise errors.MoreThanInTransit(problems=acting.problems(faults))


def _count(units: Sequence[Units], lines: dict[str, TransferLine]) -> None:
    """Count lost units as lost; units that never left as not shipped and not wanted any more."""
    signs = {
        StepKind.LOST.value: {"lost": 1},
        StepKind.FOUND_AT_SOURCE.value: {"shipped": -1, "cancelled": 1},
    }
    for outcome, changes in signs.items():
        gone = {lines[each.sku_code].pk: each.quantity for each in units if each.into == outcome}
        if not acting.count(gone, room=acting.IN_TRANSIT, **changes):
            raise errors.MoreThanInTransit
