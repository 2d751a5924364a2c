"""Carry units from bin to bin: put away what came, move what lies somewhere, take either back."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from inventory.bins import queries as bins
from inventory.bins.errors import BinMissing
from inventory.bins.models import Bin
from inventory.bins.states import BinKind
from inventory.locations.models import Location
from inventory.stock import rules as stock_rules
from inventory.stock import services as stock
from inventory.stock.errors import InvalidQuantity, NotInBin, ReasonRequired, UnknownPlace
from inventory.stock.models import BinMove, Content, Level
from inventory.stock.services import MAX_UNITS, Carry
from inventory.stock.services.contents import pile_of
from inventory.stock.states import BinMoveKind, Condition
from inventory.storing import errors, rules
from oms.core import locking
from oms.core.actors import Actor
from oms.core.text import is_blank
from oms.core.timeline import services as timeline


@dataclass(frozen=True, slots=True)
class Wanted:
    """Units of a SKU to be carried from one bin of a location to another; the lot may be left to the removal rule."""

    location_id: int
    sku_id: int
    quantity: int
    source_id: int
    target_id: int
    condition: str = Condition.GOOD
    lot_id: int | None = None


@transaction.atomic
def move(
    *,
    wanted: Wanted,
    key: str,
    actor: Actor,
    kind: BinMoveKind = BinMoveKind.MOVE,
    document: str = "",
    reason: str = "",
) -> list[BinMove]:
    """Carry units from bin to bin; the level, and what is promised of it, stay as they are.

    `key` names the call: the same again carries nothing and returns the first moves. Raises InvalidQuantity,
    UnknownPlace, NoBins, BinMissing, SameBin, WrongBin, BinFull, NotInBin, BinMoveKeyReused.
    """
    if not 1 <= wanted.quantity <= MAX_UNITS:
        raise InvalidQuantity(f"A quantity is 1 to {MAX_UNITS}.")
    if wanted.source_id == wanted.target_id:
        raise errors.SameBin
    if wanted.condition not in Condition.values:
        raise NotInBin("Goods are good, damaged or in quality control.")
    level = _locked(wanted.location_id, wanted.sku_id)
    cause = f"bin-move:{key}"
    done = list(BinMove.objects.filter(cause=cause).select_related("source", "target"))
    if done:
        _check_same(done, wanted, level)
        return done
    if not level.location.uses_bins:
        raise errors.NoBins
    known = bins.by_id(wanted.location_id, {wanted.source_id, wanted.target_id})
    _check_kind(known[wanted.target_id], wanted.condition, kind)
    drawn = _drawn(level, wanted)
    stock.carry(
        carries=[
            Carry(
                level,
                each.quantity,
                cause,
                source_id=wanted.source_id,
                target_id=wanted.target_id,
                lot_id=each.pile.lot_id,
                condition=wanted.condition,
                part=part,
                reason=reason[:200],
            )
            for part, each in enumerate(drawn)
        ],
        kind=kind,
        document=document,
        actor=actor,
    )
    return list(BinMove.objects.filter(cause=cause).select_related("source", "target"))


def put_away(*, wanted: Wanted, key: str, actor: Actor) -> list[BinMove]:
    """Carry units from where they came to a shelf. Raises what `move` raises."""
    return move(wanted=wanted, key=key, actor=actor, kind=BinMoveKind.PUT_AWAY)


@transaction.atomic
def undo(*, move_id: int, reason: str, actor: Actor) -> BinMove:
    """Carry the units of a move back by the exact opposite of it.

    Raises ReasonRequired, BinMoveMissing, NotToBeUndone, NotInBin when they lie there no more, BinFull.
    """
    if is_blank(reason):
        raise ReasonRequired
    found = BinMove.objects.filter(pk=move_id).select_related("level").first()
    if found is None:
        raise errors.BinMoveMissing
    if found.kind not in (BinMoveKind.MOVE, BinMoveKind.PUT_AWAY):
        raise errors.NotToBeUndone
    level = _locked(found.level.location_id, found.level.sku_id)
    cause = f"bin-undo:{found.pk}"
    if BinMove.objects.filter(cause=cause).exists() or found.cause.startswith("bin-undo:"):
        raise errors.NotToBeUndone
    stock.carry(
        carries=[
            Carry(
                level,
                found.quantity,
                cause,
                source_id=found.target_id,
                target_id=found.source_id,
                lot_id=found.lot_id,
                condition=found.condition,
                reason=reason[:200],
            )
        ],
        kind=BinMoveKind.MOVE,
        document=found.document,
        actor=actor,
    )
    return BinMove.objects.select_related("source", "target").get(cause=cause)


@transaction.atomic
def shut(*, bin_id: int, is_active: bool, actor: Actor) -> Bin:
    """Take an empty bin out of use, or into use again. Raises BinMissing, BinNotEmpty, NoDock."""
    locking.lock_table(Level)  # so that nobody puts anything into it meanwhile
    rows = Bin.objects.select_related("location").filter(pk=bin_id)
    found = locking.lock_one(rows, missing=BinMissing)
    if not is_active and Content.objects.filter(bin=found).exists():
        raise errors.BinNotEmpty
    found.is_active = is_active
    found.save(update_fields=["is_active"])
    check_docks(found.location)
    timeline.record(
        found,
        "bin.opened" if is_active else "bin.shut",
        actor=actor,
        after={"is_active": is_active},
    )
    return found


def check_docks(location: Location) -> None:
    """Raise NoDock when a location with bins has lost the place for what arrives or for what leaves."""
    if location.uses_bins:
        bins.dock(location.pk, BinKind.RECEIVING)
        bins.dock(location.pk, BinKind.OUTBOUND)


def _locked(location_id: int, sku_id: int) -> Level:
    rows = Level.objects.filter(location_id=location_id, sku_id=sku_id)
    return locking.lock_one(rows.select_related("location", "sku"), missing=UnknownPlace)


def _check_kind(target: Bin, condition: str, kind: BinMoveKind) -> None:
    words = rules.objection(target.kind, condition, putting_away=kind == BinMoveKind.PUT_AWAY)
    if words:
        raise errors.WrongBin(f"{target.code}: {words}.", bin=target.code)


def _drawn(level: Level, wanted: Wanted) -> Sequence[stock_rules.Drawn]:
    """Return the piles of the source bin that the units are taken from. Raises NotInBin."""
    rows = Content.objects.filter(
        level=level, bin_id=wanted.source_id, condition=wanted.condition
    ).select_related("bin", "lot")
    if wanted.lot_id is not None:
        rows = rows.filter(lot_id=wanted.lot_id)
    piles = stock_rules.in_order(
        [pile_of(row) for row in rows], kinds=(), removal=level.location.removal
    )
    drawn = stock_rules.draw(piles, wanted.quantity)
    count = sum(each.quantity for each in drawn)
    if count < wanted.quantity:
        raise NotInBin(
            f"{wanted.quantity} units of {level.sku.code} are wanted, {count} lie there.",
            requested=wanted.quantity,
            found=count,
        )
    return drawn


def _check_same(done: Sequence[BinMove], wanted: Wanted, level: Level) -> None:
    """Raise BinMoveKeyReused unless the moves of the key are these very ones."""
    first = done[0]
    before = (
        first.level_id,
        first.source_id,
        first.target_id,
        first.condition,
        sum(each.quantity for each in done),
    )
    now = (
        level.pk,
        wanted.source_id,
        wanted.target_id,
        wanted.condition,
        wanted.quantity,
    )
    if before != now:
        raise errors.BinMoveKeyReused
