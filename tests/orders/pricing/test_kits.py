"""The price of a kit over its parts: whatever is split, shipped or taken back sums to what was paid."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms.core import money
from orders.ordering import rules as ordering
from orders.pricing import rules
from orders.pricing.rules import PricedLine, Rate

VAT, LOW, LEVY = (
    Rate("VAT", Decimal("0.19")),
    Rate("VAT", Decimal("0.07")),
    Rate("L", Decimal("0.01")),
)
RATES = ((), (VAT,), (LOW,), (VAT, LEVY))


@st.composite
def kits(draw: st.DrawFn) -> tuple[str, int, list[int], list[PricedLine], Decimal]:
    """Return a currency, kits sold, units of each part in one, the parts' lines and the price of one kit."""
    currency = draw(st.sampled_from(["JPY", "EUR", "KWD"]))
    sold = draw(st.integers(1, 12))
    units = draw(st.lists(st.integers(1, 9), min_size=1, max_size=5))
    price = money.from_minor(draw(st.integers(0, 100_000)), currency)
    weights = [draw(st.integers(0, 50)) for _ in units]
    gross = rules.kit_gross(unit_price=price, quantity=sold, weights=weights, currency=currency)
    discount = money.from_minor(
        draw(st.integers(0, money.to_minor(price * sold, currency))), currency
    )
    shares = money.allocate(discount, gross, currency)
    lines = [
        PricedLine(
            sold * each, money.from_minor(0, currency), off, draw(st.sampled_from(RATES)), part, 0
        )
        for each, part, off in zip(units, gross, shares, strict=True)
    ]
    return currency, sold, units, lines, price * sold - discount


@given(kits(), st.booleans())
def test_the_parts_of_a_kit_sum_to_it(
    kit: tuple[str, int, list[int], list[PricedLine], Decimal], included: bool
) -> None:
    currency, _, _, lines, cost = kit

    amounts = rules.compute(
        lines,
        discount=Decimal(0),
        shipping=Decimal(0),
        shipping_rates=(),
        prices_include_tax=included,
        currency=currency,
    )

    assert sum(one.total if included else one.net for one in amounts.lines) == cost
    assert amounts.total == sum(one.total for one in amounts.lines)
    for line, one in zip(lines, amounts.lines, strict=True):
        assert one.total == one.net + one.tax
        assert one.tax == sum(tax.amount for tax in one.taxes)
        assert [tax.rate for tax in one.taxes] == [rate.rate for rate in line.rates]
        for figure in (one.net, *(tax.amount for tax in one.taxes)):
            assert figure >= 0
            assert money.is_quantized(figure, currency)


@given(kits(), st.booleans())
def test_a_kit_of_parts_with_one_rate_bears_the_tax_of_one_line(
    kit: tuple[str, int, list[int], list[PricedLine], Decimal], included: bool
) -> None:
    currency, _, _, lines, cost = kit
    terms = {
        "discount": Decimal(0),
        "shipping": Decimal(0),
        "shipping_rates": (),
        "prices_include_tax": included,
        "currency": currency,
    }
    alike = [
        PricedLine(one.quantity, one.unit_price, one.discount, (VAT, LEVY), one.gross, 0)
        for one in lines
    ]

    parts = rules.compute(alike, **terms)  # type: ignore[arg-type]  # a mapping of its own
    alone = rules.compute(
        [PricedLine(1, cost, Decimal(0), (VAT, LEVY))],
        **terms,  # type: ignore[arg-type]  # likewise
    )

    assert (parts.tax_total, parts.total) == (alone.tax_total, alone.total)


@given(kits(), st.data())
def test_units_that_come_back_in_any_steps_are_worth_what_was_paid(
    kit: tuple[str, int, list[int], list[PricedLine], Decimal], data: st.DataObject
) -> None:
    currency, sold, units, lines, _ = kit
    amounts = rules.compute(
        lines,
        discount=Decimal(0),
        shipping=Decimal(0),
        shipping_rates=(),
        prices_include_tax=True,
        currency=currency,
    )
    for each, one in zip(units, amounts.lines, strict=True):
        ordered, first, parts = sold * each, 0, []
        while first < ordered:
            count = data.draw(st.integers(1, ordered - first))
            parts.append(
                ordering.credit_amount(
                    total=one.total,
                    ordered=ordered,
                    credited=first,
                    units=count,
                    currency=currency,
                    bundle=each,
                )
            )
            first += count
        assert sum(parts) == one.total
        assert all(part >= 0 and money.is_quantized(part, currency) for part in parts)
        whole = [
            ordering.credit_amount(
                total=one.total,
                ordered=ordered,
                credited=each * number,
                units=each,
                currency=currency,
                bundle=each,
            )
            for number in range(sold)
        ]
        assert max(whole) - min(whole) <= money.smallest(currency)


@pytest.mark.parametrize(
    ("shares", "prices", "weights"),
    [
        ([3, 1], [Decimal(5), Decimal(7)], [3, 1]),
        ([0, 0], [Decimal(5), Decimal(7)], [0, 0]),
        ([None, None], [Decimal(5), Decimal(7)], [10, 7]),
        ([None, None], [Decimal(5), None], [2, 1]),
    ],
)
def test_parts_weigh_by_shares_else_by_prices_else_by_units(
    shares: list[int | None], prices: list[Decimal | None], weights: list[int]
) -> None:
    assert rules.part_weights(units=[2, 1], shares=shares, list_prices=prices) == weights


def test_a_price_finer_than_the_minor_unit_is_split_for_all_kits_at_once() -> None:
    parts = rules.kit_gross(unit_price=Decimal("0.125"), quantity=3, weights=[1, 1], currency="EUR")

    assert parts == [Decimal("0.19"), Decimal("0.19")]
