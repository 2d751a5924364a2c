"""What follows for orders when goods were made."""

from inventory.events import ProductionPosted
from oms.core.actors import SYSTEM
from orders.making import services as making
from orders.ordering.services.lines import DEMAND


def give_made(event: ProductionPosted) -> None:
    """Give what was made for a line of an order to it."""
    if event.demand == DEMAND and event.reservation_id:
        making.give(
            line_id=event.demand_id,
            reservation_id=event.reservation_id,
            document=event.number,
            actor=SYSTEM,
        )
