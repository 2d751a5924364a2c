"""What customers are told when a lot that they got is recalled."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from fulfillment.recalls import errors, queries
from inventory.lots import services as lots
from inventory.lots.models import Lot
from inventory.lots.states import LotStatus
from oms.core.actors import Actor
from oms.core.text import is_blank
from oms.core.timeline import services as timeline
from oms.messaging import services as messages
from oms.messaging import writing
from orders.ordering.models import Order

RECALL = "lot_recall"
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Sent:
    """What an order got of a lot that is concerned: the recalled one, or one of goods made with it."""

    article: str
    sku: str
    lot: str
    is_serial: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallMail:
    """What the mail shows: which articles are recalled, how many units of each lot were sent, and what to do."""

    number: str
    shop: str
    customer: str
    articles: str
    sent: Sequence[tuple[Sent, int]]
    words: str


@dataclass(frozen=True, slots=True)
class Told:
    """How many mails were queued, and how many orders have no e-mail address; the others were told before."""

    queued: int
    without_address: int


@transaction.atomic
def tell_everyone(*, lot_id: int, words: str, actor: Actor) -> Told:
    """Queue one mail for each order that got units of a recalled lot or goods made with it; again tells only new ones.

    `words` say what to do with the goods. Raises LotMissing, NotRecalled, WordsNeeded.
    """
    lot = lots.lock(lot_id)
    if lot.status != LotStatus.RECALLED:
        raise errors.NotRecalled
    if is_blank(words):
        raise errors.WordsNeeded
    units: defaultdict[int, Counter[Sent]] = defaultdict(Counter)
    for each in queries.each_recipient(lot.pk):
        sent = Sent(each.article, each.sku_code, each.lot_number, each.is_serial)
        units[each.order_id][sent] += each.units
    queued = silent = 0
    wanted = sorted(units)
    for start in range(0, len(wanted), _AT_ONCE):
        orders = Order.objects.select_related("channel").in_bulk(wanted[start : start + _AT_ONCE])
        for order in orders.values():
            if not order.email:
                silent += 1
                continue
            queued += _tell(order, lot, units[order.pk], words.strip(), actor)
    timeline.record(
        lot,
        "lot.customers_told",
        actor=actor,
        data={"mails": queued, "without_address": silent},
    )
    return Told(queued, silent)


def _tell(order: Order, lot: Lot, sent: Counter[Sent], words: str, actor: Actor) -> bool:
    articles = ", ".join(dict.fromkeys(each.article for each in sent))
    shown = RecallMail(
        number=order.number,
        shop=order.channel.name,
        customer=order.customer_name,
        articles=articles,
        sent=tuple(sent.items()),
        words=words,
    )
    with writing.written_in(order.language) as language:
        text, html = writing.bodies("fulfillment/recalls/recall", {"mail": shown})
        queued = messages.queue(
            document=order,
            kind=RECALL,
            trigger=f"recall:{lot.uuid}",
            recipient=order.email,
            language=language,
            subject=_("Important: recall of %(article)s") % {"article": articles},
            text=text,
            html=html,
            requested_by=actor.name,
        )
    return queued is not None
