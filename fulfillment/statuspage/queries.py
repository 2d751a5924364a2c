"""What the page shows, read in a number of statements that does not grow with the order."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Prefetch
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from fulfillment.packing.models import Shipment, ShipmentLine
from fulfillment.packing.states import ShipmentStatus, TrackingStatus
from fulfillment.shipping.carriers import registry
from fulfillment.statuspage import rules, wording
from fulfillment.statuspage.models import StatusLink
from fulfillment.statuspage.rules import Headline, Place, Stage, Units
from fulfillment.tracking import wording as tracking
from fulfillment.tracking.models import Scan
from fulfillment.work.models import FulfillmentOrder
from oms.core import clock
from oms.core.errors import Missing
from oms.core.money import Money
from orders.ordering import queries as ordering
from orders.ordering.models import Credit, CreditReason, Order, OrderKit, OrderLine
from orders.ordering.queries import Bill
from orders.ordering.states import OrderStatus, PaymentStatus
from orders.payments.models import Transaction
from orders.payments.states import TransactionKind, TransactionState
from orders.substituting import queries as substitutes

SHOWN = (
    ShipmentStatus.PACKED,
    ShipmentStatus.LABELLED,
    ShipmentStatus.SHIPPED,
    ShipmentStatus.DELIVERED,
    ShipmentStatus.RETURNED_TO_SENDER,
    ShipmentStatus.LOST,
)
_UNPAID = (PaymentStatus.UNPAID, PaymentStatus.PENDING, PaymentStatus.PARTIALLY_PAID)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}", re.ASCII)


@dataclass(frozen=True, slots=True)
class StepView:
    """One step of a parcel's rail."""

    label: Promise
    state: str
    state_label: Promise


@dataclass(frozen=True, slots=True)
class ScanView:
    """One scan, in the customer's words; `at` carries the zone that it is shown in."""

    at: datetime
    label: Promise | str
    place: str


@dataclass(frozen=True, slots=True)
class Item:
    """Units of one line; `kit` is what they are a part of, if they are."""

    name: str
    sku: str
    quantity: int
    kit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelView:
    """One parcel. `expected_on` is set only while it is still to come on a day that is not over."""

    position: int
    stage: Stage
    label: Promise
    problem: Promise | None
    steps: tuple[StepView, ...]
    carrier: str
    tracking_number: str
    expected_on: date | None
    delivered_at: datetime | None
    items: tuple[Item, ...]
    latest: ScanView | None
    earlier: tuple[ScanView, ...]

    @property
    def troubled(self) -> bool:
        """Whether the customer should read what is wrong."""
        return self.problem is not None


@dataclass(frozen=True, slots=True)
class PlaceView:
    """Some units of a line are in one place."""

    place: Place
    quantity: int
    label: Promise


@dataclass(frozen=True, slots=True)
class PartView:
    """A part of a kit, and where its units are."""

    name: str
    sku: str
    quantity: int
    places: tuple[PlaceView, ...]


@dataclass(frozen=True, slots=True)
class LineView:
    """A line of the order as it was sold, and where its units are; of a kit, its parts say that."""

    name: str
    sku: str
    quantity: int
    amount: Money
    places: tuple[PlaceView, ...]
    parts: tuple[PartView, ...]
    pack: str = ""
    pack_units: int = 1


@dataclass(frozen=True, slots=True)
class OfferView:
    """Something else that could be sent, for the customer to decide."""

    id: str
    name: str
    units: int
    substitute: str
    substitute_units: int
    before: Money
    after: Money
    ends_on: date | None

    @property
    def costs_the_same(self) -> bool:
        """Whether nothing changes about the price."""
        return self.before == self.after


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened to the order, in the customer's words."""

    at: datetime
    text: Promise | str
    amount: Money | None = None
    detail: Promise | str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusPage:
    """The whole page."""

    number: str
    shop: str
    language: str
    placed_at: datetime
    headline: Headline
    title: Promise
    next: Promise
    arrives_on: date | None
    today: date
    recipient: str
    city: str
    country: str
    zone: str
    parcels: tuple[ParcelView, ...]
    packing: tuple[Item, ...]
    set_aside: tuple[Item, ...]
    waiting: tuple[Item, ...]
    cancelled: tuple[Item, ...]
    back_in_stock_on: date | None
    offers: tuple[OfferView, ...]
    lines: tuple[LineView, ...]
    bill: Bill
    moments: tuple[Moment, ...]

    @property
    def troubled(self) -> bool:
        """Whether the top of the page should warn."""
        return self.headline is Headline.TROUBLE

    @property
    def to_pay(self) -> Money | None:
        """What is still to be paid, if anything."""
        return self.bill.due if self.bill.due > Money.zero(self.bill.due.currency) else None

    @property
    def to_refund(self) -> Money | None:
        """What is still to be given back, if anything."""
        return -self.bill.due if self.bill.due < Money.zero(self.bill.due.currency) else None


def digest(token: str) -> str:
    """Return what is stored of a token. It is long and random: a plain digest cannot be searched."""
    return hashlib.sha256(token.encode()).hexdigest()


def opened_by(token: str) -> int:
    """Return the key of the order that `token` opens.

    Raises Missing alike for a token that was altered, has expired, was revoked or never existed.
    """
    if _TOKEN.fullmatch(token):
        order_id = (
            StatusLink.objects.usable(clock.now())
            .filter(digest=digest(token))
            .values_list("order_id", flat=True)
            .first()
        )
        if order_id is not None:
            return order_id
    raise Missing("This link does not open anything.")


def page(order_id: int) -> StatusPage:
    """Return the page of an order, in ten statements at most (one more with kits, and
    one where units wait). Raises Missing.
    """
    order = Order.objects.select_related("channel").filter(pk=order_id).first()
    if order is None:
        raise Missing("This link does not open anything.")
    lines = ordering.lines_of(order)
    kits = ordering.kits_of(lines)
    names = {kit.pk: kit.name for kit in kits}
    shipments = _shipments(order)
    zone = _zone(order)
    now = clock.now()
    today = now.astimezone(ZoneInfo(zone)).date()
    parcels = tuple(
        _parcel(shipment, position, ZoneInfo(zone), today, names)
        for position, shipment in enumerate(shipments, start=1)
    )
    places = [rules.places(_units(line)) for line in lines]
    total: dict[Place, int] = {}
    for found in places:
        for place, count in found.items():
            total[place] = total.get(place, 0) + count
    in_parcels = _packed_units(shipments)
    headline = rules.headline(
        rules.Standing(
            units=total,
            stages=[parcel.stage for parcel in parcels],
            unpaid=order.status == OrderStatus.PENDING
            and order.payment_status in _UNPAID
            and not order.pays_on_terms,
            on_hold=order.on_hold,
        )
    )
    bill = ordering.bill(order, lines, kits)
    ship_to = order.ship_to
    return StatusPage(
        number=order.number,
        shop=order.channel.name,
        language=order.language,
        placed_at=order.placed_at.astimezone(ZoneInfo(zone)),
        headline=headline,
        title=wording.TITLES[headline],
        next=wording.NEXT[headline],
        arrives_on=rules.arrival([parcel.expected_on for parcel in parcels], today),
        today=today,
        recipient=_masked(str(ship_to.get("name") or ship_to.get("company") or "")),
        city=str(ship_to.get("city") or ""),
        country=order.ship_country,
        zone=zone,
        parcels=parcels,
        packing=_items(
            lines, names, {line.pk: line.picked + line.packed for line in lines}, in_parcels
        ),
        set_aside=_items(lines, names, {line.pk: line.allocated for line in lines}),
        waiting=_items(
            lines, names, {line.pk: line.unallocated + line.backordered for line in lines}
        ),
        cancelled=_items(lines, names, {line.pk: line.cancelled for line in lines}),
        back_in_stock_on=rules.arrival([order.expected_on], today),
        offers=_offers(order) if order.has_backorder else (),
        lines=_lines(bill, lines, kits),
        bill=bill,
        moments=_moments(order, shipments, ZoneInfo(zone)),
    )


def _lines(
    bill: Bill, lines: Sequence[OrderLine], kits: Sequence[OrderKit]
) -> tuple[LineView, ...]:
    return tuple(
        LineView(
            billed.name,
            billed.sku,
            billed.quantity,
            billed.amount,
            () if kit else _placed(parts[0]),
            tuple(PartView(part.name, part.sku_code, part.ordered, _placed(part)) for part in parts)
            if kit
            else (),
            billed.pack,
            billed.pack_units,
        )
        for billed, (kit, parts) in zip(bill.lines, ordering.grouped(lines, kits), strict=True)
    )


def _placed(line: OrderLine) -> tuple[PlaceView, ...]:
    return tuple(
        PlaceView(place, count, wording.PLACES[place])
        for place, count in rules.places(_units(line)).items()
    )


def _offers(order: Order) -> tuple[OfferView, ...]:
    return tuple(
        OfferView(
            id=str(offered.uuid),
            name=offered.line.name,
            units=offered.units,
            substitute=offered.sku.name,
            substitute_units=offered.substitute_units,
            before=Money(offered.cost_before, order.currency).quantized(),
            after=Money(offered.cost_after, order.currency).quantized(),
            ends_on=offered.ends_on,
        )
        for offered in substitutes.offers_of(order)
    )


def _zone(order: Order) -> str:
    """Return the time zone that the page is written in: of the first site that works on the order."""
    site = (
        FulfillmentOrder.objects.filter(order=order)
        .order_by("id")
        .values_list("location__time_zone", flat=True)
        .first()
    )
    return site or settings.TIME_ZONE


def _shipments(order: Order) -> list[Shipment]:
    return list(
        Shipment.objects.filter(fulfillment_order__order=order, status__in=SHOWN)
        .prefetch_related(
            Prefetch(
                "lines",
                queryset=ShipmentLine.objects.select_related("fulfillment_line__order_line"),
            ),
            Prefetch("scans", queryset=Scan.objects.order_by("-occurred_at", "-id")),
        )
        .order_by("id")
    )


def _parcel(
    shipment: Shipment, position: int, zone: ZoneInfo, today: date, kits: Mapping[int, str]
) -> ParcelView:
    stage = rules.stage(
        status=shipment.status, tracking_status=shipment.tracking_status, leg=shipment.leg
    )
    left = shipment.shipped_at is not None
    carrier = registry.find(shipment.carrier)
    scans = [_scan(scan, zone) for scan in shipment.scans.all()] if left else []
    expected = shipment.expected_on
    if stage is Stage.OUT_FOR_DELIVERY and scans and scans[0].at.date() == today:
        expected = today
    promised = left and stage not in rules.ARRIVED and stage not in rules.TROUBLED
    return ParcelView(
        position=position,
        stage=stage,
        label=wording.STAGES[stage],
        problem=wording.PROBLEMS.get(stage),
        steps=tuple(
            StepView(wording.STEPS[step], state.value, wording.STEP_STATES[state])
            for step, state in rules.rail(stage)
        ),
        carrier=(carrier.name if carrier else shipment.carrier) if left else "",
        tracking_number=shipment.tracking_number if left else "",
        expected_on=rules.arrival([expected], today) if promised else None,
        delivered_at=shipment.delivered_at.astimezone(zone) if shipment.delivered_at else None,
        items=tuple(
            Item(line.name, line.sku_code, row.quantity, _kit_name(line, kits))
            for row in shipment.lines.all()
            for line in [row.fulfillment_line.order_line]
        ),
        latest=scans[0] if scans else None,
        earlier=tuple(scans[1:]),
    )


def _scan(scan: Scan, zone: ZoneInfo) -> ScanView:
    label: Promise | str = tracking.SCANS[scan.status]
    if scan.leg > 1 and scan.status == TrackingStatus.DELIVERED:
        label = tracking.DELIVERED_BACK
    elif scan.status == TrackingStatus.UNKNOWN and scan.description:
        label = scan.description
    return ScanView(scan.occurred_at.astimezone(zone), label, scan.place)


def _units(line: OrderLine) -> Units:
    return Units(
        ordered=line.ordered,
        cancelled=line.cancelled,
        unallocated=line.unallocated,
        backordered=line.backordered,
        allocated=line.allocated,
        picked=line.picked,
        packed=line.packed,
        shipped=line.shipped,
        delivered=line.delivered,
        returned=line.returned,
        written_off=line.written_off,
    )


def _packed_units(shipments: Sequence[Shipment]) -> dict[int, int]:
    """Return the units per order line that lie in parcels which have not left: those are shown there."""
    found: dict[int, int] = {}
    for shipment in shipments:
        if shipment.shipped_at is None:
            for row in shipment.lines.all():
                key = row.fulfillment_line.order_line_id
                found[key] = found.get(key, 0) + row.quantity
    return found


def _kit_name(line: OrderLine, kits: Mapping[int, str]) -> str:
    return "" if line.kit_id is None else kits[line.kit_id]


def _items(
    lines: Sequence[OrderLine],
    kits: Mapping[int, str],
    units: dict[int, int],
    without: dict[int, int] | None = None,
) -> tuple[Item, ...]:
    left = {key: count - (without or {}).get(key, 0) for key, count in units.items()}
    return tuple(
        Item(line.name, line.sku_code, left[line.pk], _kit_name(line, kits))
        for line in lines
        if left[line.pk] > 0
    )


def _moments(order: Order, shipments: Sequence[Shipment], zone: ZoneInfo) -> tuple[Moment, ...]:
    """Return what happened, newest first: from the ledgers, never from what staff wrote."""
    found = [Moment(order.placed_at, _("Order received"))]
    several = len(shipments) > 1
    for position, shipment in enumerate(shipments, start=1):
        parcel = format_lazy(_("Parcel {number}"), number=position) if several else ""
        if shipment.shipped_at:
            found.append(Moment(shipment.shipped_at, _("Handed to the carrier"), detail=parcel))
        if shipment.delivered_at and shipment.status == ShipmentStatus.DELIVERED:
            found.append(Moment(shipment.delivered_at, _("Delivered"), detail=parcel))
    paid = {
        TransactionKind.CAPTURE: _("Payment received"),
        TransactionKind.REFUND: _("Money given back"),
    }
    settled = Transaction.objects.filter(
        payment__order=order,
        state=TransactionState.SUCCEEDED,
        kind__in=list(paid),
        settled_at__isnull=False,
    ).values_list("settled_at", "kind", "amount")
    found += [
        Moment(at, paid[TransactionKind(kind)], Money(amount, order.currency))
        for at, kind, amount in settled
        if at is not None
    ]
    credited = {
        CreditReason.CANCELLED: _("Cancelled: {units} × {name}"),
        CreditReason.RETURNED: _("Return settled: {units} × {name}"),
        CreditReason.SUBSTITUTED: _("Replaced: {units} × {name}"),
    }
    taken_off = list(
        Credit.objects.filter(
            order=order, reason__in=list(credited), line__isnull=False
        ).values_list("created_at", "reason", "units", "line__name")
    )
    found += [
        Moment(at, format_lazy(credited[CreditReason(reason)], units=units, name=name))
        for at, reason, units, name in taken_off
    ]
    if order.status == OrderStatus.CANCELLED:
        # It ended with its last units; money goes back later.
        ended = [at for at, reason, _units, _name in taken_off if reason == CreditReason.CANCELLED]
        found.append(Moment(max(ended, default=order.updated_at), _("Order cancelled")))
    found.sort(key=lambda moment: moment.at)
    return tuple(
        Moment(moment.at.astimezone(zone), moment.text, moment.amount, moment.detail)
        for moment in reversed(found)
    )


def _masked(name: str) -> str:
    """Return the initials of a name: whoever holds the link need not learn the name from it."""
    return " ".join(f"{part[0]}." for part in name.split()[:3])
