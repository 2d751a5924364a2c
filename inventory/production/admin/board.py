"""The schedule board: days and work centers, what each day takes of its capacity, and which orders it is."""

from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from inventory.locations.admin import reach
from inventory.production import boards
from oms.core import clock
from oms.core.admin import site
from oms.core.admin.site import page

DAYS = 14


@page("production/board/", name="production_board", permission="inventory.view_productionorder")
@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """Show two weeks from `?from=` on, or from today."""
    first = _day(request.GET.get("from", "")) or clock.today()
    return site.render(
        request,
        "admin/production/board.html",
        {
            "title": "Schedule",
            "is_fullwidth": "1",
            "board": boards.board(first=first, days=DAYS, location_ids=reach(request)),
            "today": clock.today(),
            "earlier": first - timedelta(days=DAYS // 2),
            "later": first + timedelta(days=DAYS // 2),
        },
    )


def _day(written: str) -> date | None:
    """Return a day within living memory, None for what is none."""
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2200 else None
