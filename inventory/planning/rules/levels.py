"""When to reorder and up to where, so that a chosen service is held."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from inventory.planning.rules.demand import LeadDemand, Table, during
from inventory.planning.rules.series import DAYS

Target = Literal["fill_rate", "cycle_service"]
MOST_UNITS = 1_000_000
_LARGE_LOT = 60
_PLACES = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What is known of the demand of an item at a place: units a week, its deviation, and how long supply takes."""

    per_week: float
    spread: float
    lead_days: float
    lead_spread: float = 0.0

    @property
    def per_day(self) -> float:
        """Units a day."""
        return self.per_week / DAYS

    @property
    def day_variance(self) -> float:
        """Variance of the units of a day; at least that of orders that come by chance."""
        return max(self.spread * self.spread, self.per_week) / DAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What a policy wants.

    `fill_rate` is the share of units served at once, `cycle_service` the share of order cycles without a shortage.
    `review_days` lie between two looks at the stock. An order brings `lot` units where that is given, and otherwise
    the demand of `cover_days`. `least` is where to reorder at the latest, whatever the demand; `most` the highest
    that is ever ordered up to.
    """

    target: Target = "fill_rate"
    share: float = 0.95
    review_days: int = 1
    cover_days: int = 14
    lot: int | None = None
    least: int = 0
    most: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """Reorder when the position is at or below `reorder`; then order up to `upto`. `safety` is what is left on the
    average when an order comes.
    """

    reorder: int
    upto: int
    safety: float
    lead: LeadDemand

    @property
    def lot(self) -> int:
        """Units that an order brings at least."""
        return self.upto - self.reorder


def levels(need: Need, aim: Aim, *, pack_size: int = 1, minimum: int = 1) -> Levels:
    """Return reorder point and order-up-to level.

    The stock must last for the lead time and until the next look at it. For a cycle service a the reorder point is the
    smallest s with P(D <= s) >= a; for a fill rate see `_for_fill_rate`.
    """
    span = need.lead_days + aim.review_days
    lead = _during(need, span, need.lead_spread)
    lot = max(aim.lot or math.ceil(need.per_day * aim.cover_days), minimum, 1)
    lot = math.ceil(lot / pack_size) * pack_size
    if need.per_week <= 0:
        reorder = -1  # nothing is wanted, so nothing is ordered until something waits
    elif aim.target == "cycle_service":
        table = Table(lead)
        reorder = _first(lambda level: table.within(level) >= aim.share, table.limit)
    else:
        reorder = _for_fill_rate(need, aim, lead, lot)
    reorder = min(max(reorder, aim.least or -1), MOST_UNITS)
    upto = reorder + lot
    if aim.most is not None:
        upto = min(upto, max(aim.most, 0))
        reorder = min(reorder, upto - 1)
    return Levels(reorder=reorder, upto=upto, safety=reorder - lead.mean, lead=lead)


def _for_fill_rate(need: Need, aim: Aim, lead: LeadDemand, lot: int) -> int:
    """Return the smallest reorder point with which the share of units served at once is held.

    After each look the position is s + q - j with the chance `_below(j)`. Of the orders until the next look, what
    comes when the supply of this one is in, the units short are E(D[L+R] - position)+ - E(D[L] - position)+.
    """
    before = Table(_during(need, need.lead_days, need.lead_spread))
    after = Table(lead)
    below = _below(_during(need, aim.review_days), lot)
    most_short = (1 - aim.share) * need.per_day * aim.review_days

    def holds(level: int) -> bool:
        short = 0.0
        for distance, chance in below:
            position = level + lot - distance
            short += chance * (after.shortage(position) - before.shortage(position))
        return short <= most_short

    return _first(holds, after.limit)


def _during(need: Need, days: float, days_deviation: float = 0.0) -> LeadDemand:
    return during(
        per_day=need.per_day,
        day_variance=need.day_variance,
        days=days,
        days_deviation=days_deviation,
    )


def _below(review: LeadDemand, lot: int) -> list[tuple[int, float]]:
    """Return how far below the order-up-to level the position lies after a look, with the chance of it.

    The position falls by what is wanted from look to look until it has fallen by the whole lot: a renewal process. Its
    density is worked out for small lots; for large ones it is even but for the mass at the start,
    (variance + mean²) / (2 mean²), as renewal theory says.
    """
    if lot <= _LARGE_LOT:
        table = Table(review)
        chances = [table.chance(units) for units in range(lot)]
        moving = max(1 - chances[0], 1e-12)
        density = [1 / moving]
        for distance in range(1, lot):
            reached = sum(
                chances[step] * density[distance - step] for step in range(1, distance + 1)
            )
            density.append(reached / moving)
        total = sum(density)
        return [(distance, each / total) for distance, each in enumerate(density)]
    start = (review.variance + review.mean**2) / (2 * review.mean**2)
    even = lot / review.mean
    places = [(2 * number + 1) * lot // (2 * _PLACES) for number in range(_PLACES)]
    return [
        (0, start / (start + even)),
        *((place, even / (start + even) / _PLACES) for place in places),
    ]


def _first(holds: Callable[[int], bool], limit: int) -> int:
    """Return the smallest level for which `holds`, which stays true once it is; at most `limit`."""
    low, high = 0, 1
    if holds(0):
        return 0
    while high < limit and not holds(high):
        low, high = high, high * 2
    high = min(high, limit)
    while low + 1 < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle
    return high
