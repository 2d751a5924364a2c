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
