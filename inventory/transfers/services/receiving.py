"""Units arrive at the destination."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from django.db import transaction

from inventory import events
from inventory.stock import services as stock
from inventory.stock.states import Bucket, MovementKind
from inventory.storing import services as storing
from inventory.transfers import errors, rules
from inventory.transfers.models import TransferLine, TransferOrder, TransferStep
from inventory.transfers.rules import Fault, Units
from inventory.transfers.services import acting
from inventory.transfers.services.acting import Reach
from inventory.transfers.states import TRANSFER, StepKind
from oms.core import clock
from oms.core.actors import Actor
from oms.core.outbox import services as outbox

# Where received units may be put.
INTO = (Bucket.AVAILABLE.value, Bucket.DAMAGED.value, Bucket.QUALITY_CONTROL.value)


@transaction.atomic
def receive(
    *,
    transfer_id: int,
    units: Sequence[Units],
    key: str,
    actor: Actor,
    complete: bool = False,
    found: str = "",
    reach: Reach = None,
    cross_dock: bool = True,
) -> TransferOrder:
    """Take units in at the destination, each into `available`, `damaged` or `quality_control`.

    `complete` says that nothing more comes: what is missing then is a difference to be settled. More than was shipped
    is refused, unless `found` says why it is accepted: the excess enters the stock as an adjustment with that reason.
    At a location with bins, what orders wait for goes to where orders leave unless `cross_dock` is off.

    Raises TransferMissing, NotAtThisEnd, IllegalTransition, InvalidTransfer, MoreThanInTransit (every line at once),
    TransferKeyReused, BinMissing, BinFull. Publishes TransferReceived, and StockReceived for what is available.
    """
    transfer = acting.lock(transfer_id, reach=reach)
    acting.check_end(reach, transfer.destination_id)
    lines = acting.lines_of(transfer)
    if _is_repeat(transfer, key, units):
        return transfer
    TRANSFER.target(transfer.status, "receive")
    acting.check_faults(
        rules.faults_of_units(
            units,
            {code: line.pk for code, line in lines.items()},
            choices=INTO,
            field="bucket",
            may_be_empty=complete,
        )
    )
    over = rules.excess(units, {code: line.in_transit for code, line in lines.items()})
    if any(over) and not found.strip():
        _refuse(units, over, lines)
    _take_in(transfer, units, over, lines, key=key, found=found, cross_dock=cross_dock, actor=actor)
    before = acting.move(transfer, "receive", **({"received_at": clock.now()} if units else {}))
    if complete:
        _complete(transfer)
    acting.record(
        transfer,
        "received",
        before=before,
        actor=actor,
        reason=found,
        data={
            "units": [
                {"sku": each.sku_code, "bucket": each.into, "quantity": each.quantity}
                for each in units
            ],
            "nothing_more_comes": complete,
        },
    )
    acting.conclude(transfer, actor=actor)
    outbox.publish(acting.fact(events.TransferReceived, transfer))
    return transfer


def _is_repeat(transfer: TransferOrder, key: str, units: Sequence[Units]) -> bool:
    """Compare with what the key has received, however much of it was more than shipped."""
    before: defaultdict[tuple[str, str], int] = defaultdict(int)
    steps = TransferStep.objects.filter(key=key).select_related("line__sku")
    for step in steps:
        if step.line.transfer_id != transfer.pk:
            raise errors.TransferKeyReused
        before[step.line.sku.code, step.bucket] += step.quantity
    if not before:
        return False
    if before != {(each.sku_code, each.into): each.quantity for each in units}:
        raise errors.TransferKeyReused
    return True


def _refuse(units: Sequence[Units], over: Sequence[int], lines: dict[str, TransferLine]) -> None:
    raise errors.MoreThanInTransit(
        problems=acting.problems(
            Fault(
                f"{rules.UNITS}/{index}/quantity",
                "more_than_in_transit",
                f"{each.sku_code}: {lines[each.sku_code].in_transit} units are in transit.",
            )
            for index, (each, excess) in enumerate(zip(units, over, strict=True))
            if excess
        )
    )


def _take_in(
    transfer: TransferOrder,
    units: Sequence[Units],
    over: Sequence[int],
    lines: dict[str, TransferLine],
    *,
    key: str,
    found: str,
    cross_dock: bool,
    actor: Actor,
) -> None:
    levels = acting.lock_levels(transfer, lines.values())
    came: Counter[int] = Counter()
    steps = []
    named = {(lines[each.sku_code].pk, each.into): each.bin_code for each in units}
    for each, excess in zip(units, over, strict=True):
        line = lines[each.sku_code]
        came[line.pk] += each.quantity - excess
        steps += [
            TransferStep(
                line=line,
                kind=kind,
                bucket=each.into,
                quantity=quantity,
                key=key,
                actor=str(actor),
                reason=found if kind == StepKind.FOUND else "",
                at=clock.now(),
            )
            for kind, quantity in (
                (StepKind.RECEIVED, each.quantity - excess),
                (StepKind.FOUND, excess),
            )
            if quantity
        ]
    if not acting.count(+came, room=acting.IN_TRANSIT, received=1):
        raise errors.MoreThanInTransit
    written = TransferStep.objects.bulk_create(steps)
    spots = storing.place(
        arrivals=[
            storing.Arrival(
                levels[step.line.sku_id, transfer.destination_id],
                step.quantity,
                f"transfer-step:{step.pk}",
                is_available=step.bucket == Bucket.AVAILABLE,
                bin_code=named[step.line_id, step.bucket],
            )
            for step in written
        ],
        document=transfer.number,
        refuse=not cross_dock,
        actor=actor,
    )
    tracked = any(line.sku.is_tracked for line in lines.values())
    coming = stock.in_transit(transfer.number) if tracked else {}
    lots = {
        step.pk: stock.take_spots(coming.get(step.line.sku_id, []), step.quantity)
        for step in written
        if step.kind == StepKind.RECEIVED
    }
    stock.move_all(
        moves=[
            stock.Move(
                level=levels[step.line.sku_id, transfer.destination_id],
                kind=MovementKind.ADJUSTMENT
                if step.kind == StepKind.FOUND
                else MovementKind.TRANSFER_IN,
                source=Bucket.ADJUSTMENT if step.kind == StepKind.FOUND else Bucket.TRANSIT,
                target=step.bucket,
                quantity=step.quantity,
                cause=f"transfer-step:{step.pk}",
                reason=step.reason,
                spots=stock.with_lots(
                    spots.get(f"transfer-step:{step.pk}", ()),
                    lots.get(step.pk, ()),
                    step.quantity,
                ),
            )
            for step in written
        ],
        document=transfer.number,
        actor=actor,
    )


def _complete(transfer: TransferOrder) -> None:
    """Keep what is missing as a difference."""
    missing = any(line.in_transit for line in TransferLine.objects.filter(transfer=transfer))
    if missing and TRANSFER.may(transfer.status, "complete"):
        acting.move(transfer, "complete")
