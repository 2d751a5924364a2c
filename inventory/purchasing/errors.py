"""Refusals of purchasing."""

from oms.core import errors


class PurchaseOrderMissing(errors.Missing):
    """There is no such purchase order within the caller's reach."""

    code = "purchase_order_not_found"
    title = "There is no such purchase order"


class PurchaseReceiptMissing(errors.Missing):
    """The purchase order has no such receipt."""

    code = "purchase_receipt_not_found"
    title = "There is no such receipt"


class InvalidPurchase(errors.Invalid):
    """The order or its lines make no sense; `problems` lists everything."""

    code = "purchase_invalid"
    title = "The purchase order is not valid"


class BelowMinimum(errors.Conflict):
    """The supplier takes no order of so little value."""

    code = "below_minimum_order"
    title = "The order is below the supplier's minimum"


class InvalidConfirmation(errors.Invalid):
    """What the supplier is said to confirm does not fit the order; `problems` lists everything."""

    code = "confirmation_invalid"
    title = "The confirmation does not fit the order"


class InvalidPurchaseReceipt(errors.Invalid):
    """The units are not of this order, or make no sense; `problems` lists everything."""

    code = "purchase_receipt_invalid"
    title = "The receipt is not valid"


class MoreThanOrdered(errors.Conflict):
    """More comes than was ordered and the supplier's tolerance allows; `problems` lists every line."""

    code = "more_than_ordered"
    title = "More units came than were ordered"


class NotToCome(errors.Conflict):
    """Units that have come, or were cancelled before, cannot be cancelled; `problems` lists every line."""

    code = "not_to_come"
    title = "These units are not to come any more"


class PurchaseReceiptKeyReused(errors.Conflict):
    """The key has received other units before."""

    code = "purchase_receipt_key_reused"
    title = "This key has already been used for another receipt of goods"


class ReceiptUndone(errors.Conflict):
    """The receipt was taken back before."""

    code = "receipt_undone"
    title = "This receipt has been taken back already"


class UnitsGone(errors.Conflict):
    """Units of the receipt were sold, promised or moved meanwhile, so that it cannot be taken back."""

    code = "received_units_gone"
    title = "Units of this receipt are not there any more"


class PurchaseReasonNeeded(errors.Invalid):
    """Whoever ends an order, or takes a receipt back, says why."""

    code = "purchase_reason_needed"
    title = "A reason is needed"
