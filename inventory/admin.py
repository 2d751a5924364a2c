"""Registry of inventory's part of the console."""

from inventory.catalog.admin import ProductAdmin
from inventory.costing.admin import PurchaseOrderAdmin, SkuCostAdmin
from inventory.kits.admin import SkuAdmin
from inventory.planning.admin import PolicyAdmin, PromotionAdmin, ProposalAdmin
from inventory.production.admin import BillAdmin, ProductionOrderAdmin, WorkCenterAdmin
from inventory.purchasing.admin import SupplierAdmin, SupplierSkuAdmin
from inventory.reservations.admin import LevelAdmin, ReservationAdmin
from inventory.stock.admin import MovementAdmin
from inventory.storing import floor as storing_floor
from inventory.storing.admin import BinAdmin, BinMoveAdmin, LocationAdmin
from inventory.transfers import floor as transfers_floor
from inventory.transfers import gathering as transfers_gathering
from inventory.transfers.admin import TransferAdmin

__all__ = [
    "BillAdmin",
    "BinAdmin",
    "BinMoveAdmin",
    "LevelAdmin",
    "LocationAdmin",
    "MovementAdmin",
    "PolicyAdmin",
    "ProductAdmin",
    "ProductionOrderAdmin",
    "PromotionAdmin",
    "ProposalAdmin",
    "PurchaseOrderAdmin",
    "ReservationAdmin",
    "SkuAdmin",
    "SkuCostAdmin",
    "SupplierAdmin",
    "SupplierSkuAdmin",
    "TransferAdmin",
    "WorkCenterAdmin",
    "storing_floor",
    "transfers_floor",
    "transfers_gathering",
]
