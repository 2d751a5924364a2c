"""What promises do when something happened to orders, stock, or what is on its way."""

from inventory.events import InboundChanged, StockReceived
from orders.events import (
    OrderPlaced,
    PreorderMoved,
    PriorityChanged,
    PromiseChanged,
    UnitsEvent,
)
from orders.ordering import notifications as ordering
from orders.promising import notifications, services


def confirm_placed(event: OrderPlaced) -> None:
    """Promise what of a new order waits, and write to the customer that it has arrived, with the day."""
    services.promise_placed(order_id=event.order_id)
    ordering.confirm(order_id=event.order_id)


def repromise_received(event: StockReceived) -> None:
    """Promise a SKU anew of which units came."""
    services.mark_due([event.sku_id])


def repromise_inbound(event: InboundChanged) -> None:
    """Promise SKUs anew of which more, less, sooner or later is on its way."""
    services.mark_due(event.sku_ids)


def repromise_lines(event: UnitsEvent) -> None:
    """Promise the SKUs of lines anew that wait for more units now, or for fewer."""
    services.mark_lines_due(event.by_line())


def repromise_order(event: PriorityChanged) -> None:
    """Promise the SKUs anew that an order waits for in another place of the queue."""
    services.mark_order_due(order_id=event.order_id)


def repromise_preorder(event: PreorderMoved) -> None:
    """Promise a SKU anew that was sold in advance and is released on another day."""
    services.mark_due([event.sku_id])


def tell_promise(event: PromiseChanged) -> None:
    """Write to the customer that the day is another one."""
    notifications.tell(
        order_id=event.order_id, mail=event.mail, days=event.days, change=event.change
    )
