"""What follows for money from what happens to an order."""

from oms.core.actors import SYSTEM
from orders import events
from orders.ordering.models import Order
from orders.payments import services as payments


def capture_shipment(event: events.LinesShipped) -> None:
    """Take the money for what has shipped."""
    payments.capture_shipped(
        order_id=event.order_id, cause=f"ship-{event.shipment_number}", actor=SYSTEM
    )


def capture_rest(event: events.OrderCompleted) -> None:
    """Take what is still owed when an order has ended."""
    version = Order.objects.values_list("version", flat=True).get(pk=event.order_id)
    payments.capture_rest(
        order_id=event.order_id, cause=f"capture-completed-v{version}", actor=SYSTEM
    )


def settle_cancellation(event: events.OrderCancelled) -> None:
    """Let go of what is reserved when the whole order is gone, and give back what is overpaid."""
    version = Order.objects.values_list("version", flat=True).get(pk=event.order_id)
    if event.whole:
        payments.void(
            order_id=event.order_id,
            cause=f"void-cancelled-v{version}",
            reason="Order cancelled.",
            actor=SYSTEM,
        )
    payments.refund_overpaid(
        order_id=event.order_id,
        cause=f"refund-cancelled-v{version}",
        reason="Cancelled.",
        actor=SYSTEM,
    )
