"""Periodic work on orders."""

from functools import partial

from celery import shared_task

from oms.core import transactions
from oms.core.actors import SYSTEM
from orders.ordering import queries
from orders.ordering import services as ordering


@shared_task
def recheck_backorders() -> int:
    """Serve waiting orders from stock that became free by any way; return the units given."""
    given = 0
    for sku_id in queries.skus_that_can_be_filled():
        given += transactions.retrying(
            partial(
                ordering.fill_backorders,
                sku_id=sku_id,
                document="backorder check",
                actor=SYSTEM,
            )
        )
    return given
