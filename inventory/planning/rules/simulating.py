"""Play a year through by the rules of replenishment, to see what they lead to before they go live.

Each day the orders of customers come, then what was ordered from the supplier arrives, and at each look at the stock
an order is written when the position is at or below the reorder point. What is not there waits and is served first
from what comes. The same seed gives the same year.
"""

import math
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from inventory.planning.rules.levels import Levels, Need

YEAR = 364
_WARM_UP = 91  # days before the year, so that it does not matter how it began


@dataclass(frozen=True, slots=True)
class Played:
    """What a year came to. Units on hand are the mean of the evenings."""

    days: int
    wanted: int
    served: int
    on_hand: float
    orders: int
    ordered: int
    days_out: int

    @property
    def fill_rate(self) -> float:
        """Share of the units that were served at once."""
        return self.served / self.wanted if self.wanted else 1.0


def play(
    need: Need,
    plan: Levels,
    *,
    seed: int,
    pack_size: int = 1,
    minimum: int = 1,
    review_days: int = 1,
    days: int = YEAR,
) -> Played:
    """Play `days` days of one item at one place."""
    chance = random.Random(seed)  # noqa: S311  # a game, no secret
    on_hand, waiting, on_order = max(plan.upto, 0), 0, 0
    coming: defaultdict[int, int] = defaultdict(int)
    wanted = served = orders = ordered = days_out = 0
    evenings = 0
    for day in range(-_WARM_UP, days):
        counts = day >= 0
        units = wanted_in_a_day(need, chance)
        at_once = min(units, on_hand)
        on_hand -= at_once
        waiting += units - at_once
        arrived = coming.pop(day, 0)
        on_order -= arrived
        given = min(waiting, arrived)
        on_hand += arrived - given
        waiting -= given
        if counts:
            wanted += units
            served += at_once
        position = on_hand + on_order - waiting
        if day % review_days == 0 and position <= plan.reorder:
            lot = max(plan.upto - position, minimum)
            lot = math.ceil(lot / pack_size) * pack_size
            coming[day + _lead(need, chance)] += lot
            on_order += lot
            if counts:
                orders += 1
                ordered += lot
        if counts:
            evenings += on_hand
            days_out += on_hand == 0
    return Played(days, wanted, served, evenings / days, orders, ordered, days_out)


def together(years: Sequence[Played]) -> Played:
    """Return several years, or several items, as one: sums, and the sum of what lay on hand."""
    return Played(
        days=max((each.days for each in years), default=0),
        wanted=sum(each.wanted for each in years),
        served=sum(each.served for each in years),
        on_hand=sum(each.on_hand for each in years),
        orders=sum(each.orders for each in years),
        ordered=sum(each.ordered for each in years),
        days_out=sum(each.days_out for each in years),
    )


def wanted_in_a_day(need: Need, chance: random.Random) -> int:
    """Return the units of a day by chance, with mean and variance of the need."""
    mean, variance = need.per_day, need.day_variance
    if mean <= 0:
        return 0
    if variance > mean * 1.0001:
        mean = chance.gammavariate(mean * mean / (variance - mean), (variance - mean) / mean)
    return _by_chance(mean, chance)


def _by_chance(mean: float, chance: random.Random) -> int:
    """Return a number of the Poisson distribution."""
    if mean > 50:
        return max(0, round(chance.gauss(mean, math.sqrt(mean))))
    limit, count, product = math.exp(-mean), 0, chance.random()
    while product > limit:
        count += 1
        product *= chance.random()
    return count


def _lead(need: Need, chance: random.Random) -> int:
    return max(1, round(chance.gauss(need.lead_days, need.lead_spread)))
