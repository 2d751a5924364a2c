"""Units that are held for one line, and are to be its own."""

from django.db import transaction

from inventory.reservations import services as reservations
from inventory.reservations.models import ReservationLine
from inventory.reservations.services import Promise
from oms.core.actors import Actor
from oms.core.outbox import services as outbox
from oms.core.timeline import services as timeline
from orders import events
from orders.ordering import errors
from orders.ordering.models import OrderLine
from orders.ordering.services import lines
from orders.ordering.states import OrderStatus


@transaction.atomic
def fill_from_reservation(*, line_id: int, reservation_id: int, document: str, actor: Actor) -> int:
    """Give a waiting line the units of its SKU that a reservation holds, out of turn; return how many it took.

    What it does not need is available again. A line that waits for nothing takes nothing, and the reservation stays as
    it is. Raises OrderMissing, Raced when the reservation has ended. Publishes LinesReallocated.
    """
    found = OrderLine.objects.filter(pk=line_id).values_list("order_id", flat=True).first()
    if found is None:
        raise errors.OrderMissing
    order = lines.locked(found)
    line = OrderLine.objects.get(pk=line_id)
    if order.status not in (OrderStatus.PENDING, OrderStatus.CONFIRMED) or not line.backordered:
        return 0
    promises = []
    left = line.backordered
    for held in ReservationLine.objects.filter(
        reservation_id=reservation_id, level__sku_id=line.sku_id
    ).select_related("level"):
        units = min(left, held.quantity)
        left -= units
        if units:
            promises.append(Promise(line.pk, line.sku_id, held.level.location_id, units))
    taken = line.backordered - left
    if not taken:
        return 0
    reservations.allocate(
        demand=lines.DEMAND,
        promises=promises,
        document=order.number,
        cause=f"reserved:{reservation_id}",
        actor=actor,
        reservation_id=reservation_id,
    )
    lines.shift(order, {line.pk: taken}, source="backordered", target="allocated")
    lines.refresh(order)
    told = lines.as_text({line.pk: taken})
    timeline.record(
        order,
        "order.backorder_filled",
        actor=actor,
        data={"units": told, "document": document},
    )
    outbox.publish(events.LinesReallocated(order_id=order.pk, units=told))
    return taken
