"""What customers are told when what they wait for comes on another day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from oms.messaging import links, writing
from oms.messaging import services as messages
from oms.messaging.models import Message
from orders import events
from orders.ordering.models import Order, OrderLine
from orders.ordering.notifications import STATUS_LINK
from orders.promising.rules import DELAY


@dataclass(frozen=True, slots=True)
class Moved:
    """Units of a line that wait, the day that was told before, and the day now; None: nobody knows it."""

    quantity: int
    name: str
    before: date | None
    on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPromise:
    """What the mail shows."""

    number: str
    shop: str
    customer: str
    lines: Sequence[Moved]
    is_late: bool
    link: str


def tell(
    *, order_id: int, mail: str, days: Mapping[str, Sequence[str | None]], change: str
) -> Message | None:
    """Queue the mail about one change; None when there is one, when nothing of it waits any more, or without an e-mail
    address.

    `mail` is its kind, `days` the day told before and the one now by line.
    """
    order = Order.objects.select_related("channel").get(pk=order_id)
    lines = OrderLine.objects.filter(order=order, pk__in=[int(key) for key in days])
    waiting = lines.filter(backordered__gt=0).order_by("position")
    moved = [
        Moved(line.backordered, line.name, _day(days[str(line.pk)][0]), _day(days[str(line.pk)][1]))
        for line in waiting
    ]
    if not order.email or not moved:
        return None
    shown = NewPromise(
        number=order.number,
        shop=order.channel.name,
        customer=order.customer_name,
        lines=moved,
        is_late=mail == DELAY,
        link=links.mark(STATUS_LINK),
    )
    with writing.written_in(order.language) as language:
        text, html = writing.bodies("orders/promising/new_promise", {"mail": shown})
        subject = (
            _("Your order %(number)s at %(shop)s comes later")
            if shown.is_late
            else _("A new date for your order %(number)s at %(shop)s")
        )
        return messages.queue(
            document=order,
            kind=mail,
            trigger=f"{events.PromiseChanged.name}:{change}",
            recipient=order.email,
            language=language,
            subject=subject % {"number": shown.number, "shop": shown.shop},
            text=text,
            html=html,
        )


def _day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None
