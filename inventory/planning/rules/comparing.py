"""Compare ways to forecast on many series, each at the same weeks and from the weeks before alone."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from inventory.planning.rules import accuracy, forecasting, methods
from inventory.planning.rules.accuracy import Accuracy, Summary
from inventory.planning.rules.series import Week, base_demand

CHOSEN = "chosen"
BENCHMARKS = (
    methods.LAST_VALUE,
    methods.moving_average(4),
    methods.MOVING_AVERAGE,
    methods.moving_average(13),
)
Progress = Callable[[int, int], None]


class Engine(Protocol):
    """A way to forecast that is not ours."""

    @property
    def name(self) -> str:
        """Name for people."""

    def next_week(self, values: Sequence[float]) -> float:
        """Return the forecast of the week after `values`."""


def compare(
    series: Sequence[Sequence[Week]],
    *,
    tested: int = forecasting.TESTED,
    engines: Sequence[Engine] = (),
    progress: Progress | None = None,
) -> Mapping[str, Summary]:
    """Return the figures of what we choose, of plain methods and of `engines` over the last `tested` weeks of each
    series.

    No more than the second half of a series is tested.
    """
    figures: dict[str, list[Accuracy]] = {CHOSEN: []}
    for number, weeks in enumerate(series, start=1):
        count = min(tested, len(weeks) // 2)
        figures[CHOSEN].append(forecasting.forecast(weeks, tested=count).accuracy)
        base = base_demand(weeks)
        at = [week for week in range(len(weeks)) if base.plain[week]][-count:] if count else []
        for method in BENCHMARKS:
            said = [each or 0.0 for each in method.run(base.values).ahead]
            figures.setdefault(method.name, []).append(accuracy.measure(base.values, said, at))
        for engine in engines:
            ahead = [0.0] * len(weeks)
            for week in at:
                ahead[week] = engine.next_week(base.values[:week])
            figures.setdefault(engine.name, []).append(accuracy.measure(base.values, ahead, at))
        if progress is not None:
            progress(number, len(series))
    return {name: accuracy.summary(rows) for name, rows in figures.items()}
