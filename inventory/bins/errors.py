"""Refusals of bins."""

from oms.core import errors


class BinMissing(errors.Missing):
    """There is no such bin at this location."""

    code = "bin_not_found"
    title = "There is no such bin at this location"


class BinTaken(errors.Conflict):
    """Another bin of the location has this code or barcode."""

    code = "bin_taken"
    title = "Another bin here has this code or barcode"
    constraints = ("bin_code_unique", "bin_barcode_unique")


class InvalidBins(errors.Invalid):
    """Bins cannot be made or changed like this; `problems` lists everything that is wrong."""

    code = "invalid_bins"
    title = "Please correct these bins"
    constraints = ("bin_code_given",)


class NoDock(errors.Conflict):
    """A location with bins needs a place for what arrives and one for what leaves."""

    code = "no_dock"
    title = "A location with bins needs a receiving dock and an outbound dock"


class BinFull(errors.Conflict):
    """The units would break a limit of the bin; `room` says how many it takes, and the detail why."""

    code = "bin_full"
    title = "The bin does not take these units"
