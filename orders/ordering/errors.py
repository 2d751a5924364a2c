"""Refusals of orders."""

from oms.core import errors


class OrderMissing(errors.Missing):
    """There is no such order within the caller's reach."""

    code = "order_not_found"
    title = "There is no such order"


class UnitsNotThere(errors.Conflict):
    """A line does not have that many units in the place they are to be taken from."""

    code = "units_not_available"
    title = "The line does not have that many units there"
    constraints = (
        "orderline_units_add_up",
        "orderline_delivered_within_shipped",
        "orderline_returned_within_shipped",
        "orderline_credited_within_ordered",
        "orderline_pinned_within_waiting",
        "orderline_cancelled_not_negative",
        "orderline_unallocated_not_negative",
        "orderline_backordered_not_negative",
        "orderline_allocated_not_negative",
        "orderline_picked_not_negative",
        "orderline_packed_not_negative",
        "orderline_shipped_not_negative",
    )


class NothingToCancel(errors.Conflict):
    """Nothing of what was asked can be cancelled any more."""

    code = "nothing_to_cancel"
    title = "Nothing of this can be cancelled any more"


class NothingWaits(errors.Conflict):
    """No unit of the order waits for stock."""

    code = "nothing_waits"
    title = "Nothing of this order waits for stock"


class DayIsOver(errors.Invalid):
    """Until a day that is over nothing can wait."""

    code = "day_is_over"
    title = "This day is over"


class ExternalIdConflict(errors.Conflict):
    """The channel has sent another order under this external id."""

    code = "external_id_conflict"
    title = "The channel has already sent a different order under this external id"
    constraints = ("order_external_id_unique",)


class CountTakesPicked(errors.Conflict):
    """A count misses more units than can be taken off orders: the rest is picked, packed or held for others.

    `orders` are the numbers of the orders whose units are picked, `skus` the units that are missing too many.
    """

    code = "count_takes_picked"
    title = "Missing units are already picked for orders"
