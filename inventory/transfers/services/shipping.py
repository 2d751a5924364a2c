"""Units leave the source."""

from collections.abc import Sequence

from django.db import transaction

from inventory import events
from inventory.reservations import services as reservations
from inventory.reservations.services import Promise
from inventory.transfers import errors, rules
from inventory.transfers.models import TransferLine, TransferOrder, TransferStep
from inventory.transfers.rules import Fault, Units
from inventory.transfers.services import acting, fetching
from inventory.transfers.services.acting import LINE, Reach
from inventory.transfers.states import TRANSFER, StepKind
from oms.core import clock
from oms.core.actors import Actor
from oms.core.outbox import services as outbox


@transaction.atomic
def ship(
    *,
    transfer_id: int,
    units: Sequence[Units] | None,
    key: str,
    actor: Actor,
    reach: Reach = None,
) -> TransferOrder:
    """Send units from the source: out of what is committed there, into transit. None: everything that is open.

    They are taken from the bins and lots that are named; what none is named of is of the lots that expire first, out of
    bins by the removal rule. Raises TransferMissing, NotAtThisEnd, IllegalTransition, InvalidTransfer, NothingOpen,
    MoreThanOpen (every line at once), TransferKeyReused, NoBins, BinMissing, InvalidLots, NotInBin. Publishes
    TransferShipped.
    """
    transfer = acting.lock(transfer_id, reach=reach)
    acting.check_end(reach, transfer.source_id)
    lines = acting.lines_of(transfer)
    if units is None:
        if TransferStep.objects.filter(key=key, line__transfer=transfer).exists():
            return transfer
        TRANSFER.target(transfer.status, "ship")
        units = [Units(code, line.open) for code, line in lines.items() if line.open]
        if not units:
            raise errors.NothingOpen
    elif acting.is_repeat(transfer, key, _moves(units)):
        return transfer
    TRANSFER.target(transfer.status, "ship")
    acting.check_faults(rules.faults_of_units(units, {c: line.pk for c, line in lines.items()}))
    _check_open(units, lines)
    _send(transfer, units, lines, key=key, actor=actor)
    before = acting.move(transfer, "ship", shipped_at=clock.now())
    acting.record(
        transfer,
        "shipped",
        before=before,
        actor=actor,
        data={"units": {each.sku_code: each.quantity for each in units}},
    )
    acting.conclude(transfer, actor=actor)
    outbox.publish(acting.fact(events.TransferShipped, transfer))
    return transfer


def _moves(units: Sequence[Units]) -> dict[tuple[str, str, str], int]:
    return {(each.sku_code, StepKind.SHIPPED.value, ""): each.quantity for each in units}


def _check_open(units: Sequence[Units], lines: dict[str, TransferLine]) -> None:
    over = rules.excess(units, {code: line.open for code, line in lines.items()})
    faults = [
        Fault(
            f"{rules.UNITS}/{index}/quantity",
            "more_than_open",
            f"{each.sku_code}: {lines[each.sku_code].open} units are open.",
        )
        for index, (each, excess) in enumerate(zip(units, over, strict=True))
        if excess
    ]
    if faults:
        raise errors.MoreThanOpen(problems=acting.problems(faults))


def _send(
    transfer: TransferOrder,
    units: Sequence[Units],
    lines: dict[str, TransferLine],
    *,
    key: str,
    actor: Actor,
) -> None:
    levels = acting.lock_levels(transfer, lines.values())
    places = fetching.spots(transfer, units, lines, levels)
    leaving = {lines[each.sku_code].pk: each.quantity for each in units}
    if not acting.count(leaving, room=acting.OPEN, shipped=1):
        raise errors.MoreThanOpen
    TransferStep.objects.bulk_create(
        TransferStep(
            line=lines[each.sku_code],
            kind=StepKind.SHIPPED,
            quantity=each.quantity,
            key=key,
            actor=str(actor),
            at=clock.now(),
        )
        for each in units
    )
    reservations.send(
        demand=LINE,
        units=[
            Promise(
                lines[each.sku_code].pk,
                lines[each.sku_code].sku_id,
                transfer.source_id,
                each.quantity,
            )
            for each in units
        ],
        document=transfer.number,
        cause=f"transfer-ship:{key}",
        actor=actor,
        spots=places,
    )
