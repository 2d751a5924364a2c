"""Amounts of orders: exact figures of known orders, and what holds for all of them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms.core import money
from orders.pricing import rules
from orders.pricing.rules import PricedLine, Rate

VAT = Rate("VAT", Decimal("0.19"))
GST = Rate("GST", Decimal("0.05"))
QST = Rate("QST", Decimal("0.09975"))


def line(quantity: int, price: str, *rates: Rate, discount: str = "0") -> PricedLine:
    """Make a line."""
    return PricedLine(quantity, Decimal(price), Decimal(discount), rates)


def compute(
    *lines: PricedLine,
    discount: str = "0",
    shipping: str = "0",
    shipping_rates: tuple[Rate, ...] = (),
    include: bool = True,
    currency: str = "EUR",
) -> rules.OrderAmounts:
    """Compute an order's amounts."""
    return rules.compute(
        lines,
        discount=Decimal(discount),
        shipping=Decimal(shipping),
        shipping_rates=shipping_rates,
        prices_include_tax=include,
        currency=currency,
    )


# Known orders ------------------------------------------------------------------------------------


def test_prices_with_tax_are_split_into_net_and_tax() -> None:
    amounts = compute(line(2, "11.90", VAT), shipping="4.90", shipping_rates=(VAT,))

    (one,) = amounts.lines
    assert (one.gross, one.net, one.tax, one.total) == (
        Decimal("23.80"),
        Decimal("20.00"),
        Decimal("3.80"),
        Decimal("23.80"),
    )
    assert one.taxes == (rules.TaxAmount("VAT", Decimal("0.19"), Decimal("3.80")),)
    assert amounts.subtotal == Decimal("23.80")
    assert (amounts.shipping_total, amounts.shipping_tax) == (Decimal("4.90"), Decimal("0.78"))
    assert amounts.tax_total == Decimal("4.58")
    assert amounts.total == Decimal("28.70")


def test_tax_is_added_to_prices_without_tax() -> None:
    amounts = compute(
        line(3, "9.99", GST, QST), shipping="8.00", shipping_rates=(GST,), include=False
    )

    (one,) = amounts.lines
    assert (one.net, one.total) == (Decimal("29.97"), Decimal("34.46"))
    assert [tax.amount for tax in one.taxes] == [Decimal("1.50"), Decimal("2.99")]
    assert (amounts.shipping_total, amounts.shipping_tax) == (Decimal("8.40"), Decimal("0.40"))
    assert (amounts.tax_total, amounts.total) == (Decimal("4.89"), Decimal("42.86"))


def test_two_taxes_within_a_price_share_what_is_tax_of_it() -> None:
    amounts = compute(line(1, "100.00", GST, QST))

    (one,) = amounts.lines
    assert one.net == Decimal("86.98")
    assert [tax.amount for tax in one.taxes] == [Decimal("4.35"), Decimal("8.67")]


def test_the_orders_discount_is_spread_by_what_the_lines_cost_after_their_own() -> None:
    amounts = compute(line(1, "40.00", VAT, discount="10.00"), line(1, "10.00"), discount="10.00")

    first, second = amounts.lines
    assert (first.discount, second.discount) == (Decimal("17.50"), Decimal("2.50"))
    assert (first.total, second.total) == (Decimal("22.50"), Decimal("7.50"))
    assert amounts.subtotal == Decimal("50.00")
    assert amounts.discount_total == Decimal("20.00")
    assert amounts.total == Decimal("30.00")


def test_a_cent_that_does_not_divide_goes_to_the_earlier_line() -> None:
    amounts = compute(line(1, "1.00"), line(1, "1.00"), line(1, "1.00"), discount="0.50")

    assert [one.discount for one in amounts.lines] == [
        Decimal("0.17"),
        Decimal("0.17"),
        Decimal("0.16"),
    ]


def test_shipping_is_spread_by_what_the_lines_cost() -> None:
    amounts = compute(line(1, "30.00"), line(2, "5.00"), shipping="5.01")

    assert [one.shipping_share for one in amounts.lines] == [Decimal("3.76"), Decimal("1.25")]


def test_shipping_of_lines_that_cost_nothing_is_spread_evenly() -> None:
    amounts = compute(line(1, "0"), line(4, "0"), shipping="3.00")

    assert [one.shipping_share for one in amounts.lines] == [Decimal("1.50"), Decimal("1.50")]
    assert amounts.total == Decimal("3.00")


def test_a_currency_without_cents_has_none_anywhere() -> None:
    amounts = compute(
        line(3, "333", Rate("shōhizei", Decimal("0.1"))), discount="10", currency="JPY"
    )

    (one,) = amounts.lines
    assert (one.net, one.tax, one.total) == (Decimal(899), Decimal(90), Decimal(989))


def test_a_currency_of_three_digits_keeps_them() -> None:
    amounts = compute(line(3, "0.333", Rate("VAT", Decimal("0.1"))), currency="BHD", include=False)

    (one,) = amounts.lines
    assert (one.net, one.tax, one.total) == (Decimal("0.999"), Decimal("0.100"), Decimal("1.099"))


def test_the_whole_of_a_line_may_be_given_away() -> None:
    assert compute(line(1, "5.00", VAT, discount="5.00")).total == Decimal(0)


@pytest.mark.parametrize(
    ("own", "whole"),
    [("5.01", "0"), ("0", "5.01"), ("3.00", "2.01")],
    ids=["line", "order", "both"],
)
def test_more_than_a_thing_costs_cannot_be_taken_off(own: str, whole: str) -> None:
    with pytest.raises(ValueError, match="discount"):
        compute(line(1, "5.00", VAT, discount=own), discount=whole)


# What a channel declares -------------------------------------------------------------------------


def declared(**changes: str) -> dict[str, Decimal]:
    """Return what a channel says of the order below, `changes` apart."""
    right = {"subtotal": "23.80", "discount": "0", "shipping": "4.90", "tax": "4.58"}
    return {name: Decimal(value) for name, value in {**right, "total": "28.70", **changes}.items()}


def test_declared_totals_may_differ_by_one_minor_unit_and_no_more() -> None:
    amounts = compute(line(2, "11.90", VAT), shipping="4.90", shipping_rates=(VAT,))

    assert rules.differences(declared(), amounts, "EUR") == {}
    assert rules.differences(declared(tax="4.57", total="28.71"), amounts, "EUR") == {}
    assert rules.differences(declared(tax="4.56", discount="0.02"), amounts, "EUR") == {
        "tax": (Decimal("4.56"), Decimal("4.58")),
        "discount": (Decimal("0.02"), Decimal(0)),
    }


def test_what_is_not_declared_is_not_compared() -> None:
    amounts = compute(line(2, "11.90", VAT))

    assert rules.differences({"total": Decimal(1)}, amounts, "EUR") == {
        "total": (Decimal(1), Decimal("23.80"))
    }
    assert rules.differences({}, amounts, "EUR") == {}


# What holds for all orders -----------------------------------------------------------------------


@st.composite
def orders(draw: st.DrawFn) -> tuple[list[PricedLine], dict[str, object]]:
    """Make lines, and what else `compute` wants to know, in a currency of 0, 2 or 3 digits."""
    currency = draw(st.sampled_from(["JPY", "EUR", "KWD"]))
    decimals = money.digits(currency)
    rates = st.lists(
        st.builds(
            Rate,
            st.sampled_from(["a", "b", "c"]),
            st.sampled_from(["0", "0.05", "0.07", "0.09975", "0.19", "0.333333"]).map(Decimal),
        ),
        max_size=3,
    ).map(tuple)

    def amount(most: int) -> st.SearchStrategy[Decimal]:
        return st.integers(0, most).map(lambda minor: money.from_minor(minor, currency))

    lines = []
    for _ in range(draw(st.integers(1, 8))):
        quantity = draw(st.integers(1, 1000))
        price = draw(
            amount(1_000_000) | st.decimals("0", "999", places=4) if decimals else amount(9_999)
        )
        gross = money.quantize(price * quantity, currency)
        own = draw(st.sampled_from([0, 1, 2])) and draw(amount(money.to_minor(gross, currency)))
        lines.append(PricedLine(quantity, price, Decimal(own), draw(rates)))
    rest = sum(
        money.to_minor(money.quantize(one.unit_price * one.quantity, currency), currency)
        - money.to_minor(one.discount, currency)
        for one in lines
    )
    return lines, {
        "discount": draw(amount(rest)),
        "shipping": draw(amount(5_000)),
        "shipping_rates": draw(rates),
        "prices_include_tax": draw(st.booleans()),
        "currency": currency,
    }


@given(orders())
def test_everything_adds_up_to_the_minor_unit(
    order: tuple[list[PricedLine], dict[str, object]],
) -> None:
    lines, given_as = order
    currency = str(given_as["currency"])
    amounts = rules.compute(lines, **given_as)  # type: ignore[arg-type]  # the composite's own mapping

    assert amounts.total == sum(one.total for one in amounts.lines) + amounts.shipping_total
    assert amounts.tax_total == sum(one.tax for one in amounts.lines) + amounts.shipping_tax
    assert amounts.subtotal == sum(one.gross for one in amounts.lines)
    assert amounts.discount_total == sum(one.discount for one in amounts.lines)
    assert sum(one.shipping_share for one in amounts.lines) == amounts.shipping_total
    untaxed = amounts.subtotal - amounts.discount_total
    if given_as["prices_include_tax"]:
        assert amounts.total == untaxed + given_as["shipping"]  # type: ignore[operator]  # a Decimal
    else:
        assert amounts.total == untaxed + given_as["shipping"] + amounts.tax_total  # type: ignore[operator]  # likewise
    for given_line, one in zip(lines, amounts.lines, strict=True):
        assert one.total == one.net + one.tax
        assert one.tax == sum(tax.amount for tax in one.taxes)
        assert one.discount >= given_line.discount
        assert 0 <= one.net <= one.total
        assert [(tax.name, tax.rate) for tax in one.taxes] == [
            (rate.name, rate.rate) for rate in given_line.rates
        ]
        figures = (
            one.gross,
            one.discount,
            one.net,
            one.tax,
            one.total,
            one.shipping_share,
            *(tax.amount for tax in one.taxes),
        )
        assert all(figure >= 0 and money.is_quantized(figure, currency) for figure in figures)


@given(orders(), st.data())
def test_units_taken_back_in_any_steps_sum_to_their_line(
    order: tuple[list[PricedLine], dict[str, object]], data: st.DataObject
) -> None:
    lines, given_as = order
    currency = str(given_as["currency"])
    amounts = rules.compute(lines, **given_as)  # type: ignore[arg-type]  # the composite's own mapping

    for given_line, one in zip(lines, amounts.lines, strict=True):
        parts, first = [], 0
        while first < given_line.quantity:
            count = data.draw(st.integers(1, given_line.quantity - first))
            parts.append(money.unit_share(one.total, given_line.quantity, first, count, currency))
            first += count
        assert sum(parts) == one.total
        assert all(part >= 0 for part in parts)
