"""What shipping does about the facts of fulfillment."""

from fulfillment import events
from fulfillment.shipping import notifications


def tell_shipped(fact: events.ShipmentShipped) -> None:
    """Write to the customer that the parcel has left."""
    notifications.tell_shipped(shipment_id=fact.shipment_id)
