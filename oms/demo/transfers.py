"""Transfers on the last day: one in each state, so that every tab of the list has something in it."""

from collections.abc import Iterator, Mapping, Sequence

from django.db.models import F

from inventory.locations.models import Location
from inventory.stock.models import Level
from inventory.transfers import services as transfers
from inventory.transfers.models import TransferOrder
from inventory.transfers.rules import Units, Wanted
from oms.core import clock
from oms.core.actors import Actor
from oms.demo import worker
from oms.demo.world import World

SOURCE, OTHERS = "BER", ("HAM", "MUC")
_LINES, _UNITS = 2, 4
# How far each transfer comes, and what its note says.
STAGES: Mapping[str, str] = {
    "draft": "For the autumn window",
    "released": "Refill of the shelf",
    "partly_shipped": "Second pallet follows",
    "in_transit": "By the morning lorry",
    "partly_received": "One box is still on the lorry",
    "to_settle": "A box came open",
    "closed": "Refill of the shelf",
    "lost": "Wet carton, one unit written off",
    "cancelled": "Ordered twice",
}


def transfer(world: World) -> None:
    """Bring one transfer to each stage; a house without goods to spare has fewer."""
    source = world.locations[SOURCE]
    spare = _spare(source)
    targets = [world.locations[code] for code in OTHERS if code in world.locations]
    for number, (stage, note) in enumerate(STAGES.items()):
        codes = [code for _, code in zip(range(_LINES), spare, strict=False)]
        if len(codes) == _LINES:
            _bring_to(stage, note, source, targets[number % len(targets)], codes, world)
    worker.settle()


def _spare(source: Location) -> Iterator[str]:
    """Yield the SKUs of which the source has most to give."""
    levels = (
        Level.objects.filter(location=source)
        .annotate(
            free=F("on_hand")
            - F("committed")
            - F("reserved")
            - F("damaged")
            - F("quality_control")
            - F("safety_stock")
        )
        .filter(free__gte=2 * _UNITS)
        .order_by("-free", "sku__code")
        .values_list("sku__code", flat=True)
    )
    yield from levels


def _bring_to(
    stage: str,
    note: str,
    source: Location,
    destination: Location,
    codes: Sequence[str],
    world: World,
) -> None:
    manager, packer = world.staff["manager"], world.packers(source.code)
    receiver = world.packers(destination.code)
    made = transfers.create(
        source_code=source.code,
        destination_code=destination.code,
        lines=[Wanted(code, _UNITS) for code in codes],
        note=note,
        wanted_on=clock.today("Europe/Berlin"),
        actor=receiver,
    )
    if stage == "draft":
        return
    transfers.release(transfer_id=made.pk, actor=manager)
    if stage == "released":
        return
    if stage == "cancelled":
        transfers.cancel(transfer_id=made.pk, reason="There is another one.", actor=manager)
        return
    everything = dict.fromkeys(codes, _UNITS)
    if stage == "partly_shipped":
        _ship(made, {codes[0]: _UNITS // 2}, packer)
        return
    _ship(made, everything, packer)
    if stage == "in_transit":
        return
    first = {codes[0]: _UNITS} if stage == "partly_received" else everything
    missing = {codes[0]: 1} if stage in ("to_settle", "lost") else {}
    transfers.receive(
        transfer_id=made.pk,
        units=[
            Units(code, count - missing.get(code, 0), "available") for code, count in first.items()
        ],
        complete=bool(missing),
        key=f"demo-receipt:{made.pk}",
        actor=receiver,
    )
    if stage == "lost":
        transfers.settle(
            transfer_id=made.pk,
            units=[Units(codes[0], 1, "lost")],
            reason="The carton was wet through.",
            key=f"demo-loss:{made.pk}",
            actor=manager,
        )


def _ship(made: TransferOrder, units: Mapping[str, int], actor: Actor) -> None:
    transfers.ship(
        transfer_id=made.pk,
        units=[Units(code, count) for code, count in units.items()],
        key=f"demo-shipment:{made.pk}",
        actor=actor,
    )
