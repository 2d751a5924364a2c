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
