"""Reserve a cart, hold it longer, let it go."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from inventory.catalog.models import Sku
from inventory.kits import queries as kit_queries
from inventory.kits.queries import StockedPart
from inventory.reservations import queries as availability
from inventory.reservations import services as reservations
from inventory.reservations.errors import Insufficient, ReservationMissing
from inventory.reservations.models import Reservation
from inventory.reservations.queries import Availability
from inventory.reservations.services import Units
from inventory.reservations.states import Purpose
from oms.core import clock
from oms.core.actors import Actor
from oms.core.errors import FieldProblem
from orders.carts import errors
from orders.channels import queries as channels
from orders.channels.models import MOST_MINUTES, Channel
from orders.payments import services as payments
from orders.routing import rules as routing

ANYWHERE = routing.Destination("", "", "")


@dataclass(frozen=True, slots=True)
class CartLine:
    """Units of a SKU, or kits; `location` names the only place that they may come from."""

    sku: str
    quantity: int
    location: str = ""


@transaction.atomic
def reserve(
    *,
    channel: Channel,
    lines: Sequence[CartLine],
    actor: Actor,
    purpose: Purpose = Purpose.CART,
    owner: str = "",
    note: str = "",
    minutes: int | None = None,
    payment_method: str = "",
    destination: routing.Destination = ANYWHERE,
    location_codes: frozenset[str] | None = None,
) -> Reservation:
    """Hold the lines of a cart or a quote, all of them or none.

    For `minutes`, else for as long as the channel gives the payment method, else as long as it gives a cart.
    `location_codes` limits the places within the caller's reach (None: all). Raises CartInvalid (everything wrong at
    once), Insufficient (all shortages at once), Raced (a rival took the stock while we planned; the caller runs the
    whole unit again).
    """
    codes = {line.sku for line in lines}
    sold = list(Sku.objects.sellable().filter(code__in=codes).values_list("code", "pk", "kit"))
    kits = {code: key for code, key, kit in sold if kit is not None}
    parts = kit_queries.stocked_parts(kits.values()) if kits else {}
    skus = {code: key for code, key, kit in sold if kit is None}
    skus |= {part.code: part.sku_id for each in parts.values() for part in each}
    problems = _time_problems(minutes, payment_method)
    if purpose not in (Purpose.CART, Purpose.QUOTE):
        problems.append(
            FieldProblem("/purpose", "unknown_choice", "A channel reserves for carts and quotes.")
        )
    if not lines:
        problems.append(FieldProblem("/lines", "no_lines", "A cart has at least one line."))
    levels = availability.availability(
        sku_ids=sorted(skus.values()),
        location_codes=location_codes,
        buffers=channels.buffers(channel, skus.values()),
    )
    places = {level.location_code for level in levels}
    for index, line in enumerate(lines):
        where = f"/lines/{index}"
        if line.quantity < 1:
            problems.append(FieldProblem(f"{where}/quantity", "number_range", "At least one unit."))
        if line.sku in kits:
            if not all(part.is_sold for part in parts[kits[line.sku]]):
                problems.append(
                    FieldProblem(
                        f"{where}/sku", "kit_not_sold", "A part of this kit is not sold now."
                    )
                )
        elif line.sku not in skus:
            problems.append(
                FieldProblem(f"{where}/sku", "unknown_sku", "There is no such sellable SKU.")
            )
        if line.location and line.location not in places and line.sku in skus.keys() | kits:
            problems.append(
                FieldProblem(
                    f"{where}/location",
                    "unknown_location",
                    "No location of this code ships any SKU of this cart.",
                )
            )
    if problems:
        raise errors.CartInvalid(problems=problems)
    return reservations.reserve(
        purpose=purpose,
        units=_plan(_exploded(lines, kits, parts), skus, levels, destination),
        expires_at=_until(channel, minutes, payment_method),
        actor=actor,
        channel_code=channel.code,
        owner=owner,
        note=note,
    )


@transaction.atomic
def extend(
    *,
    channels_by_code: "dict[str, Channel]",
    uuid: str,
    actor: Actor,
    minutes: int | None = None,
    payment_method: str = "",
) -> Reservation:
    """Hold a cart of one of these channels longer, counted from now, when its payment is tried again for example.

    Raises CartInvalid, ReservationMissing, IllegalTransition, ReservationExpired. It never becomes shorter.
    """
    problems = _time_problems(minutes, payment_method)
    if problems:
        raise errors.CartInvalid(problems=problems)
    reservation = _own(uuid, channels_by_code)
    return reservations.extend(
        reservation_id=reservation.pk,
        expires_at=_until(channels_by_code[reservation.channel_code], minutes, payment_method),
        actor=actor,
    )


def release(
    *, channels_by_code: "dict[str, Channel]", uuid: str, reason: str, actor: Actor
) -> Reservation:
    """Let a cart of one of these channels go. Raises ReservationMissing, IllegalTransition."""
    return reservations.release_reservation(
        reservation_id=_own(uuid, channels_by_code).pk, reason=reason, actor=actor
    )


def _exploded(
    lines: Sequence[CartLine],
    kits: Mapping[str, int],
    parts: Mapping[int, Sequence[StockedPart]],
) -> list[CartLine]:
    """Return the lines with each kit as the lines of its parts."""
    found: list[CartLine] = []
    for line in lines:
        if line.sku in kits:
            found += [
                CartLine(part.code, line.quantity * part.units, line.location)
                for part in parts[kits[line.sku]]
            ]
        else:
            found.append(line)
    return found


def _own(uuid: str, channels_by_code: "dict[str, Channel]") -> Reservation:
    found = availability.find(uuid, channel_codes=list(channels_by_code))
    if found is None:
        raise ReservationMissing
    return found


def _time_problems(minutes: int | None, payment_method: str) -> list[FieldProblem]:
    problems = []
    if minutes is not None and not 1 <= minutes <= MOST_MINUTES:
        problems.append(
            FieldProblem("/minutes", "number_range", f"Minutes are 1 to {MOST_MINUTES}.")
        )
    if payment_method and not payments.is_method(payment_method):
        problems.append(
            FieldProblem("/payment_method", "unknown_method", "There is no such payment method.")
        )
    return problems


def _until(channel: Channel, minutes: int | None, payment_method: str) -> datetime:
    if minutes is None:
        minutes = channels.minutes_for(channel, payment_method)
    return clock.now() + timedelta(minutes=minutes)


def _plan(
    lines: Sequence[CartLine],
    skus: dict[str, int],
    levels: Sequence[Availability],
    destination: routing.Destination,
) -> list[Units]:
    """Return which location gives what. What names its location is served first. Raises Insufficient."""
    named: defaultdict[tuple[str, str], int] = defaultdict(int)
    for line in lines:
        if line.location:
            named[line.sku, line.location] += line.quantity
    shelf = {(level.sku_code, level.location_code): level for level in levels}
    shortages = []
    units = []
    for (sku, location), quantity in sorted(named.items()):
        level = shelf.get((sku, location))
        there = level.available_to_sell if level else 0
        if level is None or there < quantity:
            shortages.append(
                {"sku": sku, "location": location, "asked": quantity, "available": there}
            )
        else:
            units.append(Units(level.sku_id, level.location_id, quantity, level.kept))
    plan = routing.plan(
        [
            routing.Demand(index, skus[line.sku], line.quantity)
            for index, line in enumerate(lines)
            if not line.location
        ],
        [
            routing.Candidate(
                sku_id=level.sku_id,
                location_id=level.location_id,
                location_code=level.location_code,
                quantity=level.available_to_sell
                - named.get((level.sku_code, level.location_code), 0),
                priority=level.priority,
                country=level.country,
                region=level.region,
                postcode=level.postcode,
            )
            for level in levels
        ],
        destination,
    )
    asked: defaultdict[int, int] = defaultdict(int)
    for line in lines:
        if not line.location:
            asked[skus[line.sku]] += line.quantity
    codes = {sku_id: code for code, sku_id in skus.items()}
    shortages += [
        {"sku": codes[sku], "asked": asked[sku], "available": asked[sku] - missing}
        for sku, missing in sorted(plan.shortages.items())
    ]
    if shortages:
        raise Insufficient(
            "Not in stock: "
            + ", ".join(f"{s['sku']} ({s['available']} of {s['asked']})" for s in shortages[:20]),
            shortages=shortages,
        )
    kept = {(level.sku_id, level.location_id): level.kept for level in levels}
    return units + [
        Units(take.sku_id, take.location_id, take.quantity, kept[take.sku_id, take.location_id])
        for take in plan.takes
    ]
