"""The amounts of an order: pure functions.

For every line and for the whole, total = net + tax, whether the prices given include tax or not. The price of a kit is
spread over its parts; the parts that bear the same rates are taxed together, as they are sold, so that a kit of such
parts bears the tax of one line. The order's discount is spread over the lines by what they cost after their own
discount; shipping is spread over them by what they cost. All splitting is by largest remainder in minor units, so that
the parts always sum to the whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from oms.core import money


@dataclass(frozen=True, slots=True)
class Rate:
    """A tax that applies: 0.19 is 19 %."""

    name: str
    rate: Decimal


@dataclass(frozen=True, slots=True)
class PricedLine:
    """What is known of a line before amounts are computed. `discount` is for all units of the line.

    The part of a kit names it, and what all its units cost by its share of the kit's price: that is no multiple of a
    unit price.
    """

    quantity: int
    unit_price: Decimal
    discount: Decimal
    rates: tuple[Rate, ...]
    gross: Decimal | None = None
    kit: int | None = None


@dataclass(frozen=True, slots=True)
class TaxAmount:
    """One tax of one line."""

    name: str
    rate: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class LineAmounts:
    """The amounts of a line for all its units. `gross` is unit price times quantity, as the customer saw it."""

    gross: Decimal
    discount: Decimal
    net: Decimal
    tax: Decimal
    total: Decimal
    taxes: tuple[TaxAmount, ...]
    shipping_share: Decimal


@dataclass(frozen=True, slots=True)
class OrderAmounts:
    """The amounts of an order. total = sum of line totals + shipping_total."""

    lines: tuple[LineAmounts, ...]
    subtotal: Decimal
    discount_total: Decimal
    shipping_total: Decimal
    shipping_tax: Decimal
    tax_total: Decimal
    total: Decimal


def compute(
    lines: Sequence[PricedLine],
    *,
    discount: Decimal,
    shipping: Decimal,
    shipping_rates: Sequence[Rate],
    prices_include_tax: bool,
    currency: str,
) -> OrderAmounts:
    """Compute all amounts in `currency`.

    `discount` is on the whole order and at most what the lines cost; `shipping` is the charge, with tax when prices
    include tax. Raises ValueError when a discount is larger than what it is taken from.
    """
    zero = money.quantize(Decimal(0), currency)
    gross = [
        money.quantize(line.unit_price * line.quantity, currency)
        if line.gross is None
        else line.gross
        for line in lines
    ]
    own = [money.quantize(line.discount, currency) for line in lines]
    after_own = [amount - taken for amount, taken in zip(gross, own, strict=True)]
    if any(rest < 0 for rest in after_own) or discount > sum(after_own, zero):
        raise ValueError("A discount cannot be larger than what it is taken from.")
    shares = (
        money.allocate(discount, after_own, currency) if discount else [zero for _ in after_own]
    )

    bases = [rest - share for rest, share in zip(after_own, shares, strict=True)]
    taxed = _taxed(bases, lines, prices_include_tax, currency)
    shipping_net, shipping_taxes = _tax(
        money.quantize(shipping, currency), shipping_rates, prices_include_tax, currency
    )
    shipping_tax = sum((tax.amount for tax in shipping_taxes), zero)
    shipping_total = shipping_net + shipping_tax
    totals = [net + sum((tax.amount for tax in taxes), zero) for net, taxes in taxed]
    shipping_shares = (
        money.allocate(shipping_total, totals, currency) if shipping_total else [zero] * len(lines)
    )

    amounts = tuple(
        LineAmounts(
            gross=gross[index],
            discount=own[index] + shares[index],
            net=net,
            tax=totals[index] - net,
            total=totals[index],
            taxes=taxes,
            shipping_share=shipping_shares[index],
        )
        for index, (net, taxes) in enumerate(taxed)
    )
    return OrderAmounts(
        lines=amounts,
        subtotal=sum(gross, zero),
        discount_total=sum(own, zero) + sum(shares, zero),
        shipping_total=shipping_total,
        shipping_tax=shipping_tax,
        tax_total=sum((line.tax for line in amounts), zero) + shipping_tax,
        total=sum(totals, zero) + shipping_total,
    )


def kit_gross(
    *, unit_price: Decimal, quantity: int, weights: Sequence[Decimal | int], currency: str
) -> list[Decimal]:
    """Return what the parts of `quantity` kits cost, by their weights.

    Each kit is split alike, so that kits that go or come back one by one are worth their price; a price finer than the
    minor unit is split for all kits at once.
    """
    if money.is_quantized(unit_price, currency):
        each = money.allocate(unit_price, weights, currency)
        return [part * quantity for part in each]
    return money.allocate(money.quantize(unit_price * quantity, currency), weights, currency)


def part_weights(
    *,
    units: Sequence[int],
    shares: Sequence[int | None],
    list_prices: Sequence[Decimal | None],
) -> list[Decimal | int]:
    """Return how the parts of a kit weigh when its price is spread.

    By the shares that are declared; else by what the units of each part cost alone; where a part has no price of its
    own, by units.
    """
    if all(share is not None for share in shares):
        return [share or 0 for share in shares]
    if all(price is not None for price in list_prices):
        return [(price or 0) * count for price, count in zip(list_prices, units, strict=True)]
    return list(units)


def _taxed(
    bases: Sequence[Decimal], lines: Sequence[PricedLine], includes_tax: bool, currency: str
) -> list[tuple[Decimal, tuple[TaxAmount, ...]]]:
    """Return net and taxes of each line; parts of one kit with the same rates are taxed as one and share the tax."""
    together: dict[tuple[int, tuple[Rate, ...]], list[int]] = {}
    for index, line in enumerate(lines):
        if line.kit is not None:
            together.setdefault((line.kit, line.rates), []).append(index)
    of_kits: dict[int, tuple[Decimal, tuple[TaxAmount, ...]]] = {}
    for (_, rates), members in together.items():
        parts = [bases[index] for index in members]
        _, taxes = _tax(sum(parts, Decimal(0)), rates, includes_tax, currency)
        shared = []
        left = parts
        for tax in taxes:
            shared.append(money.allocate(tax.amount, left, currency))
            if includes_tax:  # so that no part bears more tax than it costs
                left = [rest - share for rest, share in zip(left, shared[-1], strict=True)]
        for place, index in enumerate(members):
            own = tuple(
                TaxAmount(tax.name, tax.rate, shares[place])
                for tax, shares in zip(taxes, shared, strict=True)
            )
            borne = sum((each.amount for each in own), Decimal(0))
            of_kits[index] = (bases[index] - borne if includes_tax else bases[index], own)
    return [
        of_kits[index]
        if index in of_kits
        else _tax(bases[index], line.rates, includes_tax, currency)
        for index, line in enumerate(lines)
    ]


def _tax(
    base: Decimal, rates: Sequence[Rate], includes_tax: bool, currency: str
) -> tuple[Decimal, tuple[TaxAmount, ...]]:
    """Return net and taxes of `base`; with tax included, net + taxes = base exactly."""
    if not rates:
        return base, ()
    if includes_tax:
        combined = sum((rate.rate for rate in rates), Decimal(0))
        net = money.quantize(base / (1 + combined), currency)
        parts = money.allocate(base - net, [rate.rate for rate in rates], currency)
    else:
        net = base
        parts = [money.quantize(base * rate.rate, currency) for rate in rates]
    return net, tuple(
        TaxAmount(rate.name, rate.rate, part) for rate, part in zip(rates, parts, strict=True)
    )


def differences(
    declared: dict[str, Decimal], amounts: OrderAmounts, currency: str
) -> dict[str, tuple[Decimal, Decimal]]:
    """Return the declared totals that differ by more than one minor unit, as {name: (declared, computed)}.

    Names: subtotal, discount, shipping, tax, total.
    """
    computed = {
        "subtotal": amounts.subtotal,
        "discount": amounts.discount_total,
        "shipping": amounts.shipping_total,
        "tax": amounts.tax_total,
        "total": amounts.total,
    }
    return {
        name: (value, computed[name])
        for name, value in declared.items()
        if abs(value - computed[name]) > money.smallest(currency)
    }
