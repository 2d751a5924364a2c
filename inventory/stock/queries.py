"""Reads of levels and their ledger, now and at any instant before."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from django.db.models import F, FilteredRelation, Min, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from inventory.catalog.models import Sku
from inventory.locations.models import Location
from inventory.lots.models import Lot
from inventory.stock import errors, rules
from inventory.stock.models import Content, Level, Movement
from inventory.stock.states import INSIDE, Condition
from oms.core import clock


@dataclass(frozen=True, slots=True)
class Balance:
    """Units of a level, by bucket, at some instant."""

    on_hand: int = 0
    committed: int = 0
    reserved: int = 0
    damaged: int = 0
    quality_control: int = 0

    @property
    def available(self) -> int:
        """Units that could be promised."""
        return self.on_hand - self.committed - self.reserved - self.damaged - self.quality_control

    def before(self, movement: Movement) -> "Balance":
        """Return what was there before `movement`, when this was there after it."""
        changes = rules.effect(movement.source, movement.target, movement.quantity)
        return Balance(
            **{name: getattr(self, name) - changes.get(name, 0) for name in _COUNTERS},
        )


_COUNTERS = tuple(field.name for field in fields(Balance))


@dataclass(frozen=True, slots=True)
class Posted:
    """A movement, and what was there after it."""

    movement: Movement
    after: Balance


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """Movements of a level, newest first; `before` asks for the next page, None when there is none."""

    entries: Sequence[Posted]
    before: int | None

    @property
    def movements(self) -> list[Movement]:
        """Return the movements alone."""
        return [entry.movement for entry in self.entries]


def ledger(level_id: int, *, before: int | None = None, limit: int = 50) -> LedgerPage:
    """Return up to `limit` movements of a level that come before movement `before`, each with the balance after it."""
    found = history(level_id).order_by("-at", "-id")
    if before is not None:
        place = history(level_id).filter(pk=before).values_list("at", flat=True).first()
        if place is None:
            return LedgerPage(entries=[], before=None)
        found = found.filter(Q(at__lt=place) | Q(at=place, pk__lt=before), at__lte=place)
    rows = list(found[: limit + 1])
    more = len(rows) > limit
    rows = rows[:limit]
    return LedgerPage(
        entries=with_balances(level_id, rows), before=rows[-1].pk if rows and more else None
    )


def history(level_id: int) -> "QuerySet[Movement]":
    """Return the movements of a level. Their order in time is by instant, then by key."""
    return Movement.objects.filter(level_id=level_id)


def with_balances(level_id: int, movements: Sequence[Movement]) -> list[Posted]:
    """Return neighbouring movements of a level, newest first, each with the balance after it."""
    if not movements:
        return []
    newest = movements[0]
    after = _without(
        level_id,
        Q(movements__at__gte=newest.at)
        & (Q(movements__at__gt=newest.at) | Q(movements__id__gt=newest.pk)),
    )
    posted = []
    for movement in movements:
        posted.append(Posted(movement, after))
        after = after.before(movement)
    return posted


def place(
    *, sku_code: str, location_code: str, location_codes: frozenset[str] | None
) -> tuple[int, int]:
    """Return the keys of a SKU and of a location within the caller's reach (None: all). Raises UnknownPlace."""
    sku_id = Sku.objects.filter(code=sku_code).values_list("pk", flat=True).first()
    location_id = Location.objects.filter(code=location_code).values_list("pk", flat=True).first()
    hidden = location_codes is not None and location_code not in location_codes
    if sku_id is None or location_id is None or hidden:
        raise errors.UnknownPlace
    return sku_id, location_id


def level_id_at(*, sku_id: int, location_id: int) -> int | None:
    """Return the key of a level, None where there is none."""
    found = Level.objects.filter(sku_id=sku_id, location_id=location_id)
    return found.values_list("pk", flat=True).first()


def balance(*, sku_id: int, location_id: int, at: datetime) -> Balance:
    """Return every bucket of a level as it was at `at`, the movements of that instant included.

    One statement: the level as it is now without what has moved since, so that it costs what happened since and not
    what happened before. Raises InstantInFuture. Nothing has ever been where no level is.
    """
    check_past(at)
    level_id = level_id_at(sku_id=sku_id, location_id=location_id)
    return Balance() if level_id is None else balance_of(level_id, at=at)


def balance_of(level_id: int, *, at: datetime) -> Balance:
    """Return every bucket of a level as it was at `at`, which is not in the future."""
    return _without(level_id, Q(movements__at__gt=at))


def first_moved_at(level_id: int) -> datetime | None:
    """Return when the first unit of a level moved, None when none ever did."""
    return history(level_id).aggregate(first=Min("at"))["first"]


def check_past(at: datetime) -> None:
    """Raise InstantInFuture for an instant that is not over."""
    if at > clock.now():
        raise errors.InstantInFuture


def _without(level_id: int, later: Q) -> Balance:
    """Return the counters of a level without the effect of the movements that `later` keeps; one statement."""
    sets = {name: INSIDE if name == "on_hand" else {name} for name in _COUNTERS}
    sums: dict[str, Any] = {
        f"{name}_then": F(name)
        - Coalesce(Sum("later__quantity", filter=Q(later__target__in=buckets)), 0)
        + Coalesce(Sum("later__quantity", filter=Q(later__source__in=buckets)), 0)
        for name, buckets in sets.items()
    }
    row = (
        Level.objects.filter(pk=level_id)
        .annotate(later=FilteredRelation("movements", condition=later))
        .values("pk")
        .annotate(**sums)
        .values_list(*sums)
        .first()
    )
    return Balance() if row is None else Balance(*row)


def levels(
    *, location_ids: frozenset[int] | None = None, sku_id: int | None = None
) -> "QuerySet[Level]":
    """Return levels in walking order with SKU and location at hand; None means every location."""
    found = Level.objects.select_related("sku", "location")
    if location_ids is not None:
        found = found.filter(location_id__in=location_ids)
    if sku_id is not None:
        found = found.filter(sku_id=sku_id)
    return found.order_by("location__priority", "location__code", "bin_code", "sku__code")


@dataclass(frozen=True, slots=True)
class LotUnits:
    """Units of a level of one lot and condition; lot None: nobody knows which."""

    lot: Lot | None
    condition: str
    units: int


def by_lot(level_id: int, *, most: int = 200) -> list[LotUnits]:
    """Return what a level consists of by lot, what expires first before the others: two statements."""
    rows = list(
        Content.objects.filter(level_id=level_id)
        .values_list("lot_id", "condition")
        .annotate(units=Sum("quantity"))
        .order_by(F("lot__expires_on").asc(nulls_last=True), "lot_id", "condition")[:most]
    )
    lots = Lot.objects.in_bulk([lot_id for lot_id, _, _ in rows if lot_id is not None])
    return [
        LotUnits(lots.get(lot_id), str(Condition(condition).label), units)
        for lot_id, condition, units in rows
    ]


def unknown_units(level_id: int) -> int:
    """Return how many units of a level are of a lot that nobody knows."""
    rows = Content.objects.filter(level_id=level_id, lot=None)
    return rows.aggregate(units=Sum("quantity"))["units"] or 0
