"""Keep what was made for a line for that line, until whoever owns the line takes it over."""

from datetime import timedelta

from inventory.production import queries
from inventory.production.models import ProductionOrder
from inventory.reservations import services as reservations
from inventory.reservations.models import Reservation
from inventory.reservations.services import Units
from inventory.reservations.states import Purpose
from inventory.stock.models import Level
from oms.core import clock
from oms.core.actors import Actor

# Long enough for whoever takes them over to be repaired; then they are free for everyone.
KEPT = timedelta(days=7)


def hold_for_demand(
    order: ProductionOrder, units: int, *, level_id: int, actor: Actor
) -> Reservation | None:
    """Reserve sound units of a posting for the line that the order is for; None when it is for none.

    Only where orders are shipped from: elsewhere the goods have to travel first. The safety stock is not touched. The
    level is locked by the caller, so that nobody takes the units in between.
    """
    if not order.demand or not order.location.ships_orders:
        return None
    level = Level.objects.get(pk=level_id)
    kept = min(units, queries.free_of(level))
    if not kept:
        return None
    return reservations.reserve(
        purpose=Purpose.MADE,
        units=[Units(level.sku_id, level.location_id, kept)],
        expires_at=clock.now() + KEPT,
        actor=actor,
        owner=order.demand_document,
        note=f"Made by {order.number}",
    )
