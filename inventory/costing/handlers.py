"""What costing does when goods came."""

from inventory.costing import services
from inventory.events import PurchaseReceived


def split_charges(event: PurchaseReceived) -> None:
    """Split the charges that waited for the goods of the purchase order."""
    services.split_due(order_id=event.purchase_order_id)
