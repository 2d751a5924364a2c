"""Write a purchase order: it touches nothing until it is placed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction

from inventory.catalog.models import Sku
from inventory.locations.models import Location
from inventory.purchasing import errors, queries
from inventory.purchasing.models import PurchaseLine, PurchaseOrder, Supplier
from inventory.purchasing.queries import Reach
from inventory.purchasing.services import steps
from inventory.purchasing.states import PURCHASE_ORDER, PurchaseStatus
from oms.core import clock, money, numbering
from oms.core.actors import Actor
from oms.core.errors import FieldProblem
from oms.core.timeline import services as timeline

PREFIX = "PO"
MOST_LINES = 500


@dataclass(frozen=True, slots=True)
class NewLine:
    """Units of a SKU that are wanted. Without a cost the terms decide when the order is placed, without a day too."""

    sku_code: str
    quantity: int
    unit_cost: Decimal | None = None
    expected_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A wanted line as it would be ordered today: in whole packs, with the price and the day of the terms."""

    sku: Sku
    wanted: int
    quantity: int
    supplier_code: str
    has_terms: bool
    pack_size: int
    minimum: int
    unit_cost: Decimal | None
    expected_on: date

    @property
    def is_rounded(self) -> bool:
        """Whether packs or minimum changed the quantity."""
        return self.quantity != self.wanted


@transaction.atomic
def draft(
    *,
    supplier_code: str,
    location_code: str,
    lines: Sequence[NewLine],
    actor: Actor,
    note: str = "",
    round_up: bool = True,
    location_codes: Reach = None,
) -> PurchaseOrder:
    """Write a draft to a supplier for a location; `round_up` makes whole packs and minimums of the quantities.

    `location_codes` limits the caller's reach (None: all places). Raises InvalidPurchase with everything that is wrong.
    """
    supplier = queries.find_supplier(supplier_code)
    location = queries.find_location(location_code, reach=location_codes)
    problems = []
    if supplier is None:
        problems.append(FieldProblem("/supplier", "unknown_reference", "No such supplier."))
    if location is None:
        problems.append(FieldProblem("/location", "unknown_reference", "No such location."))
    currency = supplier.currency if supplier is not None else None
    skus = _check(lines, currency, problems)
    if supplier is None or location is None:
        raise errors.InvalidPurchase(problems=problems)
    order = PurchaseOrder.objects.create(
        number=numbering.new_number(PREFIX),
        supplier=supplier,
        location=location,
        currency=supplier.currency,
        note=note[:500],
    )
    _write(order, lines, skus, round_up=round_up)
    timeline.record(
        order,
        "purchase_order.drafted",
        actor=actor,
        after={"status": str(PurchaseStatus.DRAFT)},
        data={"supplier": supplier.code, "location": location.code, "lines": len(lines)},
    )
    return order


@transaction.atomic
def change(
    *,
    order_id: int,
    lines: Sequence[NewLine],
    actor: Actor,
    note: str | None = None,
    round_up: bool = True,
) -> PurchaseOrder:
    """Replace the lines of a draft, and its note if one is given.

    Raises PurchaseOrderMissing, IllegalTransition when it is no draft any more, InvalidPurchase.
    """
    order = steps.lock(order_id)
    if order.status != PurchaseStatus.DRAFT:
        raise PURCHASE_ORDER.refusal(order.status, "change")
    skus = _check(lines, order.currency, [])
    before = {line.sku.code: line.ordered for line in steps.lines_of(order)}
    PurchaseLine.objects.filter(order=order).delete()
    _write(order, lines, skus, round_up=round_up)
    steps.touch(order, **({} if note is None else {"note": note[:500]}))
    timeline.record(
        order,
        "purchase_order.changed",
        actor=actor,
        data={
            "before": before,
            "after": {line.sku.code: line.ordered for line in steps.lines_of(order)},
        },
    )
    return order


def propose(
    *, supplier: Supplier, location: Location, lines: Sequence[NewLine], round_up: bool = True
) -> list[Proposal]:
    """Return what would be ordered if the draft were placed today; nothing is written. Raises InvalidPurchase."""
    return _proposals(
        supplier, location, lines, _check(lines, supplier.currency, []), round_up=round_up
    )


def _proposals(
    supplier: Supplier,
    location: Location,
    lines: Sequence[NewLine],
    skus: dict[str, Sku],
    *,
    round_up: bool,
) -> list[Proposal]:
    today = queries.day_at(location, clock.now())
    terms = queries.offers(supplier, [sku.pk for sku in skus.values()], on=today)
    lead_days = {sku_id: offer.lead_days for sku_id, offer in terms.items()}
    days = queries.expected_on(
        supplier, placed_on=today, lead_days=[supplier.lead_days, *lead_days.values()]
    )
    found = []
    for line in lines:
        sku = skus[line.sku_code]
        offer = terms.get(sku.pk)
        quantity = offer.quantity(line.quantity) if offer and round_up else line.quantity
        cost = line.unit_cost
        if cost is None and offer is not None:
            cost = offer.unit_cost(quantity)
        found.append(
            Proposal(
                sku=sku,
                wanted=line.quantity,
                quantity=quantity,
                supplier_code=offer.code if offer else "",
                has_terms=offer is not None,
                pack_size=offer.pack_size if offer else 1,
                minimum=offer.minimum if offer else 1,
                unit_cost=cost,
                expected_on=line.expected_on or days[lead_days.get(sku.pk, supplier.lead_days)],
            )
        )
    return found


def _check(
    lines: Sequence[NewLine], currency: str | None, problems: list[FieldProblem]
) -> dict[str, Sku]:
    """Return the SKUs by code; raise InvalidPurchase with `problems` and all that is wrong with the lines."""
    if not lines:
        problems.append(FieldProblem("/lines", "no_lines", "At least one line is needed."))
    if len(lines) > MOST_LINES:
        problems.append(FieldProblem("/lines", "too_many_lines", f"At most {MOST_LINES} lines."))
        raise errors.InvalidPurchase(problems=problems)
    skus = {sku.code: sku for sku in Sku.objects.filter(code__in={line.sku_code for line in lines})}
    counted = Counter(line.sku_code for line in lines)
    for index, line in enumerate(lines):
        at = f"/lines/{index}"
        sku = skus.get(line.sku_code)
        if sku is None or not sku.is_active:
            problems.append(FieldProblem(f"{at}/sku", "unknown_sku", "There is no such SKU."))
        elif counted[line.sku_code] > 1:
            problems.append(FieldProblem(f"{at}/sku", "repeated", "This SKU comes twice."))
        if not 1 <= line.quantity <= steps.LARGEST_UNITS:
            problems.append(
                FieldProblem(
                    f"{at}/quantity", "number_range", f"A quantity is 1 to {steps.LARGEST_UNITS}."
                )
            )
        if line.unit_cost is not None and currency is not None:
            problems += steps.cost_problems(f"{at}/unit_cost", line.unit_cost)
    if problems:
        raise errors.InvalidPurchase(problems=problems)
    return skus


def _write(
    order: PurchaseOrder, lines: Sequence[NewLine], skus: dict[str, Sku], *, round_up: bool
) -> None:
    proposals = _proposals(order.supplier, order.location, lines, skus, round_up=round_up)
    too_many = [
        FieldProblem(
            f"/lines/{index}/quantity", "number_range", "In whole packs this is out of range."
        )
        for index, each in enumerate(proposals)
        if each.quantity > steps.LARGEST_UNITS
    ]
    if too_many:
        raise errors.InvalidPurchase(problems=too_many)
    PurchaseLine.objects.bulk_create(
        PurchaseLine(
            order=order,
            position=position,
            sku=each.sku,
            supplier_code=each.supplier_code,
            unit_cost=line.unit_cost,
            expected_on=line.expected_on,
            ordered=each.quantity,
        )
        for position, (line, each) in enumerate(zip(lines, proposals, strict=True), start=1)
    )


def total_of(proposals: Sequence[Proposal], currency: str) -> Decimal:
    """Return what the proposals cost; those without a price count nothing."""
    return sum(
        (
            money.quantize((each.unit_cost or Decimal(0)) * each.quantity, currency)
            for each in proposals
        ),
        money.from_minor(0, currency),
    )
