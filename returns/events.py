"""The facts that returns publish."""

from dataclasses import dataclass
from typing import ClassVar

from oms.core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnEvent(Event):
    """Base: every fact belongs to the stream of one return."""

    aggregate: ClassVar[str] = "returns.return"
    return_id: int
    order_id: int

    @property
    def aggregate_id(self) -> str:
        """Return the return's key."""
        return str(self.return_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnAuthorized(ReturnEvent):
    """Goods may come back."""

    name: ClassVar[str] = "returns.return_authorized.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnReceived(ReturnEvent):
    """Goods came back, some or all; they are graded and put away."""

    name: ClassVar[str] = "returns.return_received.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnSettled(ReturnEvent):
    """What came back was credited, and what is overpaid is being given back."""

    name: ClassVar[str] = "returns.return_settled.v1"
