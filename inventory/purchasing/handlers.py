"""What purchasing does when something happened to an order."""

from inventory.events import PurchaseOrderCancelled, PurchaseOrderPlaced
from inventory.purchasing import notifications


def send_order(event: PurchaseOrderPlaced) -> None:
    """Write the order to the supplier."""
    notifications.send_order(order_id=event.purchase_order_id, version=event.version)


def send_cancellation(event: PurchaseOrderCancelled) -> None:
    """Write to the supplier that the order is cancelled."""
    notifications.send_cancellation(order_id=event.purchase_order_id, version=event.version)
