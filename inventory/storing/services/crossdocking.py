"""Goods that orders wait for go to where orders leave, and not to a shelf."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from inventory.bins import queries as bins
from inventory.bins.models import Bin
from inventory.bins.states import BinKind
from inventory.stock.models import Level
from inventory.stock.services import Spot
from inventory.storing import rules, waiting
from inventory.storing.models import CrossDock
from oms.core import locking
from oms.core.actors import Actor


@dataclass(frozen=True, slots=True)
class Arrival:
    """Units of a locked level, its location at hand, that are about to come; `bin_code` names a bin for all of them."""

    level: Level
    quantity: int
    cause: str
    is_available: bool = True
    bin_code: str = ""


def place(
    *, arrivals: Sequence[Arrival], document: str, actor: Actor, refuse: bool = False
) -> dict[str, tuple[Spot, ...]]:
    """Say where units lie that come to a location with bins, by cause; where nothing is said, at the receiving dock.

    Units that become available and that orders wait for go to the cross-dock, or to the outbound dock where there is
    none, and the split is kept. `refuse` has all of them put away. They are allocated as always, by the event of their
    arrival; where they lie changes no quantity. At other locations nothing is said. Raises BinMissing, NoDock.
    """
    here = [each for each in arrivals if each.level.location.uses_bins]
    if not here:
        return {}
    location = here[0].level.location
    named = {
        code: bins.named(location.pk, code)
        for code in sorted({e.bin_code for e in here if e.bin_code})
    }
    # By key, before the levels' contents ask for them one by one.
    locking.lock(Bin.objects.filter(pk__in=[each.pk for each in named.values()]))
    spots: dict[str, tuple[Spot, ...]] = {
        each.cause: (Spot(named[each.bin_code].pk),) for each in here if each.bin_code
    }
    wanted = [each for each in here if not each.bin_code and each.is_available]
    if not wanted or not location.ships_orders:
        return spots
    waits = waiting.units({each.level.sku_id for each in wanted})
    taken: defaultdict[int, int] = defaultdict(int)
    decided = []
    for each in wanted:
        sku_id = each.level.sku_id
        units = rules.to_cross_dock(
            each.quantity,
            waiting=max(0, waits.get(sku_id, 0) - taken[sku_id]),
            available=each.level.available,
            safety_stock=each.level.safety_stock,
        )
        if not units:
            continue
        taken[sku_id] += units
        decided.append((each, units))
    if not decided:
        return spots
    target = None if refuse else _where_orders_leave(location.pk)
    CrossDock.objects.bulk_create(
        CrossDock(
            location=location,
            sku_id=each.level.sku_id,
            document=document,
            cause=each.cause,
            received=each.quantity,
            waiting=waits[each.level.sku_id],
            quantity=0 if target is None else units,
            bin=target,
            is_refused=refuse,
            actor=str(actor),
        )
        for each, units in decided
    )
    if target is not None:
        spots |= {each.cause: (Spot(target.pk, quantity=units),) for each, units in decided}
    return spots


def _where_orders_leave(location_id: int) -> Bin:
    found = (
        Bin.objects.usable()
        .filter(location_id=location_id, kind=BinKind.CROSSDOCK)
        .in_walk_order()
        .first()
    )
    return found or bins.dock(location_id, BinKind.OUTBOUND)
