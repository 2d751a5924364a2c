"""A demand history by weeks, and the demand that would have been without stock-outs and promotions."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

DAYS = 7
# From so many days without stock on, the orders of a week say only how much was wanted at least.
OUT_DAYS = 2
_NEAR = 8  # plain weeks that say what a week without a mark would have been


@dataclass(frozen=True, slots=True)
class Week:
    """Units ordered in a week, the days on which nothing could be sold, and the days of a promotion."""

    units: int
    days_out: int = 0
    promoted_days: int = 0

    @property
    def is_out(self) -> bool:
        """Whether more may have been wanted than was ordered."""
        return self.days_out >= OUT_DAYS

    @property
    def is_plain(self) -> bool:
        """Whether the units are the usual demand of the week."""
        return not self.is_out and not self.promoted_days


@dataclass(frozen=True, slots=True)
class Base:
    """The usual demand by weeks, and which of the weeks were seen as they are."""

    values: list[float]
    plain: list[bool]


def base_demand(weeks: Sequence[Week]) -> Base:
    """Return the usual demand of each week.

    A week with stock-outs counts at least what the plain weeks shortly before it had; a promoted week counts what they
    had. Only earlier weeks are looked at, so that a test of forecasts sees nothing of the future.
    """
    near: deque[int] = deque(maxlen=_NEAR)
    values: list[float] = []
    for week in weeks:
        if week.is_plain:
            near.append(week.units)
        usual = sum(near) / len(near) if near else float(week.units)
        if week.is_plain:
            values.append(float(week.units))
        elif week.promoted_days:
            values.append(usual)
        else:
            values.append(max(usual, float(week.units)))
    return Base(values, [week.is_plain for week in weeks])


def uplift(weeks: Sequence[Week], base: Base) -> float | None:
    """Return how many times the usual demand a promoted week had; None when fewer than two weeks tell."""
    told = [
        (week.units, usual)
        for week, usual in zip(weeks, base.values, strict=True)
        if week.promoted_days and not week.is_out
    ]
    usual = sum(each for _, each in told)
    if len(told) < 2 or usual <= 0:
        return None
    return min(max(sum(units for units, _ in told) / usual, 1.0), 20.0)
