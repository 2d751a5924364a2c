"""Refusals of picking; packing refuses in the same words."""

from oms.core import errors


class WrongItem(errors.Conflict):
    """A scanned code, or a named line, is not part of this work. `codes` lists each of them."""

    code = "wrong_item"
    title = "This item is not wanted here"


class WrongCount(errors.Conflict):
    """More units than are wanted. `surplus` gives the units too many, by SKU code."""

    code = "wrong_count"
    title = "These are more units than are wanted"


class NothingGiven(errors.Invalid):
    """Neither a scan nor a quantity was given."""

    code = "nothing_given"
    title = "Scan an item or enter a quantity"


class ReasonNeeded(errors.Invalid):
    """A short corrects the stock, so it needs a reason."""

    code = "reason_needed"
    title = "Say why the units are missing"
