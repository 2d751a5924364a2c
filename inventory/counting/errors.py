"""Refusals of counts."""

from oms.core import errors


class CountMissing(errors.Missing):
    """There is no such count within the caller's reach."""

    code = "count_not_found"
    title = "There is no such count"


class InvalidCount(errors.Invalid):
    """The choice, the tolerance or a quantity makes no sense; `problems` lists everything."""

    code = "count_invalid"
    title = "The count is not valid"


class NothingToCount(errors.Conflict):
    """The choice finds no SKU."""

    code = "nothing_to_count"
    title = "Nothing there is to be counted"


class BeingCounted(errors.Conflict):
    """Another running count holds these SKUs at this location."""

    code = "being_counted"
    title = "These SKUs are being counted already"
    constraints = ("countline_one_live_count",)


class NotExpected(errors.Conflict):
    """The SKU is not in the count; whoever found it there says so."""

    code = "not_expected_here"
    title = "This SKU is not expected here"


class AlreadyCounted(errors.Conflict):
    """The line waits for no count."""

    code = "already_counted"
    title = "This was counted already"


class SamePerson(errors.NotAllowed):
    """A recount is made by somebody else than the count that is doubted."""

    code = "same_person"
    title = "Somebody else has to count this again"


class StillToCount(errors.Conflict):
    """Lines wait for a count or a recount; `skus` names them."""

    code = "still_to_count"
    title = "Not everything is counted"


class CorrectedSince(errors.Conflict):
    """The books were corrected after the line was counted, so that its difference may be in them already."""

    code = "corrected_since"
    title = "The stock was corrected after it was counted"
