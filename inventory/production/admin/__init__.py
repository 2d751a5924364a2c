"""Production in the console."""

from inventory.production.admin import bill_entry, board, entry, floor
from inventory.production.admin.bills import BillAdmin
from inventory.production.admin.centers import WorkCenterAdmin
from inventory.production.admin.orders import ProductionOrderAdmin

__all__ = [
    "BillAdmin",
    "ProductionOrderAdmin",
    "WorkCenterAdmin",
    "bill_entry",
    "board",
    "entry",
    "floor",
]
