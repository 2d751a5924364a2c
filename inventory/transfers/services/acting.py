"""What all acts on a transfer share: the lock, the reach, the key, the expectation, the end."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import F
from django.db.models.expressions import CombinedExpression

from inventory import events
from inventory.inbound import services as inbound
from inventory.inbound.services import Expected
from inventory.stock import services as stock
from inventory.stock.models import Level
from inventory.transfers import errors
from inventory.transfers.models import TransferLine, TransferOrder, TransferStep
from inventory.transfers.rules import Fault
from inventory.transfers.states import TRANSFER, TransferStatus
from oms.core import clock, locking
from oms.core.actors import Actor
from oms.core.errors import FieldProblem
from oms.core.timeline import services as timeline

# What lines of transfers are called where units are promised to them, and where they are expected from.
LINE = "inventory.transferline"

Reach = frozenset[int] | None

# What a line still has room for.
OPEN = F("quantity") - F("cancelled") - F("shipped")
IN_TRANSIT = F("shipped") - F("received") - F("lost")


def lock(transfer_id: int, *, reach: Reach) -> TransferOrder:
    """Lock the transfer and return it as it is now. Raises TransferMissing, also for one of other locations."""
    transfer = locking.lock_one(
        TransferOrder.objects.select_related("source", "destination").filter(pk=transfer_id),
        missing=errors.TransferMissing,
    )
    if reach is not None and not {transfer.source_id, transfer.destination_id} & reach:
        raise errors.TransferMissing
    return transfer


def check_end(reach: Reach, *ends: int) -> None:
    """Raise NotAtThisEnd unless every one of the locations `ends` is within reach."""
    if reach is not None and not reach.issuperset(ends):
        raise errors.NotAtThisEnd


def lines_of(transfer: TransferOrder) -> dict[str, TransferLine]:
    """Return the lines as they are now, by the codes of their SKUs."""
    rows = TransferLine.objects.filter(transfer=transfer).select_related("sku").order_by("pk")
    return {line.sku.code: line for line in rows}


def lock_levels(
    transfer: TransferOrder, lines: Iterable[TransferLine]
) -> dict[tuple[int, int], Level]:
    """Lock the levels of the lines at both locations by key; return them by SKU and location.

    At both at once: two transfers in opposite directions would wait in a circle otherwise.
    """
    levels = stock.lock_levels_at(
        location_ids=(transfer.source_id, transfer.destination_id),
        sku_ids=[line.sku_id for line in lines],
    )
    return {(level.sku_id, level.location_id): level for level in levels}


def count(units: Mapping[int, int], *, room: CombinedExpression, **signs: int) -> bool:
    """Change counters of lines (key -> units), each by its sign, where there is `room`; say whether there was.

    One guarded UPDATE for all lines of the same number of units. On False the caller rolls the transaction back.
    """
    alike: defaultdict[int, list[int]] = defaultdict(list)
    for line_id, number in units.items():
        alike[number].append(line_id)
    for number, line_ids in alike.items():
        guarded = TransferLine.objects.alias(room=room).filter(pk__in=line_ids, room__gte=number)
        changes = {name: F(name) + sign * number for name, sign in signs.items()}
        if guarded.update(**changes) < len(line_ids):
            return False
    return True


def check_faults(faults: Sequence[Fault]) -> None:
    """Raise InvalidTransfer with every fault."""
    if faults:
        raise errors.InvalidTransfer(problems=problems(faults))


def problems(faults: Iterable[Fault]) -> list[FieldProblem]:
    """Return faults as the API and forms tell them."""
    return [FieldProblem(fault.pointer, fault.code, fault.words) for fault in faults]


def is_repeat(transfer: TransferOrder, key: str, units: Mapping[tuple[str, str, str], int]) -> bool:
    """Say whether `key` has moved these very units of the transfer before: (SKU, kind, bucket) -> units.

    Raises TransferKeyReused when it has moved others.
    """
    steps = list(TransferStep.objects.filter(key=key).select_related("line__sku"))
    if not steps:
        return False
    before: dict[tuple[str, str, str], int] = {}
    for step in steps:
        if step.line.transfer_id != transfer.pk:
            raise errors.TransferKeyReused
        before[step.line.sku.code, step.kind, step.bucket] = step.quantity
    if before != dict(units):
        raise errors.TransferKeyReused
    return True


def say_expected(transfer: TransferOrder) -> None:
    """Say what is still to come to the destination.

    Everything that is open or in transit; of a transfer of which nothing more comes, what is open.
    """
    given_up = transfer.status == TransferStatus.RECEIVED
    inbound.expect(
        supply=LINE,
        lines=[
            Expected(
                supply_id=line.pk,
                sku_id=line.sku_id,
                location_id=transfer.destination_id,
                quantity=line.open + (0 if given_up else line.in_transit),
                due_on=transfer.wanted_on,
            )
            for line in TransferLine.objects.filter(transfer=transfer).order_by("pk")
        ],
    )


def move(transfer: TransferOrder, action: str, **changes: Any) -> str:
    """Move the transfer on; return the state before. Raises IllegalTransition."""
    return TRANSFER.move(transfer, action, **changes)


def conclude(transfer: TransferOrder, *, actor: Actor) -> None:
    """Say what is still expected; close the transfer when nothing is open and nothing in transit."""
    lines = TransferLine.objects.filter(transfer=transfer)
    if not any(line.open or line.in_transit for line in lines) and TRANSFER.may(
        transfer.status, "close"
    ):
        before = move(transfer, "close", closed_at=clock.now())
        record(transfer, "closed", before=before, actor=actor)
    say_expected(transfer)


def record(
    transfer: TransferOrder,
    what: str,
    *,
    before: str,
    actor: Actor,
    reason: str = "",
    data: Mapping[str, Any] | None = None,
) -> None:
    """Append to the timeline."""
    timeline.record(
        transfer,
        f"transfer.{what}",
        actor=actor,
        before={"status": str(before)},
        after={"status": str(transfer.status)},
        reason=reason,
        data=data,
    )


def fact(event: type[events.TransferEvent], transfer: TransferOrder) -> events.TransferEvent:
    """Return the event of a transfer."""
    return event(
        transfer_id=transfer.pk,
        number=transfer.number,
        source_id=transfer.source_id,
        destination_id=transfer.destination_id,
    )
