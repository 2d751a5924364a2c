"""What is late, in a constant number of statements. Each list holds the first SHOWN rows, the longest late first."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import DateTimeField, F, OuterRef, Q, Subquery, Sum

from fulfillment.packing.models import Shipment
from fulfillment.tracking.models import Scan
from fulfillment.work.models import FulfillmentLine, FulfillmentOrder
from inventory.inbound.models import Inbound
from inventory.purchasing.models import PurchaseLine
from inventory.purchasing.services.steps import BACKORDER, SUPPLY
from inventory.purchasing.states import PurchaseStatus
from inventory.transfers.models import TransferLine
from inventory.transfers.services.acting import LINE
from oms.console.items import queries as items
from oms.console.items.queries import Document
from oms.console.late import rules
from orders.holds.models import Hold
from orders.holds.states import HoldReason, HoldStatus
from orders.ordering.models import Order, OrderLine
from orders.ordering.states import OrderStatus, PaymentStatus

SHOWN = 50

# So many hours may an order stand before the warehouse gets it, and may the warehouse have it.
ORDER_HOURS = 48
WORK_HOURS = 24

WORK = "admin:fulfillment_fulfillmentorder_change"
PARCEL = "admin:fulfillment_shipment_change"

_UNPAID = (PaymentStatus.UNPAID, PaymentStatus.PENDING, PaymentStatus.PARTIALLY_PAID)


@dataclass(frozen=True, slots=True)
class Late:
    """Something late since `since`; `what` are words about it, `waiting` the units of orders that wait for it."""

    document: Document | None
    what: str
    since: date
    cause: str
    place: str = ""
    waiting: int = 0


def supplies(*, location_ids: frozenset[int] | None, today: date) -> list[Late]:
    """Return what should have come by now, with the units that orders wait for. At most six statements."""
    rows = Inbound.objects.filter(due_on__lt=today).select_related("level__sku", "level__location")
    if location_ids is not None:
        rows = rows.filter(level__location__in=location_ids)
    late = list(rows.order_by("due_on", "pk")[:SHOWN])
    documents = items.documents([(row.supply, row.supply_id) for row in late])
    causes = _causes_of_supplies(late)
    waiting = _waiting({row.level.sku_id for row in late})
    return [
        Late(
            document=documents.get((row.supply, row.supply_id)),
            what=f"{row.quantity} of {row.level.sku.code}",
            since=row.due_on,
            cause=causes.get((row.supply, row.supply_id), "not finished"),
            place=row.level.location.name,
            waiting=waiting.get(row.level.sku_id, 0),
        )
        for row in late
        if row.due_on is not None
    ]


def parcels(*, location_ids: frozenset[int] | None, today: date) -> list[Late]:
    """Return the parcels that should have arrived by now. One statement."""
    scans = Scan.objects.filter(shipment=OuterRef("pk")).order_by("-occurred_at", "-pk")
    rows = (
        Shipment.objects.at(location_ids)
        .on_the_way()
        .filter(expected_on__lt=today)
        .select_related("fulfillment_order__order", "fulfillment_order__location")
        .annotate(
            scanned_at=Subquery(scans.values("occurred_at")[:1], output_field=DateTimeField()),
            said=Subquery(scans.values("description")[:1]),
        )
        .order_by("expected_on", "pk")[:SHOWN]
    )
    return [
        Late(
            document=Document(parcel.number, PARCEL, parcel.pk),
            what=f"parcel to {parcel.fulfillment_order.recipient.get('name', '')}",
            since=parcel.expected_on,
            cause=rules.cause_of_parcel(
                status=parcel.get_tracking_status_display(),
                words=parcel.said or "",
                last_scan=parcel.scanned_at.date() if parcel.scanned_at else None,
                today=today,
            ),
            place=parcel.fulfillment_order.location.name,
        )
        for parcel in rows
        if parcel.expected_on is not None
    ]


def work(*, location_ids: frozenset[int] | None, at: datetime) -> list[Late]:
    """Return what the warehouse has had for more than WORK_HOURS. Three statements."""
    rows = list(
        FulfillmentOrder.objects.at(location_ids)
        .open()
        .filter(created_at__lt=at - timedelta(hours=WORK_HOURS))
        .select_related("location")
        .order_by("pk")[:SHOWN]
    )
    left = {
        sums["fulfillment_order"]: sums
        for sums in FulfillmentLine.objects.filter(fulfillment_order__in=[row.pk for row in rows])
        .values("fulfillment_order")
        .annotate(
            left=Sum(
                F("quantity")
                - F("cancelled")
                - F("short")
                - F("picked")
                - F("packed")
                - F("shipped")
            ),
            in_hand=Sum("picked"),
            in_parcels=Sum("packed"),
        )
        .order_by()
    }
    holds = _holds([row.order_id for row in rows])
    return [
        Late(
            document=Document(row.number, WORK, row.pk),
            what="work",
            since=row.created_at.date(),
            cause=rules.cause_of_work(
                rules.Work(
                    holds=holds.get(row.order_id, ()),
                    to_pick=left[row.pk]["left"],
                    picked=left[row.pk]["in_hand"],
                    packed=left[row.pk]["in_parcels"],
                    has_started=row.started_at is not None,
                )
            ),
            place=row.location.name,
        )
        for row in rows
        if row.pk in left
    ]


def orders(*, at: datetime) -> list[Late]:
    """Return orders that the warehouse has not been given whole for more than ORDER_HOURS. Three statements."""
    rows = list(
        Order.objects.awaiting_release()
        .filter(placed_at__lt=at - timedelta(hours=ORDER_HOURS))
        .select_related("channel")
        .order_by("pk")[:SHOWN]
    )
    units = {
        sums["order"]: sums
        for sums in OrderLine.objects.filter(order__in=[row.pk for row in rows])
        .values("order")
        .annotate(
            stocked=Sum("allocated"),
            lacking=Sum(F("backordered") + F("unallocated")),
        )
        .order_by()
    }
    holds = _holds([row.pk for row in rows if row.on_hold])
    return [
        Late(
            document=Document(row.number, items.ORDER, row.pk),
            what=row.customer_name,
            since=row.placed_at.date(),
            cause=rules.cause_of_standing(
                rules.Standing(
                    holds=holds.get(row.pk, ()),
                    is_unpaid=row.payment_status in _UNPAID
                    and not row.pays_on_terms
                    and not row.channel.release_unpaid,
                    allocated=units[row.pk]["stocked"],
                    waiting=units[row.pk]["lacking"],
                    ship_complete=row.ship_complete,
                )
            ),
            place=row.channel.name,
        )
        for row in rows
        if row.pk in units
    ]


def _causes_of_supplies(late: Sequence[Inbound]) -> Mapping[tuple[str, int], str]:
    """Return why each supply has not come; one statement for each kind that there is."""
    asked: defaultdict[str, set[int]] = defaultdict(set)
    for row in late:
        asked[row.supply].add(row.supply_id)
    found: dict[tuple[str, int], str] = {}
    if keys := asked[SUPPLY] | asked[BACKORDER]:
        for line in PurchaseLine.objects.filter(pk__in=keys).select_related("order"):
            for kind in (SUPPLY, BACKORDER):
                found[kind, line.pk] = rules.cause_of_purchase(
                    confirmed=line.order.status != PurchaseStatus.PLACED,
                    arrived=line.received,
                    on_backorder=kind == BACKORDER,
                )
    if keys := asked[LINE]:
        for move in TransferLine.objects.filter(pk__in=keys).select_related("transfer__source"):
            found[LINE, move.pk] = rules.cause_of_transfer(
                to_ship=move.open, in_transit=move.in_transit, source=move.transfer.source.name
            )
    return found


def _waiting(sku_ids: Collection[int]) -> Mapping[int, int]:
    """Return the units of SKUs that open orders wait for."""
    rows = (
        OrderLine.objects.filter(
            Q(backordered__gt=0),
            sku_id__in=sku_ids,
            order__status__in=[OrderStatus.PENDING, OrderStatus.CONFIRMED],
        )
        .order_by()
        .values_list("sku_id")
        .annotate(units=Sum("backordered"))
    )
    return dict(rows)


def _holds(order_ids: Collection[int]) -> Mapping[int, Sequence[str]]:
    """Return the reasons for which orders are held, in words."""
    words = dict(HoldReason.choices)
    found: defaultdict[int, list[str]] = defaultdict(list)
    rows = Hold.objects.filter(order__in=order_ids, status=HoldStatus.ACTIVE).order_by("pk")
    for order_id, reason in rows.values_list("order_id", "reason"):
        found[order_id].append(str(words[reason]))
    return found
