from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms.core import money
from oms.core.money import Money

CURRENCIES = ["JPY", "EUR", "KWD"]  # 0, 2 and 3 digits
MINOR = st.integers(min_value=-(10**14), max_value=10**14)
WEIGHTS = st.lists(
    st.one_of(
        st.integers(min_value=0, max_value=10**9),
        st.decimals(min_value=0, max_value=10**6, places=4),
    ),
    min_size=1,
    max_size=12,
)
CODES = st.sampled_from(CURRENCIES)


@pytest.mark.parametrize(
    ("currency", "expected"),
    [
        ("EUR", 2),
        ("USD", 2),
        ("JPY", 0),
        ("KRW", 0),
        ("KWD", 3),
        ("IQD", 3),
        ("HUF", 2),
        ("RSD", 2),
    ],
)
def test_digits_follow_iso_4217_and_not_everyday_use(currency: str, expected: int) -> None:
    assert money.digits(currency) == expected
    assert money.smallest(currency) == Decimal(1).scaleb(-expected)


@pytest.mark.parametrize("currency", ["eur", "EU", "EURO", "", "XXX", "DEM", "ЕUR", "EUR "])
def test_a_code_that_is_no_currency_in_circulation_is_refused(currency: str) -> None:
    assert not money.is_known(currency)
    with pytest.raises(money.UnknownCurrency):
        money.digits(currency)
    with pytest.raises(money.UnknownCurrency):
        Money(Decimal(1), currency)


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("1.005", "EUR", "1.01"),
        ("-1.005", "EUR", "-1.01"),
        ("1.004", "EUR", "1.00"),
        ("0.5", "JPY", "1"),
        ("1.0005", "KWD", "1.001"),
        ("-0.001", "EUR", "0.00"),
        ("99999999999999.9999", "EUR", "100000000000000.00"),
    ],
)
def test_halves_round_away_from_zero(amount: str, currency: str, expected: str) -> None:
    assert str(money.quantize(Decimal(amount), currency)) == expected


@pytest.mark.parametrize("amount", [1.5, 1, "1.50", None])
def test_only_a_decimal_is_an_amount(amount: object) -> None:
    with pytest.raises(TypeError):
        money.quantize(amount, "EUR")  # type: ignore[arg-type]  # the wrong type is the case
    with pytest.raises(TypeError):
        Money(amount, "EUR")  # type: ignore[arg-type]  # the wrong type is the case


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "1E+999999", "1E-999999"])
def test_what_is_not_finite_or_out_of_proportion_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        money.quantize(Decimal(amount), "EUR")


def test_a_float_weight_is_refused() -> None:
    with pytest.raises(TypeError):
        money.allocate(Decimal("1.00"), [0.1, 0.2], "EUR")  # type: ignore[list-item]  # the case


@pytest.mark.parametrize(
    ("total", "weights", "currency", "expected"),
    [
        ("10.00", [1, 1, 1], "EUR", ["3.34", "3.33", "3.33"]),
        ("-10.00", [1, 1, 1], "EUR", ["-3.34", "-3.33", "-3.33"]),
        ("0.05", [1, 1], "EUR", ["0.03", "0.02"]),
        ("100", [1, 1, 1], "JPY", ["34", "33", "33"]),
        ("1.000", [1, 1, 1], "KWD", ["0.334", "0.333", "0.333"]),
        ("0.01", [0, 1, 0], "EUR", ["0.00", "0.01", "0.00"]),
        ("5.00", [0, 0], "EUR", ["2.50", "2.50"]),
        ("0.00", [0, 7], "EUR", ["0.00", "0.00"]),
        # 0.10 by 1:2:4 is 1.43, 2.86, 5.71 cents: the two largest remainders are rounded up.
        ("0.10", [1, 2, 4], "EUR", ["0.01", "0.03", "0.06"]),
        ("1.00", ["0.005", "1E+1"], "EUR", ["0.00", "1.00"]),
    ],
)
def test_an_amount_is_split_by_largest_remainder(
    total: str, weights: list[int | str], currency: str, expected: list[str]
) -> None:
    parts = money.allocate(Decimal(total), [Decimal(weight) for weight in weights], currency)
    assert [str(part) for part in parts] == expected


@pytest.mark.parametrize(("total", "weights"), [("1.00", []), ("1.00", [1, -1]), ("1.001", [1, 1])])
def test_what_cannot_be_split_is_refused(total: str, weights: list[int]) -> None:
    with pytest.raises(ValueError, match=r"split|negative|finer"):
        money.allocate(Decimal(total), weights, "EUR")


def test_nothing_over_nothing_is_nothing() -> None:
    assert money.allocate(Decimal(0), [], "EUR") == []
    assert money.unit_share(Decimal(0), 0, 0, 0, "EUR") == 0


@given(MINOR, WEIGHTS, CODES)
def test_parts_sum_to_the_whole_and_differ_from_the_exact_share_by_less_than_a_unit(
    minor: int, weights: list[Decimal | int], currency: str
) -> None:
    total = money.from_minor(minor, currency)
    parts = money.allocate(total, weights, currency)
    assert sum(parts) == total
    assert all(money.is_quantized(part, currency) for part in parts)
    exact = [int(Decimal(weight).scaleb(4)) for weight in weights]
    if any(exact):
        for part, weight in zip(parts, exact, strict=True):
            gap = abs(money.to_minor(part, currency) * sum(exact) - minor * weight)
            assert gap < sum(exact)
            assert weight or not part


@given(MINOR, WEIGHTS, CODES)
def test_a_negative_total_mirrors_the_positive_one(
    minor: int, weights: list[Decimal | int], currency: str
) -> None:
    total = money.from_minor(minor, currency)
    mirrored = money.allocate(-total, weights, currency)
    assert mirrored == [-part for part in money.allocate(total, weights, currency)]


@given(MINOR, st.integers(1, 40), st.data(), CODES)
def test_a_unit_share_is_the_slice_of_the_allocation(
    minor: int, quantity: int, data: st.DataObject, currency: str
) -> None:
    total = money.from_minor(minor, currency)
    first = data.draw(st.integers(0, quantity))
    count = data.draw(st.integers(0, quantity - first))
    units = money.allocate(total, [1] * quantity, currency)
    share = money.unit_share(total, quantity, first, count, currency)
    assert share == sum(units[first : first + count])


@given(MINOR, st.lists(st.integers(1, 10**6), min_size=1, max_size=20), CODES)
def test_any_series_of_partial_refunds_returns_exactly_the_total(
    minor: int, counts: list[int], currency: str
) -> None:
    total = money.from_minor(minor, currency)
    quantity, taken, returned = sum(counts), 0, Decimal(0)
    for count in counts:
        returned += money.unit_share(total, quantity, taken, count, currency)
        taken += count
    assert returned == total


@pytest.mark.parametrize(("first", "count"), [(-1, 1), (0, 4), (3, 1), (0, -1)])
def test_units_outside_the_quantity_are_refused(first: int, count: int) -> None:
    with pytest.raises(ValueError, match="units"):
        money.unit_share(Decimal("9.00"), 3, first, count, "EUR")


@pytest.mark.parametrize(
    ("amount", "currency", "locale", "expected"),
    [
        ("1234.5", "EUR", "en", "€1,234.50"),
        ("1234.5", "EUR", "de", "1.234,50\xa0€"),
        ("1234.5", "EUR", "de-AT", "€\xa01.234,50"),
        ("1234", "JPY", "en", "¥1,234"),
        ("1.5", "KWD", "en", "KWD1.500"),
        ("1.5", "IQD", "en", "IQD1.500"),
        ("-3.00", "USD", "en", "-$3.00"),
        ("3.00", "USD", "tlh-unknown", "$3.00"),
    ],
)
def test_money_is_written_for_the_reader(
    amount: str, currency: str, locale: str, expected: str
) -> None:
    text = Money(Decimal(amount), currency).format(locale)
    assert text.replace("\u202f", "\xa0") == expected


def test_money_of_one_currency_adds_and_compares() -> None:
    one, two = Money(Decimal("1.10"), "EUR"), Money(Decimal("2.20"), "EUR")
    assert one + two == Money(Decimal("3.30"), "EUR")
    assert two - one == Money(Decimal("1.10"), "EUR")
    assert one * 3 == 3 * one == Money(Decimal("3.30"), "EUR")
    assert -one == Money(Decimal("-1.10"), "EUR")
    assert one < two
    assert two > one
    assert one <= Money(Decimal("1.1"), "EUR")
    assert one >= Money(Decimal("1.1"), "EUR")
    assert not one >= two
    assert not Money.zero("EUR")
    assert sum([one, two], Money.zero("EUR")) == Money(Decimal("3.30"), "EUR")
    assert one.allocate([1, 1]) == [Money(Decimal("0.55"), "EUR")] * 2
    assert Money(Decimal("1.005"), "EUR").quantized() == Money(Decimal("1.01"), "EUR")
    assert str(one) == "1.10 EUR"


def test_money_of_two_currencies_is_never_combined() -> None:
    euro, dollar = Money(Decimal(1), "EUR"), Money(Decimal(1), "USD")
    assert euro != dollar
    for combine in (Money.__add__, Money.__sub__, Money.__lt__, Money.__ge__):
        with pytest.raises(money.CurrencyMismatch):
            combine(euro, dollar)
    with pytest.raises(TypeError):
        euro + Decimal(1)  # type: ignore[operator]  # the wrong type is the case
    with pytest.raises(TypeError):
        euro * 1.5  # type: ignore[operator]  # the wrong type is the case
