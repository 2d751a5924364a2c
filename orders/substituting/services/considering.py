"""Look at an order whose units wait: replace them, or ask the customer."""

from collections.abc import Collection
from datetime import timedelta
from functools import partial

import structlog
from django.db import transaction

from oms.core import clock, transactions
from oms.core.actors import SYSTEM, Actor
from oms.core.errors import Busy
from oms.core.outbox import services as outbox
from oms.core.timeline import services as timeline
from orders import events
from orders.ordering.models import Order, OrderLine
from orders.ordering.services import lines
from orders.ordering.states import OrderStatus
from orders.substituting import queries
from orders.substituting.models import Substitute, Substitution
from orders.substituting.services.proposing import Proposal, carry_out, propose, waiting
from orders.substituting.states import SUBSTITUTION, Mode, SubstitutionStatus

log = structlog.get_logger()


def consider(*, order_id: int, actor: Actor = SYSTEM) -> list[Substitution]:
    """Do for the waiting lines of an order what their rules say; return what was replaced or offered.

    Where it happens by itself, as many units as can be are replaced by the first substitute that has some and costs no
    more, then by the next. Where the customer is asked, or it would cost more, one offer is made for a line, unless he
    has chosen to wait before. Raises Raced. Publishes SubstitutionOffered, SubstitutionDecided.
    """
    open_lines = OrderLine.objects.filter(order=order_id, backordered__gt=0)
    sku_ids = set(open_lines.values_list("sku_id", flat=True))
    if not sku_ids or not queries.candidates(sku_ids):
        return []
    with transaction.atomic():
        order = lines.locked(order_id)
        if order.status not in (OrderStatus.PENDING, OrderStatus.CONFIRMED):
            return []
        order = Order.objects.select_related("channel").get(pk=order.pk)
        found: list[Substitution] = []
        by_mode = queries.modes(sku_ids, order.channel_id)
        choices = queries.candidates(sku_ids)
        for line in open_lines.order_by("position"):
            mode = by_mode.get(line.sku_id, Mode.NEVER)
            if mode != Mode.NEVER:
                own = [choice for choice in choices if choice.sku_id == line.sku_id]
                found += _serve(order, line, own, mode, actor=actor)
        return found


def consider_sku(*, sku_id: int, actor: Actor = SYSTEM) -> int:
    """Look at the orders that wait for something which a SKU, that has come in, may stand for; return what was done.

    Each order is a transaction of its own; where rivals win every time, the next event serves what is left.
    """
    done = 0
    for order_id in queries.orders_waiting_for(sku_id):
        try:
            done += len(transactions.retrying(partial(consider, order_id=order_id, actor=actor)))
        except Busy as error:
            log.warning("substitutes_left_waiting", order_id=order_id, error=error.code)
    return done


def review(*, order_id: int) -> int:
    """Withdraw the offers of an order whose units do not wait any more; return how many."""
    if not Substitution.objects.filter(order=order_id, status=SubstitutionStatus.OFFERED).exists():
        return 0
    with transaction.atomic():
        order = lines.locked(order_id)
        over = [
            offered for offered in queries.offers_of(order) if waiting(offered.line) < offered.units
        ]
        for offered in over:
            SUBSTITUTION.move(offered, "withdraw", decided_at=clock.now())
            timeline.record(
                order,
                "order.substitution_withdrawn",
                actor=SYSTEM,
                data={"sku": offered.line.sku_code, "substitute": offered.sku.code},
            )
    return len(over)


def offer(
    order: Order, line: OrderLine, choice: Substitute, proposal: Proposal, *, actor: Actor
) -> Substitution:
    """Ask the customer; the caller holds the order's lock. Publishes SubstitutionOffered."""
    days = order.channel.offer_days
    made = Substitution.objects.create(
        order=order,
        line=line,
        sku_id=choice.other_id,
        units=proposal.units,
        substitute_units=proposal.substitute_units,
        price_rule=choice.price_rule,
        cost_before=proposal.before,
        cost_after=proposal.priced.amounts.total,
        status=SubstitutionStatus.OFFERED,
        ends_on=None if days is None else clock.today() + timedelta(days=days),
    )
    timeline.record(
        order,
        "order.substitution_offered",
        actor=actor,
        data={
            "sku": line.sku_code,
            "units": proposal.units,
            "substitute": proposal.offer.code,
            "substitute_units": proposal.substitute_units,
            "before": str(proposal.before),
            "after": str(proposal.priced.amounts.total),
        },
    )
    outbox.publish(events.SubstitutionOffered(order_id=order.pk, substitution_id=made.pk))
    return made


def _serve(
    order: Order, line: OrderLine, choices: Collection[Substitute], mode: str, *, actor: Actor
) -> list[Substitution]:
    earlier = Substitution.objects.filter(
        line=line, status__in=[SubstitutionStatus.OFFERED, SubstitutionStatus.KEPT]
    )
    if earlier.exists():
        return []
    done = []
    for choice in choices:
        proposal = propose(order, line, choice)
        if proposal is None:
            continue
        if mode == Mode.AUTOMATIC and not proposal.is_dearer:
            done.append(carry_out(order, line, choice, proposal, consented=False, actor=actor))
            line.refresh_from_db()
            if not waiting(line):
                break
        elif order.email:
            done.append(offer(order, line, choice, proposal, actor=actor))
            break
    return done
