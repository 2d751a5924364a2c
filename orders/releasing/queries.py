"""Reads for releasing."""

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum

from oms.core.fields import exact
from orders.holds.models import Hold
from orders.holds.states import HoldStatus
from orders.ordering.models import Order, OrderLine
from orders.releasing import rules


def facts(order: Order) -> rules.Facts:
    """Gather what the decision about `order` rests on, in two statements and its channel."""
    units = OrderLine.objects.filter(order=order).aggregate(
        allocated=Sum("allocated"), waiting=Sum(F("backordered") + F("unallocated"))
    )
    holds = Hold.objects.filter(order=order, status=HoldStatus.ACTIVE).order_by("pk")
    return rules.Facts(
        status=order.status,
        holds=tuple(holds.values_list("reason", flat=True)),
        currency=order.currency,
        owed=order.total - order.credited_total,
        authorized=order.authorized_total,
        refunded=order.refunded_total,
        pays_on_terms=order.pays_on_terms,
        release_unpaid=order.channel.release_unpaid,
        ship_complete=order.ship_complete,
        allocated=units["allocated"] or 0,
        waiting=units["waiting"] or 0,
    )


def why_waiting(order: Order) -> list[rules.Reason]:
    """Return every reason why an order is not with the warehouse; empty when it may go."""
    return rules.reasons_not_to_release(facts(order))


def ready() -> "QuerySet[Order]":
    """Keep orders that look ready and are not all with the warehouse: what a lost step would leave behind."""
    stocked = OrderLine.objects.filter(order=OuterRef("pk"), allocated__gt=0)
    waiting = OrderLine.objects.filter(order=OuterRef("pk")).filter(
        Q(backordered__gt=0) | Q(unallocated__gt=0)
    )
    return (
        Order.objects.awaiting_release()
        .filter(Exists(stocked), on_hold=False)
        .filter(
            Q(pays_on_terms=True)
            | Q(channel__release_unpaid=True)
            | Q(authorized_total__gte=exact(F("total") - F("credited_total") + F("refunded_total")))
        )
        .filter(Q(ship_complete=False) | ~Exists(waiting))
        .order_by("pk")
    )
