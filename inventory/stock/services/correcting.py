"""What people find: units missing or too many, damaged or sound again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from inventory.catalog import queries as catalog
from inventory.stock import errors, queries, rules
from inventory.stock.models import Level
from inventory.stock.services import moving
from inventory.stock.services.contents import Spot
from inventory.stock.states import Bucket, MovementKind
from oms.core import locking
from oms.core.actors import Actor
from oms.core.errors import FieldProblem
from oms.core.timeline import services as timeline


@dataclass(frozen=True, slots=True)
class Delta:
    """Units to add, or to take away when negative."""

    units: int


@dataclass(frozen=True, slots=True)
class Counted:
    """What is on hand, and what the caller believed to be there."""

    on_hand: int
    expected: int


@dataclass(frozen=True, slots=True)
class CountedAt:
    """What was on hand at an instant that is over."""

    on_hand: int
    at: datetime


@transaction.atomic
def correct(
    *,
    location_code: str,
    sku_code: str,
    change: Delta | Counted | CountedAt,
    cause: str,
    actor: Actor,
    reason: str,
    location_codes: frozenset[str] | None = None,
) -> Level:
    """Adjust by a difference, or to a counted quantity, naming place and SKU by their codes.

    `location_codes` limits the places within the caller's reach (None: all). Raises UnknownPlace, UnknownSkus, and what
    `adjust`, `set_on_hand` and `set_on_hand_at` raise.
    """
    location_id = moving.reachable(location_code, location_codes)
    sku_id = catalog.ids_by_code([sku_code]).get(sku_code)
    if sku_id is None:
        raise errors.UnknownSkus(
            problems=[FieldProblem("/sku", "unknown_sku", "There is no such SKU.")]
        )
    if isinstance(change, Delta):
        return adjust(
            sku_id=sku_id,
            location_id=location_id,
            delta=change.units,
            document="",
            cause=cause,
            actor=actor,
            reason=reason,
        )
    if isinstance(change, CountedAt):
        return set_on_hand_at(
            sku_id=sku_id,
            location_id=location_id,
            counted=change.on_hand,
            at=change.at,
            document="",
            cause=cause,
            actor=actor,
            reason=reason,
        )
    return set_on_hand(
        sku_id=sku_id,
        location_id=location_id,
        counted=change.on_hand,
        expected=change.expected,
        document="",
        cause=cause,
        actor=actor,
        reason=reason,
    )


@transaction.atomic
def adjust(
    *,
    sku_id: int,
    location_id: int,
    delta: int,
    document: str,
    cause: str,
    actor: Actor,
    reason: str,
    spots: Sequence[Spot] = (),
) -> Level:
    """Add `delta` units that nobody delivered, or take `-delta` units that are not there; only available ones.

    Raises InvalidQuantity (delta 0 or huge), ReasonRequired, UnknownPlace, InsufficientStock, LevelFull, CauseReused.
    Publishes StockReceived when units were added.
    """
    moving.check_quantity(abs(delta))
    moving.check_reason(reason)
    level = moving.level_of(sku_id, location_id, create=delta > 0)
    _adjust(level, delta, document=document, cause=cause, actor=actor, reason=reason, spots=spots)
    return level


@transaction.atomic
def set_on_hand(
    *,
    sku_id: int,
    location_id: int,
    counted: int,
    expected: int,
    document: str,
    cause: str,
    actor: Actor,
    reason: str,
) -> Level:
    """Set what is on hand to `counted`, provided that it is still `expected`, the quantity that the caller has seen.

    The difference is an adjustment of available units. Raises QuantityChanged with the actual quantity, and what
    `adjust` raises. An unchanged quantity writes nothing.
    """
    _check_counted(counted)
    moving.check_reason(reason)
    level = moving.level_of(sku_id, location_id, create=True)
    if moving.is_repeat(cause, level, Bucket.ADJUSTMENT, Bucket.AVAILABLE):
        return level
    delta = counted - expected
    if delta == 0:
        level.refresh_from_db()
        if level.on_hand != expected:
            raise moving.changed(level, expected)
        return level
    _adjust(
        level,
        delta,
        document=document,
        cause=cause,
        actor=actor,
        reason=reason,
        expected=expected,
    )
    return level


@transaction.atomic
def set_on_hand_at(
    *,
    sku_id: int,
    location_id: int,
    counted: int,
    at: datetime,
    document: str,
    cause: str,
    actor: Actor,
    reason: str,
) -> Level:
    """Set what was on hand at the instant `at` to `counted`; what has moved since stays as it moved.

    The difference between the count and the ledger at that instant is an adjustment of units that are available now; no
    difference writes nothing. Raises InstantInFuture, BeforeFirstMovement, and what `adjust` raises.
    """
    _check_counted(counted)
    moving.check_reason(reason)
    queries.check_past(at)
    level = moving.level_of(sku_id, location_id, create=True)
    locking.lock(Level.objects.filter(pk=level.pk))
    if moving.is_repeat(cause, level, Bucket.ADJUSTMENT, Bucket.AVAILABLE):
        return level
    level.refresh_from_db()
    first = queries.first_moved_at(level.pk)
    if first is None or at < first:
        raise errors.BeforeFirstMovement(first=None if first is None else first.isoformat())
    delta = counted - queries.balance_of(level.pk, at=at).on_hand
    if delta:
        _adjust(level, delta, document=document, cause=cause, actor=actor, reason=reason)
    return level


@transaction.atomic
def change_state(
    *,
    level_id: int,
    source: str,
    target: str,
    quantity: int,
    document: str,
    cause: str,
    actor: Actor,
    reason: str,
    spots: Sequence[Spot] = (),
) -> Level:
    """Move units of a level between available, damaged and quality control, or scrap damaged ones.

    Raises InvalidQuantity, ReasonRequired, UnknownPlace, IllegalStateChange, InsufficientStock, CauseReused. Publishes
    StockReceived when units became available.
    """
    moving.check_quantity(quantity)
    moving.check_reason(reason)
    kind = rules.kind_of_state_change(source, target)
    if kind is None:
        raise errors.IllegalStateChange(source=source, target=target)
    level = Level.objects.filter(pk=level_id).first()
    if level is None:
        raise errors.UnknownPlace("There is no such stock level.")
    moved = moving.move(
        level=level,
        kind=kind,
        source=source,
        target=target,
        quantity=quantity,
        document=document,
        cause=cause,
        actor=actor,
        reason=reason,
        spots=spots,
    )
    if moved:
        timeline.record(
            level,
            "stock_state_changed",
            actor=actor,
            reason=reason,
            data={"source": source, "target": target, "quantity": quantity, "document": document},
        )
    return level


def _check_counted(counted: int) -> None:
    if not 0 <= counted <= moving.MAX_UNITS:
        raise errors.InvalidQuantity(f"A counted quantity is 0 to {moving.MAX_UNITS}.")


def _adjust(
    level: Level,
    delta: int,
    *,
    document: str,
    cause: str,
    actor: Actor,
    reason: str,
    expected: int | None = None,
    spots: Sequence[Spot] = (),
) -> None:
    ends = (
        (Bucket.ADJUSTMENT, Bucket.AVAILABLE)
        if delta > 0
        else (Bucket.AVAILABLE, Bucket.ADJUSTMENT)
    )
    moved = moving.move(
        level=level,
        kind=MovementKind.ADJUSTMENT,
        source=ends[0],
        target=ends[1],
        quantity=abs(delta),
        document=document,
        cause=cause,
        actor=actor,
        reason=reason,
        expected=expected,
        spots=spots,
    )
    if moved:
        timeline.record(
            level,
            "stock_adjusted",
            actor=actor,
            before={"on_hand": level.on_hand - delta},
            after={"on_hand": level.on_hand},
            reason=reason,
            data={"document": document},
        )
