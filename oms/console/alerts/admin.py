"""The page of alerts."""

from django.http import HttpRequest, HttpResponse

from inventory.locations.admin import reach
from oms.console.alerts import queries
from oms.core import clock
from oms.core.admin import site


@site.page("alerts/", name="alerts", permission="inventory.view_level")
def alerts(request: HttpRequest) -> HttpResponse:
    """Show what needs somebody at the places of this person, each with the page where it is mended."""
    places, today = reach(request), clock.today()
    currency, losing = (
        queries.losing(today=today) if request.user.has_perm("orders.see_margin") else (None, None)
    )
    return site.render(
        request,
        "admin/alerts/alerts.html",
        {
            "title": "Alerts",
            "today": today,
            "weeks": queries.MOST_WEEKS,
            "expiry_days": queries.EXPIRY_DAYS,
            "margin_days": queries.MARGIN_DAYS,
            "short": queries.short(location_ids=places),
            "excess": queries.excess(location_ids=places),
            "expiring": queries.expiring(location_ids=places, today=today),
            "losing": losing,
            "currency": currency,
        },
    )
