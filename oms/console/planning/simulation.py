"""A year played through by the present policies and by a proposed one."""

from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse

from inventory.locations.admin import reach
from inventory.locations.models import Location
from inventory.planning import simulations
from inventory.planning.rules.levels import Aim
from inventory.planning.simulations import Comparison, Scope
from inventory.planning.states import ServiceTarget
from oms.console.charts import Chart, chart
from oms.core.admin import site
from oms.core.admin.buttons import dress


class SimulationForm(forms.Form):
    """For what, and which policy is tried."""

    sku = forms.CharField(
        max_length=64,
        required=False,
        label="SKU",
        help_text="Empty: those with the largest demand.",
    )
    category = forms.CharField(max_length=100, required=False)
    location = forms.ModelChoiceField(
        Location.objects.none(), required=False, empty_label="every location"
    )
    target = forms.ChoiceField(choices=ServiceTarget.choices)
    percent = forms.DecimalField(
        min_value=Decimal(50),
        max_value=Decimal("99.9"),
        decimal_places=1,
        initial=Decimal("95.0"),
        label="Service (%)",
    )
    cover_days = forms.IntegerField(
        min_value=1,
        max_value=366,
        initial=14,
        help_text="An order brings the demand of so many days.",
    )
    lot = forms.IntegerField(
        min_value=1,
        max_value=1_000_000,
        required=False,
        label="Fixed lot",
        help_text="Units that an order brings instead.",
    )
    review_days = forms.IntegerField(min_value=1, max_value=92, initial=1)

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = Location.objects.filter(is_active=True)
        reached = reach(request)
        location = self.fields["location"]
        if isinstance(location, forms.ModelChoiceField):
            location.queryset = places if reached is None else places.filter(pk__in=reached)
        dress(self)


@site.page("planning/simulate/", name="planning_simulation", permission="inventory.view_policy")
def simulation(request: HttpRequest) -> HttpResponse:
    """Show what a policy would lead to in a year, beside what there is now. Nothing is stored."""
    form = SimulationForm(request.GET or None, request=request)
    found: Comparison | None = None
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        place = data["location"]
        found = simulations.compare(
            Scope(
                sku_code=data["sku"].strip(),
                category=data["category"].strip(),
                location_id=place.pk if place is not None else None,
                reach=reach(request),
            ),
            Aim(
                target="fill_rate"
                if data["target"] == ServiceTarget.FILL_RATE
                else "cycle_service",
                share=float(data["percent"]) / 100,
                review_days=data["review_days"],
                cover_days=data["cover_days"],
                lot=data["lot"],
            ),
        )
    return site.render(
        request,
        "admin/planning/simulation.html",
        {
            "title": "Simulate a policy",
            "form": form,
            "found": found,
            "charts": _charts(found) if found is not None and found.rows else [],
            "years": simulations.YEARS,
            "sees_costs": request.user.has_perm("inventory.see_costs"),
        },
        status=422 if form.is_bound and not form.is_valid() else 200,
    )


def _charts(found: Comparison) -> list[Chart]:
    labels = [f"{row.sku} {row.location_code}" for row in found.rows[:12]]
    rows = found.rows[:12]
    return [
        chart(
            "Units on hand on the average",
            labels,
            {
                "present": [round(row.present.on_hand, 1) for row in rows],
                "proposed": [round(row.proposed.on_hand, 1) for row in rows],
            },
            head="Item",
        ),
        chart(
            "Served at once, in percent",
            labels,
            {
                "present": [round(100 * row.present.played.fill_rate, 1) for row in rows],
                "proposed": [round(100 * row.proposed.played.fill_rate, 1) for row in rows],
            },
            head="Item",
        ),
    ]
