"""Keep on orders and lines for when what waits is promised. The days are found in `orders.promising`."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from oms.core import clock
from orders.ordering import statements
from orders.ordering.models import Order, OrderLine


def keep_promises(orders: Sequence[Order], days: Mapping[int, date | None]) -> None:
    """Write the promised days of lines, and of their orders the last one of all that waits; four statements.

    Called by promising alone, which holds the locks of the orders. An order some of whose units have no day has none.
    """
    statements.promise_lines(days)
    waiting: defaultdict[int, list[date | None]] = defaultdict(list)
    rows = OrderLine.objects.filter(order__in=orders, backordered__gt=0)
    for order_id, day in rows.values_list("order_id", "promised_on"):
        waiting[order_id].append(day)
    at = clock.now()
    for order in orders:
        of_lines = waiting[order.pk]
        known = [day for day in of_lines if day is not None]
        order.expected_on = max(known) if known and len(known) == len(of_lines) else None
        order.updated_at = at
        order.version += 1
    Order.objects.bulk_update(orders, ["expected_on", "updated_at", "version"], batch_size=500)
