"""Registry of inventory's part of the console."""

from inventory.catalog.admin import ProductAdmin
from inventory.locations.admin import LocationAdmin
from inventory.stock.admin import LevelAdmin, MovementAdmin, SkuAdmin
from inventory.transfers import floor as transfers_floor
from inventory.transfers.admin import TransferAdmin

__all__ = [
    "LevelAdmin",
    "LocationAdmin",
    "MovementAdmin",
    "ProductAdmin",
    "SkuAdmin",
    "TransferAdmin",
    "transfers_floor",
]
