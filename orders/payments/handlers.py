"""What follows for money from what happens to an order."""

from oms.core.actors import SYSTEM
from orders import events
from orders.payments import services as payments


def capture_shipment(event: events.LinesShipped) -> None:
    """Take the money for what has shipped."""
    payments.capture_shipped(
        order_id=event.order_id, cause=f"ship-{event.shipment_number}", actor=SYSTEM
    )


def capture_rest(event: events.OrderCompleted) -> None:
    """Take what is still owed when an order has ended."""
    payments.capture_rest(order_id=event.order_id, actor=SYSTEM)


def settle_cancellation(event: events.OrderCancelled) -> None:
    """Let go of what is reserved when the whole order is gone, and give back what is overpaid."""
    payments.settle_cancellation(order_id=event.order_id, whole=event.whole, actor=SYSTEM)
