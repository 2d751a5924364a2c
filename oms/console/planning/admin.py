"""Forecasts in the console: the list, and one with its history, its interval and how good it was."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import Q
from django.http import HttpRequest
from unfold.decorators import display

from inventory.locations.admin import AtOwnLocations
from inventory.planning.models import Forecast
from oms.console.charts import Chart, chart
from oms.console.planning import queries
from oms.core.admin.paging import Tab


@admin.register(Forecast)
class ForecastAdmin(AtOwnLocations):
    """What the coming weeks will want of each SKU at each location."""

    has_timeline = False
    list_display = (
        "sku_code",
        "name",
        "location",
        "usual",
        "next_week",
        "method",
        "error",
        "inside",
        "made_at",
    )
    list_select_related = ("sku", "location")
    list_filter = ("location",)
    search_fields = ("sku__code", "sku__name")
    search_help_text = "SKU or its name"
    ordering = ("-per_week", "id")
    list_tabs = (
        Tab("all", "All", counted=False),
        Tab("worse", "Worse than the last value", Q(rmsse__gte=1), counted=False),
        Tab("new", "Short history", Q(weeks__lt=13), counted=False),
    )
    list_help = (
        "What the coming weeks will want, from what was ordered before: days without stock and promotions are marked,"
        " so that they bias nothing. The interval is to hold four weeks of five."
    )
    fields = (("method", "made_at"),)
    change_form_template = "admin/planning/forecast.html"

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Forecast]":
        """Load SKU and location with the forecasts."""
        return super().get_queryset(request).select_related("sku", "location")

    @display(description="SKU")
    def sku_code(self, forecast: Forecast) -> str:
        """Show the code."""
        return forecast.sku.code

    @display(description="Name")
    def name(self, forecast: Forecast) -> str:
        """Show what it is."""
        return forecast.sku.name

    @display(description="A week")
    def usual(self, forecast: Forecast) -> str:
        """Show the usual demand."""
        return f"{forecast.per_week:.1f}"

    @display(description="Next week")
    def next_week(self, forecast: Forecast) -> str:
        """Show the interval."""
        return f"{forecast.low[0]} – {forecast.high[0]}" if forecast.low else "–"

    @display(description="RMSSE")
    def error(self, forecast: Forecast) -> str:
        """Show the scaled error."""
        return "–" if forecast.rmsse is None else f"{forecast.rmsse:.2f}"

    @display(description="Held")
    def inside(self, forecast: Forecast) -> str:
        """Show how many weeks the interval held."""
        return "–" if forecast.coverage is None else f"{forecast.coverage:.0%}"

    def page_context(self, request: HttpRequest, document: Forecast) -> Mapping[str, Any]:
        """Add the course, the methods that were tried, and what follows for the stock."""
        course = queries.course(document)
        return {
            "chart": _course_chart(document, course),
            "out": sum(week.is_out for week in course.past),
            "promoted": sum(bool(week.promoted_days) for week in course.past),
            "tried": [(name, error) for name, error in document.tried],
            "place": course.place,
        }


def _course_chart(forecast: Forecast, course: queries.Course) -> Chart:
    """Draw the past as it was ordered and the weeks to come with their interval."""
    ahead = len(forecast.mean)
    labels = [f"{day:%d %b %y}" for day in course.begins]
    labels += [f"{forecast.week(number):%d %b %y}" for number in range(ahead)]
    no_past: list[float | None] = [None] * len(course.past)
    no_future: list[float | None] = [None] * ahead
    past: list[float | None] = [week.units for week in course.past]
    marked: list[float | None] = [
        None if week.is_plain else float(week.units) for week in course.past
    ]
    return chart(
        f"Units a week: ordered, and forecast from {forecast.from_week:%d %b %Y} on",
        labels,
        {
            "ordered": [*past, *no_future],
            "forecast": [*no_past, *forecast.mean],
            "low": [*no_past, *forecast.low],
            "high": [*no_past, *forecast.high],
            "without stock or promoted": [*marked, *no_future],
        },
        kind="line",
        head="Week from",
    )
