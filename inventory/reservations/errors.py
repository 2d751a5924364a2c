"""Refusals of reserving."""

from oms.core import errors


class Insufficient(errors.Conflict):
    """There is not enough to promise. `shortages` lists every SKU with what was asked and what there is."""

    code = "insufficient_stock"
    title = "There is not enough stock"


class NotAllocated(errors.Conflict):
    """The demand does not hold these units at this location."""

    code = "not_allocated"
    title = "These units are not allocated here"
    constraints = ("allocation_quantity_positive",)


class ReservationMissing(errors.Missing):
    """There is no such reservation within the caller's reach."""

    code = "reservation_not_found"
    title = "There is no such reservation"


class ReservationExpired(errors.Conflict):
    """Its time has come, so its units are free for everyone; reserve anew."""

    code = "reservation_expired"
    title = "The reservation has expired"


class InvalidReservation(errors.Invalid):
    """What is to be reserved, or until when, makes no sense; `problems` lists everything."""

    code = "reservation_invalid"
    title = "The reservation is not valid"
