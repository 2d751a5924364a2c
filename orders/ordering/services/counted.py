"""A count found fewer units than orders were promised: take them off the newest orders, and serve those anew."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from inventory.counting import services as counting
from inventory.counting.models import CountLine, CountOrder
from inventory.stock.models import Level
from oms.core import locking
from oms.core.actors import Actor
from orders.ordering import errors
from orders.ordering.models import Order
from orders.ordering.services import lasting, losing
from orders.ordering.services.lasting import Loss, PickedAt


@dataclass(frozen=True, slots=True)
class CountPosted:
    """A posted count, and what became of the units that orders lost."""

    count: CountOrder
    rerouted: int
    backordered: int


def losses_of_count(*, count_id: int, picked: PickedAt) -> list[Loss]:
    """Return what posting a count takes off orders: what is missing beyond the available units, newest order first.

    Picked and packed units stay with their orders. Nothing is locked: whoever posts locks the orders and asks again.
    Raises CountTakesPicked.
    """
    missing = _missing(count_id)
    if not missing:
        return []
    losses = []
    holders: set[int] = set()
    for each in lasting.promised_at(missing, picked=picked):
        if each.unpicked < each.quantity:
            holders.add(each.line.order_id)
        taken = min(missing[each.level_id], each.unpicked)
        if taken:
            missing[each.level_id] -= taken
            losses.append(each.loss(taken))
    if any(missing.values()):
        _refuse(missing, holders)
    return losses


@transaction.atomic
def post_count(
    *, count_id: int, losses: Sequence[Loss], actor: Actor, version: int | None = None
) -> CountPosted:
    """Post a count, and take `losses` off their orders: other locations take them where they can, the rest waits.

    The work of the warehouse has been relieved of them. Raises what `counting.post` raises, OrderMissing, NotAllocated,
    and Raced when a rival was faster. Publishes LinesReallocated per order that is served from elsewhere, and
    LinesBackordered per order that is not.
    """
    orders = {
        order.pk: order
        for order in locking.lock(
            Order.objects.filter(pk__in=sorted({loss.order_id for loss in losses}))
        )
    }
    count = counting.lock(count_id, version=version)
    # All at once and by key: rivals that move to each other's place would wait in a circle.
    locking.lock(
        Level.objects.filter(
            Q(location_id=count.location_id, sku__in=count.lines.values("sku"))
            | Q(sku_id__in={loss.sku_id for loss in losses})
        )
    )
    cause = f"count:{count.pk}"
    losing.take_off(losses=losses, document=count.number, cause=cause, actor=actor)
    count = counting.post(count_id=count_id, actor=actor)
    rerouted = losing.serve_anew(
        orders=orders,
        losses=losses,
        document=count.number,
        cause=cause,
        kind="order.lost_to_count",
        data={"count": count.number},
        actor=actor,
    )
    return CountPosted(count, rerouted, sum(loss.quantity for loss in losses) - rerouted)


def _missing(count_id: int) -> dict[int, int]:
    """Return by level how many units a count misses that are not available."""
    counted = CountLine.objects.filter(count_id=count_id, counted__isnull=False)
    wanted = {
        (line.sku_id, line.location_id): -line.difference
        for line in counted
        if line.difference is not None and line.difference < 0
    }
    levels = Level.objects.filter(
        sku_id__in={sku_id for sku_id, _ in wanted},
        location_id__in={location_id for _, location_id in wanted},
    )
    found = {
        level.pk: wanted[level.sku_id, level.location_id] - level.available for level in levels
    }
    return {level_id: units for level_id, units in found.items() if units > 0}


def _refuse(missing: Mapping[int, int], holders: Collection[int]) -> None:
    short = {
        level.sku.code: missing[level.pk]
        for level in Level.objects.filter(pk__in=[k for k, n in missing.items() if n])
        .select_related("sku")
        .order_by("sku__code")
    }
    numbers = list(
        Order.objects.filter(pk__in=holders).order_by("-pk").values_list("number", flat=True)[:50]
    )
    named = f" Orders: {', '.join(numbers[:5])}." if numbers else ""
    words = ", ".join(f"{code}: {units} too many" for code, units in list(short.items())[:5])
    raise errors.CountTakesPicked(f"{words}.{named}", orders=numbers, skus=short)
