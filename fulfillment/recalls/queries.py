"""Who got a lot, or goods that were made with it; where the rest of it lies, and what it went through."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from fulfillment.lots.services import PACKED, PICKED
from fulfillment.packing.models import ShipmentLine
from fulfillment.shipping.models import ShippedLot
from fulfillment.work.models import FulfillmentLine
from inventory.bins.models import Bin
from inventory.bins.states import BinKind
from inventory.catalog.models import Tracking
from inventory.lots.models import Lot
from inventory.lots.states import LotStatus
from inventory.production import statements as production
from inventory.stock.models import BinMove, Claim, Content
from inventory.stock.states import Condition

MOST_SHOWN = 200
_AT_ONCE = 2_000
_MOST_BY_KEY = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Units of a lot, or of a lot of goods that were made with it, that went to a customer in a parcel."""

    order_id: int
    order_uuid: UUID
    order_number: str
    external_id: str
    channel_code: str
    customer_name: str
    email: str
    phone: str
    country: str
    postcode: str
    shipment_id: int
    shipment_uuid: UUID
    shipment_number: str
    tracking_number: str
    shipped_at: datetime | None
    lot_id: int
    lot_number: str
    sku_code: str
    article: str
    tracking: str
    units: int

    @property
    def is_serial(self) -> bool:
        """Say whether it is a serial number."""
        return self.tracking == Tracking.SERIAL


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a lot went: its own units and units of goods made with it, and the parcels and orders of both."""

    units: int
    parcels: int
    orders: int
    goods: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """A lot that was made with another one, on whatever level, and how much of it is in the house."""

    lot_id: int
    lot_uuid: UUID
    lot_number: str
    sku_code: str
    article: str
    status: str
    lying: int
    shipped: int

    @property
    def state(self) -> str:
        """Return the state in words."""
        return str(LotStatus(self.status).label)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lying:
    """Units of a lot at a location, in one condition."""

    location_code: str
    location_name: str
    state: str
    units: int

    @property
    def condition(self) -> str:
        """Return the condition in words."""
        return str(Condition(self.state).label)


@dataclass(frozen=True, slots=True, kw_only=True)
class InHand:
    """Units of a lot that are picked for an order, or packed for it (`shipment_number`), and have not left."""

    order_number: str
    work_number: str
    work_id: int
    shipment_number: str
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Units of a lot that moved: where from, where to, by which document."""

    at: datetime
    location_code: str
    location_name: str
    kind: str
    document: str
    source: str
    target: str
    source_bin: str
    target_bin: str
    condition: str
    became: str
    quantity: int
    actor: str
    reason: str


_COLUMNS = {
    "order_id": "shipment_line__fulfillment_line__order_line__order_id",
    "order_uuid": "shipment_line__fulfillment_line__order_line__order__uuid",
    "order_number": "shipment_line__fulfillment_line__order_line__order__number",
    "external_id": "shipment_line__fulfillment_line__order_line__order__external_id",
    "channel_code": "shipment_line__fulfillment_line__order_line__order__channel__code",
    "customer_name": "shipment_line__fulfillment_line__order_line__order__customer_name",
    "email": "shipment_line__fulfillment_line__order_line__order__email",
    "phone": "shipment_line__fulfillment_line__order_line__order__phone",
    "country": "shipment_line__fulfillment_line__order_line__order__ship_country",
    "postcode": "shipment_line__fulfillment_line__order_line__order__ship_postcode",
    "shipment_id": "shipment_line__shipment_id",
    "shipment_uuid": "shipment_line__shipment__uuid",
    "shipment_number": "shipment_line__shipment__number",
    "tracking_number": "shipment_line__shipment__tracking_number",
    "shipped_at": "shipment_line__shipment__shipped_at",
    "lot_number": "lot__number",
    "sku_code": "lot__sku__code",
    "article": "lot__sku__name",
    "tracking": "lot__sku__tracking",
}


def recipients(lot_id: int, *, most: int | None = None) -> list[Recipient]:
    """Return who got units of a lot or goods made with it, parcel by parcel, latest first, or the first `most`.

    Two statements.
    """
    rows = shipped(lot_id, None).order_by("-id")
    return [Recipient(**row) for row in _described(rows)[:most]]


def each_recipient(lot_id: int) -> Iterator[Recipient]:
    """Yield who got units of a lot or goods made with it, however many there are."""
    rows = shipped(lot_id, None).order_by("id")
    for row in _described(rows).iterator(chunk_size=_AT_ONCE):
        yield Recipient(**row)


def recipients_of(rows: Sequence[ShippedLot]) -> list[Recipient]:
    """Return the recipients of rows of `shipped`, in their order: one statement."""
    keys = [row.pk for row in rows]
    found = {
        row.pop("pk"): row
        for row in _described(ShippedLot.objects.filter(pk__in=keys)).values(
            "pk", "lot_id", *_COLUMNS, "units"
        )
    }
    return [Recipient(**found[key]) for key in keys]


def reach(lot_id: int) -> Reach:
    """Return how far a lot went, and goods made with it: two statements."""
    found = shipped(lot_id, None).aggregate(
        units=Sum("quantity", filter=Q(lot_id=lot_id)),
        goods=Sum("quantity", filter=~Q(lot_id=lot_id)),
        parcels=Count("shipment_line__shipment_id", distinct=True),
        orders=Count("shipment_line__fulfillment_line__order_line__order_id", distinct=True),
    )
    return Reach(found["units"] or 0, found["parcels"], found["orders"], found["goods"] or 0)


def goods(lot_id: int, *, most: int = MOST_SHOWN) -> list[Goods]:
    """Return the lots made with a lot on any level, newest first, the first `most`: one statement."""
    lying = Content.objects.filter(lot=OuterRef("pk")).order_by().values("lot")
    left = ShippedLot.objects.filter(lot=OuterRef("pk")).order_by().values("lot")
    rows = (
        Lot.objects.filter(pk__in=production.made_with(lot_id))
        .exclude(pk=lot_id)
        .annotate(
            lying=Coalesce(Subquery(lying.annotate(units=Sum("quantity")).values("units")), 0),
            left=Coalesce(Subquery(left.annotate(units=Sum("quantity")).values("units")), 0),
        )
        .select_related("sku")
        .order_by("-id")
    )
    return [
        Goods(
            lot_id=lot.pk,
            lot_uuid=lot.uuid,
            lot_number=lot.number,
            sku_code=lot.sku.code,
            article=lot.sku.name,
            status=lot.status,
            lying=lot.lying,
            shipped=lot.left,
        )
        for lot in rows[:most]
    ]


def places(lot_id: int, *, location_ids: frozenset[int] | None) -> list[Content]:
    """Return what lies of a lot, bin by bin as one walks, within reach (None: all): one statement."""
    rows = Content.objects.filter(lot_id=lot_id).select_related("bin", "level__location")
    if location_ids is not None:
        rows = rows.filter(level__location_id__in=location_ids)
    return list(rows.order_by("level__location__code", "bin__walk_order", "bin__code", "condition"))


def lying(lot_id: int, *, location_codes: frozenset[str] | None = None) -> list[Lying]:
    """Return where units of a lot lie, within reach (None: all): one statement."""
    rows = Content.objects.filter(lot_id=lot_id)
    if location_codes is not None:
        rows = rows.filter(level__location__code__in=location_codes)
    return [
        Lying(location_code=code, location_name=name, state=state, units=units)
        for code, name, state, units in rows.values_list(
            "level__location__code", "level__location__name", "condition"
        )
        .annotate(units=Sum("quantity"))
        .order_by("level__location__code", "condition")
    ]


def in_hand(lot_id: int) -> list[InHand]:
    """Return what is picked or packed of a lot and has not left: three statements."""
    claims = list(Claim.objects.filter(lot_id=lot_id).order_by("pk"))
    lines = FulfillmentLine.objects.select_related("fulfillment_order__order").in_bulk(
        [claim.demand_id for claim in claims if claim.demand == PICKED]
    )
    parcels = ShipmentLine.objects.select_related(
        "shipment", "fulfillment_line__fulfillment_order__order"
    ).in_bulk([claim.demand_id for claim in claims if claim.demand == PACKED])
    found = []
    for claim in claims:
        packed = parcels.get(claim.demand_id) if claim.demand == PACKED else None
        line = packed.fulfillment_line if packed else lines[claim.demand_id]
        work = line.fulfillment_order
        found.append(
            InHand(
                order_number=work.order.number,
                work_number=work.number,
                work_id=work.pk,
                shipment_number=packed.shipment.number if packed else "",
                units=claim.quantity,
            )
        )
    return found


def steps(
    lot_id: int, *, location_codes: frozenset[str] | None = None, most: int = MOST_SHOWN
) -> Sequence[Step]:
    """Return what a lot went through at locations within reach (None: all), latest first: one statement."""
    moves = BinMove.objects.filter(lot_id=lot_id)
    if location_codes is not None:
        moves = moves.filter(level__location__code__in=location_codes)
    rows = moves.select_related("level__location", "source", "target").order_by("-id")[:most]
    return [
        Step(
            at=row.at,
            location_code=row.level.location.code,
            location_name=row.level.location.name,
            kind=row.get_kind_display(),
            document=row.document,
            source="" if row.source is None else str(row.source),
            target="" if row.target is None else str(row.target),
            source_bin=_told(row.source),
            target_bin=_told(row.target),
            condition=row.get_condition_display(),
            became=row.get_became_display(),
            quantity=row.quantity,
            actor=row.actor,
            reason=row.reason,
        )
        for row in rows
    ]


def _told(place: Bin | None) -> str:
    """Return the code of a bin that somebody can go to."""
    return "" if place is None or place.kind == BinKind.WHOLE else place.code


def unsellable_with_stock(on: date) -> list[Lot]:
    """Return the lots of which good units lie somewhere though nothing of them may be sold on a day."""
    good = Content.objects.filter(lot=OuterRef("pk"), condition=Condition.GOOD)
    return list(
        Lot.objects.unsellable(on).filter(Exists(good)).select_related("sku").order_by("pk")
    )


def free_though_unsellable() -> "QuerySet[Content]":
    """Return what lies good of recalled and quarantined lots and is neither picked nor promised to anybody."""
    claims = Claim.objects.filter(level=OuterRef("level"), lot=OuterRef("lot")).order_by()
    claimed = claims.values("lot").annotate(units=Sum("quantity")).values("units")
    held = F("level__committed") + F("level__reserved")
    aside = F("level__damaged") + F("level__quality_control")
    return (
        Content.objects.filter(condition=Condition.GOOD, lot__isnull=False)
        .exclude(lot__status=LotStatus.RELEASED)
        .filter(level__on_hand__gt=held + aside)
        .annotate(claimed=Coalesce(Subquery(claimed), 0))
        .filter(quantity__gt=F("claimed"))
    )


def shipped(lot_id: int, channel_ids: frozenset[int] | None) -> "QuerySet[ShippedLot]":
    """Return what was shipped of a lot, and of lots made with it, for orders of some channels (None: all).

    One statement finds which lots these are.
    """
    rows = ShippedLot.objects.filter(lot_id__in=_shipped_lots(lot_id))
    if channel_ids is None:
        return rows
    return rows.filter(
        shipment_line__fulfillment_line__order_line__order__channel_id__in=channel_ids
    )


def _shipped_lots(lot_id: int) -> "list[int] | QuerySet[Lot, int]":
    """Return the keys of the lots made with a lot, and its own, of which something has left; read now.

    A database that knows the keys knows how few rows of a large table they have. Of very many the statement is
    returned, since then it is as good to read all of the table.
    """
    left = ShippedLot.objects.filter(lot=OuterRef("pk"))
    rows = Lot.objects.filter(Exists(left), pk__in=production.made_with(lot_id)).order_by()
    keys = list(rows.values_list("pk", flat=True)[: _MOST_BY_KEY + 1])
    return keys if len(keys) <= _MOST_BY_KEY else rows.values_list("pk", flat=True)


def _described(rows: "QuerySet[ShippedLot]") -> "QuerySet[ShippedLot, Any]":
    return rows.values(
        "lot_id", units=F("quantity"), **{name: F(path) for name, path in _COLUMNS.items()}
    )
