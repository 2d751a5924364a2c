"""Place an order, and note what the supplier says to it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from django.db import transaction

from inventory import events
from inventory.purchasing import errors, queries
from inventory.purchasing.models import PurchaseLine, PurchaseOrder
from inventory.purchasing.services import ending, steps
from inventory.purchasing.states import OPEN, PURCHASE_ORDER, PurchaseStatus
from oms.core import clock, money
from oms.core.actors import Actor
from oms.core.errors import FieldProblem
from oms.core.outbox import services as outbox
from oms.core.timeline import services as timeline

Rest = Literal["backorder", "cancel"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """What the supplier confirms of a line: units in all, and where they differ the cost and the day.

    Of units that are not confirmed, the rest is backordered at the supplier (until `rest_on`, or the day known before)
    or cancelled.
    """

    sku_code: str
    quantity: int
    unit_cost: Decimal | None = None
    expected_on: date | None = None
    rest: Rest = "backorder"
    rest_on: date | None = None


@transaction.atomic
def place(*, order_id: int, actor: Actor, below_minimum: bool = False) -> PurchaseOrder:
    """Send a draft off: prices and days are fixed, and what comes is said.

    `below_minimum` orders less than the supplier's minimum value all the same. Raises PurchaseOrderMissing,
    IllegalTransition, InvalidPurchase (every line without a price), BelowMinimum. Publishes PurchaseOrderPlaced.
    """
    order = steps.lock(order_id)
    PURCHASE_ORDER.target(order.status, "place")
    lines = steps.lines_of(order)
    if not order.supplier.is_active:
        raise errors.InvalidPurchase(
            problems=[FieldProblem("/supplier", "unknown_reference", "No such supplier.")]
        )
    at = clock.now()
    _fix(order, lines, placed_on=queries.day_at(order.location, at))
    total = queries.total(lines, order.currency)
    if total < order.supplier.minimum_order and not below_minimum:
        least = money.format_money(order.supplier.minimum_order, order.currency)
        raise errors.BelowMinimum(
            f"{order.supplier.name} takes orders from {least} on; this one is"
            f" {money.format_money(total, order.currency)}.",
            minimum=str(money.quantize(order.supplier.minimum_order, order.currency)),
            total=str(total),
        )
    steps.move(order, "place", actor=actor, placed_at=at)
    steps.expect(order, lines)
    outbox.publish(events.PurchaseOrderPlaced(purchase_order_id=order.pk, version=order.version))
    return order


@transaction.atomic
def acknowledge(
    *, order_id: int, confirmations: Sequence[Confirmed] = (), reference: str = "", actor: Actor
) -> PurchaseOrder:
    """Note what the supplier confirms; lines that are not named are confirmed as they stand.

    May be said again while something is to come, when the supplier thinks anew. An order of which the supplier confirms
    nothing and we want nothing later is cancelled. Raises PurchaseOrderMissing, IllegalTransition, InvalidConfirmation.
    """
    order = steps.lock(order_id)
    if order.status not in OPEN:
        raise PURCHASE_ORDER.refusal(order.status, "acknowledge")
    lines = steps.lines_of(order)
    said = _said(confirmations, lines)
    differences = {
        line.sku.code: found for line in lines if (found := _confirm(line, said.get(line.sku.code)))
    }
    reference = reference[:60] or order.reference
    at = clock.now()
    if order.status == PurchaseStatus.PLACED:
        steps.move(order, "acknowledge", actor=actor, acknowledged_at=at, reference=reference)
    else:
        steps.touch(order, acknowledged_at=at, reference=reference)
    timeline.record(
        order,
        "purchase_order.confirmed",
        actor=actor,
        data={"reference": reference, "differences": differences},
    )
    ending.finish(order, lines, actor=actor, reason="The supplier delivers nothing of the rest.")
    steps.expect(order, lines)
    return order


def _fix(order: PurchaseOrder, lines: list[PurchaseLine], *, placed_on: date) -> None:
    """Write price and day onto the lines, as they are and as we ask for them."""
    terms = queries.offers(order.supplier, [line.sku_id for line in lines], on=placed_on)
    lead_days = {
        line.sku_id: terms[line.sku_id].lead_days
        if line.sku_id in terms
        else order.supplier.lead_days
        for line in lines
    }
    days = queries.expected_on(order.supplier, placed_on=placed_on, lead_days=lead_days.values())
    problems = []
    for index, line in enumerate(lines):
        offer = terms.get(line.sku_id)
        cost = line.unit_cost
        if cost is None and offer is not None:
            cost = offer.unit_cost(line.ordered)
        if cost is None:
            problems.append(
                FieldProblem(
                    f"/lines/{index}/unit_cost",
                    "no_price",
                    f"The terms give no price for {line.sku.code}; say what it costs.",
                )
            )
        if line.expected_on is not None and line.expected_on < placed_on:
            problems.append(
                FieldProblem(
                    f"/lines/{index}/expected_on", "in_the_past", "This day has passed already."
                )
            )
        line.unit_cost = line.asked_cost = cost
        line.expected_on = line.asked_on = line.expected_on or days[lead_days[line.sku_id]]
        if offer is not None:
            line.supplier_code = offer.code
    if problems or not lines:
        raise errors.InvalidPurchase(problems=problems)
    PurchaseLine.objects.bulk_update(
        lines, ["unit_cost", "asked_cost", "expected_on", "asked_on", "supplier_code"]
    )


def _said(confirmations: Sequence[Confirmed], lines: list[PurchaseLine]) -> Mapping[str, Confirmed]:
    """Return the confirmations by SKU; raise InvalidConfirmation with everything that is wrong."""
    known = {line.sku.code: line for line in lines}
    counted = Counter(each.sku_code for each in confirmations)
    problems = []
    for index, each in enumerate(confirmations):
        at = f"/lines/{index}"
        line = known.get(each.sku_code)
        if line is None:
            problems.append(
                FieldProblem(f"{at}/sku", "unknown_reference", "No line of this order.")
            )
            continue
        if counted[each.sku_code] > 1:
            problems.append(FieldProblem(f"{at}/sku", "repeated", "This SKU comes twice."))
        most = line.ordered - line.cancelled
        if not min(line.received, most) <= each.quantity <= most:
            problems.append(
                FieldProblem(
                    f"{at}/quantity",
                    "number_range",
                    f"{most} units of {each.sku_code} are ordered, {line.received} have come.",
                )
            )
        if each.rest not in ("backorder", "cancel"):
            problems.append(FieldProblem(f"{at}/rest", "unknown_choice", "No such choice."))
        if each.unit_cost is not None:
            problems += steps.cost_problems(f"{at}/unit_cost", each.unit_cost)
    if problems:
        raise errors.InvalidConfirmation(problems=problems)
    return {each.sku_code: each for each in confirmations}


def _confirm(line: PurchaseLine, said: Confirmed | None) -> dict[str, str]:
    """Write what was said about a line; return what differs from what was asked, in words of the timeline."""
    if said is None:
        steps.change_line(line, confirmed=line.ordered - line.cancelled)
        return {}
    rest = line.ordered - line.cancelled - said.quantity
    changes: dict[str, object] = {"confirmed": said.quantity}
    if said.rest == "cancel":
        changes |= {
            "cancelled": line.cancelled + rest,
            "backordered": 0,
            "backordered_on": None,
        }
    else:
        late_on = said.rest_on or line.backordered_on
        changes |= {"backordered": rest, "backordered_on": late_on if rest else None}
    if said.unit_cost is not None:
        changes["unit_cost"] = said.unit_cost
    if said.expected_on is not None:
        changes["expected_on"] = said.expected_on
    steps.change_line(line, **changes)
    found = {}
    if rest:
        found["quantity"] = f"{said.quantity} confirmed, {rest} {said.rest}"
    if line.unit_cost != line.asked_cost:
        found["unit_cost"] = f"{line.asked_cost} -> {line.unit_cost}"
    if line.expected_on != line.asked_on:
        found["expected_on"] = f"{line.asked_on} -> {line.expected_on}"
    return found
