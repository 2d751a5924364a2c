"""Refusals of receiving returns."""

from oms.core import errors


class InvalidReceipt(errors.Invalid):
    """The units are not of this return, or make no sense; `problems` lists everything."""

    code = "receipt_invalid"
    title = "The receipt is not valid"


class MoreThanExpected(errors.Conflict):
    """More comes than is still to come; `problems` lists every line."""

    code = "more_than_expected"
    title = "More units came than are expected"


class LocationMissing(errors.Missing):
    """There is no such location within the caller's reach, or it is switched off."""

    code = "location_not_found"
    title = "There is no such location"


class ReceiptKeyReused(errors.Conflict):
    """The key has received other units before."""

    code = "receipt_key_reused"
    title = "This key has already been used for another receipt"
