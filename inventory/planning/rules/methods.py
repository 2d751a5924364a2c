"""Ways to forecast the demand of the next weeks from the weeks before.

Every method goes once through a history and says for each week what it would have forecast from the weeks before it
(None while it knows too little), and at the end a path for the weeks to come. So one pass is a rolling-origin test.

Sources: simple and damped-trend smoothing after Gardner, "Exponential smoothing: the state of the art, part II"
(2006); intermittent demand after Croston (1972) with the correction of Syntetos and Boylan (2005), and after Teunter,
Syntetos and Babai (2011).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

YEAR = 52


@dataclass(frozen=True, slots=True)
class Pass:
    """What a method said on its way: `ahead[t]` for week t, and of the weeks after the last one the path `path(h)`."""

    ahead: list[float | None]
    path: Callable[[int], list[float]]


@dataclass(frozen=True, slots=True)
class Method:
    """A method with its parameters, under a name for people."""

    name: str
    run: Callable[[Sequence[float]], Pass]


def last_value() -> Method:
    """Forecast what the last week had."""

    def run(values: Sequence[float]) -> Pass:
        ahead: list[float | None] = [None, *values][: len(values)]
        return Pass(ahead, _flat(values[-1] if values else None))

    return Method("last value", run)


def moving_average(span: int) -> Method:
    """Forecast the mean of the last `span` weeks."""

    def run(values: Sequence[float]) -> Pass:
        ahead: list[float | None] = []
        total, level = 0.0, None
        for index, value in enumerate(values):
            ahead.append(level)
            total += value
            if index >= span:
                total -= values[index - span]
            level = max(total / min(span, index + 1), 0.0)
        return Pass(ahead, _flat(level))

    return Method(f"moving average of {span}", run)


def mean_of_all() -> Method:
    """Forecast the mean of the whole history."""

    def run(values: Sequence[float]) -> Pass:
        ahead: list[float | None] = []
        total, level = 0.0, None
        for count, value in enumerate(values, start=1):
            ahead.append(level)
            total += value
            level = total / count
        return Pass(ahead, _flat(level))

    return Method("mean of all weeks", run)


def seasonal(period: int = YEAR) -> Method:
    """Forecast what the same week had a year ago, evened out with its neighbors."""

    def like(values: Sequence[float], at: int) -> float:
        return (values[at - 1] + 2 * values[at] + values[at + 1]) / 4

    def run(values: Sequence[float]) -> Pass:
        count = len(values)
        ahead: list[float | None] = [
            like(values, index - period) if index > period else None for index in range(count)
        ]
        if count <= period:
            return Pass(ahead, _flat(None))

        def path(horizon: int) -> list[float]:
            found = []
            for step in range(horizon):
                at = count + step - period
                while at + 1 >= count:
                    at -= period
                found.append(like(values, at))
            return found

        return Pass(ahead, path)

    return Method("same week last year", run)


def smoothing(alpha: float) -> Method:
    """Forecast by simple exponential smoothing; the first weeks are averaged."""

    def run(values: Sequence[float]) -> Pass:
        ahead: list[float | None] = []
        level: float | None = None
        for count, value in enumerate(values, start=1):
            ahead.append(level)
            level = value if level is None else level + max(alpha, 1 / count) * (value - level)
        return Pass(ahead, _flat(level))

    return Method(f"smoothing {alpha:g}", run)


def damped_trend(alpha: float, beta: float, phi: float) -> Method:
    """Forecast by smoothing with a trend that dies away."""

    def run(values: Sequence[float]) -> Pass:
        ahead: list[float | None] = []
        level, trend = 0.0, 0.0
        for count, value in enumerate(values, start=1):
            if count == 1:
                ahead.append(None)
                level = value
                continue
            expected = level + phi * trend
            ahead.append(max(expected, 0.0))
            error = value - expected
            level = expected + max(alpha, 1 / count) * error
            trend = phi * trend + beta * error
        if not values:
            return Pass(ahead, _flat(None))

        def path(horizon: int) -> list[float]:
            found, reach, weight = [], level, phi
            for _ in range(horizon):
                reach += weight * trend
                weight *= phi
                found.append(max(reach, 0.0))
            return found

        return Pass(ahead, path)

    return Method(f"damped trend {alpha:g}/{beta:g}", run)


def croston(alpha: float) -> Method:
    """Forecast size and distance of demands apart, with the correction of Syntetos and Boylan."""

    def run(values: Sequence[float]) -> Pass:
        ahead: list[float | None] = []
        size, gap, waited = 0.0, 0.0, 1
        rate: float | None = None
        for value in values:
            ahead.append(rate)
            if value <= 0:
                waited += 1
                continue
            if rate is None:
                size, gap = value, float(waited)
            else:
                size += alpha * (value - size)
                gap += alpha * (waited - gap)
            waited = 1
            rate = (1 - alpha / 2) * size / gap
        return Pass(ahead, _flat(rate if rate is not None else 0.0 if values else None))

    return Method(f"Croston-SBA {alpha:g}", run)


def tsb(alpha: float, beta: float) -> Method:
    """Forecast size and probability of demand; the probability falls while nothing is wanted."""

    def run(values: Sequence[float]) -> Pass:
        ahead: list[float | None] = []
        size: float | None = None
        chance = 0.0
        rate: float | None = None
        for count, value in enumerate(values, start=1):
            ahead.append(rate)
            weight = max(beta, 1 / count)
            chance += weight * ((1.0 if value > 0 else 0.0) - chance)
            if value > 0:
                size = value if size is None else size + alpha * (value - size)
            rate = chance * (size or 0.0)
        return Pass(ahead, _flat(rate))

    return Method(f"TSB {alpha:g}/{beta:g}", run)


LAST_VALUE = last_value()
MOVING_AVERAGE = moving_average(8)

# Few enough that ten thousand series take seconds, and unlike enough that one of them fits most histories.
CANDIDATES: tuple[Method, ...] = (
    MOVING_AVERAGE,
    LAST_VALUE,
    moving_average(4),
    moving_average(13),
    mean_of_all(),
    seasonal(),
    smoothing(0.1),
    smoothing(0.2),
    smoothing(0.3),
    damped_trend(0.2, 0.05, 0.9),
    croston(0.1),
    tsb(0.1, 0.05),
    tsb(0.1, 0.1),
    tsb(0.2, 0.2),
)


def _flat(level: float | None) -> Callable[[int], list[float]]:
    return lambda horizon: [] if level is None else [level] * horizon
