"""How good forecasts were: weighted error, scaled errors, bias, coverage of intervals.

WAPE is the sum of absolute errors over the sum of units. MASE and RMSSE scale the errors by those that the last value
would have made in the weeks before the test (Hyndman and Koehler, 2006): below 1 is better than that. Bias is the sum
of forecasts minus units over the sum of units: above 0 too much was forecast. Coverage is the share of weeks inside
the interval.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """Figures of one series over the tested weeks; None where they cannot be told."""

    weeks: int
    units: float
    absolute: float
    signed: float
    mase: float | None
    rmsse: float | None
    covered: int | None = None

    @property
    def wape(self) -> float | None:
        """Absolute error per unit."""
        return self.absolute / self.units if self.units > 0 else None

    @property
    def bias(self) -> float | None:
        """Units forecast too many, per unit."""
        return self.signed / self.units if self.units > 0 else None

    @property
    def coverage(self) -> float | None:
        """Share of the weeks within the interval."""
        return self.covered / self.weeks if self.covered is not None and self.weeks else None


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures of many series: errors are summed, scaled errors averaged over the series that have one."""

    series: int
    wape: float | None
    mase: float | None
    rmsse: float | None
    bias: float | None
    coverage: float | None


def measure(
    values: Sequence[float],
    forecasts: Sequence[float],
    tested: Sequence[int],
    *,
    inside: Sequence[bool] | None = None,
) -> Accuracy:
    """Return the figures of `forecasts` for the weeks `tested` (ascending); the weeks before them give the scale."""
    errors = [values[week] - forecasts[week] for week in tested]
    before = values[: tested[0]] if tested else ()
    steps = [after - last for last, after in pairwise(before)]
    step = sum(map(abs, steps)) / len(steps) if steps else 0.0
    square = math.sqrt(sum(each * each for each in steps) / len(steps)) if steps else 0.0
    absolute = sum(map(abs, errors))
    count = len(errors)
    return Accuracy(
        weeks=count,
        units=sum(values[week] for week in tested),
        absolute=absolute,
        signed=-sum(errors),
        mase=absolute / count / step if count and step else None,
        rmsse=math.sqrt(sum(each * each for each in errors) / count) / square
        if count and square
        else None,
        covered=None if inside is None else sum(inside),
    )


def summary(figures: Iterable[Accuracy]) -> Summary:
    """Return the figures of many series together."""
    rows = [each for each in figures if each.weeks]
    units = sum(each.units for each in rows)
    weeks = sum(each.weeks for each in rows if each.covered is not None)
    return Summary(
        series=len(rows),
        wape=sum(each.absolute for each in rows) / units if units > 0 else None,
        mase=_mean([each.mase for each in rows if each.mase is not None]),
        rmsse=_mean([each.rmsse for each in rows if each.rmsse is not None]),
        bias=sum(each.signed for each in rows) / units if units > 0 else None,
        coverage=sum(each.covered or 0 for each in rows) / weeks if weeks else None,
    )


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
