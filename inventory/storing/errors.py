"""Refusals of storing."""

from oms.core import errors


class BinsInUse(errors.Conflict):
    """The location has bins already."""

    code = "bins_in_use"
    title = "This location has bins already"


class NoBins(errors.Conflict):
    """What is asked for needs bins, and the location has none."""

    code = "no_bins"
    title = "This location has no bins"
