"""Refusals of shipping."""

from typing import ClassVar

from oms.core import errors


class UnknownService(errors.Invalid):
    """No carrier here has this service."""

    code = "unknown_carrier_service"
    title = "There is no such carrier or service"


class LabelKeyReused(errors.Invalid):
    """The key has bought another label of this parcel."""

    code = "label_key_reused"
    title = "This key was used to buy another label"


class LabelPending(errors.Conflict):
    """A label of this parcel is being bought or voided; `label_key` names the purchase to ask about."""

    code = "label_pending"
    title = "A label is being bought or voided for this parcel"


class LabelInProgress(errors.Busy):
    """Someone is asking the carrier this very moment."""

    code = "label_in_progress"
    title = "The carrier is being asked right now"


class LabelRefused(errors.Conflict):
    """The carrier said no; the parcel is as it was. The detail is the carrier's reason."""

    code = "label_refused"
    title = "The carrier does not accept this parcel"


class TrackingNumberTooLong(errors.Invalid):
    """Written as carriers compare them, the number is longer than any parcel's."""

    code = "tracking_number_too_long"
    title = "The tracking number is too long"


class VoidRefused(errors.Conflict):
    """The carrier does not take the label back; the parcel keeps it."""

    code = "void_refused"
    title = "The carrier does not take this label back"


class CarrierUnreachable(errors.DomainError):
    """The carrier gives no answer. The intent is kept and tried again by itself; the parcel is as it was."""

    status = 503
    code = "carrier_unreachable"
    title = "The carrier cannot be reached; it will be asked again"
    retry_after: ClassVar[int | None] = 60


class NoLabel(errors.Missing):
    """The parcel has no label to print."""

    code = "label_not_found"
    title = "The parcel has no label"
