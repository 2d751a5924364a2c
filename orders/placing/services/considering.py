"""What placing and its preview share: everything that is found out about an order before anything is written."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from inventory.packs import queries as packs
from inventory.reservations import queries as availability
from inventory.reservations.errors import Insufficient
from inventory.reservations.models import Reservation
from inventory.reservations.queries import Availability
from oms.core import address, clock, money
from oms.core.errors import FieldProblem
from orders.channels.models import AddressStrictness, BackorderPolicy, Channel
from orders.holds.states import HoldReason
from orders.ordering import queries as ordering_queries
from orders.ordering import services as ordering
from orders.ordering.errors import ExternalIdConflict
from orders.ordering.models import Order, OrderKit, OrderLine
from orders.payments import services as payments
from orders.placing import errors, queries
from orders.placing.drafts import Draft, DraftLine
from orders.placing.services import exploding
from orders.placing.services.exploding import Item
from orders.pricing import rules as pricing
from orders.routing import rules as routing

# What an order cannot cost: beyond it, no database keeps the minor units of every currency.
TOO_MUCH = Decimal(10) ** 12

# What a line can hold.
MOST_UNITS = 1_000_000_000

# How far the clock of a shop may be ahead of ours.
MOST_AHEAD = timedelta(minutes=5)

NOTHING: Mapping[tuple[int, int], int] = MappingProxyType({})
NO_OFFERS: Mapping[str, queries.Offer] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Wait:
    """A hold that the order is born with."""

    reason: HoldReason
    note: str
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Considered:
    """An order that can be accepted: its contact as it is kept, lines, amounts, plan, the holds it is born with.

    `sources` are, line by line, the lines of the draft: a kit of it is several lines. `kept` maps (SKU id, location id)
    to the units that have to stay there for other channels, and `reservation_id` is what is to be turned into its
    allocations. Of the SKUs in `limited` units wait that have to be on their way, of those in `preorders` (with
    the key of the pre-order) units are sold in advance. What is taken of those in `expiring` has to last `life_days`.
    """

    email: str
    phone: str
    lines: Sequence[ordering.NewLine]
    kits: Sequence[ordering.NewKit]
    sources: Sequence[int]
    amounts: pricing.OrderAmounts
    plan: routing.Plan
    waits: Sequence[Wait]
    kept: Mapping[tuple[int, int], int]
    reservation_id: int | None
    limited: frozenset[int]
    preorders: Mapping[int, int]
    life_days: int = 0
    expiring: frozenset[int] = frozenset()


def terms_of(channel: Channel, draft: Draft, *, with_keys: bool = False) -> queries.Terms:
    """Return what placing `draft` on `channel` rests on. One more statement when a line names its unit.

    `with_keys` if it is going to be placed.
    """
    terms = queries.terms(
        channel_id=channel.pk,
        external_id=draft.external_id,
        sku_codes={line.sku for line in draft.lines},
        price_list_id=channel.price_list_id,
        currency=channel.currency,
        country=draft.ship_to.country,
        region=draft.ship_to.region,
        on=(draft.placed_at or clock.now()).date(),
        policy=channel.backorder_policy,
        customer_id=draft.customer_id,
        email=draft.email.strip().lower(),
        lines=len(draft.lines) if with_keys else 0,
    )
    named = {line.sku for line in draft.lines if line.unit}
    return replace(terms, units=packs.factors(named)) if named else terms


def known(order_id: int, fingerprint: str) -> tuple[Order, Sequence[OrderLine], Sequence[OrderKit]]:
    """Return the order that the channel has sent before; raise ExternalIdConflict when it was another one."""
    order = Order.objects.select_related("channel").get(pk=order_id)
    if order.fingerprint != fingerprint:
        raise ExternalIdConflict(number=order.number)
    lines = ordering_queries.lines_of(order)
    return order, lines, ordering_queries.kits_of(lines)


def consider(
    channel: Channel,
    draft: Draft,
    terms: queries.Terms,
    *,
    taken: Mapping[tuple[int, int], int] = NOTHING,
) -> Considered:
    """Judge, price, tax and plan an order; nothing is locked or written.

    Units of its reservation are there for it; a reservation that has ended or expired holds none, so the order is
    planned from what is free. `taken` maps (SKU id, location id) to units to leave out of account. Raises
    DraftInvalid, Insufficient.
    """
    email, phone, problems = _contact(draft)
    reservation = _reservation(channel, draft, problems) if draft.reservation else None
    waits = _judge(channel, draft, terms, problems)
    exploded = exploding.explode(draft, terms, channel.currency)
    items = exploded.items
    amounts = _amounts(channel, draft, terms, items)
    waits += _differences(draft, amounts, channel.currency)
    life_days = max(channel.minimum_life_days, terms.life_days)
    levels = _levels(channel, items, reservation)
    expiring = frozenset(item.offer.sku_id for item in items if item.offer.expires)
    if life_days and expiring:
        levels = _lasting(levels, expiring, life_days)
    plan = _plan(draft, items, taken, levels)
    limited = _may_wait(channel, items, plan) if plan.shortages else frozenset()
    preorders = {
        item.offer.sku_id: item.offer.preorder
        for item in items
        if item.offer.preorder is not None and item.offer.sku_id in plan.shortages
    }
    return Considered(
        email,
        phone,
        _lines(items, amounts, plan, preorders),
        exploding.sold_kits(exploded, amounts),
        [item.source for item in items],
        amounts,
        plan,
        waits,
        {(level.sku_id, level.location_id): level.kept for level in levels if level.kept},
        reservation.pk if reservation else None,
        limited,
        preorders,
        life_days,
        expiring if life_days else frozenset(),
    )


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
) -> list[Wait]:
    """Refuse what cannot be accepted, everything at once; return the holds for what can be kept."""
    waits: list[Wait] = []
    currency = channel.currency
    if draft.currency and draft.currency != currency:
        problems.append(
            FieldProblem("/currency", "wrong_currency", f"This channel sells in {currency}.")
        )
    if draft.placed_at and draft.placed_at > clock.now() + MOST_AHEAD:
        problems.append(
            FieldProblem("/placed_at", "in_the_future", "An order cannot come from the future.")
        )
    if draft.wait_until and draft.wait_until < clock.today():
        problems.append(FieldProblem("/wait_until", "in_the_past", "This day is over."))
    if not draft.lines:
        problems.append(FieldProblem("/lines", "no_lines", "An order has at least one line."))
    for index, line in enumerate(draft.lines):
        problems += _line_problems(index, line, terms, currency)
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
                Wait(
                    HoldReason.INCORRECT_ADDRESS,
                    f"{name[1:]}: {found[0][2]}",
                    {"problems": [list(problem) for problem in found]},
                )
            )
    if problems:
        raise errors.DraftInvalid(problems=problems)
    return waits


def _line_problems(
    index: int, line: DraftLine, terms: queries.Terms, currency: str
) -> list[FieldProblem]:
    where = f"/lines/{index}"
    offer = terms.offers.get(line.sku)
    if offer is None:
        return [FieldProblem(f"{where}/sku", "unknown_sku", "There is no such sellable SKU.")]
    if line.unit_price is None and offer.list_price is None:
        return [
            FieldProblem(
                f"{where}/unit_price", "no_price", "The price list has no price; send one."
            )
        ]
    if line.unit and (line.sku, line.unit) not in terms.units:
        return [FieldProblem(f"{where}/unit", "unknown_unit", "This SKU does not come in that.")]
    found = _amount_problems(f"{where}/discount", line.discount, currency)
    if offer.kit is not None:
        found += _kit_problems(where, line, offer.kit)
    if line.quantity < 1:
        found.append(FieldProblem(f"{where}/quantity", "number_range", "At least one unit."))
    if line.unit_price is not None:
        found += _amount_problems(f"{where}/unit_price", line.unit_price, currency)
    if line.quantity * exploding.units_of(line, terms) > MOST_UNITS:
        found.append(FieldProblem(f"{where}/quantity", "number_range", "These are too many units."))
    gross = exploding.price_of(line, offer, terms) * line.quantity
    if not found and line.discount > money.quantize(gross, currency):
        found.append(
            FieldProblem(
                f"{where}/discount", "discount_too_large", "The discount is more than the line."
            )
        )
    return found


def _kit_problems(where: str, line: DraftLine, kit: queries.KitOffer) -> list[FieldProblem]:
    if not kit.parts:
        return [FieldProblem(f"{where}/sku", "kit_not_sold", "A part of this kit is not sold now.")]
    if line.quantity * max(part.units for part in kit.parts) > MOST_UNITS:
        return [
            FieldProblem(f"{where}/quantity", "number_range", "These are too many units of a part.")
        ]
    return []


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


def _amounts(
    channel: Channel, draft: Draft, terms: queries.Terms, items: Sequence[Item]
) -> pricing.OrderAmounts:
    lines = [
        pricing.PricedLine(
            item.quantity, item.unit_price, item.discount, item.rates, item.gross, item.kit
        )
        for item in items
    ]
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


def _differences(draft: Draft, amounts: pricing.OrderAmounts, currency: str) -> list[Wait]:
    found = pricing.differences(dict(draft.declared), amounts, currency)
    if not found:
        return []
    detail = {
        name: {"declared": str(declared), "computed": str(computed)}
        for name, (declared, computed) in found.items()
    }
    return [
        Wait(
            HoldReason.VALIDATION,
            "The channel declares other totals than we compute: " + ", ".join(found),
            {"totals": detail},
        )
    ]


def _reservation(
    channel: Channel, draft: Draft, problems: list[FieldProblem]
) -> Reservation | None:
    """Return what the order has reserved, None when that holds nothing any more."""
    found = availability.find(draft.reservation, channel_codes=[channel.code])
    if found is None:
        problems.append(
            FieldProblem(
                "/reservation", "unknown_reservation", "This channel has no such reservation."
            )
        )
        return None
    return found if found.holds(clock.now()) else None


def _levels(
    channel: Channel, items: Sequence[Item], reservation: Reservation | None
) -> list[Availability]:
    """Return what the channel sees of the ordered SKUs, with what the order has reserved."""
    buffers = {}
    for item in items:
        offer = item.offer
        buffers[offer.sku_id] = channel.default_buffer if offer.buffer is None else offer.buffer
    return availability.availability(
        sku_ids=sorted(buffers),
        reservation_id=reservation.pk if reservation else None,
        buffers=buffers if any(buffers.values()) else availability.NO_BUFFERS,
    )


def _lasting(
    levels: Sequence[Availability], expiring: Collection[int], life_days: int
) -> list[Availability]:
    """Leave out of what is there the units of lots that do not last as long as the order demands."""
    most = ordering.most_lasting(
        sku_ids=expiring, life_days=life_days, location_ids={level.location_id for level in levels}
    )
    return [
        replace(
            level,
            available_to_sell=min(
                level.available_to_sell, most.get((level.sku_id, level.location_id), 0)
            ),
        )
        if level.sku_id in expiring
        else level
        for level in levels
    ]


def _plan(
    draft: Draft,
    items: Sequence[Item],
    taken: Mapping[tuple[int, int], int],
    levels: Sequence[Availability],
) -> routing.Plan:
    return routing.plan(
        [
            routing.Demand(index, item.offer.sku_id, item.quantity)
            for index, item in enumerate(items)
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


def _may_wait(channel: Channel, items: Sequence[Item], plan: routing.Plan) -> frozenset[int]:
    """Return the SKUs of which no more units may wait than are on their way. Raises Insufficient."""
    offers = {item.offer.sku_id: item.offer for item in items}
    refused: dict[int, int] = {}
    limited = set()
    for sku_id, missing in plan.shortages.items():
        offer = offers[sku_id]
        if offer.preorder is not None:
            if missing > offer.presold_left:
                refused[sku_id] = missing - max(0, offer.presold_left)
            continue
        policy = offer.policy or channel.backorder_policy
        if policy == BackorderPolicy.ALLOW:
            continue
        may_wait = offer.coming if policy == BackorderPolicy.INCOMING else 0
        if missing > may_wait:
            refused[sku_id] = missing - max(0, may_wait)
        limited.add(sku_id)
    if refused:
        raise _insufficient(items, refused)
    return frozenset(limited)


def _insufficient(items: Sequence[Item], refused: Mapping[int, int]) -> Insufficient:
    asked: defaultdict[int, int] = defaultdict(int)
    codes: dict[int, str] = {}
    for item in items:
        asked[item.offer.sku_id] += item.quantity
        codes[item.offer.sku_id] = item.offer.code
    shortages = [
        {"sku": codes[sku], "asked": asked[sku], "available": asked[sku] - missing}
        for sku, missing in sorted(refused.items())
    ]
    return Insufficient(
        "Not in stock: "
        + ", ".join(f"{s['sku']} ({s['available']} of {s['asked']})" for s in shortages[:20]),
        shortages=shortages,
    )


def _lines(
    items: Sequence[Item],
    amounts: pricing.OrderAmounts,
    plan: routing.Plan,
    preorders: Mapping[int, int],
) -> Sequence[ordering.NewLine]:
    taken: defaultdict[int, int] = defaultdict(int)
    for take in plan.takes:
        taken[take.line] += take.quantity
    return [
        ordering.NewLine(
            sku_id=item.offer.sku_id,
            sku_code=item.offer.code,
            name=item.offer.name,
            tax_class=item.tax_class,
            quantity=item.quantity,
            allocated=taken[index],
            backordered=item.quantity - taken[index],
            unit_price=item.unit_price,
            amounts=amounts.lines[index],
            external_line_id=item.external_line_id,
            kit=item.kit,
            units_per_kit=item.units_per_kit,
            pack=item.pack,
            pack_units=item.pack_units,
            pack_price=item.pack_price,
            preorder=preorders.get(item.offer.sku_id) if item.quantity > taken[index] else None,
        )
        for index, item in enumerate(items)
    ]
