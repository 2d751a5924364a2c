"""What customers are told when they have ordered."""

from dataclasses import dataclass
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from oms.core.address import Address
from oms.core.address import lines as address_lines
from oms.messaging import links, writing
from oms.messaging import services as messages
from oms.messaging.models import Message
from orders import events
from orders.ordering import queries
from orders.ordering.models import Order, OrderKit, OrderLine
from orders.ordering.queries import Bill
from orders.ordering.states import OrderStatus, PaymentStatus

CONFIRMATION = "order_confirmation"
STATUS_LINK = "status"


@dataclass(frozen=True, slots=True)
class Units:
    """Some units of a line; `kit` is what they are a part of, if they are, `on` the day if it is to be said."""

    name: str
    quantity: int
    kit: str = ""
    on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """What the confirmation shows."""

    number: str
    shop: str
    customer: str
    placed_on: date
    bill: Bill
    waiting: tuple[Units, ...]
    expected_on: date | None
    address: tuple[str, ...]
    awaits_transfer: bool
    pays_on_delivery: bool
    link: str


def confirm(*, order_id: int) -> Message | None:
    """Queue the confirmation of an order; None when it has one, or when nobody left an e-mail address (noted)."""
    order = Order.objects.select_related("channel").get(pk=order_id)
    if not order.email:
        messages.leave_out(document=order, kind=CONFIRMATION, trigger=events.OrderPlaced.name)
        return None
    lines = queries.lines_of(order)
    shown = _confirmation(order, lines, queries.kits_of(lines))
    with writing.written_in(order.language) as language:
        text, html = writing.bodies("orders/ordering/confirmation", {"mail": shown})
        return messages.queue(
            document=order,
            kind=CONFIRMATION,
            trigger=events.OrderPlaced.name,
            recipient=order.email,
            language=language,
            subject=_("Your order %(number)s at %(shop)s")
            % {"number": shown.number, "shop": shown.shop},
            text=text,
            html=html,
        )


def _confirmation(order: Order, lines: list[OrderLine], kits: list[OrderKit]) -> Confirmation:
    unpaid = (
        order.status == OrderStatus.PENDING
        and order.payment_status in (PaymentStatus.UNPAID, PaymentStatus.PENDING)
        and not order.pays_on_terms
    )
    names = {kit.pk: kit.name for kit in kits}
    return Confirmation(
        number=order.number,
        shop=order.channel.name,
        customer=order.customer_name,
        placed_on=timezone.localdate(order.placed_at),
        bill=queries.bill(order, lines, kits),
        waiting=tuple(
            Units(
                line.name,
                missing,
                "" if line.kit_id is None else names[line.kit_id],
                line.promised_on if line.promised_on != order.expected_on else None,
            )
            for line in lines
            if (missing := line.backordered + line.unallocated)
        ),
        expected_on=order.expected_on,
        address=tuple(address_lines(Address.from_dict(order.ship_to))),
        awaits_transfer=unpaid and order.payment_method == "bank_transfer",
        pays_on_delivery=order.payment_method == "cash_on_delivery",
        link=links.mark(STATUS_LINK),
    )
