"""Refusals of lots."""

from oms.core import errors


class LotMissing(errors.Missing):
    """There is no such lot."""

    code = "lot_not_found"
    title = "There is no such lot"


class InvalidLots(errors.Invalid):
    """Lots or serial numbers are missing or wrong; `problems` lists every line at once."""

    code = "invalid_lots"
    title = "Please correct the lots"
    constraints = ("lot_number_given", "lot_unique")


class SerialElsewhere(errors.Conflict):
    """The serial number lies in another place already."""

    code = "serial_elsewhere"
    title = "This serial number is in stock already"
    constraints = (
        "content_serial_in_one_place",
        "content_serial_is_one_unit",
        "claim_serial_once",
    )


class LotReasonNeeded(errors.Invalid):
    """Quarantine, release and recall say why."""

    code = "lot_reason_needed"
    title = "Say why"
