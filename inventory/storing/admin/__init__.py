"""Bins in the console: bins with what lies in them, moves between them, and the locations that have them."""

from inventory.storing.admin.bins import BinAdmin, BinMoveAdmin
from inventory.storing.admin.locations import LocationAdmin
from inventory.storing.admin.slotting import slotting

__all__ = ["BinAdmin", "BinMoveAdmin", "LocationAdmin", "slotting"]
