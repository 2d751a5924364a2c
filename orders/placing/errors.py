"""Refusals of placing."""

from oms.core import errors


class DraftInvalid(errors.Invalid):
    """The order cannot be accepted as sent; `problems` lists everything."""

    code = "order_invalid"
    title = "The order cannot be accepted as sent"
