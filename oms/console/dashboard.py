"""The start page of the console: what waits, what the last days brought. The role decides what is shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from inventory.locations.admin import reach
from oms.console.charts import Chart, chart
from oms.reporting import figures, queues


@dataclass(frozen=True, slots=True)
class Card:
    """A queue as drawn."""

    label: str
    help: str
    url: str
    queue: queues.Queue


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
        charts.append(chart("Orders per day by channel", labels, days.placed, stacked=True))
        charts.append(
            chart(
                "Placed and shipped",
                labels,
                {"orders placed": days.placed_in_all, "parcels shipped": days.shipped},
                kind="line",
            )
        )
    else:
        charts.append(chart("Parcels shipped per day", labels, {"parcels": days.shipped}))
    if orders and worth:
        charts += [
            chart(f"Turnover in {currency}", labels, {currency: amounts}, currency=currency)
            for currency, amounts in days.revenue.items()
        ]
    return charts
