"""What scans and problems of a parcel are called towards the customer, in the active language."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from fulfillment.packing.states import TrackingStatus

# What a carrier's scan means.
SCANS: dict[str, Promise] = {
    TrackingStatus.UNKNOWN: _("Message from the carrier"),
    TrackingStatus.PRE_TRANSIT: _("Announced to the carrier"),
    TrackingStatus.PICKED_UP: _("Collected by the carrier"),
    TrackingStatus.IN_TRANSIT: _("On its way"),
    TrackingStatus.ON_HOLD: _("Held up on the way"),
    TrackingStatus.DELAYED: _("Delayed"),
    TrackingStatus.OUT_FOR_DELIVERY: _("Out for delivery"),
    TrackingStatus.READY_FOR_PICKUP: _("Ready to be picked up"),
    TrackingStatus.DELIVERY_FAILED: _("Delivery was not possible"),
    TrackingStatus.RETURN_TO_SENDER: _("On its way back to us"),
    TrackingStatus.DELIVERED: _("Delivered"),
    TrackingStatus.CANCELLED: _("Cancelled by the carrier"),
}
# On the way back the same scan means something else.
DELIVERED_BACK: Promise = _("Back with us")

# What is wrong, and what happens next; by the status of the event that tells of it.
PROBLEMS: dict[str, Promise] = {
    TrackingStatus.ON_HOLD: _(
        "The carrier is holding your parcel for the moment. It usually moves on within a day or"
        " two without you having to do anything."
    ),
    TrackingStatus.DELAYED: _(
        "Your parcel is taking longer than planned. It is on its way, and we keep an eye on it."
    ),
    TrackingStatus.DELIVERY_FAILED: _(
        "The carrier could not hand over your parcel. As a rule there is another attempt on the"
        " next working day."
    ),
    TrackingStatus.RETURN_TO_SENDER: _(
        "Your parcel could not be delivered and is on its way back to us. We will get in touch as"
        " soon as it arrives."
    ),
    "lost": _(
        "Your parcel seems to be lost. We are looking into it with the carrier and will get in"
        " touch with you."
    ),
    "returned_to_sender": _(
        "Your parcel has come back to us. We will get in touch with you about what happens next."
    ),
}
ANY_PROBLEM: Promise = _(
    "Something is holding up your parcel. We are looking into it with the carrier."
)


def problem(status: str) -> Promise:
    """Return what to tell the customer about an exception of that status."""
    return PROBLEMS.get(status, ANY_PROBLEM)
