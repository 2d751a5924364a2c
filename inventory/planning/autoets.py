"""AutoETS of the package statsforecast, which comes with the optional extra `planning` only.

It picks one of the exponential smoothing models by an information criterion: a tenth of a second for each series,
where our own methods take thousandths. It is there to compare with.
"""

import importlib
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

from inventory.planning import errors

PACKAGE = "statsforecast"
_LEAST_WEEKS = 8


class AutoEts:
    """Forecasts by AutoETS, without a season. Raises EngineMissing where the extra is not installed."""

    name = "AutoETS"

    def __init__(self) -> None:
        if find_spec(PACKAGE) is None:
            raise errors.EngineMissing(
                f"AutoETS needs the package {PACKAGE}; install it with: pip install 'oms[planning]'"
            )
        # Takes seconds and memory, so only whoever asks for it loads it.
        self._models: Any = importlib.import_module(f"{PACKAGE}.models")
        self._numbers: Any = importlib.import_module("numpy")

    def next_week(self, values: Sequence[float]) -> float:
        """Return the forecast of the week after `values`, not below zero."""
        if len(values) < _LEAST_WEEKS:
            return sum(values) / len(values) if values else 0.0
        model = self._models.AutoETS(season_length=1)
        found = model.forecast(y=self._numbers.asarray(values, dtype=float), h=1)
        return max(float(found["mean"][0]), 0.0)
