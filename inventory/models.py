"""Registry of the inventory tables."""

from inventory.bins.models import Bin
from inventory.catalog.models import Product, Sku
from inventory.costing.models import (
    ChargeShare,
    Consumption,
    Correction,
    CostChange,
    CostCursor,
    CostEntry,
    CostLayer,
    CostPolicy,
    ExchangeRate,
    LandedCharge,
    SkuCost,
)
from inventory.counting.models import CountEntry, CountLine, CountOrder
from inventory.expiring.models import ExpiryNotice, ExpiryWatch
from inventory.inbound.models import Inbound
from inventory.kits.models import Kit, KitPart
from inventory.locations.models import Location, StaffLocation
from inventory.lots.models import Lot
from inventory.packs.models import Pack
from inventory.planning.models import (
    DemandDay,
    DemandMark,
    DemandWaiting,
    Forecast,
    Policy,
    Promotion,
    Proposal,
)
from inventory.production.models import (
    BillByproduct,
    BillComponent,
    BillOfMaterials,
    PostedLot,
    ProductionByproduct,
    ProductionComponent,
    ProductionOrder,
    ProductionPosting,
    ProductionPostingLine,
    ProductionSlot,
    Routing,
    WorkCenter,
    WorkCenterClosure,
)
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
from inventory.stock.models import BinMove, Claim, Content, Level, Movement
from inventory.storing.models import CrossDock, SkuClass, StorageRule
from inventory.transfers.models import TransferLine, TransferOrder, TransferStep

__all__ = [
    "Allocation",
    "BillByproduct",
    "BillComponent",
    "BillOfMaterials",
    "Bin",
    "BinMove",
    "ChargeShare",
    "Claim",
    "Consumption",
    "Content",
    "Correction",
    "CostChange",
    "CostCursor",
    "CostEntry",
    "CostLayer",
    "CostPolicy",
    "CountEntry",
    "CountLine",
    "CountOrder",
    "CrossDock",
    "DemandDay",
    "DemandMark",
    "DemandWaiting",
    "ExchangeRate",
    "ExpiryNotice",
    "ExpiryWatch",
    "Forecast",
    "Inbound",
    "Kit",
    "KitPart",
    "LandedCharge",
    "Level",
    "Location",
    "Lot",
    "Movement",
    "Pack",
    "Policy",
    "PostedLot",
    "PriceBreak",
    "Product",
    "ProductionByproduct",
    "ProductionComponent",
    "ProductionOrder",
    "ProductionPosting",
    "ProductionPostingLine",
    "ProductionSlot",
    "Promotion",
    "Proposal",
    "PurchaseLine",
    "PurchaseOrder",
    "PurchaseReceipt",
    "PurchaseReceiptLine",
    "Reservation",
    "ReservationLine",
    "Routing",
    "Sku",
    "SkuClass",
    "SkuCost",
    "StaffLocation",
    "StorageRule",
    "Supplier",
    "SupplierHoliday",
    "SupplierSku",
    "TransferLine",
    "TransferOrder",
    "TransferStep",
    "WorkCenter",
    "WorkCenterClosure",
]
