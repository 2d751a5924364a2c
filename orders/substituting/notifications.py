"""How the customer is asked."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from oms.core.money import Money
from oms.messaging import links, writing
from oms.messaging import services as messages
from oms.messaging.models import Message
from orders import events
from orders.ordering.notifications import STATUS_LINK
from orders.substituting.models import Substitution
from orders.substituting.states import SubstitutionStatus

OFFER = "substitution_offer"
LAPSED = "substitution_lapsed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What the mail shows."""

    number: str
    shop: str
    customer: str
    name: str
    units: int
    substitute: str
    substitute_units: int
    before: Money
    after: Money
    ends_on: date | None
    link: str

    @property
    def costs_the_same(self) -> bool:
        """Whether nothing changes about the price."""
        return self.before == self.after


def offer(*, substitution_id: int) -> Message | None:
    """Queue the question, once; None when it was asked or answered, or nobody left an e-mail address (noted)."""
    found = _found(substitution_id)
    if found.order.email and found.status != SubstitutionStatus.OFFERED:
        return None
    return _tell(
        found,
        kind=OFFER,
        trigger=f"{events.SubstitutionOffered.name}:{found.uuid}",
        template="orders/substituting/offer",
    )


def lapsed(*, substitution_id: int) -> Message | None:
    """Queue the news that nobody answered in time, once; None when there is one, or no e-mail address (noted)."""
    found = _found(substitution_id)
    return _tell(
        found,
        kind=LAPSED,
        trigger=f"{events.SubstitutionLapsed.name}:{found.uuid}",
        template="orders/substituting/lapsed",
    )


def _found(substitution_id: int) -> Substitution:
    return Substitution.objects.select_related("order__channel", "line", "sku").get(
        pk=substitution_id
    )


def _tell(found: Substitution, *, kind: str, trigger: str, template: str) -> Message | None:
    order = found.order
    if not order.email:
        messages.leave_out(document=order, kind=kind, trigger=trigger)
        return None
    shown = Offer(
        number=order.number,
        shop=order.channel.name,
        customer=order.customer_name,
        name=found.line.name,
        units=found.units,
        substitute=found.sku.name,
        substitute_units=found.substitute_units,
        before=Money(found.cost_before, order.currency).quantized(),
        after=Money(found.cost_after, order.currency).quantized(),
        ends_on=found.ends_on,
        link=links.mark(STATUS_LINK),
    )
    with writing.written_in(order.language) as language:
        text, html = writing.bodies(template, {"mail": shown})
        subject = (
            _("May we send something else? Order %(number)s at %(shop)s")
            if kind == OFFER
            else _("Your order %(number)s at %(shop)s keeps waiting")
        )
        return messages.queue(
            document=order,
            kind=kind,
            trigger=trigger,
            recipient=order.email,
            language=language,
            subject=subject % {"number": shown.number, "shop": shown.shop},
            text=text,
            html=html,
        )
