"""Refusals of payments."""

from oms.core import errors


class UnknownGateway(errors.Invalid):
    """No gateway of this code is in use."""

    code = "unknown_payment_method"
    title = "This payment method is not in use"


class InvalidAmount(errors.Invalid):
    """The amount is not above zero, or finer than the currency's smallest unit."""

    code = "invalid_amount"
    title = "The amount is not valid"


class TooMuchToCapture(errors.Conflict):
    """More is asked than what is reserved and not yet taken."""

    code = "capture_exceeds_authorized"
    title = "More is to be captured than is authorized"
    constraints = ("payment_captured_within_authorized",)


class TooMuchToRefund(errors.Conflict):
    """More is asked than what was taken and not yet given back."""

    code = "refund_exceeds_captured"
    title = "More is to be refunded than was captured"
    constraints = ("payment_refunded_within_captured",)


class NothingDue(errors.Conflict):
    """Nothing is left to be paid."""

    code = "nothing_due"
    title = "Nothing is due on this order"


class CauseReused(errors.Conflict):
    """The key of the act has been used for another act."""

    code = "cause_reused"
    title = "This key has already been used for another payment"


class TransactionMissing(errors.Missing):
    """There is no such transaction."""

    code = "transaction_not_found"
    title = "There is no such transaction"


class ReferenceKnown(errors.Conflict):
    """Another transaction of this payment has this reference: most likely it has been recorded already."""

    code = "reference_known"
    title = "This reference has been recorded already"
    constraints = ("transaction_provider_reference_unique",)
