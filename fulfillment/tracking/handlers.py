"""What tracking does about the facts of fulfillment."""

from fulfillment import events
from fulfillment.tracking import notifications, services
from oms.core.actors import SYSTEM


def follow_shipped(fact: events.ShipmentShipped) -> None:
    """Attach scans that came early: the carrier is sometimes faster than the person who says "shipped"."""
    services.reconsider(shipment_id=fact.shipment_id, actor=SYSTEM)


def tell_delivered(fact: events.ShipmentDelivered) -> None:
    """Write to the customer that the parcel has arrived."""
    notifications.tell_delivered(shipment_id=fact.shipment_id)


def tell_exception(fact: events.ShipmentException) -> None:
    """Write to the customer what holds the parcel up."""
    notifications.tell_exception(shipment_id=fact.shipment_id, status=fact.status)
