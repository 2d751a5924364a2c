"""Give out, check and end the links to the page."""

import secrets
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from fulfillment.statuspage import queries, rules
from fulfillment.statuspage.models import StatusLink
from oms.core import clock, locking, numbering
from oms.core.actors import Actor
from oms.core.errors import Missing
from oms.core.limits import services as limits
from oms.core.limits.services import Limit
from oms.core.timeline import services as timeline
from orders.ordering.models import Order
from orders.substituting import queries as substitutes
from orders.substituting import services as substituting

# After a lookup by number the page opens with a link of its own, for as long as a person may keep it open.
LOOKUP_SPAN = timedelta(hours=12)
_TOKEN_BYTES = 24

# Wrong tries. One network at one number; one network at all numbers; all networks at one number, so that the postcodes
# of a known number cannot be tried out from many networks. A right try does not count.
PAIR = Limit("status.pair", most=5, seconds=15 * 60)
NETWORK = Limit("status.network", most=30, seconds=15 * 60)
NUMBER = Limit("status.number", most=60, seconds=24 * 60 * 60)
# Links that open nothing, from one network.
TOKENS = Limit("status.tokens", most=60, seconds=15 * 60)


def issue(*, order_id: int, span: timedelta | None = None) -> str:
    """Make a link to the order's page; return its token, which is kept nowhere.

    `span` is how long it works: by default the configured number of days. Links made earlier go on working.
    """
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    StatusLink.objects.create(
        order_id=order_id,
        digest=queries.digest(token),
        expires_at=clock.now() + (span or timedelta(days=settings.OMS_STATUS_LINK_DAYS)),
    )
    return token


def look_up(*, number: str, proof: str, network: str) -> str:
    """Open an order by its number and its e-mail address or postcode; return the token of a link for this visit.

    `network` is who asks. Raises Missing alike for a number that does not exist and a proof that does not fit, after
    the same work; LimitReached after too many wrong tries. Every try is counted before it is judged, so that rivals
    cannot slip through together; a right one is given back.
    """
    written = numbering.normalize(number)
    taken = [
        limits.take(PAIR, key=f"{network} {written}"),
        limits.take(NETWORK, key=network),
        limits.take(NUMBER, key=written),
    ]
    found = Order.objects.filter(number=written).values_list("pk", "email", "ship_postcode").first()
    key, email, postcode = found or (0, "nobody@example.invalid", "00000")
    if not rules.matches(proof, email=email, postcode=postcode) or found is None:
        raise Missing("No order fits these details.")
    for one in taken:
        limits.give_back(one)
    return issue(order_id=key, span=LOOKUP_SPAN)


def open_link(*, token: str, network: str) -> int:
    """Return the key of the order that a link opens.

    Raises Missing for a link that opens nothing, for whatever cause; LimitReached when a network tries many of them.
    """
    try:
        return queries.opened_by(token)
    except Missing:
        limits.take(TOKENS, key=network)
        raise


def link_for_mail(document: str, document_id: int) -> str:
    """Make the absolute address of an order's page for a mail about it; raise ValueError for any other document."""
    if document != Order._meta.label_lower:
        raise ValueError(f"A status link belongs to an order, not to a {document}.")
    path = reverse("status-page", args=[issue(order_id=document_id)])
    return f"{settings.PUBLIC_URL}{path}"


def revoke_all(*, order_id: int, actor: Actor, reason: str) -> int:
    """End every link to the order's page, for example when a mail went to the wrong person; return how many."""
    with transaction.atomic():
        order = locking.lock_one(Order.objects.filter(pk=order_id))
        now = clock.now()
        ended = StatusLink.objects.usable(now).filter(order=order).update(revoked_at=now)
        timeline.record(
            order, "status_links.revoked", actor=actor, reason=reason, data={"links": ended}
        )
    return ended


def purge() -> int:
    """Delete the links that have expired; return how many."""
    deleted, _ = StatusLink.objects.filter(expires_at__lte=clock.now()).delete()
    return deleted


def answer(*, token: str, network: str, reference: str, act: str) -> None:
    """Take the customer's answer to an offer of a substitute: `accept`, `keep` or `cancel`.

    Whoever holds a link that opens the order answers for its customer. Raises Missing (the link, the offer, the act),
    LimitReached, and what the answer itself raises.
    """
    order_id = open_link(token=token, network=network)
    offered = substitutes.find(reference)
    acts = {
        "accept": substituting.accept,
        "keep": substituting.keep_waiting,
        "cancel": substituting.cancel,
    }
    if offered.order_id != order_id or act not in acts:
        raise Missing("There is no such offer.")
    customer = Actor("customer", "", offered.order.customer_name)
    acts[act](substitution_id=offered.pk, actor=customer)
