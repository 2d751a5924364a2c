"""Charts as the console draws them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from oms.core import money

_COLORS = (
    "var(--color-primary-600)",
    "#0d9488",
    "#d97706",
    "#9333ea",
    "#dc2626",
    "#64748b",
)


Value = int | float | Decimal | None
"""A figure of a chart; None where there is none."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart with its data for the drawing script, and the same as rows for those who cannot see it."""

    title: str
    kind: str
    data: str
    options: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


def chart(
    title: str,
    labels: Sequence[str],
    series: Mapping[str, Sequence[Value]],
    *,
    kind: str = "bar",
    stacked: bool = False,
    currency: str = "",
    head: str = "Day",
    whole: bool = True,
) -> Chart:
    """Return the chart of `series` over `labels`, which are what `head` says; amounts are in `currency`.

    Without `whole` the axis is divided finer than by whole numbers.
    """
    datasets = [
        {
            "label": name,
            "data": [None if value is None else float(value) for value in values],
            "backgroundColor": _COLORS[index % len(_COLORS)],
            "borderColor": _COLORS[index % len(_COLORS)],
            "maxBarThickness": 22,
        }
        for index, (name, values) in enumerate(series.items())
    ]
    axis = {"stacked": stacked, "ticks": {"color": "#6b7280"}, "grid": {"color": "#d1d5db"}}
    options = {
        "animation": False,
        "maintainAspectRatio": False,
        "scales": {
            "x": {**axis, "grid": {"display": False}},
            "y": {
                **axis,
                "beginAtZero": True,
                "ticks": {"color": "#6b7280", **({"precision": 0} if whole else {})},
            },
        },
        "plugins": {
            "legend": {
                "display": len(series) > 1,
                "position": "bottom",
                "labels": {"color": "#6b7280", "boxWidth": 12},
            }
        },
    }
    rows = [
        [label, *(_shown(values[index], currency) for values in series.values())]
        for index, label in enumerate(labels)
    ]
    return Chart(
        title=title,
        kind=kind,
        data=json.dumps({"labels": list(labels), "datasets": datasets}),
        options=json.dumps(options),
        heads=[head, *series],
        rows=rows,
    )


def _shown(value: Value, currency: str) -> str:
    if value is None:
        return "–"
    return money.format_money(value, currency) if isinstance(value, Decimal) else str(value)
