"""The facts that inventory publishes."""

from collections.abc import Sequence
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


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundChanged(events.Event):
    """More, less, sooner or later is on its way of SKUs than was said before, by lines of one document."""

    name: ClassVar[str] = "inventory.inbound_changed.v1"
    aggregate: ClassVar[str] = "inventory.inbound"

    supply: str
    supply_id: int
    sku_ids: Sequence[int]

    @property
    def aggregate_id(self) -> str:
        """Name the document by the first of its lines."""
        return f"{self.supply}:{self.supply_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseEvent(events.Event):
    """Base: every fact belongs to the stream of one purchase order."""

    aggregate: ClassVar[str] = "inventory.purchaseorder"
    purchase_order_id: int

    @property
    def aggregate_id(self) -> str:
        """Return the purchase order's key."""
        return str(self.purchase_order_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseOrderPlaced(PurchaseEvent):
    """A purchase order was placed, as `version` of it; the supplier is to hear of it."""

    name: ClassVar[str] = "inventory.purchase_order_placed.v1"
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseOrderCancelled(PurchaseEvent):
    """A purchase order that the supplier knows was cancelled as a whole."""

    name: ClassVar[str] = "inventory.purchase_order_cancelled.v1"
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseReceived(PurchaseEvent):
    """Goods of a purchase order came; the receipt says which."""

    name: ClassVar[str] = "inventory.purchase_received.v1"
    receipt_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalApproved(events.Event):
    """A proposal was approved: its units are on a draft of a purchase order or of a transfer, named by `document`."""

    name: ClassVar[str] = "inventory.proposal_approved.v1"
    aggregate: ClassVar[str] = "inventory.proposal"

    proposal_id: int
    kind: str
    sku_id: int
    location_id: int
    quantity: int
    document: str

    @property
    def aggregate_id(self) -> str:
        """Return the proposal's key."""
        return str(self.proposal_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferEvent(events.Event):
    """Base: every fact belongs to the stream of one transfer."""

    aggregate: ClassVar[str] = "inventory.transferorder"

    transfer_id: int
    number: str
    source_id: int
    destination_id: int

    @property
    def aggregate_id(self) -> str:
        """Return the transfer's key."""
        return str(self.transfer_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferReleased(TransferEvent):
    """The units are set aside at the source and expected at the destination."""

    name: ClassVar[str] = "inventory.transfer_released.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferShipped(TransferEvent):
    """Units left the source, some or all."""

    name: ClassVar[str] = "inventory.transfer_shipped.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferReceived(TransferEvent):
    """Units arrived at the destination, some or all."""

    name: ClassVar[str] = "inventory.transfer_received.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductionEvent(events.Event):
    """Base: every fact belongs to the stream of one production order."""

    aggregate: ClassVar[str] = "inventory.productionorder"

    production_id: int
    number: str
    sku_id: int
    location_id: int

    @property
    def aggregate_id(self) -> str:
        """Return the production order's key."""
        return str(self.production_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductionConfirmed(ProductionEvent):
    """Components are set aside, days of capacity are booked, and `quantity` units are expected."""

    name: ClassVar[str] = "inventory.production_confirmed.v1"
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductionStarted(ProductionEvent):
    """Work has begun."""

    name: ClassVar[str] = "inventory.production_started.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductionPosted(ProductionEvent):
    """Components were used and goods came out; the posting says which.

    When the order was made for a line of something (`demand`, `demand_id`), the sound units that the line may have are
    held for it by the reservation; 0: none are.
    """

    name: ClassVar[str] = "inventory.production_posted.v1"
    posting_id: int
    produced: int
    scrapped: int
    demand: str
    demand_id: int
    reservation_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductionPostingUndone(ProductionEvent):
    """A posting was taken back."""

    name: ClassVar[str] = "inventory.production_posting_undone.v1"
    posting_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductionDone(ProductionEvent):
    """Nothing more is made; what was held is free."""

    name: ClassVar[str] = "inventory.production_done.v1"
    produced: int
    scrapped: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductionCancelled(ProductionEvent):
    """Nothing is made; what was held is free."""

    name: ClassVar[str] = "inventory.production_cancelled.v1"
