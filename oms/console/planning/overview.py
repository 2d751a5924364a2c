"""The start page of planning: how good the forecasts are, and the jobs that make them."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from inventory.locations.admin import reach
from inventory.planning import services as planning
from inventory.planning.models import Policy
from oms.console.charts import Chart, chart
from oms.console.planning import queries
from oms.console.planning.queries import Quality
from oms.core import errors
from oms.core.actors import Actor
from oms.core.admin import site

RUN = "inventory.run_planning"


@site.page("planning/", name="planning", permission="inventory.view_forecast")
def overview(request: HttpRequest) -> HttpResponse:
    """Show how good the forecasts are; start a job on demand."""
    if request.method == "POST":
        return _start(request)
    found = queries.quality(reach(request))
    return site.render(
        request,
        "admin/planning/overview.html",
        {
            "title": "Planning",
            "quality": found,
            "figures": _figures(found),
            "charts": _charts(found) if found.forecasts else [],
            "jobs": queries.jobs(),
            "has_policy": Policy.objects.active().exists(),
        },
    )


def _start(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm(RUN):
        raise PermissionDenied
    start = (
        planning.start_proposals
        if request.POST.get("act") == "propose"
        else planning.start_forecasts
    )
    try:
        job = start(actor=Actor.of_user(request.user))
    except errors.DomainError as error:
        messages.warning(request, error.detail)
        return HttpResponseRedirect(reverse("admin:planning"))
    messages.success(request, "It is being worked out; this page shows how far it is.")
    return HttpResponseRedirect(reverse("admin:core_job_change", args=(job.pk,)))


def _figures(found: Quality) -> Sequence[tuple[str, str, str]]:
    """Return each figure with its name and what it means."""
    return [
        ("WAPE", _percent(found.wape), "units missed in a week, of all units"),
        ("RMSSE", _number(found.rmsse), "error beside that of the last value; below 1 is better"),
        ("MASE", _number(found.mase), "the same without squares"),
        ("Bias", _percent(found.bias, signed=True), "above 0: too much was forecast"),
        ("Interval held", _percent(found.coverage), "of the weeks; 80% is meant"),
    ]


def _charts(found: Quality) -> list[Chart]:
    compared: dict[str, Any] = {
        "chosen": found.rmsse,
        "moving average of 8": found.moving_average_rmsse,
        "last value": found.last_value_rmsse,
    }
    return [
        chart(
            "Mean scaled error (RMSSE) in the rolling test",
            list(compared),
            {"RMSSE": [None if each is None else round(each, 3) for each in compared.values()]},
            head="Method",
            whole=False,
        ),
        chart(
            "Forecasts by the method that leads",
            [each.method for each in found.methods],
            {"forecasts": [each.forecasts for each in found.methods]},
            head="Method",
        ),
    ]


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _percent(value: float | None, *, signed: bool = False) -> str:
    if value is None:
        return "–"
    return f"{value:+.0%}" if signed else f"{value:.0%}"
