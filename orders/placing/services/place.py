"""Place an order."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from inventory.reservations import services as reservations
from inventory.reservations.errors import Insufficient
from inventory.reservations.services import Promise
from oms.core import bulk, clock, transactions
from oms.core.actors import Actor
from oms.core.bulk import Insertion
from oms.core.outbox import services as outbox
from oms.core.timeline import services as timeline
from orders import events
from orders.channels.models import Channel
from orders.holds import services as holds
from orders.ordering import services as ordering
from orders.ordering.models import Order, OrderKit, OrderLine
from orders.ordering.services.lines import DEMAND
from orders.payments import services as payments
from orders.placing.drafts import Draft, DraftPayment
from orders.placing.queries import Keys
from orders.placing.services import considering, limits
from orders.placing.services.considering import Considered


@dataclass(frozen=True, slots=True)
class Placed:
    """The order with its lines and kits, and whether this call made it.

    `sources` are, line by line, the lines of the draft that they come from, if it did.
    """

    order: Order
    lines: Sequence[OrderLine]
    kits: Sequence[OrderKit]
    created: bool
    sources: Sequence[int] = ()


def place(*, channel: Channel, draft: Draft, actor: Actor) -> Placed:
    """Accept an order of `channel`: validate, price, tax, plan, reserve and write it in one transaction.

    In an open transaction it takes part: a refusal has written nothing and leaves it usable, anything later ends it.

    Declared totals that differ by more than one minor unit, and, on a lenient channel, an address that breaks the rules
    of its country, keep the order on a hold. What is not in stock is backordered if the channel allows it for the SKU;
    units that may wait only for what is on its way are counted once more under a lock. A reservation of the channel
    becomes the order's allocations and ends; what it holds beyond them is free.

    Raises DraftInvalid (everything wrong at once), Insufficient (all shortages at once), ExternalIdConflict (the
    channel has sent something else under this external id), Raced (a rival took the stock while we planned; the caller
    runs the whole unit again). Publishes OrderPlaced.
    """
    with transactions.begun():
        terms = considering.terms_of(channel, draft, with_keys=True)
        fingerprint = draft.fingerprint()
        if terms.known_order_id is not None:
            return Placed(*considering.known(terms.known_order_id, fingerprint), created=False)

        try:
            order = considering.consider(channel, draft, terms)
        except Insufficient:
            # A rival may have placed this very order, with the last units, since its terms were read.
            known_order_id = considering.terms_of(channel, draft).known_order_id
            if known_order_id is None:
                raise
            return Placed(*considering.known(known_order_id, fingerprint), created=False)
        amounts = order.amounts
        payment = draft.payment
        method = payment.method if payment else ""
        to_pay = amounts.total
        if payment and payment.amount is not None:
            to_pay = payment.amount
        # An order that costs nothing needs no payment, whatever method was named.
        pays = bool(method and to_pay)
        worth = payments.opening(gateway=method, amount=to_pay) if pays else payments.Opening()
        at = clock.now()
        written, lines, kits = _write(
            ordering.NewOrder(
                channel=channel,
                external_id=draft.external_id,
                fingerprint=fingerprint,
                currency=channel.currency,
                language=draft.language or channel.language,
                customer_id=draft.customer_id,
                customer_name=draft.customer_name,
                email=order.email,
                phone=order.phone,
                ship_to=draft.ship_to.to_dict(),
                bill_to=(draft.bill_to or draft.ship_to).to_dict(),
                po_number=draft.po_number,
                note=draft.note,
                ship_complete=draft.ship_complete,
                amounts=amounts,
                lines=order.lines,
                kits=order.kits,
                declared={name: str(value) for name, value in draft.declared.items()} or None,
                payment_method=method,
                payment_status=worth.payment_status(amounts.total),
                authorized=worth.authorized,
                captured=worth.captured,
                pays_on_terms=draft.pays_on_terms or channel.release_unpaid,
                on_hold=bool(order.waits),
                placed_at=min(draft.placed_at or at, at),
                wait_until=draft.wait_until,
                routing=dict(order.plan.why),
                minimum_life_days=order.life_days,
                priority=terms.priority,
            ),
            considered=order,
            payment=payment if pays else None,
            to_pay=to_pay,
            keys=terms.keys,
            actor=actor,
        )
    return Placed(written, lines, kits, created=True, sources=order.sources)


@transaction.atomic(savepoint=False)
def _write(
    new: ordering.NewOrder,
    *,
    considered: Considered,
    payment: DraftPayment | None,
    to_pay: Decimal,
    keys: Keys | None,
    actor: Actor,
) -> tuple[Order, list[OrderLine], list[OrderKit]]:
    """Write the order with all that belongs to it, and reserve its units by its plan. Whatever fails ends it all."""
    kits: list[OrderKit] = []
    along: list[Insertion] = []
    if keys and not (new.kits or considered.limited or considered.preorders):
        # With the keys at hand, the order goes in with the statement that reserves its units.
        order, lines, along = ordering.prepare(new, order_id=keys.order, line_ids=keys.lines)
    else:
        order, lines, kits = ordering.create(new)
    for wait in considered.waits:
        holds.place_at_birth(
            order=order, reason=wait.reason, note=wait.note, detail=wait.detail, actor=actor
        )
    if payment:
        payments.begin(
            order=order,
            gateway=payment.method,
            amount=to_pay,
            reference=payment.reference,
            actor=actor,
        )
    told = timeline.entry(
        order,
        "order.placed",
        actor=actor,
        after={"status": order.status, "total": str(order.total), "currency": order.currency},
        data={
            "lines": len(lines),
            "allocated": sum(line.allocated for line in lines),
            "backordered": sum(line.backordered for line in lines),
            "routing": order.routing,
        },
    )
    published = outbox.first(events.OrderPlaced(order_id=order.pk))
    if considered.preorders:
        limits.within_preorders(set(considered.preorders.values()), channel_id=new.channel.pk)
    if considered.limited:
        limits.within_incoming(considered.limited, takes=considered.plan.takes)
    # Last, so that the stock rows of a SKU that everyone wants are locked as briefly as can be.
    reservations.allocate(
        demand=DEMAND,
        promises=[
            Promise(
                lines[take.line].pk,
                take.sku_id,
                take.location_id,
                take.quantity,
                considered.kept.get((take.sku_id, take.location_id), 0),
            )
            for take in considered.plan.takes
        ],
        document=order.number,
        cause=f"place:{order.number}",
        actor=actor,
        reservation_id=considered.reservation_id,
        along=[*along, bulk.insertion([told]), bulk.insertion([published])],
    )
    if considered.expiring:
        limits.within_lasting(
            [take for take in considered.plan.takes if take.sku_id in considered.expiring],
            life_days=considered.life_days,
            line_ids=[line.pk for line in lines],
        )
    return order, lines, kits
