"""What customers are told when a parcel arrives, or does not."""

from django.utils.translation import gettext_lazy as _

from fulfillment import events
from fulfillment.shipping import notifications as parcels
from fulfillment.tracking import wording
from oms.messaging.models import Message

DELIVERED = "parcel_delivered"
EXCEPTION = "parcel_exception"


def tell_delivered(*, shipment_id: int) -> Message | None:
    """Queue the mail that a parcel has arrived, once per parcel; None when there is one or no e-mail address."""
    shipment = parcels.of(shipment_id)
    return parcels.tell(
        shipment,
        kind=DELIVERED,
        trigger=f"{events.ShipmentDelivered.name}:{shipment.number}",
        template="fulfillment/tracking/delivered",
        subject=_("Your parcel has arrived: order %(number)s"),
    )


def tell_exception(*, shipment_id: int, status: str) -> Message | None:
    """Queue the mail that a parcel is held up, once per parcel and `status`; None as above."""
    shipment = parcels.of(shipment_id)
    return parcels.tell(
        shipment,
        kind=EXCEPTION,
        trigger=f"{events.ShipmentException.name}:{shipment.number}:{status}",
        template="fulfillment/tracking/exception",
        subject=_("There is a problem with your parcel: order %(number)s"),
        problem=wording.problem(status),
    )
