"""What the API shows of a parcel. Weight in grams, size in millimetres."""

from datetime import date, datetime
from uuid import UUID

from fulfillment.packing.queries import ParcelView
from oms.core.api.schemas import Answer


class ParcelLineOut(Answer):
    """Units in the parcel; `line_id` is the id of the order's line."""

    line_id: UUID
    position: int
    sku: str
    name: str
    quantity: int


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
            )
            for line in view.lines
        ],
        **{name: getattr(view, name) for name in _PLAIN},
    )
