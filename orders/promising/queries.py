"""What can be promised of goods that are on their way."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from types import MappingProxyType

from django.db.models import F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from inventory.inbound.models import Inbound
from inventory.kits import queries as kits
from inventory.kits.rules import Part as KitPart
from inventory.reservations import queries as availability
from oms.core import clock
from orders.ordering.models import Order, OrderLine
from orders.ordering.states import OrderStatus
from orders.promising import rules
from orders.promising.rules import Part, Supply

NO_KITS: Mapping[int, Sequence[KitPart]] = MappingProxyType({})


def of_order(order: Order) -> Mapping[int, Sequence[Part]]:
    """Return, for each line of `order` with waiting units, when they come. Three statements, none if nothing waits."""
    if not order.has_backorder:
        return {}
    before = (
        waiting()
        .filter(sku_id=OuterRef("sku_id"), pk__lt=OuterRef("pk"))
        .order_by()
        .values("sku_id")
        .annotate(units=Sum("backordered"))
        .values("units")
    )
    rows = list(
        waiting()
        .filter(order=order)
        .annotate(ahead=Coalesce(Subquery(before), 0))
        .values_list("pk", "sku_id", "backordered", "ahead")
    )
    supplies = _supplies({sku_id for _, sku_id, _, _ in rows})
    today = _today()
    return {
        line_id: rules.promise(supplies[sku_id], ahead=ahead, units=units, today=today)
        for line_id, sku_id, units, ahead in rows
    }


def for_new_orders(
    sku_ids: Collection[int],
    *,
    parts: Mapping[int, Sequence[KitPart]] = NO_KITS,
    location_codes: frozenset[str] | None = None,
) -> Mapping[int, Sequence[Part]]:
    """Return the units of SKUs that a new order could be promised, by day, behind all that waits. Three statements.

    `parts` are those of the SKUs that are kits: as many kits are promised as their parts make. `location_codes` leaves
    out what other places have or get (None: nothing).
    """
    stocked = kits.needed(parts, sku_ids)
    ahead = dict(
        waiting()
        .filter(sku_id__in=stocked)
        .order_by()
        .values_list("sku_id")
        .annotate(units=Sum("backordered"))
    )
    supplies = _supplies(stocked, location_codes=location_codes)
    today = _today()
    free = {
        sku_id: rules.free(supplies[sku_id], ahead=ahead.get(sku_id, 0), today=today)
        for sku_id in stocked
    }
    return {
        sku_id: rules.of_kit([(part.units, free[part.sku_id]) for part in parts[sku_id]])
        if sku_id in parts
        else free[sku_id]
        for sku_id in sku_ids
    }


def queue(sku_id: int, *, limit: int) -> Sequence[tuple[OrderLine, Sequence[Part]]]:
    """Return the first lines that wait for a SKU, in the order in which they are served, each with its days.

    The lines have their orders at hand. Three statements.
    """
    lines = list(waiting().filter(sku_id=sku_id).select_related("order")[:limit])
    supplies = _supplies([sku_id])[sku_id] if lines else []
    today = _today()
    ahead = 0
    found = []
    for line in lines:
        units = line.backordered
        found.append((line, rules.promise(supplies, ahead=ahead, units=units, today=today)))
        ahead += units
    return found


def waiting() -> "QuerySet[OrderLine]":
    """Return the lines that wait for stock, in the order in which they are served."""
    return OrderLine.objects.filter(
        backordered__gt=0, order__status__in=[OrderStatus.PENDING, OrderStatus.CONFIRMED]
    ).order_by("pk")


def _supplies(
    sku_ids: Collection[int], *, location_codes: frozenset[str] | None = None
) -> Mapping[int, Sequence[Supply]]:
    """Return what is in stock and what comes, where orders are shipped from."""
    today = _today()
    found: defaultdict[int, list[Supply]] = defaultdict(list)
    for level in availability.availability(sku_ids=sku_ids, location_codes=location_codes):
        found[level.sku_id].append(Supply(level.available_to_sell, today))
    coming = Inbound.objects.filter(
        level__sku_id__in=sku_ids,
        level__location__is_active=True,
        level__location__ships_orders=True,
    )
    if location_codes is not None:
        coming = coming.filter(level__location__code__in=location_codes)
    rows = coming.values_list(F("level__sku_id"), "quantity", "due_on")
    for sku_id, units, due_on in rows:
        found[sku_id].append(Supply(units, due_on))
    return found


def _today() -> date:
    return clock.now().date()
