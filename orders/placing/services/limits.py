"""What may be sold before it is there: counted under a lock after the order was written, so that it is sold once."""

from collections.abc import Collection, Sequence

from inventory.stock.models import Level
from oms.core import locking
from oms.core.errors import Raced
from orders.placing import queries
from orders.preorders.models import Preorder
from orders.routing import rules as routing


def within_preorders(preorder_ids: Collection[int], *, channel_id: int) -> None:
    """See that pre-orders sell no more than they may; the order's lines are written.

    The pre-orders are locked by key, before any stock. Raises Raced when a rival sold the units meanwhile.
    """
    locking.lock(Preorder.objects.filter(pk__in=preorder_ids))
    if queries.oversold(preorder_ids, channel_id=channel_id):
        raise Raced


def within_incoming(sku_ids: Collection[int], *, takes: Sequence[routing.Take]) -> None:
    """See that no more units of the SKUs wait than are on their way; the order's lines are written.

    All levels of the SKUs are locked, by key and with those that the order takes from, so that rivals queue here.
    Raises Raced when a rival was promised the units meanwhile.
    """
    locking.lock(Level.objects.filter(sku_id__in={*sku_ids, *(take.sku_id for take in takes)}))
    if queries.overdrawn(sku_ids):
        raise Raced
