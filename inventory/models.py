"""Registry of the inventory tables."""

from inventory.catalog.models import Product, Sku
from inventory.counting.models import CountEntry, CountLine, CountOrder
from inventory.inbound.models import Inbound
from inventory.kits.models import Kit, KitPart
from inventory.locations.models import Location, StaffLocation
from inventory.purchasing.models import (
    PriceBreak,
    PurchaseLine,
    PurchaseOrder,
    PurchaseReceipt,
    PurchaseReceiptLine,
    Supplier,
    SupplierHoliday,
    SupplierSku,
)
from inventory.reservations.models import Allocation, Reservation, ReservationLine
from inventory.stock.models import Level, Movement
from inventory.transfers.models import TransferLine, TransferOrder, TransferStep

__all__ = [
    "Allocation",
    "CountEntry",
    "CountLine",
    "CountOrder",
    "Inbound",
    "Kit",
    "KitPart",
    "Level",
    "Location",
    "Movement",
    "PriceBreak",
    "Product",
    "PurchaseLine",
    "PurchaseOrder",
    "PurchaseReceipt",
    "PurchaseReceiptLine",
    "Reservation",
    "ReservationLine",
    "Sku",
    "StaffLocation",
    "Supplier",
    "SupplierHoliday",
    "SupplierSku",
    "TransferLine",
    "TransferOrder",
    "TransferStep",
]
