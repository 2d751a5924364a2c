"""Tell planning what was asked for."""

from datetime import date, timedelta

from django.db import transaction

from inventory.planning import queries as planning_queries
from inventory.planning import services as planning
from oms.core import clock
from orders.demand import queries

# Whoever changed an order has committed by then.
SETTLED = timedelta(minutes=2)
MOST_ORDERS = 5_000
_DAYS_AT_ONCE = 14


def tell(*, limit: int = MOST_ORDERS) -> int:
    """Tell the days of the orders that changed since the last time, each as a whole; return how many days that were.

    Of more than `limit` changed orders the next call goes on. What waits for stock is told as it is now.
    """
    since = planning_queries.told_until()
    days, until = queries.changed_days(since=since, until=clock.now() - SETTLED, limit=limit)
    _tell(days)
    planning.mark(until=until)
    tell_waiting()
    return len(days)


def tell_waiting() -> None:
    """Tell what open orders wait for."""
    with transaction.atomic():
        planning.record_waiting(units=queries.waiting())


def rebuild() -> int:
    """Forget all demand from the first order on and tell it anew; return how many days that were.

    Days before the first order are not ours: what was told of them stays.
    """
    until = clock.now() - SETTLED
    first = queries.first_day()
    if first is None:
        return 0
    planning.forget_demand(since=first)
    end = until.date() + timedelta(days=1)  # somewhere it is that day already
    days = {first + timedelta(days=number) for number in range((end - first).days + 1)}
    _tell(days)
    planning.mark(until=until)
    tell_waiting()
    return len(days)


def _tell(days: set[date]) -> None:
    """Tell days, some at a time, each lot in a transaction of its own."""
    ordered = sorted(days)
    for begin in range(0, len(ordered), _DAYS_AT_ONCE):
        some = ordered[begin : begin + _DAYS_AT_ONCE]
        with transaction.atomic():
            planning.record_demand(days=some, demand=queries.demand_of(some))
