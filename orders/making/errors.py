"""Refusals of making to order."""

from oms.core import errors


class LineMissing(errors.Missing):
    """The order has no such line."""

    code = "order_line_not_found"
    title = "The order has no such line"


class NothingToMake(errors.Conflict):
    """The line waits for no units, or all that it waits for are being made."""

    code = "nothing_to_make"
    title = "Nothing of this line waits to be made"
