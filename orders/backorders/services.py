"""Go through the orders whose units waited long enough."""

from functools import partial

import structlog

from oms.core import transactions
from oms.core.errors import DomainError
from orders.ordering import services as ordering

log = structlog.get_logger()


def cancel_overdue() -> int:
    """Cancel the units that wait although their day is over, one order in a transaction; return the units.

    An order that cannot be cancelled stops no other; it is tried again by the next call.
    """
    units = 0
    for order_id in ordering.orders_that_waited_long_enough():
        try:
            units += transactions.retrying(partial(ordering.cancel_waiting, order_id=order_id))
        except DomainError as error:
            log.warning("backorder_left_waiting", order_id=order_id, error=error.code)
    return units
