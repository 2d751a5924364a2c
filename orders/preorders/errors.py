"""Refusals of pre-orders."""

from oms.core import errors


class PreorderMissing(errors.Missing):
    """The SKU is not sold in advance, and was not."""

    code = "preorder_not_found"
    title = "There is no pre-order of such a SKU"


class PreorderInvalid(errors.Invalid):
    """The days do not follow each other, or a limit lies below what is sold."""

    code = "preorder_invalid"
    title = "This is no pre-order"
    constraints = ("preorder_period_runs_forward", "preorder_ends_by_release")
