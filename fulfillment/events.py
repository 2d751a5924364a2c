"""The facts that fulfillment publishes."""

from dataclasses import dataclass
from typing import ClassVar

from oms.core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkEvent(Event):
    """Base: facts about the work of one location for one order."""

    aggregate: ClassVar[str] = "fulfillment.fulfillmentorder"
    fulfillment_order_id: int
    order_id: int

    @property
    def aggregate_id(self) -> str:
        """Return the key of the fulfillment order."""
        return str(self.fulfillment_order_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkTaken(WorkEvent):
    """A location was given units of an order to fulfill, at first or in addition."""

    name: ClassVar[str] = "fulfillment.work_taken.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class PickShort(WorkEvent):
    """`quantity` units of an order line were not found at their place."""

    name: ClassVar[str] = "fulfillment.pick_short.v1"
    order_line_id: int
    location_id: int
    quantity: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentEvent(Event):
    """Base: facts about one parcel."""

    aggregate: ClassVar[str] = "fulfillment.shipment"
    shipment_id: int
    order_id: int

    @property
    def aggregate_id(self) -> str:
        """Return the key of the parcel."""
        return str(self.shipment_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentShipped(ShipmentEvent):
    """A parcel left the house."""

    name: ClassVar[str] = "fulfillment.shipment_shipped.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentDelivered(ShipmentEvent):
    """A parcel reached its recipient; once per parcel."""

    name: ClassVar[str] = "fulfillment.shipment_delivered.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentException(ShipmentEvent):
    """A parcel met a problem on its way; once per parcel and `status`."""

    name: ClassVar[str] = "fulfillment.shipment_exception.v1"
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LotRecalled(Event):
    """A lot was recalled; what is in the house of it is set aside. Who got it is asked of the recall list."""

    name: ClassVar[str] = "fulfillment.lot_recalled.v1"
    aggregate: ClassVar[str] = "inventory.lot"
    lot_id: int
    number: str
    sku: str

    @property
    def aggregate_id(self) -> str:
        """Return the key of the lot."""
        return str(self.lot_id)
