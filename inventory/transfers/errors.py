"""Refusals of transfers."""

from oms.core import errors


class TransferMissing(errors.Missing):
    """There is no such transfer within the caller's reach."""

    code = "transfer_not_found"
    title = "There is no such transfer"


class NotAtThisEnd(errors.NotAllowed):
    """The caller works at locations, and this is to be done at another one."""

    code = "not_at_this_end"
    title = "This is done at the other end of the transfer"


class InvalidTransfer(errors.Invalid):
    """Locations, lines or units make no sense; `problems` lists everything."""

    code = "transfer_invalid"
    title = "The transfer is not valid"
    constraints = (
        "transferorder_moves",
        "transferline_unique",
        "transferline_positive",
        "transferstep_positive",
    )


class MoreThanOpen(errors.Conflict):
    """More is to be shipped than is still open; `problems` lists every line."""

    code = "more_than_open"
    title = "More units are to be shipped than are open"
    constraints = ("transferline_shipped_within_quantity",)


class MoreThanInTransit(errors.Conflict):
    """More came, or is to be settled, than is in transit; `problems` lists every line."""

    code = "more_than_in_transit"
    title = "More units than are in transit"
    constraints = ("transferline_received_within_shipped",)


class NothingOpen(errors.Conflict):
    """Everything was shipped or cancelled already."""

    code = "nothing_open"
    title = "Nothing of this transfer is open any more"


class TransferKeyReused(errors.Conflict):
    """The key has been used for other units before."""

    code = "transfer_key_reused"
    title = "This key has already been used for another act on a transfer"
    constraints = ("transferstep_once_per_call",)
