"""The page of what is late."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from inventory.locations.admin import reach
from oms.console.items.admin import openable
from oms.console.late import queries
from oms.console.late.queries import Late
from oms.core import clock
from oms.core.admin import site


@dataclass(frozen=True, slots=True)
class Section:
    """Late things of one kind. `rule` says from when on they are late."""

    name: str
    title: str
    rule: str
    rows: Sequence[Late]
    waits: bool = False

    @property
    def is_cut(self) -> bool:
        """Whether there may be more than is shown."""
        return len(self.rows) == queries.SHOWN


@site.page("late/", name="late", permission="inventory.view_level")
def late(request: HttpRequest) -> HttpResponse:
    """Show what is late and why, as far as this person's work goes."""
    user = request.user
    places, today, now = reach(request), clock.today(), clock.now()
    sections = []
    if user.has_perm("orders.view_order"):
        sections.append(
            Section(
                "orders",
                "Orders that have not gone to the warehouse",
                f"placed more than {queries.ORDER_HOURS} hours ago",
                queries.orders(at=now),
            )
        )
    if user.has_perm("fulfillment.view_fulfillmentorder"):
        sections.append(
            Section(
                "work",
                "Work that stands",
                f"with the warehouse for more than {queries.WORK_HOURS} hours",
                queries.work(location_ids=places, at=now),
            )
        )
    if user.has_perm("fulfillment.view_shipment"):
        sections.append(
            Section(
                "parcels",
                "Parcels that have not arrived",
                "expected before today",
                queries.parcels(location_ids=places, today=today),
            )
        )
    sections.append(
        Section(
            "supplies",
            "Goods that have not come",
            "due before today",
            queries.supplies(location_ids=places, today=today),
            waits=True,
        )
    )
    return site.render(
        request,
        "admin/late/late.html",
        {"title": "What is late", "sections": sections, "may_open": openable(request)},
    )
