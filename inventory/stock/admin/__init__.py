"""Stock in the console."""

from inventory.stock.admin import receiving
from inventory.stock.admin.levels import LevelAdmin, MovementAdmin
from inventory.stock.admin.skus import SkuAdmin

__all__ = ["LevelAdmin", "MovementAdmin", "SkuAdmin", "receiving"]
