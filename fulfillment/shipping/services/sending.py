"""The parcel leaves."""

from datetime import date

from django.db import transaction

from fulfillment import events
from fulfillment.lots import services as lots
from fulfillment.packing import services as packing
from fulfillment.packing.models import Shipment
from fulfillment.packing.services import Parcel
from fulfillment.packing.states import SHIPMENT
from fulfillment.picking import services as picking
from fulfillment.shipping import errors, rules
from fulfillment.shipping.carriers import registry
from fulfillment.shipping.models import Label, ShippedLot
from fulfillment.work import services as work_services
from fulfillment.work.errors import OrderOnHold
from inventory.reservations import services as reservations
from inventory.reservations.services import Promise
from oms.core import clock
from oms.core.actors import Actor
from oms.core.outbox import services as outbox
from oms.core.timeline import services as timeline
from orders.ordering import services as ordering
from orders.ordering.services.lines import DEMAND


def ship(*, shipment_id: int, actor: Actor) -> Shipment:
    """Hand a labelled parcel to its carrier: stock falls here, once, and nowhere else.

    In one transaction the parcel is shipped, its units leave the stock of the location where they are committed, the
    counters of work and order follow, and the work is closed when nothing is left. Of two calls at once one wins.
    Raises ShipmentMissing, IllegalTransition (not labelled, or shipped already), LabelPending, OrderOnHold, LotBlocked.
    Publishes ShipmentShipped, LinesShipped (payments capture on it).
    """
    with transaction.atomic():
        parcel = packing.locked(shipment_id)
        work, shipment = parcel.work, parcel.shipment
        SHIPMENT.target(shipment.status, "ship")
        if shipment.label_pending:
            raise errors.LabelPending
        if work.order.on_hold:
            raise OrderOnHold(order=work.order.number)
        at = clock.now()
        carrier = registry.find(shipment.carrier)
        poll_every = carrier.poll_every if carrier else None
        before = SHIPMENT.move(
            shipment,
            "ship",
            shipped_at=at,
            expected_on=_expected_on(parcel),
            next_poll_at=at + poll_every if poll_every else None,
        )
        work_services.shift(work.lines, parcel.units, source="packed", target="shipped")
        location_id = work.fulfillment_order.location_id
        by_order_line = work.per_order_line(parcel.units)
        claims = lots.leave(work, parcel.lines)
        ShippedLot.objects.bulk_create(
            ShippedLot(shipment_line_id=each.demand_id, lot_id=each.lot_id, quantity=each.quantity)
            for each in claims
        )
        sku_of = {line.order_line_id: line.sku_id for line in work.lines.values()}
        reservations.issue(
            demand=DEMAND,
            units=[
                Promise(line, sku_of[line], location_id, count)
                for line, count in sorted(by_order_line.items())
            ],
            document=shipment.number,
            cause=f"ship:{shipment.number}",
            actor=actor,
            spots=lots.spots_of(
                claims,
                {key: work.lines[line].order_line_id for key, line in parcel.lines.items()},
            ),
        )
        ordering.record_shipped(
            order_id=work.order.pk,
            units=by_order_line,
            shipment_number=shipment.number,
            actor=actor,
        )
        timeline.record(
            shipment,
            "shipment.shipped",
            actor=actor,
            before={"status": before},
            after={"status": shipment.status, "tracking_number": shipment.tracking_number},
            data={"units": picking.by_sku(work, parcel.units)},
        )
        outbox.publish(events.ShipmentShipped(shipment_id=shipment.pk, order_id=work.order.pk))
        work_services.end_if_done(work, actor=actor)
    return shipment


def _expected_on(parcel: Parcel) -> date | None:
    """Return the day on which the carrier means to deliver; None when it has not said."""
    days = (
        Label.objects.live()
        .filter(shipment=parcel.shipment)
        .values_list("transit_days", flat=True)
        .first()
    )
    if not days:
        return None
    work = parcel.work.fulfillment_order
    start = clock.today(work.location.time_zone)
    return rules.working_day_after(start, days, work.recipient.get("country", ""))
