"""Refusals of work."""

from oms.core import errors


class WorkMissing(errors.Missing):
    """There is no such fulfillment order within the caller's reach."""

    code = "fulfillment_order_not_found"
    title = "There is no such fulfillment order"


class OrderOnHold(errors.Conflict):
    """The order waits; nothing of it is begun and nothing of it leaves."""

    code = "order_on_hold"
    title = "The order is on hold"


class UnitsNotHere(errors.Conflict):
    """A line of the work does not have that many units in the place they are to be taken from."""

    code = "units_not_here"
    title = "The work does not have that many units there"
