"""Work in the console: who does what where."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import Q
from django.http import Http404, HttpRequest
from django.utils.safestring import SafeString
from unfold.decorators import display

from fulfillment.work import queries
from fulfillment.work.models import FulfillmentOrder
from fulfillment.work.states import UNFINISHED, WorkStatus
from inventory.locations.admin import AtOwnLocations, reach
from oms.core import address
from oms.core.admin.paging import Tab
from oms.core.templatetags.console import badge


@admin.register(FulfillmentOrder)
class FulfillmentOrderAdmin(AtOwnLocations):
    """The work of one location for one order."""

    list_display = ("number", "location", "status_badge", "created_at", "started_at", "closed_at")
    list_select_related = ("location",)
    list_filter = ("location", "status")
    search_fields = ("number",)
    search_help_text = "Number of the work or of the order"
    ordering = ("-id",)
    list_tabs = (
        Tab("open", "Open", Q(status__in=UNFINISHED)),
        Tab("new", "Not begun", Q(status=WorkStatus.OPEN)),
        Tab("progress", "In progress", Q(status=WorkStatus.IN_PROGRESS)),
        Tab("hold", "On hold", Q(status=WorkStatus.ON_HOLD)),
        Tab("closed", "Finished", ~Q(status__in=UNFINISHED), counted=False),
    )
    change_form_template = "admin/warehouse/work.html"
    fields = (("number", "location"), ("created_at", "started_at"), "closed_at")
    list_help = "What the warehouse has been given: one row for each order and location."

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[FulfillmentOrder]":
        """Load the location with the work."""
        return super().get_queryset(request).select_related("location")

    @display(description="Status")
    def status_badge(self, work: FulfillmentOrder) -> SafeString:
        """Show where it stands."""
        return badge(work.status, str(work.get_status_display()))

    def page_context(self, request: HttpRequest, document: FulfillmentOrder) -> Mapping[str, Any]:
        """Add the lines, the address, and where to go on."""
        view = queries.view(document.pk)
        return {
            "work": view,
            "recipient": address.lines(address.Address.from_dict(view.recipient)),
            "may_see_order": request.user.has_perm("orders.view_order"),
            "may_pick": request.user.has_perm("fulfillment.pick_work")
            and document.status in UNFINISHED
            and view.units("to_pick") > 0,
            "may_pack": request.user.has_perm("fulfillment.pack_work") and view.units("picked") > 0,
        }


def own_work(request: HttpRequest, work_id: int) -> FulfillmentOrder:
    """Return work at a location of this person; 404 for any other, and for none."""
    found = (
        FulfillmentOrder.objects.at(reach(request))
        .select_related("location", "order")
        .filter(pk=work_id)
        .first()
    )
    if found is None:
        raise Http404("There is no such work.")
    return found
