"""What can be promised: the one answer for API, console, import and routing; and who holds what."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from types import MappingProxyType
from typing import Final
from uuid import UUID

from django.db.models import QuerySet, Sum

from inventory.kits import queries as kits
from inventory.kits import rules as kit_rules
from inventory.kits.rules import Part
from inventory.reservations import rules, statements
from inventory.reservations.models import Reservation, ReservationLine
from inventory.reservations.statements import Shelf
from inventory.stock.models import Movement
from oms.core import clock

NO_BUFFERS: Mapping[int, int] = MappingProxyType({})
FREE: Final = 6  # places in a shelf
SAFETY: Final = 7


@dataclass(frozen=True, slots=True)
class Availability:
    """Units of one SKU at one shipping location.

    `available` is what is not promised, held, damaged or under inspection; `available_to_sell` leaves the safety stock
    and the units `kept` for others out and is never negative. Both hold the units that the asking reservation has here
    already: its `own`, which no threshold takes from it.
    """

    sku_id: int
    sku_code: str
    location_id: int
    location_code: str
    on_hand: int
    committed: int
    available: int
    available_to_sell: int
    priority: int
    country: str
    region: str
    postcode: str
    own: int = 0
    kept: int = 0


def availability(
    *,
    sku_codes: Collection[str] | None = None,
    sku_ids: Collection[int] | None = None,
    location_codes: Collection[str] | None = None,
    reservation_id: int | None = None,
    buffers: Mapping[int, int] = NO_BUFFERS,
) -> list[Availability]:
    """Return the levels of SKUs (by code or by id) at active shipping locations, in one statement.

    `location_codes` limits them to the places within the caller's reach (None: all). `reservation_id` asks for the
    owner of that reservation, and `buffers` (units by SKU id, over all places) for a channel from which they are kept.
    A SKU without a level has no row. Sorted by SKU, then location priority.
    """
    shelves = statements.shelves(
        at=clock.now(),
        sku_codes=sku_codes,
        sku_ids=sku_ids,
        location_codes=location_codes,
        reservation_id=reservation_id,
    )
    if not buffers:
        return [_said(shelf, 0) for shelf in shelves]
    found: list[Availability] = []
    for sku_id, group in groupby(shelves, key=lambda shelf: shelf[0]):
        levels = list(group)
        free = [shelf[FREE] - shelf[SAFETY] for shelf in levels]
        kept = rules.kept_back(free, buffers.get(sku_id, 0))
        found += [_said(shelf, units) for shelf, units in zip(levels, kept, strict=True)]
    return found


@dataclass(frozen=True, slots=True)
class Offered:
    """What can be promised of a SKU: in all, and by location.

    Of a kit, as many as its parts make. In all that can be more than the sum over the locations: the parts of one kit
    may come from several.
    """

    available_to_sell: int
    levels: Sequence[Availability]


def offered(
    *,
    skus: Mapping[str, int],
    parts: Mapping[int, Sequence[Part]],
    location_codes: Collection[str] | None = None,
    reservation_id: int | None = None,
    buffers: Mapping[int, int] = NO_BUFFERS,
) -> dict[str, Offered]:
    """Return what can be promised of SKUs (keys by code), kits among them (`parts` by key), in one statement.

    `buffers` are those of the SKUs that are stocked (`kits.needed`).
    """
    by_sku: defaultdict[int, list[Availability]] = defaultdict(list)
    for level in availability(
        sku_ids=kits.needed(parts, skus.values()),
        location_codes=location_codes,
        reservation_id=reservation_id,
        buffers=buffers,
    ):
        by_sku[level.sku_id].append(level)
    return {
        code: _kit_offered(code, sku_id, parts[sku_id], by_sku)
        if sku_id in parts
        else Offered(
            sum(level.available_to_sell for level in by_sku.get(sku_id, ())),
            by_sku.get(sku_id, []),
        )
        for code, sku_id in skus.items()
    }


def _kit_offered(
    code: str,
    kit_id: int,
    parts: Sequence[Part],
    by_sku: Mapping[int, Sequence[Availability]],
) -> Offered:
    totals = {
        part.sku_id: sum(level.available_to_sell for level in by_sku.get(part.sku_id, ()))
        for part in parts
    }
    places: defaultdict[int, dict[int, Availability]] = defaultdict(dict)
    for part in parts:
        for level in by_sku.get(part.sku_id, ()):
            places[level.location_id][part.sku_id] = level
    levels = [
        replace(
            next(iter(here.values())),
            sku_id=kit_id,
            sku_code=code,
            on_hand=kit_rules.buildable(parts, {key: level.on_hand for key, level in here.items()}),
            committed=0,
            available=kit_rules.buildable(
                parts, {key: level.available for key, level in here.items()}
            ),
            available_to_sell=kit_rules.buildable(
                parts, {key: level.available_to_sell for key, level in here.items()}
            ),
            own=0,
            kept=0,
        )
        for here in places.values()
        if len(here) == len(parts)
    ]
    return Offered(
        kit_rules.buildable(parts, totals),
        sorted(levels, key=lambda level: (level.priority, level.location_id)),
    )


def _said(shelf: Shelf, kept: int) -> Availability:
    (
        sku_id,
        code,
        location_id,
        location_code,
        on_hand,
        committed,
        free,
        safety,
        priority,
        country,
        region,
        postcode,
        own,
    ) = shelf
    return Availability(
        sku_id=sku_id,
        sku_code=code,
        location_id=location_id,
        location_code=location_code,
        on_hand=on_hand,
        committed=committed,
        available=free + own,
        available_to_sell=own + max(0, free - safety - kept),
        priority=priority,
        country=country,
        region=region,
        postcode=postcode,
        own=own,
        kept=kept,
    )


def find(uuid: str, *, channel_codes: Collection[str]) -> Reservation | None:
    """Return the reservation of one of the channels that has this id, None when there is none."""
    try:
        UUID(uuid)
    except ValueError:
        return None
    return Reservation.objects.filter(uuid=uuid, channel_code__in=channel_codes).first()


def overdue(level_ids: Collection[int], *, at: datetime) -> dict[int, int]:
    """Return how many units of each level only reservations hold that have expired until `at`; other levels: none."""
    return dict(
        ReservationLine.objects.filter(
            level_id__in=level_ids, reservation__in=Reservation.objects.overdue(at)
        )
        .order_by()
        .values_list("level_id")
        .annotate(units=Sum("quantity"))
    )


def lines_of(reservation: Reservation) -> "QuerySet[ReservationLine]":
    """Return what a reservation holds, with SKU and location at hand."""
    return (
        ReservationLine.objects.filter(reservation=reservation)
        .select_related("level__sku", "level__location")
        .order_by("level__sku__code", "level__location__code")
    )


def movements_of(reservation: Reservation) -> "QuerySet[Movement]":
    """Return how its units came to be held and free again, oldest first; those ordered are the order's."""
    return (
        Movement.objects.filter(document=str(reservation.uuid))
        .select_related("level__sku", "level__location")
        .order_by("pk")
    )


def holders(level_id: int) -> "QuerySet[ReservationLine]":
    """Return who holds units of a level, those that end first at the top."""
    return (
        ReservationLine.objects.filter(level_id=level_id)
        .select_related("reservation")
        .order_by("reservation__expires_at", "pk")
    )
