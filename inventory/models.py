"""Registry of the inventory tables."""

from inventory.catalog.models import Product, Sku
from inventory.inbound.models import Inbound
from inventory.locations.models import Location, StaffLocation
from inventory.reservations.models import Allocation
from inventory.stock.models import Level, Movement
from inventory.transfers.models import TransferLine, TransferOrder, TransferStep

__all__ = [
    "Allocation",
    "Inbound",
    "Level",
    "Location",
    "Movement",
    "Product",
    "Sku",
    "StaffLocation",
    "TransferLine",
    "TransferOrder",
    "TransferStep",
]
