"""Settle a difference: what is in transit and will not arrive."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import F

from inventory.stock import services as stock
from inventory.stock.errors import ReasonRequired
from inventory.stock.states import Bucket, MovementKind
from inventory.transfers import errors, rules
from inventory.transfers.models import TransferLine, TransferOrder, TransferStep
from inventory.transfers.rules import Fault, Units
from inventory.transfers.services import acting
from inventory.transfers.services.acting import Reach
from inventory.transfers.states import TRANSFER, StepKind
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
    for each in units:
        line = lines[each.sku_code]
        _count(line, each)
        step = TransferStep.objects.create(
            line=line,
            kind=each.into,
            bucket=_bucket(each.into),
            quantity=each.quantity,
            key=key,
            actor=str(actor),
            reason=reason,
        )
        is_lost = each.into == StepKind.LOST
        stock.move(
            level=levels[line.sku_id, transfer.source_id],
            kind=MovementKind.ADJUSTMENT if is_lost else MovementKind.TRANSFER_IN,
            source=Bucket.TRANSIT,
            target=Bucket.ADJUSTMENT if is_lost else Bucket.AVAILABLE,
            quantity=each.quantity,
            document=transfer.number,
            cause=f"transfer-step:{step.pk}",
            actor=actor,
            reason=reason,
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


def _count(line: TransferLine, each: Units) -> None:
    """Count lost units as lost; units that never left as not shipped and not wanted any more."""
    changes = (
        {"lost": F("lost") + each.quantity}
        if each.into == StepKind.LOST
        else {
            "shipped": F("shipped") - each.quantity,
            "cancelled": F("cancelled") + each.quantity,
        }
    )
    counted = TransferLine.objects.filter(
        pk=line.pk, shipped__gte=F("received") + F("lost") + each.quantity
    ).update(**changes)
    if not counted:
        raise errors.MoreThanInTransit
