"""The facts that inventory publishes."""

from dataclasses import dataclass
from typing import ClassVar

from oms.core import events


@dataclass(frozen=True, slots=True, kw_only=True)
class StockReceived(events.Event):
    """`quantity` units came to be available at a location: by receipt, return, count or release from a side bucket.

    What waits for the SKU may be served now. Ordered per level.
    """

    name: ClassVar[str] = "inventory.stock_received.v1"
    aggregate: ClassVar[str] = "inventory.level"

    sku_id: int
    location_id: int
    quantity: int
    document: str

    @property
    def aggregate_id(self) -> str:
        """Name the level by what makes it unique."""
        return f"{self.sku_id}:{self.location_id}"
