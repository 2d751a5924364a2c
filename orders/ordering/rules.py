"""Derived statuses, unit amounts, and who is served next: pure functions."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from inventory.reservations.rules import kept_back
from oms.core import money
from orders.routing import rules as routing


@dataclass(frozen=True, slots=True)
class Units:
    """The counters of one line."""

    ordered: int
    cancelled: int
    unallocated: int
    backordered: int
    allocated: int
    picked: int
    packed: int
    shipped: int
    delivered: int
    return_requested: int
    returned: int


def fulfillment_status(lines: Sequence[Units]) -> str:
    """Return the fulfillment status of an order from the counters of its lines."""

    def count(counter: str) -> int:
        return sum(getattr(line, counter) for line in lines)

    wanted = count("ordered") - count("cancelled")
    shipped, delivered = count("shipped"), count("delivered")
    if wanted == 0:
        return "cancelled"
    if delivered == wanted:
        return "delivered"
    if delivered:
        return "partially_delivered"
    if shipped == wanted:
        return "shipped"
    if shipped:
        return "partially_shipped"
    if count("picked") or count("packed"):
        return "in_progress"
    if count("backordered"):
        return "backordered"
    if count("allocated") == wanted:
        return "allocated"
    return "unfulfilled"


def return_status(lines: Sequence[Units]) -> str:
    """Return the return status of an order from the counters of its lines."""
    shipped = sum(line.shipped for line in lines)
    returned = sum(line.returned for line in lines)
    requested = sum(line.return_requested for line in lines)
    if returned and returned == shipped:
        return "returned"
    if returned and requested:
        return "in_progress"
    if returned:
        return "partially_returned"
    if requested:
        return "requested"
    return "none"


def is_complete(lines: Sequence[Units]) -> bool:
    """Say whether every unit has shipped or was cancelled, and at least one has shipped."""
    return any(line.shipped for line in lines) and all(
        line.shipped + line.cancelled == line.ordered for line in lines
    )


def credit_amount(
    *,
    total: Decimal,
    ordered: int,
    credited: int,
    units: int,
    currency: str,
    bundle: int | None = None,
) -> Decimal:
    """Return what the next `units` units of a line are worth after `credited` units were credited before.

    Unit amounts are the largest-remainder shares of the line's total, taken in order, so that crediting all units in
    any steps sums to `total` exactly. Where `bundle` units were sold as one, in a kit or a pack, those share the
    total and the units of each share its part, so that one after the other is worth the same, but for a minor unit.
    """
    if bundle is None:
        return money.unit_share(total, ordered, credited, units, currency)

    def first(count: int) -> Decimal:
        whole, rest = divmod(count, bundle)
        worth = money.unit_share(total, ordered // bundle, 0, whole, currency)
        if not rest:
            return worth
        begun = money.unit_share(total, ordered // bundle, whole, 1, currency)
        return worth + money.unit_share(begun, bundle, 0, rest, currency)

    return first(credited + units) - first(credited)


@dataclass(frozen=True, slots=True)
class Waiter:
    """A line with `units` that wait for a SKU. Keys of lines grow with their age; the lower `priority` goes first.

    For `pinned` of them the next units are set aside by hand, for the lower `rank` first. A line that was sold in
    advance names its `preorder`, and the day of release. What expires has to last `life_days` from shipping.
    """

    line: int
    order: int
    sku_id: int
    units: int
    priority: int
    promised_on: date | None = None
    pinned: int = 0
    rank: int = 0
    preorder: int = 0
    released_on: date | None = None
    life_days: int = 0


def in_turn(waiters: Iterable[Waiter]) -> list[Waiter]:
    """Return the lines in the order in which they are served: by priority, then promised day, then age.

    Units that are set aside by hand go before all others: their line stands twice if it has more.
    A line without a promised day stands right behind what was ordered before it: as if it were promised for the latest
    day of the older lines of its class. So nobody passes it who ordered later, and it passes nobody who ordered before.
    """
    every = sorted(waiters, key=lambda one: one.line)
    first = [
        replace(one, units=one.pinned)
        for one in sorted(every, key=lambda one: (one.rank, one.line))
        if one.pinned
    ]
    latest: dict[int, date] = {}
    stands: list[tuple[int, date, int, Waiter]] = []
    for waiter in every:
        before = latest.get(waiter.priority, date.min)
        day = waiter.promised_on or before
        latest[waiter.priority] = max(before, day)
        if rest := waiter.units - waiter.pinned:
            one = replace(waiter, units=rest, pinned=0)
            stands.append((waiter.priority, day, waiter.line, one))
    return [*first, *(waiter for *_, waiter in sorted(stands, key=lambda one: one[:3]))]


@dataclass(frozen=True, slots=True)
class Buyer:
    """Where an order goes, and how many units of the SKU its channel does not see."""

    destination: routing.Destination
    buffer: int = 0


# How many units of what lies there last for some numbers of days, each as if nobody else asked for any.
Lasting = Mapping[int, int]
NOTHING_EXPIRES: Mapping[int, Lasting] = MappingProxyType({})


def lasts_for(life_days: int, lasting: Lasting, given: Mapping[int, int]) -> int | None:
    """Return how many units are left that last so long, after `given` by the days that those had to last; None: all.

    Who asked for less took what expires first, so that he takes of these only what is missing there.
    """
    if not life_days:
        return None
    return max(
        0,
        min(
            (
                units - sum(count for life, count in given.items() if life >= days)
                for days, units in lasting.items()
                if days <= life_days
            ),
            default=0,
        ),
    )


def serve(
    turn: Iterable[Waiter],
    shelf: Iterable[routing.Candidate],
    buyers: Mapping[int, Buyer],
    lasting: Mapping[int, Lasting] = NOTHING_EXPIRES,
) -> list[routing.Take]:
    """Give what lies on the shelf to the lines that wait for the SKU, in turn; return who gets what from where.

    `buyers` is by order, `lasting` by location. A line gets what its channel sees of the stock and what lasts as long
    as it demands; what it cannot get is left to those behind it.
    """
    left = {one.location_id: one for one in shelf if one.quantity > 0}
    lives: defaultdict[int, Counter[int]] = defaultdict(Counter)
    given: list[routing.Take] = []
    for waiter in turn:
        if not left:
            break
        buyer = buyers[waiter.order]
        seen = sorted(left.values(), key=lambda one: (one.priority, one.location_id))
        kept = kept_back([one.quantity for one in seen], buyer.buffer)
        takes = routing.plan(
            [routing.Demand(waiter.line, waiter.sku_id, waiter.units)],
            [
                replace(one, quantity=_most_of(one, one.quantity - units, waiter, lasting, lives))
                for one, units in zip(seen, kept, strict=True)
            ],
            buyer.destination,
        ).takes
        for take in takes:
            lives[take.location_id][waiter.life_days] += take.quantity
            place = left.pop(take.location_id)
            if place.quantity > take.quantity:
                left[take.location_id] = replace(place, quantity=place.quantity - take.quantity)
        given += takes
    return _summed(given)


def _most_of(
    place: routing.Candidate,
    units: int,
    waiter: Waiter,
    lasting: Mapping[int, Lasting],
    lives: Mapping[int, Mapping[int, int]],
) -> int:
    """Return how many of the units that a line sees at a place last long enough for it."""
    if not lasting:
        return units
    here = place.location_id
    most = lasts_for(waiter.life_days, lasting.get(here, {}), lives[here])
    return units if most is None else min(units, most)


def _summed(takes: Iterable[routing.Take]) -> list[routing.Take]:
    """Return what each line takes from each place as one."""
    units: dict[tuple[int, int, int], int] = {}
    for take in takes:
        key = (take.line, take.sku_id, take.location_id)
        units[key] = units.get(key, 0) + take.quantity
    return [routing.Take(*key, quantity) for key, quantity in units.items()]
