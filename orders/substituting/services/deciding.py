"""The answers: of the customer to an offer, of staff for him."""

from django.db import transaction

from oms.core import clock
from oms.core.actors import SYSTEM, Actor
from oms.core.outbox import services as outbox
from oms.core.timeline import services as timeline
from orders import events
from orders.ordering import errors as ordering_errors
from orders.ordering import services as ordering
from orders.ordering.models import Order, OrderLine
from orders.ordering.services import lines
from orders.ordering.states import ORDER
from orders.substituting import errors, queries
from orders.substituting.models import Substitute, Substitution
from orders.substituting.services import considering
from orders.substituting.services.proposing import carry_out, propose, waiting
from orders.substituting.states import SUBSTITUTION, SubstitutionStatus


@transaction.atomic
def accept(*, substitution_id: int, actor: Actor) -> Substitution:
    """Send what was offered, at the cost that was offered: whoever accepts has seen it.

    Raises OfferMissing, IllegalTransition, OfferOver, NotWaiting, SubstituteShort, Raced.
    Publishes SubstitutionDecided.
    """
    order, offered = _locked(substitution_id, "accept")
    if offered.ends_on is not None and offered.ends_on < clock.today():
        raise errors.OfferOver
    line = offered.line
    if waiting(line) < offered.units:
        raise errors.NotWaiting(waiting=waiting(line), units=offered.units)
    choice = Substitute(
        sku_id=line.sku_id,
        other=offered.sku,
        units=offered.substitute_units // offered.units,
        price_rule=offered.price_rule,
    )
    proposal = propose(order, line, choice, at_most=offered.units, agreed=offered.cost_after)
    if proposal is None or proposal.units < offered.units:
        raise errors.SubstituteShort(
            f"There is not enough of {offered.sku.code} any more.", sku=offered.sku.code
        )
    return carry_out(order, line, choice, proposal, consented=True, actor=actor, offered=offered)


@transaction.atomic
def keep_waiting(*, substitution_id: int, actor: Actor) -> Substitution:
    """Leave the units in the queue; the line is not asked about again. Raises OfferMissing, IllegalTransition."""
    order, offered = _locked(substitution_id, "keep")
    return _close(order, offered, "keep", actor=actor)


@transaction.atomic
def lapse(*, substitution_id: int) -> Substitution:
    """Leave the units in the queue because nobody answered in time; the line is not asked about again.

    Raises OfferMissing, IllegalTransition: somebody has answered. Publishes SubstitutionDecided, SubstitutionLapsed.
    """
    order, offered = _locked(substitution_id, "keep")
    closed = _close(order, offered, "keep", actor=SYSTEM)
    outbox.publish(events.SubstitutionLapsed(order_id=order.pk, substitution_id=offered.pk))
    return closed


@transaction.atomic
def cancel(*, substitution_id: int, actor: Actor) -> Substitution:
    """Cancel the units that the offer is about, as far as they wait. Raises OfferMissing, IllegalTransition."""
    order, offered = _locked(substitution_id, "cancel")
    units = min(offered.units, waiting(offered.line))
    closed = _close(order, offered, "cancel", actor=actor)
    if units:
        ordering.cancel(
            order_id=order.pk,
            units={offered.line_id: units},
            reason="No substitute wanted",
            actor=actor,
        )
    return closed


@transaction.atomic
def replace(
    *,
    order_id: int,
    line_id: int,
    sku_id: int,
    units: int,
    actor: Actor,
    consented: bool = False,
) -> Substitution:
    """Replace waiting units of a line by one of its substitutes, for the customer.

    A substitute that costs more needs his consent. Raises OrderMissing, IllegalTransition, NoSubstitute, NotWaiting,
    SubstituteShort, ConsentNeeded, OfferedAlready, Raced. Publishes SubstitutionDecided.
    """
    order, line, choice = _chosen(order_id, line_id, sku_id)
    if not 1 <= units <= waiting(line):
        raise errors.NotWaiting(waiting=waiting(line), units=units)
    proposal = propose(order, line, choice, at_most=units)
    if proposal is None or proposal.units < units:
        raise errors.SubstituteShort(f"There is not enough of {choice.other.code}.")
    if proposal.is_dearer and not consented:
        raise errors.ConsentNeeded(
            before=str(proposal.before), after=str(proposal.priced.amounts.total)
        )
    return carry_out(order, line, choice, proposal, consented=consented, actor=actor)


@transaction.atomic
def ask(*, order_id: int, line_id: int, sku_id: int, actor: Actor) -> Substitution:
    """Offer one of its substitutes for all that a line waits for and that can be replaced.

    Raises OrderMissing, IllegalTransition, NoSubstitute, SubstituteShort, OfferedAlready. Publishes
    SubstitutionOffered.
    """
    order, line, choice = _chosen(order_id, line_id, sku_id)
    proposal = propose(order, line, choice)
    if proposal is None:
        raise errors.SubstituteShort(f"There is not enough of {choice.other.code}.")
    return considering.offer(order, line, choice, proposal, actor=actor)


def _chosen(order_id: int, line_id: int, sku_id: int) -> tuple[Order, OrderLine, Substitute]:
    order = lines.locked(order_id)
    ORDER.target(order.status, "cancel")
    order = Order.objects.select_related("channel").get(pk=order.pk)
    line = OrderLine.objects.filter(pk=line_id, order=order).first()
    if line is None:
        raise ordering_errors.UnitsNotThere(place="order", units={str(line_id): 1})
    choices = queries.candidates([line.sku_id])
    choice = next((each for each in choices if each.other_id == sku_id), None)
    if choice is None:
        raise errors.NoSubstitute
    if Substitution.objects.filter(line=line, status=SubstitutionStatus.OFFERED).exists():
        raise errors.OfferedAlready
    return order, line, choice


def _locked(substitution_id: int, action: str) -> tuple[Order, Substitution]:
    """Lock the order of an offer, then read the offer as it is now; raise what stands against the action."""
    order_id = (
        Substitution.objects.filter(pk=substitution_id).values_list("order_id", flat=True).first()
    )
    if order_id is None:
        raise errors.OfferMissing
    lines.locked(order_id)
    found = Substitution.objects.select_related("order__channel", "line", "sku").get(
        pk=substitution_id
    )
    SUBSTITUTION.target(found.status, action)
    return found.order, found


def _close(order: Order, offered: Substitution, action: str, *, actor: Actor) -> Substitution:
    SUBSTITUTION.move(offered, action, decided_by=str(actor), decided_at=clock.now())
    timeline.record(
        order,
        f"order.substitution_{offered.status}",
        actor=actor,
        data={"sku": offered.line.sku_code, "substitute": offered.sku.code},
    )
    outbox.publish(
        events.SubstitutionDecided(
            order_id=order.pk, substitution_id=offered.pk, status=str(offered.status)
        )
    )
    return offered
