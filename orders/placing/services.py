"""Place an order."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from django.db import transaction

from inventory.reservations import queries as availability
from inventory.reservations import services as reservations
from inventory.reservations.errors import Insufficient
from inventory.reservations.services import Promise
from oms.core import address, clock, money, transactions
from oms.core.actors import Actor
from oms.core.errors import FieldProblem
from oms.core.outbox import services as outbox
from oms.core.timeline import services as timeline
from orders import events
from orders.channels.models import AddressStrictness, Channel
from orders.holds import services as holds
from orders.holds.states import HoldReason
from orders.ordering import queries as ordering_queries
from orders.ordering import services as ordering
from orders.ordering.errors import ExternalIdConflict
from orders.ordering.models import Order, OrderLine
from orders.ordering.services.lines import DEMAND
from orders.payments import services as payments
from orders.placing import errors, queries
from orders.placing.drafts import Draft, DraftPayment
from orders.pricing import rules as pricing
from orders.routing import rules as routing

# What an order cannot cost: beyond it, no database keeps the minor units of every currency.
TOO_MUCH = Decimal(10) ** 12

_NOTHING: Mapping[tuple[int, int], int] = MappingProxyType({})
_NO_OFFERS: Mapping[str, queries.Offer] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Placed:
    """The order with its lines, and whether this call made it."""

    order: Order
    lines: Sequence[OrderLine]
    created: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What placing would do. `known` is the number of the same order if it is there already; nothing happens then.

    `takes` are the units that would be allocated, `backordered` the units (by SKU id) that would wait, `holds` the
    reasons for which the order would be held.
    """

    known: str
    total: Decimal
    takes: Sequence[routing.Take]
    backordered: Mapping[int, int]
    holds: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Wait:
    """A hold that the order is born with."""

    reason: HoldReason
    note: str
    detail: dict[str, Any]


def place(*, channel: Channel, draft: Draft, actor: Actor) -> Placed:
    """Accept an order of `channel`: validate, price, tax, plan, reserve and write it in one transaction.

    In an open transaction it takes part: a refusal has written nothing and leaves it usable, anything later ends it.

    Declared totals that differ by more than one minor unit, and, on a lenient channel, an address that breaks the rules
    of its country, keep the order on a hold. What is not in stock is backordered if the channel allows it.

    Raises DraftInvalid (everything wrong at once), Insufficient (all shortages at once), ExternalIdConflict (the
    channel has sent something else under this external id), Raced (a rival took the stock while we planned; the caller
    runs the whole unit again). Publishes OrderPlaced.
    """
    with transactions.begun():
        at = clock.now()
        terms = queries.terms(
            channel_id=channel.pk,
            external_id=draft.external_id,
            sku_codes={line.sku for line in draft.lines},
            price_list_id=channel.price_list_id,
            currency=channel.currency,
            country=draft.ship_to.country,
            region=draft.ship_to.region,
            on=(draft.placed_at or at).date(),
        )
        fingerprint = draft.fingerprint()
        if terms.known_order_id is not None:
            return _same(terms.known_order_id, fingerprint)

        email, phone, problems = _contact(draft)
        waits = _judge(channel, draft, terms, problems)
        amounts = _amounts(channel, draft, terms)
        waits += _differences(draft, amounts, channel.currency)
        plan = _plan(draft, terms)
        if plan.shortages and not channel.allow_backorder:
            raise _insufficient(draft, terms, plan)

        payment = draft.payment
        method = payment.method if payment else ""
        to_pay = amounts.total
        if payment and payment.amount is not None:
            to_pay = payment.amount
        # An order that costs nothing needs no payment, whatever method was named.
        pays = bool(method and to_pay)
        worth = payments.opening(gateway=method, amount=to_pay) if pays else payments.Opening()
        order, lines = _write(
            ordering.NewOrder(
                channel=channel,
                external_id=draft.external_id,
                fingerprint=fingerprint,
                currency=channel.currency,
                language=draft.language or channel.language,
                customer_id=draft.customer_id,
                customer_name=draft.customer_name,
                email=email,
                phone=phone,
                ship_to=draft.ship_to.to_dict(),
                bill_to=(draft.bill_to or draft.ship_to).to_dict(),
                po_number=draft.po_number,
                note=draft.note,
                ship_complete=draft.ship_complete,
                amounts=amounts,
                lines=_lines(draft, terms, amounts, plan),
                declared={name: str(value) for name, value in draft.declared.items()} or None,
                payment_method=method,
                payment_status=worth.payment_status(amounts.total),
                authorized=worth.authorized,
                captured=worth.captured,
                pays_on_terms=draft.pays_on_terms or channel.release_unpaid,
                on_hold=bool(waits),
                placed_at=draft.placed_at or at,
                routing=dict(plan.why),
            ),
            plan=plan,
            waits=waits,
            payment=payment if pays else None,
            to_pay=to_pay,
            actor=actor,
        )
    return Placed(order, lines, created=True)


@transaction.atomic(savepoint=False)
def _write(
    new: ordering.NewOrder,
    *,
    plan: routing.Plan,
    waits: Sequence[_Wait],
    payment: DraftPayment | None,
    to_pay: Decimal,
    actor: Actor,
) -> tuple[Order, list[OrderLine]]:
    """Write the order with all that belongs to it, and reserve its units by `plan`. Whatever fails ends it all."""
    order, lines = ordering.create(new)
    for wait in waits:
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
    timeline.record(
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
    outbox.publish(events.OrderPlaced(order_id=order.pk))
    # Last, so that the stock rows of a SKU that everyone wants are locked as briefly as can be.
    reservations.allocate(
        demand=DEMAND,
        promises=[
            Promise(lines[take.line].pk, take.sku_id, take.location_id, take.quantity)
            for take in plan.takes
        ],
        document=order.number,
        cause=f"place:{order.number}",
        actor=actor,
    )
    return order, lines


def preview(
    *,
    channel: Channel,
    draft: Draft,
    taken: Mapping[tuple[int, int], int] = _NOTHING,
    assumed: Mapping[str, queries.Offer] = _NO_OFFERS,
) -> Preview:
    """Say what `place` would do, or raise what it would raise; nothing is locked or written.

    `taken` maps (SKU id, location id) to units to leave out of account, and `assumed` SKU codes to offers that do not
    exist yet (their ids are negative), so that a whole series can be previewed.
    """
    at = clock.now()
    terms = queries.terms(
        channel_id=channel.pk,
        external_id=draft.external_id,
        sku_codes={line.sku for line in draft.lines},
        price_list_id=channel.price_list_id,
        currency=channel.currency,
        country=draft.ship_to.country,
        region=draft.ship_to.region,
        on=(draft.placed_at or at).date(),
    )
    if terms.known_order_id is not None:
        known = _same(terms.known_order_id, draft.fingerprint()).order
        return Preview(known.number, known.total, (), {}, ())
    terms = replace(
        terms,
        offers={
            **{
                code: replace(offer, rates=terms.shipping_rates)  # as goods of the standard class
                for code, offer in assumed.items()
            },
            **terms.offers,
        },
    )
    _, _, problems = _contact(draft)
    waits = _judge(channel, draft, terms, problems)
    amounts = _amounts(channel, draft, terms)
    waits += _differences(draft, amounts, channel.currency)
    plan = _plan(draft, terms, taken)
    if plan.shortages and not channel.allow_backorder:
        raise _insufficient(draft, terms, plan)
    return Preview(
        "", amounts.total, plan.takes, plan.shortages, [str(wait.reason) for wait in waits]
    )


def _same(order_id: int, fingerprint: str) -> Placed:
    order = Order.objects.select_related("channel").get(pk=order_id)
    if order.fingerprint != fingerprint:
        raise ExternalIdConflict(number=order.number)
    return Placed(order, ordering_queries.lines_of(order), created=False)


def _contact(draft: Draft) -> tuple[str, str, list[FieldProblem]]:
    """Return e-mail and phone as they are kept, and what is wrong with them."""
    email, phone = draft.email, draft.phone
    problems = []
    try:
        email = address.normalize_email(email) if email else ""
    except address.InvalidEmail as error:
        problems.append(FieldProblem("/customer/email", error.code, str(error)))
    try:
        phone = address.normalize_phone(phone, draft.ship_to.country) if phone else ""
    except address.InvalidPhone as error:
        problems.append(FieldProblem("/customer/phone", error.code, str(error)))
    return email, phone, problems


def _judge(
    channel: Channel, draft: Draft, terms: queries.Terms, problems: list[FieldProblem]
) -> list[_Wait]:
    """Refuse what cannot be accepted, everything at once; return the holds for what can be kept."""
    waits: list[_Wait] = []
    currency = channel.currency
    if draft.currency and draft.currency != currency:
        problems.append(
            FieldProblem("/currency", "wrong_currency", f"This channel sells in {currency}.")
        )
    if draft.placed_at and draft.placed_at > clock.now():
        problems.append(
            FieldProblem("/placed_at", "in_the_future", "An order cannot come from the future.")
        )
    if not draft.lines:
        problems.append(FieldProblem("/lines", "no_lines", "An order has at least one line."))
    for index, line in enumerate(draft.lines):
        problems += _line_problems(index, line, terms.offers.get(line.sku), currency)
    for name, amount in (
        ("/discount", draft.discount),
        ("/shipping", draft.shipping),
        *((f"/declared/{key}", value) for key, value in draft.declared.items()),
        ("/payment/amount", draft.payment.amount if draft.payment else None),
    ):
        if amount is not None:
            problems += _amount_problems(name, amount, currency)
    if draft.payment and not payments.is_method(draft.payment.method):
        problems.append(
            FieldProblem("/payment/method", "unknown_method", "There is no such payment method.")
        )
    for name, place in (("/ship_to", draft.ship_to), ("/bill_to", draft.bill_to)):
        found = address.problems(place) if place else []
        if found and channel.address_strictness == AddressStrictness.STRICT:
            problems += [
                FieldProblem(f"{name}/{field}", code, message) for field, code, message in found
            ]
        elif found:
            waits.append(
                _Wait(
                    HoldReason.INCORRECT_ADDRESS,
                    f"{name[1:]}: {found[0][2]}",
                    {"problems": [list(problem) for problem in found]},
                )
            )
    if problems:
        raise errors.DraftInvalid(problems=problems)
    return waits


def _line_problems(
    index: int, line: Any, offer: queries.Offer | None, currency: str
) -> list[FieldProblem]:
    where = f"/lines/{index}"
    if offer is None:
        return [FieldProblem(f"{where}/sku", "unknown_sku", "There is no such sellable SKU.")]
    if line.unit_price is None and offer.list_price is None:
        return [
            FieldProblem(
                f"{where}/unit_price", "no_price", "The price list has no price; send one."
            )
        ]
    found = _amount_problems(f"{where}/discount", line.discount, currency)
    if line.quantity < 1:
        found.append(FieldProblem(f"{where}/quantity", "number_range", "At least one unit."))
    if line.unit_price is not None:
        found += _amount_problems(f"{where}/unit_price", line.unit_price, currency)
    price = line.unit_price if line.unit_price is not None else offer.list_price
    if not found and line.discount > money.quantize(price * line.quantity, currency):
        found.append(
            FieldProblem(
                f"{where}/discount", "discount_too_large", "The discount is more than the line."
            )
        )
    return found


def _amount_problems(where: str, amount: Decimal, currency: str) -> list[FieldProblem]:
    if amount < 0:
        return [FieldProblem(where, "number_range", "An amount is not negative.")]
    if amount >= TOO_MUCH:
        return [FieldProblem(where, "number_range", "This is out of all proportion.")]
    if money.is_quantized(amount, currency):
        return []
    return [
        FieldProblem(
            where, "minor_units", f"{currency} has {money.digits(currency)} decimal places."
        )
    ]


def _amounts(channel: Channel, draft: Draft, terms: queries.Terms) -> pricing.OrderAmounts:
    lines = []
    for line in draft.lines:
        offer = terms.offers[line.sku]
        price = line.unit_price if line.unit_price is not None else offer.list_price
        lines.append(
            pricing.PricedLine(line.quantity, price or Decimal(0), line.discount, offer.rates)
        )
    try:
        amounts = pricing.compute(
            lines,
            discount=draft.discount,
            shipping=draft.shipping if draft.shipping is not None else channel.shipping_fee,
            shipping_rates=terms.shipping_rates,
            prices_include_tax=channel.prices_include_tax,
            currency=channel.currency,
        )
    except ValueError as error:
        raise errors.DraftInvalid(
            problems=[FieldProblem("/discount", "discount_too_large", str(error))]
        ) from error
    if max(amounts.subtotal, amounts.total) >= TOO_MUCH:
        raise errors.DraftInvalid(
            problems=[
                FieldProblem("/lines", "number_range", "This order costs out of all proportion.")
            ]
        )
    return amounts


def _differences(draft: Draft, amounts: pricing.OrderAmounts, currency: str) -> list[_Wait]:
    found = pricing.differences(dict(draft.declared), amounts, currency)
    if not found:
        return []
    detail = {
        name: {"declared": str(declared), "computed": str(computed)}
        for name, (declared, computed) in found.items()
    }
    return [
        _Wait(
            HoldReason.VALIDATION,
            "The channel declares other totals than we compute: " + ", ".join(found),
            {"totals": detail},
        )
    ]


def _plan(
    draft: Draft, terms: queries.Terms, taken: Mapping[tuple[int, int], int] = _NOTHING
) -> routing.Plan:
    levels = availability.availability(
        sku_ids=sorted({terms.offers[line.sku].sku_id for line in draft.lines})
    )
    return routing.plan(
        [
            routing.Demand(index, terms.offers[line.sku].sku_id, line.quantity)
            for index, line in enumerate(draft.lines)
        ],
        [
            routing.Candidate(
                sku_id=level.sku_id,
                location_id=level.location_id,
                location_code=level.location_code,
                quantity=level.available_to_sell - taken.get((level.sku_id, level.location_id), 0),
                priority=level.priority,
                country=level.country,
                region=level.region,
                postcode=level.postcode,
            )
            for level in levels
        ],
        routing.Destination(draft.ship_to.country, draft.ship_to.region, draft.ship_to.postcode),
    )


def _insufficient(draft: Draft, terms: queries.Terms, plan: routing.Plan) -> Insufficient:
    asked: defaultdict[int, int] = defaultdict(int)
    for line in draft.lines:
        asked[terms.offers[line.sku].sku_id] += line.quantity
    codes: Mapping[int, str] = {offer.sku_id: code for code, offer in terms.offers.items()}
    shortages = [
        {"sku": codes[sku], "asked": asked[sku], "available": asked[sku] - missing}
        for sku, missing in sorted(plan.shortages.items())
    ]
    return Insufficient(
        "Not in stock: "
        + ", ".join(f"{s['sku']} ({s['available']} of {s['asked']})" for s in shortages[:20]),
        shortages=shortages,
    )


def _lines(
    draft: Draft, terms: queries.Terms, amounts: pricing.OrderAmounts, plan: routing.Plan
) -> Sequence[ordering.NewLine]:
    taken: defaultdict[int, int] = defaultdict(int)
    for take in plan.takes:
        taken[take.line] += take.quantity
    new = []
    for index, line in enumerate(draft.lines):
        offer = terms.offers[line.sku]
        price = line.unit_price if line.unit_price is not None else offer.list_price
        new.append(
            ordering.NewLine(
                sku_id=offer.sku_id,
                sku_code=offer.code,
                name=offer.name,
                tax_class=offer.tax_class,
                quantity=line.quantity,
                allocated=taken[index],
                backordered=line.quantity - taken[index],
                unit_price=price or Decimal(0),
                amounts=amounts.lines[index],
                external_line_id=line.external_line_id,
            )
        )
    return new
