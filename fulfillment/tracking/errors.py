"""Refusals of tracking."""

from oms.core import errors


class UnknownParcels(errors.Invalid):
    """Someone who may report on some parcels only named numbers that none of these has; `problems` lists them all."""

    code = "unknown_parcels"
    title = "There are no such parcels"
