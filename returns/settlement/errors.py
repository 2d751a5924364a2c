"""Refusals of settling."""

from oms.core import errors


class NothingToSettle(errors.Conflict):
    """Nothing has come back that is not settled already."""

    code = "nothing_to_settle"
    title = "Nothing has come back that is not settled"
