"""Refusals of substituting."""

from oms.core import errors


class OfferMissing(errors.Missing):
    """There is no such offer within the caller's reach."""

    code = "substitution_not_found"
    title = "There is no such substitution"


class NotWaiting(errors.Conflict):
    """Fewer units of the line wait than are to be replaced."""

    code = "units_not_waiting"
    title = "These units do not wait any more"


class OfferOver(errors.Conflict):
    """The last day on which the offer could be accepted is past."""

    code = "offer_over"
    title = "This offer is over"


class SubstituteShort(errors.Conflict):
    """There is not enough of the substitute, after what others wait for."""

    code = "substitute_short"
    title = "There is not enough of the substitute"


class NoSubstitute(errors.Invalid):
    """The SKU cannot be sent instead of this line."""

    code = "no_substitute"
    title = "This cannot be sent instead"


class SubstitutesInvalid(errors.Invalid):
    """These SKUs cannot stand for that one."""

    code = "substitutes_invalid"
    title = "These cannot be sent instead"
    constraints = ("substitute_is_another", "substitute_units_positive")


class ConsentNeeded(errors.Conflict):
    """The substitute costs more; somebody has to agree first."""

    code = "consent_needed"
    title = "The substitute costs more than what was ordered"
    constraints = ("substitution_not_dearer",)


class OfferedAlready(errors.Conflict):
    """The customer has been asked about this line and has not answered."""

    code = "offered_already"
    title = "There is an open offer for this line"
    constraints = ("substitution_one_offer",)
