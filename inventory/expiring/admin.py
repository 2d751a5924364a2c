"""Who is mailed about lots that expire soon, on the page of the location."""

from inventory.expiring.models import ExpiryWatch
from oms.core.admin.rows import RowsInline


class WatchInline(RowsInline):
    """Watches of a location."""

    model = ExpiryWatch
    autocomplete_fields = ("user",)
    fields = ("user", "email", "days", "language")
    verbose_name = "recipient"
    verbose_name_plural = (
        "Who is mailed, once a day, about lots that expire soon: a member of staff, or an address"
    )
