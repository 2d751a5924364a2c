"""What the API shows of a parcel. Weight in grams, size in millimetres."""

from datetime import date, datetime
from uuid import UUID

from fulfillment.packing.queries import ParcelView
from oms.core.api.schemas import Answer


class ParcelLotOut(Answer):
    """Units of a lot, or a serial number; `number` is null where nobody has said which lot they are."""

    number: str | None
    expires_on: date | None
    quantity: int


class ParcelLineOut(Answer):
    """Units in the parcel; `line_id` is the id of the order's line, `lots` are of what is tracked."""

    line_id: UUID
    position: int
    sku: str
    name: str
    quantity: int
    lots: list[ParcelLotOut]


class ShipmentOut(Answer):
    """One parcel."""

    id: UUID
    number: str
    status: str
    version: int
    order_id: UUID
    order_number: str
    fulfillment_order_id: UUID
    fulfillment_order_number: str
    location: str
    weight_g: int
    length_mm: int
    width_mm: int
    height_mm: int
    carrier: str
    service: str
    tracking_number: str
    tracking_status: str
    label_pending: bool
    expected_on: date | None
    created_at: datetime
    packed_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    lines: list[ParcelLineOut]


class ShipmentPage(Answer):
    """A page of parcels, newest first; `next` is the cursor of the page after it."""

    results: list[ShipmentOut]
    next: str | None
    limit: int


_RENAMED = ("id", "order_id", "fulfillment_order_id", "location", "lines")
_PLAIN = tuple(name for name in ShipmentOut.model_fields if name not in _RENAMED)


def shipment_out(view: ParcelView) -> ShipmentOut:
    """Return a parcel as the API shows it."""
    return ShipmentOut.model_construct(
        id=view.uuid,
        order_id=view.order_uuid,
        fulfillment_order_id=view.fulfillment_order_uuid,
        location=view.location_code,
        lines=[
            ParcelLineOut.model_construct(
                line_id=line.order_line_uuid,
                position=line.position,
                sku=line.sku_code,
                name=line.name,
                quantity=line.quantity,
                lots=[
                    ParcelLotOut.model_construct(
                        number=lot.number or None, expires_on=lot.expires_on, quantity=lot.quantity
                    )
                    for lot in line.lots
                ],
            )
            for line in view.lines
        ],
        **{name: getattr(view, name) for name in _PLAIN},
    )
