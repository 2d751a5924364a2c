"""Refusals of planning."""

from oms.core import errors


class EngineMissing(errors.NotAllowed):
    """A way to forecast that needs a package which is not installed."""

    code = "engine_not_installed"
    title = "This way to forecast is not installed"


class SeriesUnreadable(errors.Invalid):
    """A file of demand cannot be read."""

    code = "series_unreadable"
    title = "This file of demand cannot be read"


class PlanningUnderWay(errors.Conflict):
    """A job of this kind waits or runs already."""

    code = "planning_under_way"
    title = "This is being worked out already"


class ProposalMissing(errors.Missing):
    """There is no such proposal within the caller's reach."""

    code = "proposal_not_found"
    title = "There is no such proposal"


class NotDecidable(errors.Conflict):
    """Proposals are decided already, or nobody can deliver; `problems` lists every one."""

    code = "proposal_not_decidable"
    title = "Not all of these proposals can be decided"


class RejectionInvalid(errors.Invalid):
    """A rejection has a reason, and a time of quiet within a year; `problems` lists everything."""

    code = "rejection_invalid"
    title = "The rejection is not valid"


class TooManyProposals(errors.Invalid):
    """Some proposals are decided at once, not none and not thousands."""

    code = "too_many_proposals"
    title = "Decide 1 to 500 proposals at once"
