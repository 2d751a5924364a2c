"""The page of one item."""

from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from inventory.catalog.models import Sku
from inventory.costing import queries as costing
from inventory.locations.admin import reach
from oms.console.charts import chart
from oms.console.items import queries
from oms.core import clock
from oms.core.admin import site

_RIGHTS = {
    queries.ORDER: "orders.view_order",
    queries.PURCHASE: "inventory.view_purchaseorder",
    queries.TRANSFER: "inventory.view_transferorder",
    "admin:fulfillment_fulfillmentorder_change": "fulfillment.view_fulfillmentorder",
    "admin:fulfillment_shipment_change": "fulfillment.view_shipment",
}


def openable(request: HttpRequest) -> list[str]:
    """Return the names of the pages of documents that this person may open."""
    return [name for name, right in _RIGHTS.items() if request.user.has_perm(right)]


@site.page("items/<int:key>/", name="item", permission="inventory.view_level")
def item(request: HttpRequest, key: int) -> HttpResponse:
    """Show what is where, what comes, what is promised to whom, who waits, and how it went."""
    sku = Sku.objects.select_related("product").filter(pk=key).first() if key < 2**63 else None
    if sku is None:
        raise Http404
    current = timezone.get_current_timezone()
    zone = current if isinstance(current, ZoneInfo) else ZoneInfo("UTC")
    page = queries.item_page(
        sku,
        location_ids=reach(request),
        zone=zone,
    )
    return site.render(
        request,
        "admin/items/item.html",
        {
            "title": f"{sku.code} {sku.name}",
            "page": page,
            "worth": costing.worth(sku.pk)
            if request.user.has_perm("inventory.see_costs")
            else None,
            "today": clock.today(zone.key),
            "may_open": openable(request),
            "chart": chart(
                "Units shipped per week",
                [f"{monday:%d %b}" for monday, _ in page.weeks],
                {"units": [units for _, units in page.weeks]},
                head="Week from",
            ),
        },
    )
