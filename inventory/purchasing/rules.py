"""Prices by quantity, whole packs, expected days, tolerances and lead times: pure decisions."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from statistics import fmean, stdev

EVERY_DAY = frozenset(range(7))
_LONGEST_PAUSE = 366  # days; a supplier who rests longer than that ships on none


@dataclass(frozen=True, slots=True)
class Break:
    """From `quantity` base units on, one unit costs `unit_cost`."""

    quantity: int
    unit_cost: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """Where the units of a line are."""

    ordered: int
    cancelled: int = 0
    received: int = 0
    over: int = 0

    @property
    def to_come(self) -> int:
        """Units still to come."""
        return self.ordered + self.over - self.cancelled - self.received


@dataclass(frozen=True, slots=True)
class LeadTime:
    """What receipts teach: how many there were, and the days from order to receipt. The spread needs two of them."""

    count: int
    mean: float
    spread: float | None


def unit_cost(breaks: Sequence[Break], quantity: int) -> Decimal | None:
    """Return what a unit costs when `quantity` are ordered; None below the first break."""
    reached = [each for each in breaks if each.quantity <= quantity]
    return max(reached, key=lambda each: each.quantity).unit_cost if reached else None


def orderable(quantity: int, *, pack_size: int, minimum: int) -> int:
    """Return the least quantity that serves `quantity` (1 or more): whole packs, and not below the minimum."""
    return math.ceil(max(quantity, minimum) / pack_size) * pack_size


def expected_on(
    placed_on: date, *, lead_days: int, ship_days: Collection[int], holidays: Collection[date]
) -> date:
    """Return the day on which goods come: the supplier's first shipping day once the lead days are over.

    `ship_days` are weekdays, Monday 0; none at all means that every day will do. A calendar without a shipping day
    within a year is no use: the day after the lead days is returned as it is.
    """
    earliest = placed_on + timedelta(days=lead_days)
    wanted = frozenset(ship_days) or EVERY_DAY
    for waited in range(_LONGEST_PAUSE):
        day = earliest + timedelta(days=waited)
        if day.weekday() in wanted and day not in holidays:
            return day
    return earliest


def tolerated(ordered: int, *, percent: int) -> int:
    """Return how many units beyond `ordered` are taken without a question."""
    return ordered * percent // 100


def over_after(counters: Counters, arriving: int) -> int:
    """Return the units beyond what is ordered once `arriving` more have come (fewer, when negative)."""
    return max(0, counters.received + arriving + counters.cancelled - counters.ordered)


def lead_time(days: Sequence[int]) -> LeadTime | None:
    """Return count, mean and sample standard deviation of `days`; None when nothing was received yet."""
    if not days:
        return None
    return LeadTime(len(days), fmean(days), stdev(days) if len(days) > 1 else None)
