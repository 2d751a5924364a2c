"""Production in the console."""

from inventory.production.admin import bill_entry
from inventory.production.admin.bills import BillAdmin
from inventory.production.admin.centers import WorkCenterAdmin

__all__ = ["BillAdmin", "WorkCenterAdmin", "bill_entry"]
