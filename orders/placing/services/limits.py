"""What may be sold before it is there: counted under a lock after the order was written, so that it is sold once."""

from collections import Counter
from collections.abc import Collection, Sequence

from inventory.stock.models import Level
from oms.core import locking
from oms.core.errors import Raced
from orders.ordering import services as ordering
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


def within_lasting(
    takes: Sequence[routing.Take], *, life_days: int, line_ids: Collection[int]
) -> None:
    """See that what the order's lines took lasts as long as it demands, beside what others were promised.

    The units are allocated, so that rivals who take from the same places have finished, or wait for us. Raises Raced
    when a rival took what lasts meanwhile.
    """
    taken: Counter[tuple[int, int]] = Counter()
    for take in takes:
        taken[take.sku_id, take.location_id] += take.quantity
    most = ordering.most_lasting(
        sku_ids={sku for sku, _ in taken},
        life_days=life_days,
        location_ids={location for _, location in taken},
        besides=line_ids,
    )
    if any(units > most.get(place, 0) for place, units in taken.items()):
        raise Raced
