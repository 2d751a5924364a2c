"""Refusals of carts."""

from oms.core import errors


class CartInvalid(errors.Invalid):
    """The cart cannot be reserved as sent; `problems` lists everything."""

    code = "cart_invalid"
    title = "The cart cannot be reserved as sent"
