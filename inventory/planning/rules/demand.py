"""The demand during a span of days as a probability distribution of whole units.

Orders come by chance and in different sizes, so that the variance is mostly above the mean: then it is a negative
binomial distribution with that mean and variance, otherwise a Poisson distribution. Where many units are wanted both
are close to the normal distribution, which costs less.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

_LEAST = 1e-9
_MANY = 400.0
_FARTHEST = 12  # standard deviations; beyond, nothing counts
_NOTHING = 16.0  # exp(-16) is a chance that does not count
MOST = 100_000


@dataclass(frozen=True, slots=True)
class LeadDemand:
    """Mean and variance of the units wanted during a span of days."""

    mean: float
    variance: float

    @property
    def deviation(self) -> float:
        """Standard deviation."""
        return math.sqrt(self.variance)


def during(
    *, per_day: float, day_variance: float, days: float, days_deviation: float = 0.0
) -> LeadDemand:
    """Return the demand during a span that itself is not certain.

    mean = d L; variance = L s² + d² t², where d and s are mean and deviation of the demand of a day, L and t of the
    span.
    """
    return LeadDemand(
        per_day * days, days * day_variance + per_day * per_day * days_deviation * days_deviation
    )


class Table:
    """Chances and expected shortages by stock level, worked out as far as they are asked for."""

    def __init__(self, demand: LeadDemand) -> None:
        self.demand = demand
        self.is_nothing = demand.mean < _LEAST
        self.is_normal = demand.mean > _MANY
        is_lumpy = not self.is_nothing and demand.variance > demand.mean * 1.0001
        # A chance is that of one unit less times (count - 1 + size) / count * ratio; Poisson: mean / count.
        self._size = demand.mean**2 / (demand.variance - demand.mean) if is_lumpy else 0.0
        self._ratio = demand.mean / (self._size + demand.mean) if is_lumpy else 0.0
        farthest = demand.mean + _FARTHEST * demand.deviation
        if is_lumpy:
            farthest = max(farthest, demand.mean - _NOTHING / math.log(self._ratio))
        self.limit = min(math.ceil(farthest) + 1, MOST)
        self._chances: list[float] = []
        self._upto: list[float] = []
        self._short: list[float] = [max(demand.mean, 0.0)]

    def within(self, level: int) -> float:
        """Return the chance that at most `level` units are wanted."""
        if self.is_nothing:
            return 1.0
        if self.is_normal:
            return NormalDist(self.demand.mean, max(self.demand.deviation, 1e-9)).cdf(level + 0.5)
        self._reach(level)
        return self._upto[min(level, self.limit)]

    def chance(self, level: int) -> float:
        """Return the chance that exactly `level` units are wanted."""
        if self.is_normal or self.is_nothing:
            return self.within(level) - (self.within(level - 1) if level else 0.0)
        self._reach(level)
        return self._chances[level] if level <= self.limit else 0.0

    def shortage(self, level: int) -> float:
        """Return the units that are wanted beyond `level`, on the average."""
        if self.is_nothing:
            return 0.0
        if self.is_normal:
            deviation = max(self.demand.deviation, 1e-9)
            far = (level - self.demand.mean) / deviation
            unit = NormalDist()
            return max(deviation * (unit.pdf(far) - far * (1 - unit.cdf(far))), 0.0)
        self._reach(level)
        return self._short[min(level, self.limit)]

    def _reach(self, level: int) -> None:
        """Work out everything up to `level`: E(D-s-1)+ = E(D-s)+ - P(D > s)."""
        mean, size, ratio = self.demand.mean, self._size, self._ratio
        if not self._chances:
            chance = math.exp(size * math.log(1 - ratio) if ratio else -mean)
            self._chances.append(chance)
            self._upto.append(chance)
            self._short.append(max(mean - (1 - chance), 0.0))
        chance, upto, short = self._chances[-1], self._upto[-1], self._short[-1]
        for count in range(len(self._chances), min(level, self.limit) + 1):
            chance *= (count - 1 + size) / count * ratio if ratio else mean / count
            upto = min(upto + chance, 1.0)
            short = max(short - (1 - upto), 0.0)
            self._chances.append(chance)
            self._upto.append(upto)
            self._short.append(short)
