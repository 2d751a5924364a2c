"""What waits for someone: the queues of orders, warehouse, returns and the system itself."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from fulfillment.packing.models import Shipment
from fulfillment.work.models import FulfillmentOrder
from inventory.counting.models import CountOrder
from inventory.locations.models import Location
from inventory.planning.models import Proposal
from inventory.production.models import ProductionOrder
from inventory.purchasing.models import PurchaseOrder
from inventory.transfers.models import TransferOrder
from oms.core import clock
from oms.core.admin import counting
from oms.core.outbox.models import Delivery
from oms.core.outbox.states import DeliveryState
from oms.messaging.models import Message
from orders.channels.models import Channel
from orders.ordering.models import Order
from orders.ordering.states import PaymentStatus
from orders.payments import queries as payments
from orders.releasing import queries as releasing
from returns.authorizations.models import Return
from returns.authorizations.states import EXPECTED, ReturnStatus
from returns.settlement import queries as settlement

_UNPAID = [PaymentStatus.UNPAID, PaymentStatus.PENDING, PaymentStatus.PARTIALLY_PAID]


@dataclass(frozen=True, slots=True)
class Kind:
    """A queue: its words, where it is worked off, the right to see it, and since when its rows wait."""

    name: str
    label: str
    help: str
    page: str
    query: str
    right: str
    since: str
    alarming: bool = False


KINDS: tuple[Kind, ...] = (
    Kind(
        "hold",
        "Need a decision",
        "orders on hold",
        "orders_order_changelist",
        "?tab=hold",
        "orders.view_order",
        "placed_at",
        alarming=True,
    ),
    Kind(
        "payment",
        "Unpaid",
        "orders that wait for money",
        "orders_order_changelist",
        "?tab=payment",
        "orders.view_order",
        "placed_at",
    ),
    Kind(
        "backorder",
        "Backordered",
        "orders that wait for stock",
        "orders_order_changelist",
        "?tab=backorder",
        "orders.view_order",
        "placed_at",
    ),
    Kind(
        "release",
        "To release",
        "ready, not with the warehouse",
        "orders_order_changelist",
        "?tab=ready",
        "orders.release_order",
        "placed_at",
    ),
    Kind(
        "pick",
        "To pick",
        "pieces of work",
        "warehouse",
        "#pick",
        "fulfillment.view_fulfillmentorder",
        "created_at",
    ),
    Kind(
        "pack",
        "To pack",
        "pieces of work",
        "warehouse",
        "#pack",
        "fulfillment.view_fulfillmentorder",
        "created_at",
    ),
    Kind(
        "ship",
        "To ship",
        "packed parcels",
        "fulfillment_shipment_changelist",
        "?tab=ship",
        "fulfillment.view_shipment",
        "packed_at",
    ),
    Kind(
        "proposals",
        "Proposals to decide",
        "what to buy and to move",
        "inventory_proposal_changelist",
        "?tab=open",
        "inventory.decide_proposal",
        "created_at",
    ),
    Kind(
        "purchases",
        "Purchase orders to receive",
        "goods that are to come",
        "inventory_purchaseorder_changelist",
        "?tab=open",
        "inventory.view_purchaseorder",
        "placed_at",
    ),
    Kind(
        "late_purchases",
        "Purchase orders late",
        "goods that should have come",
        "inventory_purchaseorder_changelist",
        "?tab=late",
        "inventory.view_purchaseorder",
        "placed_at",
        alarming=True,
    ),
    Kind(
        "decide",
        "Returns to decide",
        "asked for by customers",
        "returns_return_changelist",
        "?tab=decide",
        "returns.authorize_return",
        "created_at",
    ),
    Kind(
        "receive",
        "Returns to receive",
        "announced, not here yet",
        "returns_return_changelist",
        "?tab=receive",
        "returns.view_return",
        "created_at",
    ),
    Kind(
        "settle",
        "Returns to settle",
        "goods are back, nothing credited yet",
        "returns_return_changelist",
        "?tab=settle",
        "returns.settle_return",
        "created_at",
    ),
    Kind(
        "transfers_ship",
        "Transfers to ship",
        "set aside for other locations",
        "inventory_transferorder_changelist",
        "?tab=ship",
        "inventory.ship_transfer",
        "released_at",
    ),
    Kind(
        "transfers_receive",
        "Transfers to receive",
        "on their way",
        "inventory_transferorder_changelist",
        "?tab=receive",
        "inventory.receive_transfer",
        "shipped_at",
    ),
    Kind(
        "transfers_settle",
        "Transfers to settle",
        "less arrived than was sent",
        "inventory_transferorder_changelist",
        "?tab=settle",
        "inventory.settle_transfer",
        "shipped_at",
        alarming=True,
    ),
    Kind(
        "production",
        "To make",
        "production orders that are confirmed or begun",
        "inventory_productionorder_changelist",
        "?tab=open",
        "inventory.post_production",
        "confirmed_at",
    ),
    Kind(
        "production_short",
        "Components missing",
        "production orders that wait for components",
        "inventory_productionorder_changelist",
        "?tab=short",
        "inventory.plan_production",
        "confirmed_at",
    ),
    Kind(
        "production_late",
        "Production late",
        "ends after it is wanted, or should have ended",
        "inventory_productionorder_changelist",
        "?tab=late",
        "inventory.view_productionorder",
        "confirmed_at",
        alarming=True,
    ),
    Kind(
        "counts",
        "Counts to do",
        "SKUs that somebody is to count",
        "inventory_countorder_changelist",
        "?tab=count",
        "inventory.count_stock",
        "started_at",
    ),
    Kind(
        "recounts",
        "Counts to repeat",
        "to be counted again by somebody else",
        "inventory_countorder_changelist",
        "?tab=recount",
        "inventory.count_stock",
        "started_at",
    ),
    Kind(
        "count_reviews",
        "Counts to review",
        "differences that wait for a decision",
        "inventory_countorder_changelist",
        "?tab=review",
        "inventory.review_count",
        "finished_at",
    ),
    Kind(
        "money",
        "Money to look into",
        "payments that need a person",
        "orders_transaction_changelist",
        "?tab=person",
        "orders.refund_order",
        "created_at",
        alarming=True,
    ),
    Kind(
        "messages",
        "Parked messages",
        "mails that did not go out",
        "messaging_message_changelist",
        "?tab=parked",
        "messaging.view_message",
        "created_at",
        alarming=True,
    ),
    Kind(
        "deliveries",
        "Parked deliveries",
        "events that a handler failed at",
        "core_delivery_changelist",
        "?tab=parked",
        "core.view_delivery",
        "due_at",
        alarming=True,
    ),
)


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue with how many wait, and since when the oldest does."""

    kind: Kind
    count: counting.Count
    oldest: datetime | None


def queues(names: Collection[str], *, location_ids: frozenset[int] | None) -> list[Queue]:
    """Count the named queues in one statement; of those not empty, say since when the oldest row waits.

    `location_ids` limits the warehouse's queues (None: all places).
    """
    rows = {name: found for name, found in _rows(location_ids).items() if name in names}
    counts = counting.capped(rows)
    return [
        Queue(
            kind=kind,
            count=counts[kind.name],
            oldest=_oldest(rows[kind.name], kind.since) if counts[kind.name] else None,
        )
        for kind in KINDS
        if kind.name in counts
    ]


def missing_setup() -> list[str]:
    """Return what a new house still lacks, in words; empty once it can take orders. One statement."""
    counts = counting.capped(
        {
            "locations": Location.objects.filter(is_active=True),
            "channels": Channel.objects.filter(is_active=True),
        },
        cap=1,
    )
    words = {
        "locations": "a location that ships orders",
        "channels": "a channel through which orders come",
    }
    return [words[name] for name, count in counts.items() if not count]


def _oldest(rows: "QuerySet[Any]", column: str) -> datetime | None:
    oldest: datetime | None = rows.order_by(column, "pk").values_list(column, flat=True).first()
    return oldest


def _at(rows: "QuerySet[Any]", end: str, location_ids: frozenset[int] | None) -> "QuerySet[Any]":
    """Keep the transfers whose one end is among the locations (None: all)."""
    return rows if location_ids is None else rows.filter(**{f"{end}__in": location_ids})


def _rows(location_ids: frozenset[int] | None) -> "Mapping[str, QuerySet[Any]]":
    work = FulfillmentOrder.objects.at(location_ids)
    orders = Order.objects
    counts = CountOrder.objects.at(location_ids)
    transfers = TransferOrder.objects
    purchases = PurchaseOrder.objects.at(location_ids)
    production = ProductionOrder.objects.at(location_ids)
    return {
        "hold": orders.on_hold(),
        "payment": orders.awaiting_release().filter(
            Q(payment_status__in=_UNPAID), pays_on_terms=False
        ),
        "backorder": orders.backordered(),
        "release": releasing.ready(),
        "pick": work.to_pick(),
        "pack": work.to_pack(),
        "ship": Shipment.objects.at(location_ids).to_ship(),
        "proposals": Proposal.objects.open().at(location_ids),
        "purchases": purchases.open(),
        "late_purchases": purchases.late(clock.today()),
        "decide": Return.objects.filter(status=ReturnStatus.REQUESTED),
        "receive": Return.objects.filter(status__in=EXPECTED),
        "settle": settlement.to_settle(),
        "transfers_ship": _at(transfers.to_ship(), "source", location_ids),
        "transfers_receive": _at(transfers.to_receive(), "destination", location_ids),
        "transfers_settle": transfers.at(location_ids).to_settle(),
        "production": production.open(),
        "production_short": production.short(),
        "production_late": production.late(clock.today()),
        "counts": counts.to_count(),
        "recounts": counts.to_recount(),
        "count_reviews": counts.to_review(),
        "money": payments.needing_person(),
        "messages": Message.objects.parked(),
        "deliveries": Delivery.objects.filter(state=DeliveryState.PARKED),
    }
