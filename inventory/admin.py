"""Registry of inventory's part of the console."""

from inventory.catalog.admin import ProductAdmin
from inventory.locations.admin import LocationAdmin
from inventory.stock.admin import LevelAdmin, MovementAdmin, SkuAdmin

__all__ = ["LevelAdmin", "LocationAdmin", "MovementAdmin", "ProductAdmin", "SkuAdmin"]
