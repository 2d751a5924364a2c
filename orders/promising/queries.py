"""What can be promised of goods that are on their way."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from types import MappingProxyType

from django.db.models import F, Sum

from inventory.inbound.models import Inbound
from inventory.kits import queries as kits
from inventory.kits.rules import Part as KitPart
from inventory.reservations import queries as availability
from oms.core import clock
from orders.ordering import queries as ordering
from orders.ordering.models import Order, OrderLine
from orders.ordering.rules import Lasting, Waiter
from orders.ordering.services import lasting as shelves
from orders.promising import rules
from orders.promising.rules import Claimant, Part, Supply

PREORDER = "orders.preorder"
NO_KITS: Mapping[int, Sequence[KitPart]] = MappingProxyType({})


def of_order(order: Order) -> Mapping[int, Sequence[Part]]:
    """Return, for each line of `order` with waiting units, when they come. Four statements, none if nothing waits."""
    if not order.has_backorder:
        return {}
    own = set(ordering.waiting().filter(order=order).values_list("sku_id", flat=True))
    return {
        waiter.line: rules.by_day(portions)
        for waiter, portions in all_in_turn(own)
        if waiter.order == order.pk
    }


def all_in_turn(sku_ids: Collection[int]) -> list[tuple[Waiter, Sequence[Supply]]]:
    """Return the lines that wait for SKUs as they are served, each with what its units rest on.

    Three statements, and some more for a SKU that expires and of which somebody demands that it lasts.
    """
    turns = ordering.in_turn(sku_ids)
    supplies = _supplies(sku_ids)
    today = _today()
    found = []
    for sku_id, turn in turns.items():
        rests = rules.rest_on(
            supplies[sku_id],
            [Claimant(waiter.units, waiter.life_days) for waiter in turn],
            today=today,
            lasting=_lasting(sku_id, turn),
        )
        whole: dict[int, tuple[Waiter, Sequence[Supply]]] = {}
        for waiter, found_portions in zip(turn, rests, strict=True):
            portions = rules.until_release(
                found_portions, PREORDER, waiter.preorder, waiter.released_on, today=today
            )
            if waiter.line in whole:  # it stands twice: some of its units are set aside by hand
                first, before = whole[waiter.line]
                both = replace(first, units=first.units + waiter.units)
                whole[waiter.line] = (both, rules.together(before, portions))
            else:
                whole[waiter.line] = (waiter, portions)
        found += list(whole.values())
    return found


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
        ordering.waiting()
        .filter(sku_id__in=stocked)
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

    The lines have their orders at hand. Four statements.
    """
    turn = all_in_turn([sku_id])[:limit]
    lines = OrderLine.objects.select_related("order").in_bulk([waiter.line for waiter, _ in turn])
    return [
        (lines[waiter.line], rules.by_day(portions))
        for waiter, portions in turn
        if waiter.line in lines
    ]


def _lasting(sku_id: int, turn: Sequence[Waiter]) -> Lasting | None:
    """Return how many units in stock last as long as those who wait demand; None: as many as there are."""
    found = shelves.lasting_for(sku_id, turn)
    if not found:
        return None
    total: Counter[int] = Counter()
    for here in found.values():
        total.update(here)
    return total


def _supplies(
    sku_ids: Collection[int], *, location_codes: frozenset[str] | None = None
) -> Mapping[int, Sequence[Supply]]:
    """Return what is in stock and what comes, where orders are shipped from."""
    today = _today()
    found: defaultdict[int, list[Supply]] = defaultdict(list)
    free: defaultdict[int, int] = defaultdict(int)
    for level in availability.availability(sku_ids=sku_ids, location_codes=location_codes):
        free[level.sku_id] += level.available_to_sell
    for sku_id, units in free.items():
        found[sku_id].append(Supply(units, today))
    coming = Inbound.objects.filter(
        level__sku_id__in=sku_ids,
        level__location__is_active=True,
        level__location__ships_orders=True,
    )
    if location_codes is not None:
        coming = coming.filter(level__location__code__in=location_codes)
    rows = coming.values_list(F("level__sku_id"), "quantity", "due_on", "supply", "supply_id")
    for sku_id, *supply in rows:
        found[sku_id].append(Supply(*supply))
    return found


def _today() -> date:
    return clock.now().date()
