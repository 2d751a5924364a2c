"""What customers are told when what they waited for does not come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from oms.messaging import links, writing
from oms.messaging import services as messages
from oms.messaging.models import Message
from orders import events
from orders.ordering.models import Order, OrderLine
from orders.ordering.notifications import STATUS_LINK, Units

CANCELLED = "backorder_cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelledMail:
    """What the mail shows."""

    number: str
    shop: str
    customer: str
    items: Sequence[Units]
    link: str


def tell_cancelled(*, order_id: int, units: Mapping[int, int], change: str) -> Message | None:
    """Queue the mail about units that were cancelled by themselves; None when there is one, or no e-mail address."""
    order = Order.objects.select_related("channel").get(pk=order_id)
    if not order.email:
        messages.leave_out(document=order, kind=CANCELLED, trigger=events.BackorderCancelled.name)
        return None
    lines = OrderLine.objects.filter(order=order, pk__in=units).order_by("position")
    shown = CancelledMail(
        number=order.number,
        shop=order.channel.name,
        customer=order.customer_name,
        items=[Units(line.name, units[line.pk]) for line in lines],
        link=links.mark(STATUS_LINK),
    )
    with writing.written_in(order.language) as language:
        text, html = writing.bodies("orders/backorders/cancelled", {"mail": shown})
        return messages.queue(
            document=order,
            kind=CANCELLED,
            trigger=f"{events.BackorderCancelled.name}:{change}",
            recipient=order.email,
            language=language,
            subject=_("Your order %(number)s at %(shop)s: some of it does not come")
            % {"number": shown.number, "shop": shown.shop},
            text=text,
            html=html,
        )
