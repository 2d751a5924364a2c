"""What a substitute could do for a line now, and doing it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from inventory.reservations import queries as availability
from oms.core import clock
from oms.core.actors import Actor
from oms.core.ids import uuid7
from oms.core.outbox import services as outbox
from orders import events
from orders.channels import queries as channels
from orders.ordering import queries as ordering_queries
from orders.ordering import rules as ordering_rules
from orders.ordering import services as ordering
from orders.ordering.models import Order, OrderLine
from orders.ordering.services import lasting
from orders.ordering.services.stock import destination_of
from orders.placing import queries as placing
from orders.routing import rules as routing
from orders.substituting import rules
from orders.substituting.models import Substitute, Substitution
from orders.substituting.rules import Priced
from orders.substituting.states import SUBSTITUTION, SubstitutionStatus


@dataclass(frozen=True, slots=True)
class Proposal:
    """`units` of a line replaced by `substitute_units`, from where `takes` say; nothing is written."""

    units: int
    substitute_units: int
    offer: placing.Offer
    before: Decimal
    priced: Priced
    takes: Sequence[routing.Take]

    @property
    def is_dearer(self) -> bool:
        """Whether it costs more than what it stands for."""
        return self.priced.amounts.total > self.before


def waiting(line: OrderLine) -> int:
    """Return the units of a line that wait for stock."""
    return line.backordered + line.unallocated


def propose(
    order: Order,
    line: OrderLine,
    choice: Substitute,
    *,
    at_most: int | None = None,
    agreed: Decimal | None = None,
) -> Proposal | None:
    """Return what a substitute can do for the waiting units of a line, None when it can do nothing.

    What others wait for is theirs. `at_most` limits the units; an `agreed` cost stands, whatever the list says by now.
    """
    offer = _offer(order, choice)
    if offer is None:
        return None
    candidates = _shelf(order, choice.other_id)
    free = sum(each.quantity for each in candidates) - _waiting_for(choice.other_id)
    wanted = waiting(line) if at_most is None else min(at_most, waiting(line))
    units = rules.replaceable(waiting=wanted, free=free, ratio=choice.units)
    if not units:
        return None
    quantity = units * choice.units
    before = ordering_rules.credit_amount(
        total=line.total,
        ordered=line.ordered,
        credited=line.credited,
        units=units,
        currency=order.currency,
        bundle=line.dealt_by,
    )
    priced = rules.priced(
        rule=choice.price_rule if agreed is None else rules.KEEP,
        before=before if agreed is None else agreed,
        list_price=offer.list_price,
        units=quantity,
        rates=offer.rates,
        prices_include_tax=order.prices_include_tax,
        currency=order.currency,
    )
    plan = routing.plan(
        [routing.Demand(0, choice.other_id, quantity)], candidates, destination_of(order)
    )
    return Proposal(units, quantity, offer, before, priced, plan.takes)


def carry_out(
    order: Order,
    line: OrderLine,
    choice: Substitute,
    proposal: Proposal,
    *,
    consented: bool,
    actor: Actor,
    offered: Substitution | None = None,
) -> Substitution:
    """Replace the units: at once, or as the answer to what was `offered`. Publishes SubstitutionDecided."""
    uuid = offered.uuid if offered else uuid7()
    offer = proposal.offer
    added = ordering.substitute(
        order,
        line,
        units=proposal.units,
        new=ordering.NewSubstitute(
            sku_id=offer.sku_id,
            sku_code=offer.code,
            name=offer.name,
            tax_class=offer.tax_class,
            unit_price=proposal.priced.unit_price,
            subtotal=proposal.priced.subtotal,
            amounts=proposal.priced.amounts,
            takes=proposal.takes,
        ),
        cause=f"substitute:{uuid}",
        actor=actor,
    )
    decided: dict[str, Any] = {
        "new_line": added,
        "units": proposal.units,
        "substitute_units": proposal.substitute_units,
        "cost_before": proposal.before,
        "cost_after": proposal.priced.amounts.total,
        "consented": consented,
        "decided_by": str(actor),
        "decided_at": clock.now(),
    }
    if offered is None:
        found = Substitution.objects.create(
            uuid=uuid,
            order=order,
            line=line,
            sku_id=choice.other_id,
            price_rule=choice.price_rule,
            status=SubstitutionStatus.ACCEPTED,
            **decided,
        )
    else:
        found = offered
        SUBSTITUTION.move(found, "accept", **decided)
    outbox.publish(
        events.SubstitutionDecided(
            order_id=order.pk, substitution_id=found.pk, status=str(found.status)
        )
    )
    return found


def _offer(order: Order, choice: Substitute) -> placing.Offer | None:
    channel = order.channel
    return placing.terms(
        channel_id=channel.pk,
        external_id="",
        sku_codes={choice.other.code},
        price_list_id=channel.price_list_id,
        currency=order.currency,
        country=order.ship_country,
        region=str(order.ship_to.get("region") or ""),
        on=clock.now().date(),
        policy=channel.backorder_policy,
    ).offers.get(choice.other.code)


def _shelf(order: Order, sku_id: int) -> list[routing.Candidate]:
    """Return where the order's channel could take units of a SKU from that last as long as it demands."""
    shelf = [
        routing.Candidate(
            sku_id=level.sku_id,
            location_id=level.location_id,
            location_code=level.location_code,
            quantity=level.available_to_sell,
            priority=level.priority,
            country=level.country,
            region=level.region,
            postcode=level.postcode,
        )
        for level in availability.availability(
            sku_ids=[sku_id], buffers=channels.buffers(order.channel, [sku_id])
        )
    ]
    return lasting.kept(order, shelf)


def _waiting_for(sku_id: int) -> int:
    units = ordering_queries.waiting().filter(sku_id=sku_id).aggregate(units=Sum("backordered"))
    return units["units"] or 0
