"""Refusals of the outbox."""

from oms.core import errors


class NotParked(errors.Conflict):
    """The delivery is on its way or has arrived: there is nothing to be tried again."""

    code = "delivery_not_parked"
    title = "This delivery is not parked"
