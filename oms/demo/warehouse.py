"""Work an order through as a warehouse does: pick, pack, label, ship. By the real services."""

from collections.abc import Iterable

from fulfillment.packing import services as packing
from fulfillment.packing.models import Shipment
from fulfillment.picking import services as picking
from fulfillment.shipping import services as shipping
from fulfillment.work.models import FulfillmentLine, FulfillmentOrder
from oms.core.actors import Actor

CARRIER = "house"
_LIGHTEST_BOX_G = 120
_HEAVIEST_G = 18_000
# Volume in litres, then length, width and height in millimetres, and the weight of the empty box.
_BOXES = (
    (3, (250, 180, 80), 110),
    (8, (300, 220, 130), 190),
    (20, (400, 300, 180), 320),
    (60, (600, 400, 270), 650),
    (140, (800, 500, 380), 1_100),
)


def lines_to_pick(work: FulfillmentOrder) -> list[FulfillmentLine]:
    """Return the lines of which something is still to pick."""
    return [line for line in work.lines.select_related("sku").order_by("pk") if line.to_pick]


def pick(work: FulfillmentOrder, *, actor: Actor) -> None:
    """Pick all that is still to pick."""
    units = {line.pk: line.to_pick for line in lines_to_pick(work)}
    if units:
        picking.confirm(fulfillment_order_id=work.pk, quantities=units, actor=actor)


def pack(work: FulfillmentOrder, *, actor: Actor) -> list[Shipment]:
    """Pack all that is picked, into as many boxes as its weight needs."""
    parcels = []
    for number, units in enumerate(_boxfuls(work)):
        lines = {line.pk: line for line in work.lines.select_related("sku").filter(pk__in=units)}
        grams = sum(lines[line].sku.weight_g * count for line, count in units.items())
        litres = sum(
            lines[line].sku.length_mm
            * lines[line].sku.width_mm
            * lines[line].sku.height_mm
            * count
            / 1_000_000
            for line, count in units.items()
        )
        size, empty = next(
            ((size, empty) for volume, size, empty in _BOXES if litres <= volume),
            _BOXES[-1][1:],
        )
        parcels.append(
            packing.pack(
                fulfillment_order_id=work.pk,
                units=units,
                weight_g=max(grams, _LIGHTEST_BOX_G) + empty,
                length_mm=size[0],
                width_mm=size[1],
                height_mm=size[2],
                key=f"demo:{work.pk}:{work.version}:{number}",
                actor=actor,
            )
        )
    return parcels


def label(parcel: Shipment, *, actor: Actor, service: str = "standard") -> None:
    """Buy the parcel's label."""
    shipping.buy_label(
        shipment_id=parcel.pk,
        carrier=CARRIER,
        service=service,
        key=f"demo:{parcel.number}",
        actor=actor,
    )


def ship(parcel: Shipment, *, actor: Actor) -> None:
    """Hand the parcel to the carrier."""
    shipping.ship(shipment_id=parcel.pk, actor=actor)


def through(work: FulfillmentOrder, *, actor: Actor) -> list[Shipment]:
    """Pick, pack, label and ship one piece of work; return its parcels."""
    pick(work, actor=actor)
    parcels = pack(work, actor=actor)
    for parcel in parcels:
        label(parcel, actor=actor)
        ship(parcel, actor=actor)
    return parcels


def _boxfuls(work: FulfillmentOrder) -> Iterable[dict[int, int]]:
    """Yield the picked units in loads that one person can lift; a thing heavier than that goes alone."""
    load: dict[int, int] = {}
    grams = 0
    for line in work.lines.select_related("sku").order_by("pk"):
        for _ in range(line.picked):
            if load and grams + line.sku.weight_g > _HEAVIEST_G:
                yield load
                load, grams = {}, 0
            load[line.pk] = load.get(line.pk, 0) + 1
            grams += line.sku.weight_g
    if load:
        yield load
