"""A location begins to know what lies in which bin, or stops knowing it."""

from collections.abc import Iterator

from django.db import transaction

from inventory.bins import queries as bins
from inventory.bins import services as bin_services
from inventory.bins.states import BinKind
from inventory.locations.models import Location
from inventory.stock import services as stock
from inventory.stock.errors import UnknownPlace
from inventory.stock.models import Content, Level
from inventory.stock.services import Carry
from inventory.stock.states import BinMoveKind
from inventory.storing import errors
from oms.core import locking
from oms.core.actors import Actor
from oms.core.ids import uuid7
from oms.core.timeline import services as timeline


@transaction.atomic
def switch_on(*, location_id: int, actor: Actor, by_bin_codes: bool = False) -> Location:
    """Let a location have bins: everything that lies there comes to lie at the receiving dock, as one act.

    `by_bin_codes` puts what has a bin code of a bin that exists into that bin instead. Nobody moves stock anywhere
    meanwhile. Raises UnknownPlace, BinsInUse, NoDock.
    """
    location = _locked(location_id)
    if location.uses_bins:
        raise errors.BinsInUse
    dock = bins.dock(location_id, BinKind.RECEIVING)
    bins.dock(location_id, BinKind.OUTBOUND)
    levels = list(
        Level.objects.filter(location_id=location_id, on_hand__gt=0)
        .select_related("sku")
        .order_by("pk")
    )
    known = bins.by_code(location_id, {level.bin_code for level in levels}) if by_bin_codes else {}
    cause = f"bins-on:{uuid7()}"
    stock.carry(
        carries=[
            Carry(
                level,
                units,
                f"{cause}:{level.pk}",
                source_id=source_id,
                target_id=known.get(level.bin_code, dock).pk,
                lot_id=lot_id,
                condition=condition,
                part=part,
            )
            for level in levels
            for part, (source_id, lot_id, condition, units) in enumerate(_piles(level))
        ],
        kind=BinMoveKind.SWITCH,
        document=location.code,
        actor=actor,
    )
    _set(location, uses_bins=True, actor=actor, levels=len(levels))
    return location


@transaction.atomic
def switch_off(*, location_id: int, reason: str, actor: Actor) -> Location:
    """Let a location have no bins any more: what lies there stays, and in which bin is forgotten.

    Raises UnknownPlace, NoBins.
    """
    location = _locked(location_id)
    if not location.uses_bins:
        raise errors.NoBins
    rows = list(
        Content.objects.filter(level__location_id=location_id)
        .select_related("level__sku")
        .order_by("level_id", "pk")
    )
    # Of what is tracked, lots are known wherever it lies.
    place = bin_services.whole(location_id) if any(r.level.sku.is_tracked for r in rows) else None
    cause = f"bins-off:{uuid7()}"
    stock.carry(
        carries=[
            Carry(
                row.level,
                row.quantity,
                f"{cause}:{row.pk}",
                source_id=row.bin_id,
                target_id=place.pk if place is not None and row.level.sku.is_tracked else None,
                lot_id=row.lot_id,
                condition=row.condition,
            )
            for row in rows
        ],
        kind=BinMoveKind.SWITCH,
        document=location.code,
        actor=actor,
    )
    _set(location, uses_bins=False, actor=actor, reason=reason, contents=len(rows))
    return location


def _locked(location_id: int) -> Location:
    """Keep everybody from moving stock, so that the sums are those of the levels, and read what they are."""
    locking.lock_table(Level)
    return locking.lock_one(Location.objects.filter(pk=location_id), missing=UnknownPlace)


def _piles(level: Level) -> Iterator[tuple[int | None, int | None, str, int]]:
    """Return what a level consists of: where it is known to lie, its lot, its condition, and how many units."""
    if level.sku.is_tracked:
        yield from level.contents.order_by("pk").values_list(
            "bin_id", "lot_id", "condition", "quantity"
        )
        return
    for condition, units in stock.piles_of(level):
        yield None, None, condition, units


def _set(
    location: Location, *, uses_bins: bool, actor: Actor, reason: str = "", **data: int
) -> None:
    location.uses_bins = uses_bins
    location.save(update_fields=["uses_bins"])
    timeline.record(
        location,
        "location.bins_on" if uses_bins else "location.bins_off",
        actor=actor,
        after={"uses_bins": uses_bins},
        reason=reason,
        data=data,
    )
