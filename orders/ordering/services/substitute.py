"""Put a line of something else in the place of units that wait."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F, Max

from inventory.reservations import services as reservations
from inventory.reservations.services import Promise
from oms.core import clock
from oms.core.actors import Actor
from oms.core.fields import exact
from oms.core.outbox import services as outbox
from oms.core.timeline import services as timeline
from orders import events
from orders.ordering import errors
from orders.ordering.models import Order, OrderLine
from orders.ordering.services import amounts, lines
from orders.ordering.states import ORDER
from orders.pricing.rules import LineAmounts
from orders.routing import rules as routing


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSubstitute:
    """A line whose amounts and places are known; `subtotal` is what it adds to the order's."""

    sku_id: int
    sku_code: str
    name: str
    tax_class: str
    unit_price: Decimal
    subtotal: Decimal
    amounts: LineAmounts
    takes: Sequence[routing.Take]


def substitute(
    order: Order, line: OrderLine, *, units: int, new: NewSubstitute, cause: str, actor: Actor
) -> OrderLine:
    """Cancel waiting units of a line and put the substitute on the order, allocated; the caller holds the order's lock.

    The amounts of both meet in what is owed: the old units are credited, the new line is added to the total. Raises
    IllegalTransition (the order has ended), UnitsNotThere, Raced. Publishes OrderCancelled, LinesReallocated.
    """
    ORDER.target(order.status, "cancel")
    if units > line.unallocated + line.backordered:
        raise errors.UnitsNotThere(place="waiting", units={str(line.pk): units})
    quantity = sum(take.quantity for take in new.takes)
    added = OrderLine.objects.create(
        order=order,
        position=(order.lines.aggregate(last=Max("position"))["last"] or 0) + 1,
        sku_id=new.sku_id,
        sku_code=new.sku_code,
        name=new.name,
        substitute_for=line,
        ordered=quantity,
        allocated=quantity,
        unit_price=new.unit_price,
        discount=new.amounts.discount,
        tax_class=new.tax_class,
        tax_lines=[
            {"name": tax.name, "rate": str(tax.rate), "amount": str(tax.amount)}
            for tax in new.amounts.taxes
        ],
        net=new.amounts.net,
        tax=new.amounts.tax,
        total=new.amounts.total,
    )
    Order.objects.filter(pk=order.pk).update(
        subtotal=exact(F("subtotal") + new.subtotal),
        tax_total=exact(F("tax_total") + new.amounts.tax),
        total=exact(F("total") + new.amounts.total),
        search=f"{order.search} {new.sku_code.lower()}",
        updated_at=clock.now(),
    )
    order.refresh_from_db()
    from_unallocated = min(units, line.unallocated)
    lines.shift(order, {line.pk: from_unallocated}, source="unallocated", target="cancelled")
    lines.shift(
        order, {line.pk: units - from_unallocated}, source="backordered", target="cancelled"
    )
    amounts.credit_substituted(order, line, units, cause=cause, actor=actor)
    reservations.allocate(
        demand=lines.DEMAND,
        promises=[
            Promise(added.pk, take.sku_id, take.location_id, take.quantity) for take in new.takes
        ],
        document=order.number,
        cause=f"{cause}:allocate",
        actor=actor,
    )
    lines.refresh(order)
    timeline.record(
        order,
        "order.substituted",
        actor=actor,
        data={
            "sku": line.sku_code,
            "units": units,
            "substitute": new.sku_code,
            "substitute_units": quantity,
            "total": str(new.amounts.total),
        },
    )
    outbox.publish(
        events.OrderCancelled(order_id=order.pk, units={str(line.pk): units}, whole=False),
        events.LinesReallocated(order_id=order.pk, units={str(added.pk): quantity}),
    )
    return added
