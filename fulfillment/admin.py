"""Registry of fulfillment's part of the console."""

from fulfillment.counting import floor as counting_floor
from fulfillment.counting.admin import CountAdmin
from fulfillment.packing import admin as packing
from fulfillment.picking import admin as picking
from fulfillment.recalls.admin import LotAdmin
from fulfillment.shipping.admin import ShipmentAdmin
from fulfillment.work.admin import FulfillmentOrderAdmin

__all__ = [
    "CountAdmin",
    "FulfillmentOrderAdmin",
    "LotAdmin",
    "ShipmentAdmin",
    "counting_floor",
    "packing",
    "picking",
]
