"""Money: exact amounts in a currency, and splitting them without losing a cent.

Amounts are `Decimal`, quantised to the currency's digits of ISO 4217 (0, 2 or 3). Floats are refused: they cannot hold
a tenth. Everything that is divided goes through one allocator (largest remainder in minor units), so that the parts
always sum to the whole.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cache, lru_cache
from itertools import chain
from typing import Self

from babel import Locale, UnknownLocaleError, numbers
from babel.core import get_global

_DIGITS = {
    # ISO 4217 list one, the currencies without two decimals. CLDR (babel) counts the digits in everyday use instead and
    # differs, for example in the Iraqi dinar.
    **dict.fromkeys(
        [
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ],
        0,
    ),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
}
_USUAL_DIGITS = 2
# A currency withdrawn since then is still known: amounts written in it stay readable.
_KNOWN_SINCE = date(2020, 1, 1)
_WIDE = Context(prec=60, rounding=ROUND_HALF_UP)


class UnknownCurrency(ValueError):
    """The text is no ISO 4217 code of a currency in circulation."""

    code = "unknown_currency"


class CurrencyMismatch(ValueError):
    """Amounts of two currencies cannot be added or compared."""

    code = "currency_mismatch"


@cache
def currencies() -> frozenset[str]:
    """Return the codes of all currencies in circulation today or withdrawn since 2020."""
    territories: Iterable[str] = get_global("territory_currencies")
    return frozenset(
        chain.from_iterable(
            numbers.get_territory_currencies(
                territory, start_date=_KNOWN_SINCE, end_date=date.max, tender=True
            )
            for territory in territories
        )
    )


def is_known(currency: str) -> bool:
    """Say whether `currency` is the upper-case ISO 4217 code of a currency in circulation."""
    return currency in currencies()


@cache
def digits(currency: str) -> int:
    """Return the number of decimals of `currency` by ISO 4217: 0, 2 or 3; raise UnknownCurrency."""
    if not is_known(currency):
        raise UnknownCurrency("This is not the ISO 4217 code of a currency in circulation.")
    return _DIGITS.get(currency, _USUAL_DIGITS)


@cache
def smallest(currency: str) -> Decimal:
    """Return the smallest amount of `currency`: 0.01 for EUR, 1 for JPY, 0.001 for KWD."""
    return Decimal((0, (1,), -digits(currency)))


def quantize(amount: Decimal, currency: str) -> Decimal:
    """Round `amount` to the digits of `currency`, halves away from zero. Never returns a negative zero."""
    rounded = _checked(amount).quantize(smallest(currency), context=_WIDE)
    return rounded or abs(rounded)


def is_quantized(amount: Decimal, currency: str) -> bool:
    """Say whether `amount` needs no rounding in `currency`."""
    return _checked(amount) == quantize(amount, currency)


def written(amount: Decimal, currency: str) -> Decimal:
    """Return `amount` with the decimals it is written with: those of `currency`, more only where it has them."""
    rounded = quantize(amount, currency)
    return rounded if rounded == amount else amount.normalize()


def to_minor(amount: Decimal, currency: str) -> int:
    """Return `amount` in minor units (cents); raise ValueError when it is finer than they are."""
    minor = _checked(amount).scaleb(digits(currency), context=_WIDE)
    if minor != minor.to_integral_value():
        raise ValueError(f"{amount} is finer than the smallest amount of {currency}.")
    return int(minor)


def from_minor(minor: int, currency: str) -> Decimal:
    """Return the amount of `minor` minor units."""
    return Decimal(minor).scaleb(-digits(currency), context=_WIDE)


def allocate(total: Decimal, weights: Sequence[Decimal | int], currency: str) -> list[Decimal]:
    """Split `total` in proportion to `weights` by the method of largest remainders, in minor units.

    The parts sum to `total` exactly. Equal remainders go to the earlier index. A zero weight gets nothing, unless all
    weights are zero: then they count alike (shipping on free lines must go somewhere). A negative total mirrors the
    positive one. Raises ValueError for a negative weight, for no weights and a total, and for a total finer than the
    minor unit.
    """
    minor = to_minor(total, currency)
    if not weights:
        if minor:
            raise ValueError("An amount cannot be split over nothing.")
        return []
    exact = [_checked(Decimal(weight) if isinstance(weight, int) else weight) for weight in weights]
    if any(weight < 0 for weight in exact):
        raise ValueError("A weight cannot be negative.")
    shift = max(0, *map(_decimals, exact))
    whole = [int(weight.scaleb(shift, context=_WIDE)) for weight in exact]
    if not any(whole):
        whole = [1] * len(whole)
    denominator = sum(whole)
    size = abs(minor)
    parts = [size * weight // denominator for weight in whole]
    left = size - sum(parts)
    by_remainder = sorted(
        range(len(whole)), key=lambda index: (-(size * whole[index] % denominator), index)
    )
    for index in by_remainder[:left]:
        parts[index] += 1
    sign = -1 if minor < 0 else 1
    return [from_minor(sign * part, currency) for part in parts]


def unit_share(total: Decimal, quantity: int, first: int, count: int, currency: str) -> Decimal:
    """Return what the units `first` to `first + count - 1` cost when `total` is spread over `quantity` units.

    The same as summing that slice of `allocate(total, [1] * quantity, currency)`, in constant time: any split of the
    units into consecutive runs sums to `total`. Raises ValueError for units outside the quantity.
    """
    if first < 0 or count < 0 or first + count > quantity:
        raise ValueError(f"There are no units {first} to {first + count} of {quantity}.")
    minor = to_minor(total, currency)
    if not quantity:
        if minor:
            raise ValueError("An amount cannot be spread over nothing.")
        return from_minor(0, currency)
    each, larger = divmod(abs(minor), quantity)
    extra = max(0, min(first + count, larger) - first)
    sign = -1 if minor < 0 else 1
    return from_minor(sign * (each * count + extra), currency)


def format_money(amount: Decimal, currency: str, locale: str = "en") -> str:
    """Write `amount` for people of `locale` (a language tag: de, de-AT, pt_BR); an unknown one reads as English."""
    pattern = _pattern(locale, digits(currency))
    text: str = pattern.apply(
        quantize(amount, currency), _locale(locale), currency=currency, currency_digits=False
    )
    return text


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in a currency. Arithmetic across currencies raises CurrencyMismatch."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        _checked(self.amount)
        digits(self.currency)

    @classmethod
    def zero(cls, currency: str) -> Self:
        """Return nothing of `currency`, the start of a sum."""
        return cls(from_minor(0, currency), currency)

    def quantized(self) -> Self:
        """Return the amount rounded to the currency's digits."""
        return type(self)(quantize(self.amount, self.currency), self.currency)

    def allocate(self, weights: Sequence[Decimal | int]) -> list[Self]:
        """Split by `weights`; see `allocate`."""
        return [
            type(self)(part, self.currency)
            for part in allocate(self.amount, weights, self.currency)
        ]

    def format(self, locale: str = "en") -> str:
        """Write the amount for people of `locale`."""
        return format_money(self.amount, self.currency, locale)

    def __add__(self, other: Self) -> Self:
        return type(self)(_WIDE.add(self.amount, self._same(other)), self.currency)

    def __sub__(self, other: Self) -> Self:
        return type(self)(_WIDE.subtract(self.amount, self._same(other)), self.currency)

    def __mul__(self, factor: int | Decimal) -> Self:
        if type(factor) is not int and not isinstance(factor, Decimal):
            return NotImplemented
        return type(self)(_WIDE.multiply(self.amount, Decimal(factor)), self.currency)

    __rmul__ = __mul__

    def __neg__(self) -> Self:
        return type(self)(-self.amount if self.amount else self.amount, self.currency)

    def __bool__(self) -> bool:
        return bool(self.amount)

    def __lt__(self, other: Self) -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: Self) -> bool:
        return self.amount <= self._same(other)

    def __gt__(self, other: Self) -> bool:
        return self.amount > self._same(other)

    def __ge__(self, other: Self) -> bool:
        return self.amount >= self._same(other)

    def __str__(self) -> str:
        return f"{self.amount:f} {self.currency}"

    def _same(self, other: Self) -> Decimal:
        """Return the other's amount; raise CurrencyMismatch when its currency differs."""
        if not isinstance(other, Money):
            raise TypeError(f"Money cannot be combined with {type(other).__name__}.")
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} cannot be combined.")
        return other.amount


def _checked(amount: Decimal) -> Decimal:
    """Return `amount`; refuse what is no finite Decimal (a float above all)."""
    if not isinstance(amount, Decimal):
        raise TypeError(f"An amount is a Decimal, not {type(amount).__name__}.")
    if not amount.is_finite():
        raise ValueError("An amount is finite.")
    if amount and abs(amount.adjusted()) > 30:
        raise ValueError("This amount is out of all proportion.")
    return amount


def _decimals(amount: Decimal) -> int:
    """Return how many decimals a finite `amount` is written with; below 0 for 1E+3."""
    exponent = amount.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


@lru_cache(maxsize=256)
def _locale(tag: str) -> Locale:
    """Return the locale of a language tag, English when nobody knows it."""
    try:
        return Locale.parse(tag.replace("-", "_"))
    except (UnknownLocaleError, ValueError, TypeError):
        return Locale("en")


@lru_cache(maxsize=256)
def _pattern(tag: str, decimals: int) -> numbers.NumberPattern:
    """Return the currency pattern of a locale with a fixed number of decimals."""
    pattern = numbers.parse_pattern(_locale(tag).currency_formats["standard"].pattern)
    pattern.frac_prec = (decimals, decimals)
    return pattern
