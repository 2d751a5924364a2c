"""When substitutes are looked at."""

from inventory.events import StockReceived
from oms.core.actors import SYSTEM
from orders import events
from orders.substituting import notifications
from orders.substituting import services as substituting


def consider_placed(event: events.OrderPlaced) -> None:
    """Look at what a new order waits for."""
    substituting.consider(order_id=event.order_id, actor=SYSTEM)


def consider_missing(event: events.LinesBackordered) -> None:
    """Look at units that turned out to be missing."""
    substituting.consider(order_id=event.order_id, actor=SYSTEM)


def consider_received(event: StockReceived) -> None:
    """Look at the orders for which what has come in may stand."""
    substituting.consider_sku(sku_id=event.sku_id, actor=SYSTEM)


def review(event: events.LinesReallocated | events.OrderCancelled) -> None:
    """Withdraw what is offered for units that do not wait any more."""
    substituting.review(order_id=event.order_id)


def send_offer(event: events.SubstitutionOffered) -> None:
    """Ask the customer."""
    notifications.offer(substitution_id=event.substitution_id)


def tell_lapsed(event: events.SubstitutionLapsed) -> None:
    """Write to the customer that what he ordered keeps waiting."""
    notifications.lapsed(substitution_id=event.substitution_id)
