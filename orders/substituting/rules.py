"""What a substitute costs, and how many units it can replace: pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from oms.core import money
from orders.pricing import rules as pricing

KEEP, LOWER, OWN = "keep", "lower", "own"


@dataclass(frozen=True, slots=True)
class Priced:
    """The amounts of the new line. `subtotal` is what is added to the order's: with tax only if its prices are."""

    unit_price: Decimal
    subtotal: Decimal
    amounts: pricing.LineAmounts


def replaceable(*, waiting: int, free: int, ratio: int) -> int:
    """Return how many waiting units can be replaced by what is free, at `ratio` units each."""
    return min(waiting, max(0, free) // ratio)


def priced(
    *,
    rule: str,
    before: Decimal,
    list_price: Decimal | None,
    units: int,
    rates: Sequence[pricing.Rate],
    prices_include_tax: bool,
    currency: str,
) -> Priced:
    """Return what `units` of the substitute cost, in place of units that were sold for `before`, tax included.

    `keep`: the same, whatever the tax in it. `lower`: its own price where that is less. `own`: its own price. A
    substitute without a list price keeps what the original cost.
    """
    kept = _line(
        before, units, rates, included=True, currency=currency, show_tax=prices_include_tax
    )
    if rule == KEEP or list_price is None:
        return kept
    own = _line(
        money.quantize(list_price * units, currency),
        units,
        rates,
        included=prices_include_tax,
        currency=currency,
        show_tax=prices_include_tax,
    )
    return own if rule == OWN or own.amounts.total < before else kept


def _line(
    cost: Decimal,
    units: int,
    rates: Sequence[pricing.Rate],
    *,
    included: bool,
    currency: str,
    show_tax: bool,
) -> Priced:
    (amounts,) = pricing.compute(
        [pricing.PricedLine(units, Decimal(0), Decimal(0), tuple(rates), gross=cost)],
        discount=Decimal(0),
        shipping=Decimal(0),
        shipping_rates=(),
        prices_include_tax=included,
        currency=currency,
    ).lines
    subtotal = amounts.total if show_tax else amounts.net
    return Priced(money.quantize(subtotal / units, currency), subtotal, amounts)
