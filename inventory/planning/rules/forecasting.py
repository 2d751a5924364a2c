"""Forecast a series: the methods that did best so far together, with intervals from their own errors.

Every candidate is tested from week to week on what came next. What counts is the sum of its errors to the power 1.5,
recent ones more: between the absolute error, which a forecast of nothing wins where most weeks are empty, and the
square, which single large orders rule. The mean of the BEST candidates at the end is the forecast; the same was done
at each earlier week with what was known by then, and those errors give the accuracy, the spread and the interval.

The interval of a week holds the whole, non-negative units whose share among the past errors, added to the forecast, is
nearest to `level`; of equal ones the shortest.
"""

import math
from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import nsmallest
from statistics import NormalDist

from inventory.planning.rules import accuracy
from inventory.planning.rules.accuracy import Accuracy
from inventory.planning.rules.methods import CANDIDATES, Method, Pass
from inventory.planning.rules.series import DAYS, Week, base_demand, uplift

HORIZON = 13
TESTED = 26
LEVEL = 0.8
BEST = 5
WARM_UP = 8  # weeks before the candidates are compared
_FADING = 0.95
_FIRST = 4  # weeks that say what a week usually wants
_LEAST_ERRORS = 8  # from so many on, the errors alone give spread and interval


@dataclass(frozen=True, slots=True)
class Tried:
    """A candidate, and its scaled error (RMSSE) in the rolling test."""

    name: str
    error: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Units of each coming week: the mean, and the interval from `low` to `high`.

    `per_week` is the usual demand, without promotions, in the first weeks. `method` names the candidate that leads,
    `spread` is the standard deviation of a week around its forecast, `uplift` how many times the usual demand a
    promoted week has.
    """

    method: str
    mean: list[float]
    low: list[int]
    high: list[int]
    per_week: float
    spread: float
    uplift: float | None
    weeks: int
    accuracy: Accuracy
    tried: list[Tried]


@dataclass(frozen=True, slots=True)
class Rolling:
    """The test of the candidates on a history: what each said, what the best together said, and who led at the end."""

    passes: Sequence[Pass]
    ahead: list[float]
    leading: list[int]


def forecast(
    weeks: Sequence[Week],
    *,
    horizon: int = HORIZON,
    promoted_days: Sequence[int] = (),
    expected_uplift: float = 1.0,
    level: float = LEVEL,
    tested: int = TESTED,
    candidates: Sequence[Method] = CANDIDATES,
) -> Forecast:
    """Forecast the `horizon` weeks after the history `weeks`, oldest week first.

    `promoted_days` says how many days of each coming week are promoted; where the history teaches no uplift,
    `expected_uplift` is taken.
    """
    base = base_demand(weeks)
    learnt = uplift(weeks, base)
    rolling = roll(base.values, candidates)
    usual = _path(rolling, horizon)
    scored = [
        week for week, plain in enumerate(base.plain) if plain and week >= min(WARM_UP, len(weeks))
    ]
    errors = [base.values[week] - rolling.ahead[week] for week in scored]
    spread = _spread(errors, usual[0] if usual else 0.0)
    factors = _factors(promoted_days, horizon, learnt if learnt is not None else expected_uplift)
    mean = [units * factor for units, factor in zip(usual, factors, strict=True)]
    intervals = [
        interval(
            units * factor,
            sorted(factor * each for each in _errors_ahead(base.values, rolling, scored, step)),
            level=level,
        )
        for step, (units, factor) in enumerate(zip(usual, factors, strict=True))
    ]
    test = scored[-tested:]
    figures, tried = _judge(base.values, rolling, scored, test, candidates, level)
    return Forecast(
        method=candidates[rolling.leading[0]].name,
        mean=mean,
        low=[low for low, _ in intervals],
        high=[high for _, high in intervals],
        per_week=sum(usual[:_FIRST]) / len(usual[:_FIRST]) if usual else 0.0,
        spread=spread,
        uplift=learnt,
        weeks=len(weeks),
        accuracy=figures,
        tried=tried,
    )


def roll(values: Sequence[float], candidates: Sequence[Method] = CANDIDATES) -> Rolling:
    """Go through a history as if each week were the present one."""
    passes = [method.run(values) for method in candidates]
    aheads = [each.ahead for each in passes]
    costs = [0.0] * len(candidates)
    numbers = range(len(candidates))
    found: list[float] = []
    for week, value in enumerate(values):
        said = [ahead[week] for ahead in aheads]
        best = nsmallest(BEST, numbers, key=costs.__getitem__) if week > WARM_UP else [0]
        picked = [each for number in best if (each := said[number]) is not None]
        found.append(sum(picked) / len(picked) if picked else 0.0)
        if week >= WARM_UP:
            for number, each in enumerate(said):
                # Who has nothing to say yet is worse than who says anything sensible.
                error = abs(value - each) if each is not None else value + found[-1]
                costs[number] = _FADING * costs[number] + error * math.sqrt(error)
    leading = nsmallest(BEST, numbers, key=costs.__getitem__) if len(values) > WARM_UP else [0]
    return Rolling(passes, found, leading)


def interval(mean: float, errors: Sequence[float], *, level: float = LEVEL) -> tuple[int, int]:
    """Return the whole units from and to between which the share `level` of `mean` plus `errors` (ascending) lies.

    Too few errors tell nothing; then demand is taken to be as spread as chance alone makes it.
    """
    if len(errors) < _LEAST_ERRORS:
        reach = NormalDist().inv_cdf(0.5 + level / 2) * math.sqrt(max(mean, 0.0))
        return max(0, math.floor(mean - reach + 0.5)), max(0, math.floor(mean + reach + 0.5))
    units = [max(0, math.floor(mean + error + 0.5)) for error in errors]
    values, upto = _counted(units)
    wanted = level * (len(units) + 1)
    best: tuple[float, int, int, int] | None = None
    last = 0
    for first, low in enumerate(values):
        before = upto[first - 1] if first else 0
        last = max(last, first)
        while last < len(values) - 1 and upto[last] - before < wanted:
            last += 1
        for end in (last - 1, last):
            if end >= first:
                distance = abs(upto[end] - before - wanted)
                offer = (distance, values[end] - low, low, values[end])
                best = min(best, offer) if best else offer
    return (best[2], best[3]) if best else (0, 0)


def _counted(units: Sequence[int]) -> tuple[list[int], list[int]]:
    """Return the different values of ascending `units`, and how many are up to each."""
    values: list[int] = []
    upto: list[int] = []
    for count, each in enumerate(units, start=1):
        if values and values[-1] == each:
            upto[-1] = count
        else:
            values.append(each)
            upto.append(count)
    return values, upto


def _path(rolling: Rolling, horizon: int) -> list[float]:
    paths = [path for number in rolling.leading if (path := rolling.passes[number].path(horizon))]
    if not paths:
        return [0.0] * horizon
    return [sum(each) / len(paths) for each in zip(*paths, strict=True)]


def _errors_ahead(
    values: Sequence[float], rolling: Rolling, scored: Sequence[int], step: int
) -> list[float]:
    """Return by how much each week differed from what was forecast `step` weeks before the week itself."""
    return [
        values[week] - rolling.ahead[week - step]
        for week in scored
        if week - step >= min(WARM_UP, len(values))
    ]


def _factors(promoted_days: Sequence[int], horizon: int, times: float) -> list[float]:
    days = [*promoted_days[:horizon], *[0] * (horizon - len(promoted_days))]
    return [1 + (times - 1) * min(each, DAYS) / DAYS for each in days]


def _spread(errors: Sequence[float], mean: float) -> float:
    found = math.sqrt(sum(each * each for each in errors) / len(errors)) if errors else 0.0
    return found if len(errors) >= _LEAST_ERRORS else max(found, math.sqrt(max(mean, 0.0)))


def _judge(
    values: Sequence[float],
    rolling: Rolling,
    scored: Sequence[int],
    test: Sequence[int],
    candidates: Sequence[Method],
    level: float,
) -> tuple[Accuracy, list[Tried]]:
    """Return the figures of the test, and the error of each candidate in it."""
    known: list[float] = []
    inside: list[bool] = []
    tested = set(test)
    for week in scored:
        if week in tested:
            low, high = interval(rolling.ahead[week], known, level=level)
            inside.append(low <= values[week] <= high)
        insort(known, values[week] - rolling.ahead[week])
    figures = accuracy.measure(values, rolling.ahead, test, inside=inside)
    tried = []
    for method, each in zip(candidates, rolling.passes, strict=True):
        said = [value or 0.0 for value in each.ahead]
        tried.append(Tried(method.name, accuracy.measure(values, said, test).rmsse))
    return figures, sorted(tried, key=lambda row: (row.error is None, row.error or 0.0, row.name))
