"""Refusals of holds."""

from oms.core import errors


class OrderNotOpen(errors.Conflict):
    """Nothing of the order is still to be done, so nothing can wait."""

    code = "order_not_open"
    title = "The order is not open"


class HoldMissing(errors.Missing):
    """There is no such hold."""

    code = "hold_not_found"
    title = "There is no such hold"


class InvalidHold(errors.Invalid):
    """The reason is unknown, or the hold would have expired already."""

    code = "invalid_hold"
    title = "The hold is not valid"
