"""What the warehouse does about the facts of orders."""

from fulfillment.work import services
from oms.core.actors import SYSTEM
from orders import events


def take(fact: events.OrderReleased) -> None:
    """Take the units that may go to the warehouse."""
    services.take_order(order_id=fact.order_id, actor=SYSTEM)


def stop(fact: events.CancellationRequested) -> None:
    """Stop what is not picked yet, and answer."""
    services.stop(order_id=fact.order_id, units=fact.by_line(), reason=fact.reason, actor=SYSTEM)


def hold(fact: events.HoldPlaced) -> None:
    """Hold what nobody has begun."""
    services.hold(order_id=fact.order_id, actor=SYSTEM)


def resume(fact: events.HoldReleased) -> None:
    """Go on when nothing holds the order any more."""
    services.resume(order_id=fact.order_id, actor=SYSTEM)
