"""A SKU begins to be tracked by lot or serial number, or stops; and what lies there is said to be of which lot."""

from collections.abc import Iterator, Sequence

from django.db import transaction

from inventory.bins import services as bins
from inventory.catalog import services as catalog
from inventory.catalog.models import Sku, Tracking
from inventory.lots.errors import InvalidLots
from inventory.lots.models import Lot
from inventory.lots.rules import LotUnits
from inventory.stock import errors
from inventory.stock.models import Claim, Content, Level
from inventory.stock.services import contents, naming
from inventory.stock.services.contents import Carry
from inventory.stock.states import BinMoveKind, Condition
from oms.core import clock, locking
from oms.core.actors import Actor
from oms.core.errors import FieldProblem
from oms.core.ids import uuid7
from oms.core.timeline import services as timeline

_MOST_NAMED = 20


@transaction.atomic
def track(
    *,
    sku_id: int,
    tracking: str,
    expires: bool,
    shelf_life_days: int | None,
    actor: Actor,
) -> Sku:
    """Track a SKU by lot, by serial number, or not at all.

    What lies there when it begins is of an unknown lot, openly so, until `name_units` says which; when it stops, what
    was known is forgotten. Nobody moves stock meanwhile. Raises UnknownPlace, InvalidLots (nothing expires that has no
    lot; lots in stock without their day), TrackingInUse (between lots and serial numbers while anything lies there, or
    off while units are picked).
    """
    locking.lock_table(Level)
    sku = locking.lock_one(Sku.objects.filter(pk=sku_id), missing=errors.UnknownPlace)
    before = sku.tracking
    _check(sku, tracking, expires=expires)
    levels = list(
        Level.objects.filter(sku=sku, on_hand__gt=0)
        .select_related("sku", "location")
        .order_by("pk")
    )
    if before != tracking:
        if Tracking.NONE not in (before, tracking) and levels:
            raise errors.TrackingInUse(
                "Lots and serial numbers cannot be exchanged while units lie there."
            )
        if tracking == Tracking.NONE:
            _forget(levels, actor=actor)
    sku = catalog.set_tracking(
        sku,
        tracking=tracking,
        tracked_since=sku.tracked_since
        if before == tracking
        else (None if tracking == Tracking.NONE else clock.now()),
        expires=expires,
        shelf_life_days=shelf_life_days if tracking != Tracking.NONE else None,
        actor=actor,
    )
    if before == Tracking.NONE and tracking != Tracking.NONE:
        _begin(levels, actor=actor)
    return sku


@transaction.atomic
def name_units(*, level_id: int, lots: Sequence[LotUnits], actor: Actor) -> int:
    """Say which lots or serial numbers units are whose lot nobody knew; return how many.

    Raises UnknownPlace, InvalidLots (everything wrong at once, more units than are unknown among it).
    """
    level = locking.lock_one(
        Level.objects.filter(pk=level_id).select_related("sku", "location"),
        missing=errors.UnknownPlace,
    )
    count = sum(each.quantity for each in lots)
    (spots,) = naming.name_lots([naming.Ask(level.sku, count, lots)])
    unknown = list(Content.objects.filter(level=level, lot=None).order_by("pk"))
    taken = sum(Claim.objects.filter(level=level, lot=None).values_list("quantity", flat=True))
    free = sum(row.quantity for row in unknown) - taken
    if count > free:
        words = f"{free} units are of an unknown lot; {count} are named."
        raise InvalidLots(words, problems=[FieldProblem("/lots", "lot_units_differ", words)])
    # What lies there sound comes first: that is what somebody can look at on the shelf.
    unknown.sort(key=lambda row: (row.condition != Condition.GOOD, row.pk))
    carries: list[Carry] = []
    cause = f"lots-named:{uuid7()}"
    left = {row.pk: row.quantity for row in unknown}
    for spot in spots:
        need = spot.quantity or 0
        for row in unknown:
            units = min(need, left[row.pk])
            if not units:
                continue
            need -= units
            left[row.pk] -= units
            for lot_id, source, target in (
                (None, row.bin_id, None),
                (spot.lot_id, None, row.bin_id),
            ):
                carries.append(
                    Carry(
                        level,
                        units,
                        cause,
                        source_id=source,
                        target_id=target,
                        lot_id=lot_id,
                        condition=row.condition,
                        part=len(carries),
                    )
                )
    contents.carry(carries=carries, kind=BinMoveKind.NAMED, document="", actor=actor)
    timeline.record(
        level,
        "stock_lots_named",
        actor=actor,
        data={"lots": {each.number: each.quantity for each in lots}},
    )
    return count


def _check(sku: Sku, tracking: str, *, expires: bool) -> None:
    if tracking not in Tracking.values:
        raise InvalidLots("There is no such way of tracking.")
    if expires and tracking == Tracking.NONE:
        raise InvalidLots("What is not tracked has no lots that could expire.")
    if expires and not sku.expires:
        without = Lot.objects.filter(sku=sku, expires_on=None, contents__isnull=False)
        numbers = list(without.distinct().values_list("number", flat=True)[:_MOST_NAMED])
        if numbers:
            raise InvalidLots(f"Say first when these lots expire: {', '.join(numbers)}.")
    if tracking != sku.tracking and Claim.objects.filter(level__sku=sku).exists():
        raise errors.TrackingInUse("Units of it are picked: pack and ship them first.")


def _begin(levels: Sequence[Level], *, actor: Actor) -> None:
    """Let what lies at locations without bins be known, of an unknown lot; elsewhere it is."""
    cause = f"tracked:{uuid7()}"
    carries = []
    for level in levels:
        if level.location.uses_bins:
            continue
        place = bins.whole(level.location_id)
        carries += [
            Carry(
                level,
                units,
                f"{cause}:{level.pk}",
                target_id=place.pk,
                condition=condition,
                part=part,
            )
            for part, (condition, units) in enumerate(piles_of(level))
        ]
    contents.carry(carries=carries, kind=BinMoveKind.SWITCH, document="", actor=actor)


def _forget(levels: Sequence[Level], *, actor: Actor) -> None:
    """Let nothing be known of lots any more, nor of where units lie at locations without bins."""
    cause = f"untracked:{uuid7()}"
    carries: list[Carry] = []
    at_bins = {level.pk: level for level in levels}
    rows = Content.objects.filter(level_id__in=at_bins).order_by("level_id", "pk")
    for row in rows:
        level = at_bins[row.level_id]
        ends: list[tuple[int | None, int | None, int | None]] = [(row.lot_id, row.bin_id, None)]
        if level.location.uses_bins:
            if row.lot_id is None:
                continue
            ends.append((None, None, row.bin_id))
        for lot_id, source, target in ends:
            carries.append(
                Carry(
                    level,
                    row.quantity,
                    cause,
                    source_id=source,
                    target_id=target,
                    lot_id=lot_id,
                    condition=row.condition,
                    part=len(carries),
                )
            )
    contents.carry(carries=carries, kind=BinMoveKind.SWITCH, document="", actor=actor)


def piles_of(level: Level) -> Iterator[tuple[str, int]]:
    """Yield how many units of a level are in which condition."""
    good = level.on_hand - level.damaged - level.quality_control
    for condition, units in (
        (Condition.GOOD, good),
        (Condition.DAMAGED, level.damaged),
        (Condition.QUALITY_CONTROL, level.quality_control),
    ):
        if units:
            yield condition, units
