"""Work and parcels in each state, made by the services themselves, so that order, stock and ledger agree."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from fulfillment.packing import services as packing
from fulfillment.packing.models import Shipment
from fulfillment.picking import services as picking
from fulfillment.shipping import services as shipping
from fulfillment.tracking import services as tracking
from fulfillment.work import services as work_services
from fulfillment.work.models import FulfillmentLine, FulfillmentOrder
from inventory.catalog.models import Sku
from oms.core.actors import Actor
from oms.core.ids import uuid7
from orders.ordering.models import Order
from tests.orders.factories import place_order

PICKER = Actor("staff", "11", "Pat Picker")
PARCEL = {"weight_g": 1_200, "length_mm": 300, "width_mm": 200, "height_mm": 150}


def released_order(
    lines: Sequence[tuple[Sku, int]] | Mapping[Sku, int] | None = None, **changes: Any
) -> Order:
    """Place, confirm and release an order; the default is two units of a SKU of which ten lie somewhere."""
    return place_order(lines, released=True, **changes)


def take(order: Order) -> list[FulfillmentOrder]:
    """Let the warehouses take the order."""
    return work_services.take_order(order_id=order.pk, actor=PICKER)


def open_work(
    lines: Sequence[tuple[Sku, int]] | Mapping[Sku, int] | None = None, **changes: Any
) -> FulfillmentOrder:
    """Return the work of a released order that one location holds."""
    (work,) = take(released_order(lines, **changes))
    return work


def picked_work(
    lines: Sequence[tuple[Sku, int]] | Mapping[Sku, int] | None = None, **changes: Any
) -> FulfillmentOrder:
    """Return work of which everything is picked."""
    work = open_work(lines, **changes)
    pick_all(work)
    work.refresh_from_db()
    return work


def pick_all(work: FulfillmentOrder) -> None:
    """Pick what is still to pick."""
    picking.confirm(
        fulfillment_order_id=work.pk,
        quantities={line.pk: line.to_pick for line in lines_of(work)},
        actor=PICKER,
    )


def pack(
    work: FulfillmentOrder, units: Mapping[int, int] | None = None, **changes: Any
) -> Shipment:
    """Pack picked units, all by default, into one parcel."""
    values: dict[str, Any] = {**PARCEL, "key": str(uuid7()), **changes}
    return packing.pack(fulfillment_order_id=work.pk, units=units, actor=PICKER, **values)


def packed_shipment(
    lines: Sequence[tuple[Sku, int]] | Mapping[Sku, int] | None = None, **changes: Any
) -> Shipment:
    """Return a packed parcel of everything that an order wants."""
    return pack(picked_work(lines, **changes))


def label(shipment: Shipment, **changes: Any) -> Shipment:
    """Buy a label of the house carrier."""
    values: dict[str, Any] = {"service": "standard", "key": str(uuid7()), **changes}
    shipping.buy_label(shipment_id=shipment.pk, actor=PICKER, **values)
    shipment.refresh_from_db()
    return shipment


def labelled_shipment(
    lines: Sequence[tuple[Sku, int]] | Mapping[Sku, int] | None = None, **changes: Any
) -> Shipment:
    """Return a parcel with a label."""
    return label(packed_shipment(lines, **changes))


def shipped_shipment(
    lines: Sequence[tuple[Sku, int]] | Mapping[Sku, int] | None = None, **changes: Any
) -> Shipment:
    """Return a parcel that has left."""
    shipment = labelled_shipment(lines, **changes)
    shipping.ship(shipment_id=shipment.pk, actor=PICKER)
    shipment.refresh_from_db()
    return shipment


def scan(
    shipment: Shipment, status: str, at: datetime | None = None, **changes: Any
) -> tracking.Recorded:
    """Let the carrier report one scan, at noon of a day in 2130 by default."""
    report = tracking.Report(
        tracking_number=changes.pop("tracking_number", shipment.tracking_number),
        status=status,
        occurred_at=at or datetime(2130, 1, 1, 12, tzinfo=UTC),
        **changes,
    )
    recorded = tracking.record_scans(carrier=shipment.carrier, scans=[report], actor=PICKER)
    shipment.refresh_from_db()
    return recorded


def lines_of(work: FulfillmentOrder) -> list[FulfillmentLine]:
    """Return the lines of the work as stored now, in order."""
    return list(FulfillmentLine.objects.filter(fulfillment_order=work).order_by("pk"))


def units_of(line: FulfillmentLine) -> dict[str, int]:
    """Return the counters of a line that are not zero, read anew; `to_pick` is among them."""
    line.refresh_from_db()
    names = ("cancelled", "short", "to_pick", "picked", "packed", "shipped")
    return {name: count for name in names if (count := getattr(line, name))}
