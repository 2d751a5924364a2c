"""The facts that orders publish. Quantities are units in base units, keyed by order line id (as text in JSON)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from oms.core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEvent(Event):
    """Base: every fact of orders belongs to the stream of one order."""

    aggregate: ClassVar[str] = "orders.order"
    order_id: int

    @property
    def aggregate_id(self) -> str:
        """Return the order's key."""
        return str(self.order_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitsEvent(OrderEvent):
    """Base of facts about units of lines."""

    units: Mapping[str, int]

    def by_line(self) -> dict[int, int]:
        """Return the units keyed by order line id."""
        return {int(line): units for line, units in self.units.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlaced(OrderEvent):
    """An order was accepted."""

    name: ClassVar[str] = "orders.order_placed.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderConfirmed(OrderEvent):
    """An order was found valid and paid enough."""

    name: ClassVar[str] = "orders.order_confirmed.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReleased(OrderEvent):
    """Allocated units of an order may go to the warehouse."""

    name: ClassVar[str] = "orders.order_released.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCompleted(OrderEvent):
    """Every unit has shipped or was cancelled."""

    name: ClassVar[str] = "orders.order_completed.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancelled(UnitsEvent):
    """Units were cancelled; `whole` when nothing is left of the order."""

    name: ClassVar[str] = "orders.order_cancelled.v1"
    whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationRequested(UnitsEvent):
    """The warehouse is asked to stop units that it has been given."""

    name: ClassVar[str] = "orders.cancellation_requested.v1"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationRefused(UnitsEvent):
    """The warehouse could not stop units any more."""

    name: ClassVar[str] = "orders.cancellation_refused.v1"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityChanged(OrderEvent):
    """An order is served before others, or after them, from now on."""

    name: ClassVar[str] = "orders.priority_changed.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservedFor(UnitsEvent):
    """The next units are set aside for lines by hand, or (0) no longer."""

    name: ClassVar[str] = "orders.reserved_for.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesReallocated(UnitsEvent):
    """Units got stock, at first or anew: from a receipt or after a short."""

    name: ClassVar[str] = "orders.lines_reallocated.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesBackordered(UnitsEvent):
    """Units that had stock wait for it again: it was not there, or a count did not find it."""

    name: ClassVar[str] = "orders.lines_backordered.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackorderCancelled(UnitsEvent):
    """Units were cancelled by themselves: they did not come by the day until which they were to wait."""

    name: ClassVar[str] = "orders.backorder_cancelled.v1"
    change: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseChanged(OrderEvent):
    """Lines are promised for another day than their customer was told; `days` are by line, as ISO dates or None.

    Each is the day that was told before and the one promised now; `mail` names how the customer hears of it.
    """

    name: ClassVar[str] = "orders.promise_changed.v1"
    mail: str
    days: Mapping[str, tuple[str | None, str | None]]
    change: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubstitutionOffered(OrderEvent):
    """The customer is asked whether something else may be sent."""

    name: ClassVar[str] = "orders.substitution_offered.v1"
    substitution_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SubstitutionDecided(OrderEvent):
    """A substitution was accepted, refused, or its units cancelled; `status` says which."""

    name: ClassVar[str] = "orders.substitution_decided.v1"
    substitution_id: int
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubstitutionLapsed(OrderEvent):
    """Nobody answered an offer in time; the units keep waiting."""

    name: ClassVar[str] = "orders.substitution_lapsed.v1"
    substitution_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesShipped(UnitsEvent):
    """Units left the house in one parcel."""

    name: ClassVar[str] = "orders.lines_shipped.v1"
    shipment_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentAuthorized(OrderEvent):
    """The payer's money is reserved."""

    name: ClassVar[str] = "orders.payment_authorized.v1"
    payment_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentCaptured(OrderEvent):
    """Money was taken."""

    name: ClassVar[str] = "orders.payment_captured.v1"
    payment_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFailed(OrderEvent):
    """The gateway refused."""

    name: ClassVar[str] = "orders.payment_failed.v1"
    payment_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundSucceeded(OrderEvent):
    """Money was given back."""

    name: ClassVar[str] = "orders.refund_succeeded.v1"
    payment_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldPlaced(OrderEvent):
    """The order waits."""

    name: ClassVar[str] = "orders.hold_placed.v1"
    hold_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldReleased(OrderEvent):
    """A reason to wait is gone."""

    name: ClassVar[str] = "orders.hold_released.v1"
    hold_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PreorderMoved(Event):
    """What is sold in advance is released on another day than was said."""

    name: ClassVar[str] = "orders.preorder_moved.v1"
    aggregate: ClassVar[str] = "orders.preorder"
    preorder_id: int
    sku_id: int

    @property
    def aggregate_id(self) -> str:
        """Return the pre-order's key."""
        return str(self.preorder_id)
