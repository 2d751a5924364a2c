"""Everything that the order page shows, in a constant number of statements."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef

from fulfillment.packing.models import Shipment, ShipmentLine
from fulfillment.packing.states import TROUBLES, ShipmentStatus
from fulfillment.work.models import FulfillmentLine, FulfillmentOrder
from fulfillment.work.states import UNFINISHED
from inventory.production.models import ProductionOrder
from inventory.reservations.models import Allocation
from oms.console.orders import rules
from oms.core import address
from oms.core.timeline import queries as timeline
from oms.messaging import queries as messaging
from oms.messaging.models import Message
from orders.holds.models import Hold
from orders.holds.states import HoldStatus
from orders.making import queries as making
from orders.ordering.models import Order, OrderKit, OrderLine
from orders.ordering.services.lines import DEMAND
from orders.ordering.states import ReturnStatus
from orders.payments.models import Payment, Transaction
from orders.promising import queries as promises
from orders.promising import rules as promising
from orders.releasing import rules as releasing
from returns.authorizations.models import Return, ReturnLine
from returns.authorizations.states import EXPECTED
from returns.settlement import queries as settlement

COUNTERS = (
    "ordered",
    "cancelled",
    "backordered",
    "allocated",
    "picked",
    "packed",
    "shipped",
    "delivered",
    "returned",
)


@dataclass(frozen=True, slots=True)
class LineView:
    """A line with its units; `units` are in the order of COUNTERS, `places` say where allocated ones lie.

    `expected` says when the backordered ones come, `made` which production orders make units for this line. `opens` is
    the kit of which it is the first part, if it is one.
    """

    line: OrderLine
    units: Sequence[int]
    places: Sequence[tuple[str, int]]
    expected: Sequence[promising.Part]
    made: Sequence[ProductionOrder] = ()
    opens: OrderKit | None = None


@dataclass(frozen=True, slots=True)
class WorkView:
    """The work of one location with its lines."""

    work: FulfillmentOrder
    lines: Sequence[FulfillmentLine]

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something."""
        return self.work.status in UNFINISHED

    @property
    def progress(self) -> str:
        """How far it is, in units."""
        names = ("to_pick", "picked", "packed", "shipped", "short", "cancelled")
        sums = [(name, sum(getattr(line, name) for line in self.lines)) for name in names]
        return ", ".join(f"{units} {name.replace('_', ' ')}" for name, units in sums if units)


@dataclass(frozen=True, slots=True)
class ParcelView:
    """A parcel with its content."""

    shipment: Shipment
    lines: Sequence[ShipmentLine]


@dataclass(frozen=True, slots=True)
class ReturnView:
    """A return with its lines; `to_settle` when something came back that nothing was credited for."""

    document: Return
    lines: Sequence[ReturnLine]
    to_settle: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """A location that routing looked at."""

    code: str
    chosen: bool
    priority: str
    distance: str


@dataclass(frozen=True, slots=True)
class OrderPage:
    """The order as a person sees it. `owed` is the total less credits, `due` what of it nobody paid or promised."""

    order: Order
    lines: Sequence[LineView]
    totals: Sequence[int]
    holds: Sequence[Hold]
    payments: Sequence[Payment]
    transactions: Sequence[Transaction]
    work: Sequence[WorkView]
    parcels: Sequence[ParcelView]
    returns: Sequence[ReturnView]
    messages: Sequence[Message]
    story: timeline.Story
    ship_to: Sequence[str]
    bill_to: Sequence[str]
    owed: Decimal
    due: Decimal
    overpaid: Decimal
    refundable: Decimal
    waiting: Sequence[str]
    candidates: Sequence[Candidate]
    routing_rule: str
    steps: Sequence[rules.Next]

    @property
    def counters(self) -> Sequence[str]:
        """Names of the units' columns."""
        return COUNTERS

    @property
    def active_holds(self) -> Sequence[Hold]:
        """Holds that stop the order now."""
        return [hold for hold in self.holds if hold.status == HoldStatus.ACTIVE]


def order_page(order: Order) -> OrderPage:
    """Read the page of an order (with channel and customer loaded): ten statements, and three more when units wait."""
    lines = list(
        OrderLine.objects.filter(order=order)
        .select_related("kit", "substitute_for")
        .order_by("position")
    )
    places = _places(lines)
    expected = promises.of_order(order)
    holds = list(Hold.objects.filter(order=order).order_by("-id"))
    payments = list(Payment.objects.filter(order=order).order_by("id"))
    transactions = list(
        Transaction.objects.filter(payment__order=order).select_related("payment").order_by("id")
    )
    work = _work(order)
    parcels = _parcels(order)
    returns = _returns(order)
    owed = order.total - order.credited_total
    taken = order.captured_total - order.refunded_total
    promised = max(order.authorized_total, order.captured_total) - order.refunded_total
    pending_back = sum((payment.refund_pending for payment in payments), Decimal(0))
    due = max(owed - promised, Decimal(0))
    overpaid = max(taken - pending_back - owed, Decimal(0))
    refundable = sum(
        (payment.captured - payment.refunded - payment.refund_pending for payment in payments),
        Decimal(0),
    )
    gone = order.released_at is not None and not order.rest_waits
    waiting = [] if gone else _waiting(order, lines, holds, owed)
    made = making.made_for([line.pk for line in lines]) if order.has_backorder else {}
    views = [
        LineView(
            line=line,
            units=[getattr(line, counter) for counter in COUNTERS],
            places=places.get(line.pk, ()),
            expected=expected.get(line.pk, ()),
            made=made.get(line.pk, ()),
            opens=line.kit if line.kit_id and line.kit_id != before else None,
        )
        for line, before in zip(lines, [None, *(line.kit_id for line in lines)], strict=False)
    ]
    facts = rules.Facts(
        status=order.status,
        released=order.released_at is not None,
        holds=[
            f"{hold.get_reason_display()}{': ' + hold.note if hold.note else ''}"
            for hold in holds
            if hold.status == HoldStatus.ACTIVE
        ],
        waiting=waiting,
        doubtful=sum(transaction.needs_person for transaction in transactions),
        overpaid=overpaid,
        due=due,
        to_allocate=sum(line.backordered + line.unallocated for line in lines),
        to_pick=sum(line.to_pick for view in work if view.is_open for line in view.lines),
        to_pack=sum(line.picked for line in lines),
        to_ship=sum(line.packed for line in lines),
        on_the_way=sum(
            line.quantity
            for view in parcels
            if view.shipment.status == ShipmentStatus.SHIPPED
            for line in view.lines
        ),
        exceptions=[
            f"Parcel {view.shipment.number}: {view.shipment.get_tracking_status_display()}."
            for view in parcels
            if view.shipment.status == ShipmentStatus.SHIPPED
            and view.shipment.tracking_status in TROUBLES
        ],
        came_back=[
            view.shipment.number
            for view in parcels
            if view.shipment.status == ShipmentStatus.RETURNED_TO_SENDER
            and order.return_status == ReturnStatus.NONE
        ],
        returns_to_receive=sum(
            line.outstanding
            for view in returns
            if view.document.status in EXPECTED
            for line in view.lines
        ),
        returns_to_settle=sum(view.to_settle for view in returns),
    )
    return OrderPage(
        order=order,
        lines=views,
        totals=[sum(column) for column in zip(*(view.units for view in views), strict=True)],
        holds=holds,
        payments=payments,
        transactions=transactions,
        work=work,
        parcels=parcels,
        returns=returns,
        messages=list(messaging.log_of(order._meta.label_lower, order.pk)),
        story=timeline.story(order._meta.label_lower, order.pk),
        ship_to=_address(order.ship_to),
        bill_to=_address(order.bill_to),
        owed=owed,
        due=due,
        overpaid=overpaid,
        refundable=refundable,
        waiting=waiting,
        candidates=_candidates(order.routing),
        routing_rule=str(order.routing.get("rule", "")),
        steps=rules.next_steps(facts),
    )


def _places(lines: Sequence[OrderLine]) -> Mapping[int, Sequence[tuple[str, int]]]:
    found: defaultdict[int, list[tuple[str, int]]] = defaultdict(list)
    rows = (
        Allocation.objects.filter(demand=DEMAND, demand_id__in=[line.pk for line in lines])
        .order_by("level__location__code")
        .values_list("demand_id", "level__location__code", "quantity")
    )
    for line_id, code, quantity in rows:
        found[line_id].append((code, quantity))
    return found


def _work(order: Order) -> list[WorkView]:
    rows = (
        FulfillmentLine.objects.filter(fulfillment_order__order=order)
        .select_related("fulfillment_order__location", "order_line")
        .order_by("fulfillment_order_id", "id")
    )
    grouped: dict[int, list[FulfillmentLine]] = {}
    for row in rows:
        grouped.setdefault(row.fulfillment_order_id, []).append(row)
    return [WorkView(lines[0].fulfillment_order, lines) for lines in grouped.values()]


def _parcels(order: Order) -> list[ParcelView]:
    rows = (
        ShipmentLine.objects.filter(shipment__fulfillment_order__order=order)
        .select_related("shipment", "fulfillment_line__order_line")
        .order_by("shipment_id", "id")
    )
    grouped: dict[int, list[ShipmentLine]] = {}
    for row in rows:
        grouped.setdefault(row.shipment_id, []).append(row)
    return [ParcelView(lines[0].shipment, lines) for lines in grouped.values()]


def _returns(order: Order) -> list[ReturnView]:
    rows = (
        ReturnLine.objects.filter(return_order__order=order)
        .select_related("return_order", "order_line")
        .annotate(to_settle=Exists(settlement.to_settle().filter(pk=OuterRef("return_order"))))
        .order_by("return_order_id", "id")
    )
    grouped: dict[int, list[ReturnLine]] = {}
    waiting: set[int] = set()
    for row in rows:
        grouped.setdefault(row.return_order_id, []).append(row)
        if row.to_settle:
            waiting.add(row.return_order_id)
    return [
        ReturnView(lines[0].return_order, lines, key in waiting) for key, lines in grouped.items()
    ]


def _waiting(
    order: Order, lines: Sequence[OrderLine], holds: Sequence[Hold], owed: Decimal
) -> list[str]:
    """Return in words why the order is not with the warehouse, by the rule that decides it."""
    facts = releasing.Facts(
        status=order.status,
        holds=[hold.reason for hold in holds if hold.status == HoldStatus.ACTIVE],
        currency=order.currency,
        owed=owed,
        authorized=order.authorized_total,
        refunded=order.refunded_total,
        pays_on_terms=order.pays_on_terms,
        release_unpaid=order.channel.release_unpaid,
        ship_complete=order.ship_complete,
        allocated=sum(line.allocated for line in lines),
        waiting=sum(line.backordered + line.unallocated for line in lines),
    )
    return [reason.words for reason in releasing.reasons_not_to_release(facts)]


def _address(values: Mapping[str, Any]) -> list[str]:
    return address.lines(address.Address.from_dict(values))


def _candidates(routing: Mapping[str, Any]) -> list[Candidate]:
    return [
        Candidate(
            code=str(each.get("location", "")),
            chosen=bool(each.get("chosen")),
            priority=str(each.get("priority", "")),
            distance=str(each.get("distance", "")),
        )
        for each in routing.get("locations", ())
    ]


def listed(rows: "models.QuerySet[Order]") -> "models.QuerySet[Order]":
    """Load of orders only what their list shows."""
    return rows.select_related("channel").only(
        "number",
        "external_id",
        "version",
        "placed_at",
        "customer_name",
        "ship_country",
        "total",
        "currency",
        "status",
        "payment_status",
        "fulfillment_status",
        "return_status",
        "on_hold",
        "has_backorder",
        "channel__name",
    )
