"""What customers are told when a parcel leaves; and what mails about parcels have in common."""

from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from fulfillment import events
from fulfillment.packing.models import Shipment, ShipmentLine
from fulfillment.shipping.carriers import registry
from oms.core import clock
from oms.core.address import Address
from oms.core.address import lines as address_lines
from oms.messaging import links, writing
from oms.messaging import services as messages
from oms.messaging.models import Message
from orders.ordering import queries as ordering
from orders.ordering.models import Order
from orders.ordering.notifications import STATUS_LINK, Units
from orders.ordering.queries import Bill

SHIPPED = "parcel_shipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelMail:
    """What a mail about a parcel shows. `rest` is what of the order has not left yet."""

    number: str
    shop: str
    customer: str
    carrier: str
    tracking_number: str
    expected_on: date | None
    items: tuple[Units, ...]
    rest: tuple[Units, ...]
    bill: Bill
    address: tuple[str, ...]
    link: str


def tell_shipped(*, shipment_id: int) -> Message | None:
    """Queue the mail that a parcel has left, once per parcel; None when there is one or no e-mail address."""
    shipment = of(shipment_id)
    return tell(
        shipment,
        kind=SHIPPED,
        trigger=f"{events.ShipmentShipped.name}:{shipment.number}",
        template="fulfillment/shipping/shipped",
        subject=_("Your parcel is on its way: order %(number)s"),
    )


def of(shipment_id: int) -> Shipment:
    """Return a parcel with its order and channel loaded."""
    return Shipment.objects.select_related("fulfillment_order__order__channel").get(pk=shipment_id)


def tell(
    shipment: Shipment,
    *,
    kind: str,
    trigger: str,
    template: str,
    subject: Promise,
    problem: Promise | None = None,
) -> Message | None:
    """Queue a mail about a parcel (loaded by `of`) in the language of its order.

    `subject` has a place for the order's `%(number)s`. None when the trigger has its mail, or nobody left an e-mail
    address, which the order's timeline notes.
    """
    order = shipment.fulfillment_order.order
    if not order.email:
        messages.leave_out(document=order, kind=kind, trigger=trigger)
        return None
    shown = _shown(shipment, order)
    with writing.written_in(order.language) as language:
        text, html = writing.bodies(template, {"mail": shown, "problem": problem})
        return messages.queue(
            document=order,
            kind=kind,
            trigger=trigger,
            recipient=order.email,
            language=language,
            subject=str(subject) % {"number": shown.number},
            text=text,
            html=html,
        )


def _shown(shipment: Shipment, order: Order) -> ParcelMail:
    lines = ordering.lines_of(order)
    kits = ordering.kits_of(lines)
    names = {kit.pk: kit.name for kit in kits}
    rows = ShipmentLine.objects.filter(shipment=shipment).select_related(
        "fulfillment_line__order_line"
    )
    carrier = registry.find(shipment.carrier)
    coming = shipment.expected_on
    return ParcelMail(
        number=order.number,
        shop=order.channel.name,
        customer=order.customer_name,
        carrier=carrier.name if carrier else shipment.carrier,
        tracking_number=shipment.tracking_number,
        expected_on=coming if coming and coming >= clock.today() else None,
        items=tuple(
            Units(line.name, row.quantity, "" if line.kit_id is None else names[line.kit_id])
            for row in rows
            for line in [row.fulfillment_line.order_line]
        ),
        rest=tuple(
            Units(line.name, left, "" if line.kit_id is None else names[line.kit_id])
            for line in lines
            if (left := line.ordered - line.cancelled - line.shipped) > 0
        ),
        bill=ordering.bill(order, lines, kits),
        address=tuple(address_lines(Address.from_dict(shipment.fulfillment_order.recipient))),
        link=links.mark(STATUS_LINK),
    )
