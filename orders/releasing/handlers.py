"""What makes an order ready."""

from oms.core.actors import SYSTEM
from orders import events
from orders.releasing import services as releasing


def release_placed(event: events.OrderPlaced) -> None:
    """Look at a new order."""
    releasing.release_if_ready(order_id=event.order_id, actor=SYSTEM)


def release_paid(event: events.PaymentAuthorized | events.PaymentCaptured) -> None:
    """Look at an order that money came for."""
    releasing.release_if_ready(order_id=event.order_id, actor=SYSTEM)


def release_unheld(event: events.HoldReleased) -> None:
    """Look at an order that has a reason less to wait; what the warehouse has not been given goes now."""
    releasing.release_if_ready(order_id=event.order_id, actor=SYSTEM, again=True)


def release_reallocated(event: events.LinesReallocated) -> None:
    """Let the warehouse take units that have got stock."""
    releasing.release_if_ready(order_id=event.order_id, actor=SYSTEM, again=True)
