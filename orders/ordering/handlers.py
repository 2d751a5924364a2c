"""What orders do when something happened elsewhere."""

from inventory.events import StockReceived
from oms.core.actors import SYSTEM
from orders.events import OrderPlaced
from orders.ordering import services as ordering


def fill_backorders(event: StockReceived) -> None:
    """Give received units to the orders that wait for them."""
    ordering.fill_backorders(sku_id=event.sku_id, document=event.document, actor=SYSTEM)


def remember_customer(event: OrderPlaced) -> None:
    """Find or make the customer of a new order, unless the channel named one."""
    ordering.remember_customer(order_id=event.order_id, actor=SYSTEM)
