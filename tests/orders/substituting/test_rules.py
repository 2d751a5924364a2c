"""What a substitute costs, and how many units it can replace."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms.core import money
from orders.pricing.rules import Rate
from orders.substituting import rules

VAT, LEVY = Rate("VAT", Decimal("0.19")), Rate("L", Decimal("0.013"))


@pytest.mark.parametrize(
    ("waiting", "free", "ratio", "units"),
    [(5, 100, 1, 5), (5, 3, 1, 3), (5, 7, 2, 3), (5, 1, 2, 0), (5, -2, 1, 0), (0, 9, 1, 0)],
)
def test_only_whole_replacements_count(waiting: int, free: int, ratio: int, units: int) -> None:
    assert rules.replaceable(waiting=waiting, free=free, ratio=ratio) == units


@pytest.mark.parametrize(
    ("rule", "list_price", "total"),
    [
        ("keep", "8.00", "20.00"),
        ("keep", "12.00", "20.00"),
        ("lower", "8.00", "16.00"),
        ("lower", "12.00", "20.00"),
        ("lower", "10.00", "20.00"),
        ("own", "8.00", "16.00"),
        ("own", "12.00", "24.00"),
        ("own", None, "20.00"),
    ],
)
def test_the_price_follows_its_rule(rule: str, list_price: str | None, total: str) -> None:
    found = rules.priced(
        rule=rule,
        before=Decimal("20.00"),
        list_price=None if list_price is None else Decimal(list_price),
        units=2,
        rates=[VAT],
        prices_include_tax=True,
        currency="EUR",
    )

    assert found.amounts.total == found.subtotal == Decimal(total)
    assert found.unit_price == Decimal(total) / 2


@given(
    st.sampled_from(["JPY", "EUR", "KWD"]),
    st.sampled_from(["keep", "lower", "own"]),
    st.integers(0, 100_000),
    st.integers(0, 100_000),
    st.integers(1, 40),
    st.sampled_from([(), (VAT,), (VAT, LEVY)]),
    st.booleans(),
)
def test_only_its_own_price_may_be_more_and_everything_adds_up(
    currency: str,
    rule: str,
    before: int,
    price: int,
    units: int,
    rates: tuple[Rate, ...],
    included: bool,
) -> None:
    sold_for = money.from_minor(before, currency)
    found = rules.priced(
        rule=rule,
        before=sold_for,
        list_price=money.from_minor(price, currency),
        units=units,
        rates=rates,
        prices_include_tax=included,
        currency=currency,
    )

    amounts = found.amounts
    assert amounts.total == amounts.net + amounts.tax
    assert found.subtotal + (0 if included else amounts.tax) == amounts.total
    assert amounts.total <= sold_for or rule == "own"
    assert amounts.total == sold_for or rule != "keep"
    for figure in (amounts.net, amounts.tax, found.subtotal):
        assert figure >= 0
        assert money.is_quantized(figure, currency)
