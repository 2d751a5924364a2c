"""Which lots or serial numbers came back: only what the customer was sent can."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence

from django.db.models import Sum

from fulfillment.shipping.models import ShippedLot
from inventory.lots import rules
from inventory.lots.models import Lot
from inventory.lots.rules import Batch, Need
from inventory.stock.models import BinMove
from inventory.stock.services import Spot
from oms.core import clock
from oms.core.errors import FieldProblem
from returns.authorizations.models import ReturnLine
from returns.receiving.models import Grade, Receipt
from returns.receiving.queries import CAUSE
from returns.receiving.rules import Graded


def name(
    units: Sequence[Graded], lines: Mapping[int, ReturnLine]
) -> tuple[list[tuple[Spot, ...]], list[FieldProblem]]:
    """Return for each entry which lots its units are, and everything that is wrong about them.

    Whoever was sent one lot only need not say it. What was sent before its SKU was tracked is of an unknown lot. No
    statement where nothing is tracked.
    """
    tracked = {
        each.order_line_id
        for each in units
        if each.order_line_id in lines and lines[each.order_line_id].order_line.sku.is_tracked
    }
    out = outstanding(tracked)
    lots = Lot.objects.select_related("sku").in_bulk(
        {lot_id for of_line in out.values() for lot_id in of_line}
    )
    spots: list[tuple[Spot, ...]] = []
    problems: list[FieldProblem] = []
    for index, each in enumerate(units):
        found: tuple[Spot, ...] = ()
        if each.order_line_id in tracked:
            left = out[each.order_line_id]
            found, wrong = _of_entry(f"/units/{index}", each, left, lots)
            problems += wrong
            for spot in found:
                left[spot.lot_id or 0] -= spot.quantity or 0
        spots.append(found)
    return spots, problems


def outstanding(order_line_ids: Collection[int]) -> dict[int, Counter[int]]:
    """Return by order line the units of lots that were sent and have not come back."""
    found: defaultdict[int, Counter[int]] = defaultdict(Counter)
    if not order_line_ids:
        return found
    line = "shipment_line__fulfillment_line__order_line_id"
    sent = ShippedLot.objects.filter(**{f"{line}__in": order_line_ids}, lot__isnull=False)
    for line_id, lot_id, units in sent.values_list(line, "lot_id").annotate(Sum("quantity")):
        found[line_id][lot_id] += units
    came = {
        f"{CAUSE}:{pk}": line_id
        for pk, line_id in Receipt.objects.filter(
            return_line__order_line__in=order_line_ids
        ).values_list("pk", "return_line__order_line_id")
    }
    for cause, lot_id, units in BinMove.objects.filter(
        cause__in=came, lot__isnull=False
    ).values_list("cause", "lot_id", "quantity"):
        found[came[cause]][lot_id or 0] -= units
    return found


def _of_entry(
    at: str, each: Graded, left: Counter[int], lots: Mapping[int, Lot]
) -> tuple[tuple[Spot, ...], list[FieldProblem]]:
    there = {lot_id: units for lot_id, units in left.items() if units > 0}
    if not each.lots:
        if not there:
            return (), []
        if len(there) > 1:
            words = "Say which of the lots or serial numbers that were sent came back."
            return (), [FieldProblem(f"{at}/lots", "lot_missing", words)]
        (lot_id,) = there
        wanted = {lot_id: min(each.quantity, there[lot_id])}
    else:
        by_number = {lots[lot_id].number: lot_id for lot_id in there}
        named = Counter[str]()
        for said in each.lots:
            named[said.number] += said.quantity
        wrong = [
            FieldProblem(
                f"{at}/lots",
                "lot_not_sent",
                f"{number} was not sent, or so many units of it have come back already.",
            )
            for number, units in named.items()
            if there.get(by_number.get(number, 0), 0) < units
        ]
        if sum(named.values()) != each.quantity:
            words = f"{each.quantity} units came back, {sum(named.values())} of them have a lot."
            wrong.append(FieldProblem(f"{at}/lots", "lot_units_differ", words))
        if wrong:
            return (), wrong
        wanted = {by_number[number]: units for number, units in named.items()}
    problems = []
    if each.grade == Grade.RESTOCK:
        on = clock.now().date()
        for lot_id in wanted:
            lot = lots[lot_id]
            batch = Batch(lot.pk, 1, lot.expires_on, lot.status)
            if why := rules.refusal(batch, Need(on, expires=lot.sku.expires)):
                words = f"{lot.number} cannot go back to stock: {why}."
                problems.append(FieldProblem(f"{at}/grade", "lot_not_sold", words))
    return tuple(Spot(lot_id=key, quantity=units) for key, units in wanted.items()), problems
