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
    """Forget all demand and tell it anew from the first order on; return how many days that were."""
    until = clock.now() - SETTLED
    first = queries.first_day()
    planning.forget_demand()
    if first is None:
        return 0
    # Somewhere it may have been the day before, and it may already be the day after.
    begin, end = first - timedelta(days=1), until.date() + timedelta(days=1)
    days = {begin + timedelta(days=number) for number in range((end - begin).days + 1)}
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
