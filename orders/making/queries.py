"""What is being made for lines of orders."""

from collections.abc import Collection, Mapping, Sequence

from inventory.locations.models import Location
from inventory.production.models import ProductionOrder
from inventory.production.states import OPEN, ProductionStatus
from orders.ordering.models import OrderLine
from orders.ordering.services.lines import DEMAND

UNDER_WAY = (ProductionStatus.DRAFT, *OPEN)


def made_for(line_ids: Collection[int]) -> Mapping[int, Sequence[ProductionOrder]]:
    """Return the production orders under way for lines, oldest first. One statement."""
    found: dict[int, list[ProductionOrder]] = {}
    rows = ProductionOrder.objects.filter(
        demand=DEMAND, demand_id__in=line_ids, status__in=UNDER_WAY
    )
    for row in rows.order_by("pk"):
        if row.demand_id is not None:
            found.setdefault(row.demand_id, []).append(row)
    return found


def to_make(line: OrderLine, orders: Sequence[ProductionOrder]) -> int:
    """Return the units that a line waits for and that nobody makes for it yet."""
    return max(0, line.backordered - sum(order.open for order in orders))


def places() -> Sequence[Location]:
    """Return where goods can be made for orders: where orders are shipped from."""
    return list(Location.objects.shipping().order_by("priority", "code"))
