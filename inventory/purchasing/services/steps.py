"""What every act on a purchase order does: lock it, move it, tell it, say what is still to come."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.db.models import F

from inventory.inbound import services as inbound
from inventory.inbound.services import Expected
from inventory.purchasing import errors
from inventory.purchasing.models import PurchaseLine, PurchaseOrder
from inventory.purchasing.states import OPEN, PURCHASE_ORDER
from oms.core import locking
from oms.core.actors import Actor
from oms.core.errors import FieldProblem, Raced
from oms.core.timeline import services as timeline

# Two kinds of supply: what comes on the line's day, and what the supplier has on backorder.
SUPPLY = "inventory.purchaseline"
BACKORDER = "inventory.purchasebackorder"

LARGEST_UNITS = 1_000_000
LARGEST_COST = Decimal(1_000_000_000)


def lock(order_id: int) -> PurchaseOrder:
    """Lock the purchase order and return it as it is now. Raises PurchaseOrderMissing."""
    return locking.lock_one(
        PurchaseOrder.objects.filter(pk=order_id), missing=errors.PurchaseOrderMissing
    )


def lines_of(order: PurchaseOrder) -> list[PurchaseLine]:
    """Return the lines in their order, with their SKUs."""
    return list(PurchaseLine.objects.filter(order=order).select_related("sku").order_by("position"))


def move(
    order: PurchaseOrder, action: str, *, actor: Actor, reason: str = "", **changes: Any
) -> None:
    """Move the order by its table and tell it."""
    before = PURCHASE_ORDER.move(order, action, **changes)
    timeline.record(
        order,
        f"purchase_order.{order.status}",
        actor=actor,
        before={"status": str(before)},
        after={"status": str(order.status)},
        reason=reason,
    )


def touch(order: PurchaseOrder, **changes: Any) -> None:
    """Change columns of an order that stays in its state, so that whoever has seen it before notices."""
    PurchaseOrder.objects.filter(pk=order.pk).update(version=F("version") + 1, **changes)
    order.version += 1
    for name, value in changes.items():
        setattr(order, name, value)


def change_line(line: PurchaseLine, **changes: Any) -> None:
    """Change a line whose counters are still those that were read. Raises Raced."""
    changed = PurchaseLine.objects.filter(
        pk=line.pk,
        ordered=line.ordered,
        cancelled=line.cancelled,
        received=line.received,
        over=line.over,
    ).update(**changes)
    if not changed:
        raise Raced
    for name, value in changes.items():
        setattr(line, name, value)


def expect(order: PurchaseOrder, lines: list[PurchaseLine]) -> None:
    """Say what is still to come of the order, and when."""
    is_open = order.status in OPEN
    for supply in (SUPPLY, BACKORDER):
        late = supply == BACKORDER
        inbound.expect(
            supply=supply,
            lines=[
                Expected(
                    supply_id=line.pk,
                    sku_id=line.sku_id,
                    location_id=order.location_id,
                    quantity=_open(line, late=late) if is_open else 0,
                    due_on=line.backordered_on if late else line.expected_on,
                )
                for line in lines
            ],
        )


def _open(line: PurchaseLine, *, late: bool) -> int:
    return line.to_come_late if late else line.to_come - line.to_come_late


def cost_problems(pointer: str, cost: Decimal) -> Iterator[FieldProblem]:
    """Yield what is wrong with the cost of a unit: 0 or more, at most 4 decimals, however few the currency has."""
    exponent = cost.as_tuple().exponent
    if not cost.is_finite() or not 0 <= cost < LARGEST_COST:
        yield FieldProblem(pointer, "number_range", "This amount is out of range.")
    elif isinstance(exponent, int) and exponent < -4:
        yield FieldProblem(pointer, "minor_units", "A unit cost has at most 4 decimals.")
