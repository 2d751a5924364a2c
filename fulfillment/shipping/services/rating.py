"""Ask the carriers what a parcel would cost, and say what they need to know of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from fulfillment.packing import queries
from fulfillment.packing.errors import ShipmentMissing
from fulfillment.packing.models import Shipment
from fulfillment.shipping.carriers import registry
from fulfillment.shipping.carriers.base import CarrierError, Parcel, Rate, RateRequest
from oms.core.address import Address

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Offers:
    """Offers of all carriers, cheapest first, and why a carrier made none."""

    rates: Sequence[Rate]
    problems: dict[str, str]


def rates(*, shipment_id: int) -> Offers:
    """Return what each carrier asks for the parcel, in the order's currency. Stores nothing.

    A carrier that cannot be reached never hides the others. Raises ShipmentMissing.
    """
    shipment = (
        Shipment.objects.select_related("fulfillment_order__location", "fulfillment_order__order")
        .filter(pk=shipment_id)
        .first()
    )
    if shipment is None:
        raise ShipmentMissing
    work = shipment.fulfillment_order
    request = RateRequest(
        sender=queries.sender_of(work.location),
        recipient=Address.from_dict(work.recipient),
        parcel=parcel_of(shipment),
        currency=work.order.currency,
    )
    found: list[Rate] = []
    problems: dict[str, str] = {}
    for code, carrier in registry.all_carriers().items():
        try:
            offered = carrier.rate(request)
        except CarrierError as error:
            problems[code] = str(error)
            log.warning("carrier_rate_failed", carrier=code, error=str(error))
            continue
        found += offered
        if not offered:
            problems[code] = "This carrier does not take the parcel."
    return Offers(sorted(found, key=lambda rate: rate.amount), problems)


def parcel_of(shipment: Shipment) -> Parcel:
    """Return weight and size of a packed parcel."""
    return Parcel(shipment.weight_g, shipment.length_mm, shipment.width_mm, shipment.height_mm)
