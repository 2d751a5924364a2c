"""Registry of the fulfillment tables."""

from fulfillment.packing.models import Shipment, ShipmentLine
from fulfillment.recalls.models import SweepMark
from fulfillment.shipping.models import Label, ShippedLot
from fulfillment.statuspage.models import StatusLink
from fulfillment.tracking.models import Scan
from fulfillment.work.models import FulfillmentLine, FulfillmentOrder

__all__ = [
    "FulfillmentLine",
    "FulfillmentOrder",
    "Label",
    "Scan",
    "Shipment",
    "ShipmentLine",
    "ShippedLot",
    "StatusLink",
    "SweepMark",
]
