"""What orders do when something happened elsewhere."""

from customers.profiles import services as profiles
from customers.profiles.models import CustomerKind
from inventory.events import StockReceived
from oms.core.actors import SYSTEM
from orders.events import OrderPlaced
from orders.ordering import notifications
from orders.ordering import services as ordering
from orders.ordering.models import Order


def fill_backorders(event: StockReceived) -> None:
    """Give received units to the orders that wait for them."""
    ordering.fill_backorders(sku_id=event.sku_id, document=event.document, actor=SYSTEM)


def remember_customer(event: OrderPlaced) -> None:
    """Find or make the customer of a new order, unless the channel named one."""
    order = Order.objects.get(pk=event.order_id)
    if order.customer_id is not None:
        return
    company = str(order.bill_to.get("company", ""))
    customer = profiles.remember(
        name=order.customer_name,
        email=order.email,
        phone=order.phone,
        language=order.language,
        kind=CustomerKind.COMPANY if company else CustomerKind.PERSON,
        company=company,
        actor=SYSTEM,
    )
    ordering.link_customer(order_id=order.pk, customer_id=customer.pk)


def send_confirmation(event: OrderPlaced) -> None:
    """Write to the customer that the order has arrived."""
    notifications.confirm(order_id=event.order_id)
