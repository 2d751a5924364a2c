"""The checks as data, by area."""

from oms.reporting.invariants.checks import (
    bins,
    costing,
    counting,
    kits,
    lots,
    money,
    orders,
    planning,
    production,
    promises,
    purchasing,
    records,
    reservations,
    stock,
    substitutes,
    transfers,
    warehouse,
)
from oms.reporting.invariants.checks.base import Check

__all__ = ["Check", "everything"]


def everything() -> list[Check]:
    """Return all checks in the order of their invariants."""
    found = [
        *stock.CHECKS,
        *bins.CHECKS,
        *lots.checks(),
        *reservations.CHECKS,
        *transfers.CHECKS,
        *counting.CHECKS,
        *production.CHECKS,
        *purchasing.CHECKS,
        *planning.CHECKS,
        *kits.CHECKS,
        *costing.CHECKS,
        *orders.CHECKS,
        *promises.CHECKS,
        *substitutes.CHECKS,
        *warehouse.CHECKS,
        *money.CHECKS,
        *records.checks(),
    ]
    return sorted(found, key=lambda check: int(check.invariant[1:]))
