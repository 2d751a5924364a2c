"""The start page of the console: what waits, what the last days brought. The role decides what is shown."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from inventory.locations.admin import reach
from oms.core import money
from oms.reporting import figures, queues

_COLORS = (
    "var(--color-primary-600)",
    "#0d9488",
    "#d97706",
    "#9333ea",
    "#dc2626",
    "#64748b",
)


@dataclass(frozen=True, slots=True)
class Card:
    """A queue as drawn."""

    label: str
    help: str
    url: str
    queue: queues.Queue


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart with its data for the drawing script, and the same as rows for those who cannot see it."""

    title: str
    kind: str
    data: str
    options: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


def context(request: HttpRequest, given: dict[str, Any]) -> dict[str, Any]:
    """Add queues, charts and the oldest waiting items to the start page."""
    user = request.user
    reached = reach(request)
    seen = [kind.name for kind in queues.KINDS if user.has_perm(kind.right)]
    found = queues.queues(seen, location_ids=reached)
    charts: list[Chart] = []
    sees_orders = user.has_perm("orders.view_order")
    if user.has_perm("fulfillment.view_shipment"):
        zone = timezone.get_current_timezone()
        days = figures.last_days(
            zone if isinstance(zone, ZoneInfo) else ZoneInfo("UTC"),
            location_ids=reached,
            with_orders=sees_orders,
        )
        charts = list(_charts(days, orders=sees_orders, worth=user.has_perm("orders.see_money")))
    may_set_up = user.has_perm("orders.add_channel") or user.has_perm("inventory.add_location")
    return {
        **given,
        "title": "Overview",
        "cards": [
            Card(
                label=queue.kind.label,
                help=queue.kind.help,
                url=reverse(f"admin:{queue.kind.page}") + queue.kind.query,
                queue=queue,
            )
            for queue in found
        ],
        "charts": charts,
        "missing": queues.missing_setup() if may_set_up else [],
    }


def _charts(days: figures.Days, *, orders: bool, worth: bool) -> Sequence[Chart]:
    labels = [f"{day:%d %b}" for day in days.days]
    charts = []
    if orders:
        charts.append(_chart("Orders per day by channel", labels, days.placed, stacked=True))
        charts.append(
            _chart(
                "Placed and shipped",
                labels,
                {"orders placed": days.placed_in_all, "parcels shipped": days.shipped},
                kind="line",
            )
        )
    else:
        charts.append(_chart("Parcels shipped per day", labels, {"parcels": days.shipped}))
    if orders and worth:
        charts += [
            _chart(f"Turnover in {currency}", labels, {currency: amounts}, currency=currency)
            for currency, amounts in days.revenue.items()
        ]
    return charts


def _chart(
    title: str,
    labels: Sequence[str],
    series: Mapping[str, Sequence[int | Decimal]],
    *,
    kind: str = "bar",
    stacked: bool = False,
    currency: str = "",
) -> Chart:
    datasets = [
        {
            "label": name,
            "data": [float(value) for value in values],
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
            "y": {**axis, "beginAtZero": True, "ticks": {"color": "#6b7280", "precision": 0}},
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
        heads=["Day", *series],
        rows=rows,
    )


def _shown(value: int | Decimal, currency: str) -> str:
    return money.format_money(value, currency) if isinstance(value, Decimal) else str(value)
