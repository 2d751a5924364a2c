"""Bins in the console: bins with what lies in them, moves between them, and the locations that have them."""

from inventory.storing.admin.bins import BinAdmin, BinMoveAdmin
from inventory.storing.admin.locations import LocationAdmin

__all__ = ["BinAdmin", "BinMoveAdmin", "LocationAdmin"]
