"""Purchasing in the console."""

from inventory.purchasing.admin import entry, receiving
from inventory.purchasing.admin.suppliers import SupplierAdmin, SupplierSkuAdmin

__all__ = ["SupplierAdmin", "SupplierSkuAdmin", "entry", "receiving"]
