"""Derived statuses and unit amounts: pure functions over counters."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from oms.core import money


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
    per_kit: int | None = None,
) -> Decimal:
    """Return what the next `units` units of a line are worth after `credited` units were credited before.

    Unit amounts are the largest-remainder shares of the line's total, taken in order, so that crediting all units in
    any steps sums to `total` exactly. With `per_kit` units in each kit, the kits share the total and the units of each
    share its part, so that kit after kit is worth the same, but for a minor unit.
    """
    if per_kit is None:
        return money.unit_share(total, ordered, credited, units, currency)

    def first(count: int) -> Decimal:
        kits, rest = divmod(count, per_kit)
        of_kits = money.unit_share(total, ordered // per_kit, 0, kits, currency)
        if not rest:
            return of_kits
        next_kit = money.unit_share(total, ordered // per_kit, kits, 1, currency)
        return of_kits + money.unit_share(next_kit, per_kit, 0, rest, currency)

    return first(credited + units) - first(credited)
