"""Want nothing more of an order: cancel what has not come, or close it short."""

from collections.abc import Mapping

from django.db import transaction

from inventory import events
from inventory.purchasing import errors
from inventory.purchasing.models import PurchaseLine, PurchaseOrder
from inventory.purchasing.services import steps
from inventory.purchasing.states import OPEN, PURCHASE_ORDER, PurchaseStatus
from oms.core.actors import Actor
from oms.core.errors import FieldProblem
from oms.core.outbox import services as outbox
from oms.core.text import is_blank
from oms.core.timeline import services as timeline


@transaction.atomic
def cancel(
    *, order_id: int, reason: str, actor: Actor, units: Mapping[str, int] | None = None
) -> PurchaseOrder:
    """Cancel units that have not come, by SKU code; None is all of them.

    When nothing is left to come, an order of which nothing has come is cancelled, another one received. Raises
    PurchaseReasonNeeded, PurchaseOrderMissing, IllegalTransition, InvalidPurchase, NotToCome (every line at once).
    Publishes PurchaseOrderCancelled when an order that was placed is cancelled.
    """
    check_reason(reason)
    order = steps.lock(order_id)
    lines = steps.lines_of(order)
    if order.status == PurchaseStatus.DRAFT and units is None:
        _cancel_rest(lines)
        steps.move(order, "cancel", actor=actor, reason=reason)
        return order
    if order.status not in OPEN:
        raise PURCHASE_ORDER.refusal(order.status, "cancel")
    taken = _cancel_rest(lines) if units is None else _cancel_some(lines, units)
    steps.touch(order)
    timeline.record(
        order, "purchase_order.units_cancelled", actor=actor, reason=reason, data={"units": taken}
    )
    finish(order, lines, actor=actor, reason=reason)
    steps.expect(order, lines)
    return order


@transaction.atomic
def close(*, order_id: int, reason: str, actor: Actor) -> PurchaseOrder:
    """End an order of which something has come; what has not come will not come any more.

    Raises PurchaseReasonNeeded, PurchaseOrderMissing, IllegalTransition.
    """
    check_reason(reason)
    order = steps.lock(order_id)
    PURCHASE_ORDER.target(order.status, "close")
    lines = steps.lines_of(order)
    short = _cancel_rest(lines)
    steps.move(order, "close", actor=actor, reason=reason)
    if short:
        timeline.record(
            order, "purchase_order.closed_short", actor=actor, reason=reason, data={"units": short}
        )
    steps.expect(order, lines)
    return order


def finish(order: PurchaseOrder, lines: list[PurchaseLine], *, actor: Actor, reason: str) -> None:
    """Move an open order on when nothing is left to come: cancelled if nothing has come, else received."""
    if any(line.to_come for line in lines):
        return
    if any(line.received for line in lines):
        last = order.receipts.filter(undone_at__isnull=True).order_by("-pk").first()
        steps.move(
            order,
            "cancel_rest",
            actor=actor,
            reason=reason,
            received_at=last.received_at if last else None,
        )
        return
    steps.move(order, "cancel", actor=actor, reason=reason)
    outbox.publish(events.PurchaseOrderCancelled(purchase_order_id=order.pk, version=order.version))


def check_reason(reason: str) -> None:
    """Raise PurchaseReasonNeeded for words that say nothing."""
    if is_blank(reason):
        raise errors.PurchaseReasonNeeded


def _cancel_rest(lines: list[PurchaseLine]) -> dict[str, int]:
    """Cancel all that is to come; return the units by SKU."""
    return _take_off(lines, {line.sku.code: line.to_come for line in lines if line.to_come})


def _cancel_some(lines: list[PurchaseLine], units: Mapping[str, int]) -> dict[str, int]:
    known = {line.sku.code: line for line in lines}
    senseless, too_many = [], []
    for code, count in units.items():
        line = known.get(code)
        if line is None:
            senseless.append(
                FieldProblem("/lines", "unknown_reference", "A SKU is on no line of this order.")
            )
        elif count < 1:
            senseless.append(FieldProblem("/lines", "number_range", "At least one unit."))
        elif count > line.to_come:
            too_many.append(
                FieldProblem(
                    "/lines", "not_to_come", f"{line.to_come} units of {code} are to come."
                )
            )
    if senseless or not units:
        raise errors.InvalidPurchase(problems=senseless)
    if too_many:
        raise errors.NotToCome(problems=too_many)
    return _take_off(lines, units)


def _take_off(lines: list[PurchaseLine], units: Mapping[str, int]) -> dict[str, int]:
    for line in lines:
        if count := units.get(line.sku.code, 0):
            # What the supplier has on backorder goes first.
            steps.change_line(
                line,
                cancelled=line.cancelled + count,
                backordered=max(0, line.to_come_late - count),
            )
    return dict(units)
