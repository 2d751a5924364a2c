"""Refusals of pricing."""

from oms.core import errors


class PriceInvalid(errors.Invalid):
    """An amount cannot be a price."""

    code = "price_invalid"
    title = "This cannot be a price"
