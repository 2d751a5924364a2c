"""Reads of parcels for pages, the packing slip and the API."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet, Sum

from fulfillment.lots.services import PACKED
from fulfillment.packing.errors import ShipmentMissing
from fulfillment.packing.models import Shipment, ShipmentLine
from fulfillment.packing.states import ShipmentStatus
from fulfillment.work.models import FulfillmentLine, FulfillmentOrder, Reach
from inventory.locations.models import Location
from inventory.stock.models import Claim
from oms.core.address import Address
from orders.ordering.models import Order, OrderLine


@dataclass(frozen=True, slots=True)
class ParcelLot:
    """Units of a lot, or a serial number, in a parcel; no number where nobody has said which lot they are."""

    number: str
    expires_on: date | None
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelLine:
    """Units of one order line in a parcel; of what is tracked, with their lots."""

    fulfillment_line_id: int
    order_line_id: int
    order_line_uuid: UUID
    position: int
    sku_code: str
    name: str
    quantity: int
    lots: Sequence[ParcelLot] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelView:
    """One parcel."""

    id: int
    uuid: UUID
    number: str
    status: str
    version: int
    order_id: int
    order_uuid: UUID
    order_number: str
    fulfillment_order_id: int
    fulfillment_order_uuid: UUID
    fulfillment_order_number: str
    location_code: str
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
    lines: Sequence[ParcelLine]


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipLine:
    """Units of an article, as the customer reads them; `kit` is what they are a part of, if they are."""

    sku_code: str
    name: str
    quantity: int
    kit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """What lies in the parcel, what comes in another one, and what waits for stock. No prices."""

    shipment_number: str
    order_number: str
    external_id: str
    po_number: str
    placed_on: date
    language: str
    sender: Address
    recipient: Address
    weight_g: int
    lines: Sequence[SlipLine]
    follows: Sequence[SlipLine]
    backordered: Sequence[SlipLine]


def find(reference: str, *, reach: Reach) -> Shipment:
    """Return the parcel with this id or number. Raises ShipmentMissing, beyond the caller's reach too."""
    rows = Shipment.objects.within(reach).exclude(status=ShipmentStatus.DRAFT)
    try:
        found = rows.filter(uuid=UUID(reference)).first()
    except ValueError:
        found = rows.filter(number=reference).first()
    if found is None:
        raise ShipmentMissing
    return found


def view(shipment_id: int) -> ParcelView:
    """Return one parcel with its lines. Raises ShipmentMissing."""
    found = views(Shipment.objects.filter(pk=shipment_id))
    if not found:
        raise ShipmentMissing
    return found[0]


def views(rows: "QuerySet[Shipment]") -> list[ParcelView]:
    """Return the parcels in `rows`, in their order, with lines: two statements."""
    return with_lines(list(rows.select_related(*RELATED)))


RELATED = ("fulfillment_order__order", "fulfillment_order__location")


def with_lines(parcels: Sequence[Shipment]) -> list[ParcelView]:
    """Return views of parcels that were read with `RELATED`: one more statement, three where something is tracked."""
    lines = lines_of([parcel.pk for parcel in parcels])
    return [_view(parcel, lines[parcel.pk]) for parcel in parcels]


def lines_of(shipment_ids: Sequence[int]) -> Mapping[int, list[ParcelLine]]:
    """Return the contents of parcels, in the order of the order's lines; one statement, three with lots."""
    found: defaultdict[int, list[ParcelLine]] = defaultdict(list)
    rows = list(
        ShipmentLine.objects.filter(shipment__in=shipment_ids)
        .select_related("fulfillment_line__order_line", "fulfillment_line__sku")
        .order_by("fulfillment_line__order_line__position", "pk")
    )
    lots = _lots_of([row.pk for row in rows if row.fulfillment_line.sku.is_tracked])
    for row in rows:
        line = row.fulfillment_line.order_line
        found[row.shipment_id].append(
            ParcelLine(
                fulfillment_line_id=row.fulfillment_line_id,
                order_line_id=line.pk,
                order_line_uuid=line.uuid,
                position=line.position,
                sku_code=line.sku_code,
                name=line.name,
                quantity=row.quantity,
                lots=lots[row.pk],
            )
        )
    return found


def _lots_of(shipment_line_ids: Sequence[int]) -> Mapping[int, list[ParcelLot]]:
    """Return the lots of lines of parcels: those claimed until it leaves, and those that left. Two statements."""
    found: defaultdict[int, list[ParcelLot]] = defaultdict(list)
    if not shipment_line_ids:
        return found
    packed = Claim.objects.filter(demand=PACKED, demand_id__in=shipment_line_ids)
    left = ShipmentLine.objects.filter(pk__in=shipment_line_ids, shipped_lots__isnull=False)
    for row in chain(_lots(packed, "demand_id", ""), _lots(left, "pk", "shipped_lots__")):
        line_id, expires_on, number, units = row
        found[line_id].append(ParcelLot(number or "", expires_on, units))
    return found


def _lots(rows: "QuerySet[Any]", line: str, path: str) -> "QuerySet[Any, Any]":
    """Return line, day of expiry, number and units of the lots that `path` leads to, first expired first."""
    lot = (f"{path}lot__expires_on", f"{path}lot__number")
    return rows.order_by(*lot).values_list(line, *lot, f"{path}quantity")


def picked_weight_g(fulfillment_order_id: int) -> int:
    """Return what the picked units weigh by the catalog, in grams: a first guess for the scale."""
    total = FulfillmentLine.objects.filter(fulfillment_order=fulfillment_order_id).aggregate(
        grams=Sum(F("picked") * F("sku__weight_g"))
    )
    return total["grams"] or 0


def slip(shipment_id: int) -> Slip:
    """Return the packing slip of a parcel as things stand now. Raises ShipmentMissing."""
    parcel = Shipment.objects.select_related(*RELATED).filter(pk=shipment_id).first()
    if parcel is None:
        raise ShipmentMissing
    work: FulfillmentOrder = parcel.fulfillment_order
    order: Order = work.order
    inside: defaultdict[int, int] = defaultdict(int)
    for line in lines_of([parcel.pk])[parcel.pk]:
        inside[line.order_line_id] += line.quantity
    not_left = parcel.shipped_at is None
    lines: list[SlipLine] = []
    follows: list[SlipLine] = []
    backordered: list[SlipLine] = []
    rows = OrderLine.objects.filter(order=order).select_related("kit").order_by("position")
    for row in rows:
        here = inside[row.pk]
        elsewhere = row.allocated + row.picked + row.packed - (here if not_left else 0)
        waiting = row.backordered + row.unallocated
        for bucket, count in ((lines, here), (follows, elsewhere), (backordered, waiting)):
            if count > 0:
                bucket.append(
                    SlipLine(
                        sku_code=row.sku_code,
                        name=row.name,
                        quantity=count,
                        kit=row.kit.name if row.kit else "",
                    )
                )
    return Slip(
        shipment_number=parcel.number,
        order_number=order.number,
        external_id=order.external_id,
        po_number=order.po_number,
        placed_on=order.placed_at.date(),
        language=order.language,
        sender=sender_of(work.location),
        recipient=Address.from_dict(work.recipient),
        weight_g=parcel.weight_g,
        lines=lines,
        follows=follows,
        backordered=backordered,
    )


def sender_of(location: Location) -> Address:
    """Return the address of a site as a sender writes it."""
    return Address(
        company=location.name,
        street=tuple(line for line in location.street.splitlines() if line.strip()),
        city=location.city,
        region=location.region,
        postcode=location.postcode,
        country=location.country,
        phone=location.phone,
    )


def _view(parcel: Shipment, lines: Sequence[ParcelLine]) -> ParcelView:
    work = parcel.fulfillment_order
    plain: dict[str, Any] = {
        name: getattr(parcel, name)
        for name in (
            "uuid",
            "number",
            "status",
            "version",
            "weight_g",
            "length_mm",
            "width_mm",
            "height_mm",
            "carrier",
            "service",
            "tracking_number",
            "tracking_status",
            "label_pending",
            "expected_on",
            "created_at",
            "packed_at",
            "shipped_at",
            "delivered_at",
        )
    }
    return ParcelView(
        id=parcel.pk,
        order_id=work.order_id,
        order_uuid=work.order.uuid,
        order_number=work.order.number,
        fulfillment_order_id=work.pk,
        fulfillment_order_uuid=work.uuid,
        fulfillment_order_number=work.number,
        location_code=work.location.code,
        lines=lines,
        **plain,
    )
