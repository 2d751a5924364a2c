"""Registry of fulfillment's part of the console."""

from fulfillment.packing import admin as packing
from fulfillment.picking import admin as picking
from fulfillment.shipping.admin import ShipmentAdmin
from fulfillment.work.admin import FulfillmentOrderAdmin

__all__ = ["FulfillmentOrderAdmin", "ShipmentAdmin", "packing", "picking"]
