"""Refusals of authorizing returns."""

from oms.core import errors


class ReturnMissing(errors.Missing):
    """There is no such return within the caller's reach."""

    code = "return_not_found"
    title = "There is no such return"


class NotForWarehouses(errors.NotAllowed):
    """The system of a location takes goods in; whether they may come, and what they are worth, others decide."""

    code = "not_for_warehouses"
    title = "A client that is bound to locations receives returns and decides nothing about them"


class InvalidReturn(errors.Invalid):
    """The lines are not lines of the order, or make no sense; `problems` lists everything."""

    code = "return_invalid"
    title = "The return is not valid"


class NotReturnable(errors.Conflict):
    """More is to come back than was shipped and is not on its way back already; `problems` lists every line."""

    code = "not_returnable"
    title = "These units cannot be returned"
