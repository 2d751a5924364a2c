"""Have units made for a line that waits, and give it what was made."""

import structlog
from django.db import transaction

from inventory.production import services as production
from inventory.production.models import ProductionOrder
from inventory.production.services import Demand, Wish
from inventory.reservations import services as reservations
from inventory.reservations.models import Reservation
from oms.core import clock
from oms.core.actors import Actor
from oms.core.errors import FieldProblem, Invalid
from oms.core.timeline import services as timeline
from orders.making import errors, queries
from orders.ordering import services as ordering
from orders.ordering.models import OrderLine
from orders.ordering.services.lines import DEMAND, locked

log = structlog.get_logger()


@transaction.atomic
def make_to_order(
    *, order_id: int, line_id: int, location_code: str, actor: Actor, quantity: int | None = None
) -> ProductionOrder:
    """Draft a production order for units of a line that wait for stock; None: all that nobody makes for it yet.

    It is made where orders are shipped from, and wanted on the day that the line is promised for. Raises OrderMissing,
    LineMissing, NothingToMake, Invalid, InvalidProduction when no bill of materials is in force for its SKU.
    """
    order = locked(order_id)
    line = OrderLine.objects.filter(pk=line_id, order=order).first()
    if line is None:
        raise errors.LineMissing
    waiting = queries.to_make(line, queries.made_for([line.pk]).get(line.pk, ()))
    if not waiting:
        raise errors.NothingToMake
    problems = []
    if quantity is not None and not 1 <= quantity <= waiting:
        problems.append(FieldProblem("/quantity", "number_range", f"1 to {waiting} units."))
    if location_code not in {place.code for place in queries.places()}:
        problems.append(
            FieldProblem("/location", "unknown_reference", "No order is shipped from there.")
        )
    if problems:
        raise Invalid(problems=problems)
    made = production.create(
        wish=Wish(
            sku_code=line.sku_code,
            location_code=location_code,
            quantity=quantity or waiting,
            due_on=line.promised_on,
            note=f"For order {order.number}",
        ),
        demand=Demand(DEMAND, line.pk, order.number),
        actor=actor,
    )
    timeline.record(
        order,
        "order.made_to_order",
        actor=actor,
        data={"production": made.number, "sku": line.sku_code, "units": made.quantity},
    )
    return made


@transaction.atomic
def give(*, line_id: int, reservation_id: int, document: str, actor: Actor) -> int:
    """Give a line the units that were made for it and are reserved; return how many it took.

    What the line wants no more is free for everyone. A reservation that has ended, or whose time is over, gives
    nothing.
    Publishes LinesReallocated.
    """
    line = OrderLine.objects.filter(pk=line_id).values("order_id").first()
    if line is not None:
        locked(line["order_id"])
    reservation = Reservation.objects.filter(pk=reservation_id).first()
    if reservation is None or not reservation.holds(clock.now()):
        log.warning("made_goods_not_kept", reservation=reservation_id, line=line_id)
        return 0
    taken = (
        ordering.fill_from_reservation(
            line_id=line_id, reservation_id=reservation_id, document=document, actor=actor
        )
        if line is not None
        else 0
    )
    if not taken:
        reservations.release_reservation(
            reservation_id=reservation_id,
            reason="The order wants them no more.",
            actor=actor,
        )
    return taken
