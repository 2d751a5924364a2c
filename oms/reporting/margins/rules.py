"""The margin of an order line: a pure function of what was sold, what it cost and how it was sent."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from oms.core import money
from orders.ordering.rules import credit_amount

# Why there is no margin.
NOT_COSTED, UNKNOWN_COST, NO_RATE, NOT_SET_UP = (
    "not_costed",
    "unknown_cost",
    "no_rate",
    "not_set_up",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """Counters and amounts of a line; `bundle` units of it were sold as one, in a kit or a pack."""

    ordered: int
    cancelled: int
    credited: int
    shipped: int
    returned: int
    net: Decimal
    currency: str
    bundle: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What costing has written of a line: units and cost that went out and came back, and units of unknown cost."""

    out: int = 0
    cost: Decimal = Decimal(0)
    back_cost: Decimal = Decimal(0)
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class Margin:
    """What a line earns. `revenue` is in the order's currency, everything else in the company's.

    `units` are with the customer. Where something is not known, it is None, and `why` says why there is no margin.
    """

    units: int
    revenue: Decimal
    value: Decimal | None
    cost: Decimal | None
    freight: Decimal | None
    why: str = ""

    @property
    def margin(self) -> Decimal | None:
        """Return the net amount less the cost of the goods."""
        return None if self.value is None or self.cost is None else self.value - self.cost

    @property
    def after_freight(self) -> Decimal | None:
        """Return the margin less what the carrier took, None when that is not known."""
        margin = self.margin
        return None if margin is None or self.freight is None else margin - self.freight

    @property
    def percent(self) -> Decimal | None:
        """Return the margin in percent of the net amount, None when that is nothing."""
        margin = self.margin
        if margin is None or not self.value:
            return None
        return (100 * margin / self.value).quantize(Decimal("0.1"))

    @property
    def is_negative(self) -> bool:
        """Whether we lost money on it, the carrier included where that is known."""
        last = self.after_freight if self.after_freight is not None else self.margin
        return last is not None and last < 0


def revenue(sold: Sold) -> Decimal:
    """Return the net amount of the units that are paid for: shipped, not back, not credited.

    Credited units are the first of a line, cancelled ones among them; the others follow by their unit amounts.
    """
    paid = sold.shipped - max(sold.returned, sold.credited - sold.cancelled, 0)
    return credit_amount(
        total=sold.net,
        ordered=sold.ordered,
        credited=min(sold.credited, sold.ordered - paid),
        units=paid,
        currency=sold.currency,
        bundle=sold.bundle,
    )


def margin(
    sold: Sold,
    costs: Costs,
    *,
    company: str | None,
    rate: Decimal | None,
    freight: Decimal | None,
) -> Margin:
    """Return what a line earns. `rate`: what one unit of its currency is worth in the company's, None: not known."""
    earned = revenue(sold)
    units = sold.shipped - sold.returned
    if company is None:
        return Margin(units, earned, None, None, None, NOT_SET_UP)
    value = None if rate is None else money.quantize(earned * rate, company)
    if costs.out < sold.shipped:
        return Margin(units, earned, value, None, freight, NOT_COSTED)
    if costs.unknown:
        return Margin(units, earned, value, None, freight, UNKNOWN_COST)
    cost = costs.cost - costs.back_cost
    return Margin(units, earned, value, cost, freight, NO_RATE if value is None else "")


@dataclass(slots=True)
class Sum:
    """Lines that have a margin, added up; `left_out` have none. Freight, and what is left after it, are of lines of
    which freight is known.
    """

    company: str | None
    lines: int = 0
    left_out: int = 0
    without_freight: int = 0
    negative: int = 0
    units: int = 0
    value: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)
    freight: Decimal = Decimal(0)
    after_freight: Decimal = Decimal(0)

    @property
    def margin(self) -> Decimal:
        """Return what the lines earn in all."""
        return self.value - self.cost

    @property
    def knows_freight(self) -> bool:
        """Whether freight is known of any of the lines."""
        return self.without_freight < self.lines

    @property
    def percent(self) -> Decimal | None:
        """Return the margin in percent of the net amount."""
        return (100 * self.margin / self.value).quantize(Decimal("0.1")) if self.value else None


def add_up(margins: Iterable[Margin], company: str | None) -> Sum:
    """Add up what can be added up."""
    total = Sum(company)
    for each in margins:
        if each.margin is None or each.value is None or each.cost is None:
            total.left_out += 1
            continue
        total.lines += 1
        total.negative += each.is_negative
        total.units += each.units
        total.value += each.value
        total.cost += each.cost
        if each.freight is None or each.after_freight is None:
            total.without_freight += 1
        else:
            total.freight += each.freight
            total.after_freight += each.after_freight
    return total
