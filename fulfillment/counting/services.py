"""Count and post, with what the warehouse knows: what is picked, and which work waits for goods that are not there."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from django.db import transaction
from django.db.models import F, Sum

from fulfillment.work import services as work_services
from fulfillment.work.models import FulfillmentLine
from fulfillment.work.states import UNFINISHED
from inventory.catalog import queries as catalog
from inventory.counting import services as counting
from inventory.counting.errors import InvalidCount
from inventory.counting.services import Recorded
from inventory.stock import services as stock
from oms.core import locking, transactions
from oms.core.actors import Actor
from oms.core.errors import FieldProblem, Raced
from orders.ordering import services as ordering
from orders.ordering.models import Order
from orders.ordering.services import CountPosted

REASON = "not found by a count"


def record(
    *,
    count_id: int,
    sku_code: str,
    counted: int,
    actor: Actor,
    counter: str = "",
    found: bool = False,
) -> Recorded:
    """Note what lies on the shelf; what is picked does not. Raises what `inventory.counting.services.record` raises."""
    return counting.record(
        count_id=count_id,
        sku_code=sku_code,
        counted=counted,
        off_shelf=off_shelf,
        actor=actor,
        counter=counter,
        found=found,
    )


@dataclass(frozen=True, slots=True)
class Figure:
    """What somebody counted of a SKU; `found` when it was not expected there."""

    sku_code: str
    counted: int
    found: bool = False


@transaction.atomic
def record_all(
    *, count_id: int, figures: Sequence[Figure], actor: Actor, counter: str = ""
) -> list[Recorded]:
    """Note several figures of one person, all or none. Raises what `record` raises; a SKU that is wrong is named."""
    count = counting.lock(count_id)
    known = catalog.ids_by_code({figure.sku_code for figure in figures})
    # By key before the first figure: orders take their levels in that order.
    stock.lock_levels_at(location_ids=[count.location_id], sku_ids=known.values())
    noted = []
    for index, figure in enumerate(figures):
        try:
            recorded = record(
                count_id=count_id,
                sku_code=figure.sku_code,
                counted=figure.counted,
                found=figure.found,
                counter=counter,
                actor=actor,
            )
        except InvalidCount as error:
            problems = [
                FieldProblem(f"/figures/{index}{each.pointer}", each.code, each.message)
                for each in error.problems
            ]
            raise InvalidCount(problems=problems) from None
        noted.append(recorded)
    return noted


def post(*, count_id: int, actor: Actor, version: int | None = None) -> CountPosted:
    """Post a count, and plan anew what it takes off orders and their work, in one transaction.

    The newest orders lose first. Raises CountTakesPicked (naming the orders) when picked or packed units would have to
    go, what `inventory.counting.services.post` raises, and Busy. Publishes StockReceived, LinesReallocated, PickShort.
    """
    return transactions.retrying(partial(_post, count_id=count_id, actor=actor, version=version))


def off_shelf(sku_id: int, location_id: int) -> int:
    """Return how many units of a SKU at a location are picked or packed and have not shipped."""
    rows = FulfillmentLine.objects.filter(
        sku_id=sku_id, fulfillment_order__location_id=location_id
    ).filter(fulfillment_order__status__in=UNFINISHED)
    return rows.aggregate(units=Sum(F("picked") + F("packed")))["units"] or 0


def _post(*, count_id: int, actor: Actor, version: int | None) -> CountPosted:
    planned = ordering.losses_of_count(count_id=count_id, picked=work_services.picked_at)
    wanted = {loss.order_id for loss in planned}
    orders = {
        order.pk: order for order in locking.lock(Order.objects.filter(pk__in=sorted(wanted)))
    }
    # Again under the locks: a rival may have picked, cancelled or placed while we waited for the orders.
    losses = ordering.losses_of_count(count_id=count_id, picked=work_services.picked_at)
    if any(loss.order_id not in orders for loss in losses):
        raise Raced
    for loss in losses:
        work_services.relieve(orders[loss.order_id], loss, reason=REASON, actor=actor)
    return ordering.post_count(count_id=count_id, losses=losses, actor=actor, version=version)
