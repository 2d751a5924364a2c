"""Work all open orders of a channel through to the customers' doors, as fast as the services go."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Sum

from fulfillment.packing.models import Shipment
from fulfillment.packing.states import ShipmentStatus
from fulfillment.tracking import services as tracking
from fulfillment.work.models import FulfillmentOrder
from fulfillment.work.states import WorkStatus
from inventory.locations.models import Location
from inventory.stock import services as stock
from inventory.stock.services import MAX_UNITS
from oms.core import clock
from oms.core.actors import Actor
from oms.core.errors import DomainError
from oms.core.ids import uuid7
from oms.demo import warehouse, worker
from orders.channels.models import Channel
from orders.ordering.models import Order, OrderLine
from orders.ordering.states import OrderStatus

ACTOR = Actor("system", "", "demo fulfil")
_AT_ONCE = 200

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Fulfilled:
    """What came of it; `stuck` counts the reasons for which work could not be done, in words."""

    orders: int
    received: int
    parcels: int
    delivered: int
    stuck: Counter[str]


def fulfil(
    *,
    channel: Channel,
    locations: Sequence[Location],
    receive_missing: bool,
    deliver: bool,
    progress: Progress,
) -> Fulfilled:
    """Receive what the channel's orders wait for (if asked, spread over `locations`), then pick, pack, label and ship.

    With `deliver` the carrier then reports every parcel as collected, carried and delivered. Orders that are on hold or
    unpaid stay where they are.
    """
    worker.settle()
    received = _receive_missing(channel, locations, progress) if receive_missing else 0
    worker.settle()
    stuck: Counter[str] = Counter()
    open_work = FulfillmentOrder.objects.filter(
        order__channel=channel,
        status__in=[WorkStatus.OPEN, WorkStatus.IN_PROGRESS],
        order__on_hold=False,
    ).order_by("pk")
    keys = list(open_work.values_list("pk", flat=True))
    parcels = 0
    for done, key in enumerate(keys, start=1):
        work = FulfillmentOrder.objects.get(pk=key)
        try:
            parcels += len(warehouse.through(work, actor=ACTOR))
        except DomainError as error:
            stuck[error.detail] += 1
        if done % _AT_ONCE == 0:
            worker.settle()
        progress("sent", done, len(keys))
    worker.settle()
    delivered = _deliver(channel, progress) if deliver else 0
    return Fulfilled(
        orders=Order.objects.filter(channel=channel, status=OrderStatus.COMPLETED).count(),
        received=received,
        parcels=parcels,
        delivered=delivered,
        stuck=stuck,
    )


def _receive_missing(channel: Channel, locations: Sequence[Location], progress: Progress) -> int:
    """Receive the units for which open orders of the channel wait, the articles by turns at each location."""
    waiting = list(
        OrderLine.objects.filter(
            order__channel=channel,
            order__status__in=[OrderStatus.PENDING, OrderStatus.CONFIRMED],
            backordered__gt=0,
        )
        .values_list("sku_id")
        .annotate(units=Sum("backordered"))
        .order_by("sku_id")
    )
    received = 0
    for done, (sku_id, units) in enumerate(waiting):
        location = locations[done % len(locations)]
        quantity = min(units, MAX_UNITS)
        stock.receive(
            sku_id=sku_id,
            location_id=location.pk,
            quantity=quantity,
            document=f"DEMO-{clock.today():%Y%m%d}",
            cause=f"demo:{uuid7()}",
            actor=ACTOR,
        )
        received += quantity
        if done % _AT_ONCE == _AT_ONCE - 1:
            worker.settle()
        progress("received", done + 1, len(waiting))
    return received


def _deliver(channel: Channel, progress: Progress) -> int:
    """Report the way of every parcel that has left, in batches as carriers do."""
    on_the_way = Shipment.objects.filter(
        status=ShipmentStatus.SHIPPED, fulfillment_order__order__channel=channel
    ).order_by("pk")
    numbers = list(on_the_way.values_list("carrier", "tracking_number", "shipped_at"))
    at = clock.now()
    for first in range(0, len(numbers), _AT_ONCE):
        batch = numbers[first : first + _AT_ONCE]
        for carrier in {carrier for carrier, _, _ in batch}:
            scans = [
                tracking.Report(
                    tracking_number=number,
                    status=status,
                    occurred_at=at + timedelta(minutes=minutes),
                    description=words,
                )
                for code, number, _ in batch
                if code == carrier
                for minutes, status, words in (
                    (0, "picked_up", "Collected from the sender"),
                    (1, "in_transit", "Left the parcel center"),
                    (2, "out_for_delivery", "Loaded for delivery"),
                    (3, "delivered", "Delivered to the recipient"),
                )
            ]
            tracking.record_scans(carrier=carrier, scans=scans, actor=ACTOR)
        worker.settle()
        progress("delivered", first + len(batch), len(numbers))
    return Shipment.objects.filter(
        status=ShipmentStatus.DELIVERED, fulfillment_order__order__channel=channel
    ).count()
