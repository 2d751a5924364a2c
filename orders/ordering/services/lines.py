"""What all use-cases of an order share: lock it, move units of its lines, bring the derived statuses up to date."""

from collections.abc import Mapping
from typing import Any

from django.db.models import F

from oms.core import clock, locking
from oms.core.errors import Stale
from orders.ordering import errors, rules, statements
from orders.ordering.models import Order, OrderLine

DEMAND = "orders.orderline"

_COUNTERS = (
    "ordered",
    "cancelled",
    "unallocated",
    "backordered",
    "allocated",
    "picked",
    "packed",
    "shipped",
    "delivered",
    "return_requested",
    "returned",
)


def locked(order_id: int, *, expected_version: int | None = None) -> Order:
    """Lock and return the order. Raises OrderMissing, and Stale when the caller has seen another version."""
    order = locking.lock_one(Order.objects.filter(pk=order_id), missing=errors.OrderMissing)
    if expected_version is not None and order.version != expected_version:
        raise Stale(current_version=order.version)
    return order


def shift(
    order: Order, units: Mapping[int, int], *, source: str | None, target: str | None
) -> dict[int, int]:
    """Move units between counters of the order's lines. Raises UnitsNotThere, and then nothing has changed.

    Returns the units that moved: lines with zero units are left out.
    """
    moving = {line: count for line, count in units.items() if count}
    if any(count < 0 for count in moving.values()):
        raise errors.UnitsNotThere("Units cannot be negative.")
    if moving and statements.move_units(
        order_id=order.pk, units=moving, source=source, target=target
    ) != len(moving):
        raise errors.UnitsNotThere(place=source or "order", units=moving)
    return moving


def refresh(order: Order, **changes: Any) -> list[rules.Units]:
    """Derive the order's statuses from its lines and write them, raising its version. Returns the lines' counters.

    `changes` are further fields of the order to write with the same statement.
    """
    lines = [
        rules.Units(*row)
        for row in OrderLine.objects.filter(order_id=order.pk)
        .order_by("position")
        .values_list(*_COUNTERS)
    ]
    values: dict[str, Any] = {
        "fulfillment_status": rules.fulfillment_status(lines),
        "return_status": rules.return_status(lines),
        "has_backorder": any(line.backordered for line in lines),
        "updated_at": clock.now(),
        **changes,
    }
    Order.objects.filter(pk=order.pk).update(version=F("version") + 1, **values)
    for name, value in values.items():
        setattr(order, name, value)
    order.version += 1
    return lines


def as_text(units: Mapping[int, int]) -> dict[str, int]:
    """Return `units` with keys that JSON can hold."""
    return {str(line): count for line, count in units.items()}
