"""Refusals of the address book."""

from oms.core import errors


class InvalidAddress(errors.Invalid):
    """The address breaks the rules of its country; `problems` lists everything."""

    code = "address_invalid"
    title = "The address is not valid"


class AddressMissing(errors.Missing):
    """There is no such address."""

    code = "address_not_found"
    title = "There is no such address"
