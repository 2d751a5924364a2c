"""The one way in which units move: a movement and a guarded UPDATE of the level, in the caller's transaction."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import F

from inventory import events
from inventory.catalog.models import Sku
from inventory.locations.models import Location
from inventory.stock import errors, rules
from inventory.stock.models import Level, Movement
from inventory.stock.services import contents
from inventory.stock.services.contents import Flow, Spot
from inventory.stock.states import INSIDE, Bucket, MovementKind
from oms.core import locking
from oms.core.actors import Actor
from oms.core.outbox import services as outbox

# Far below what the column holds, far above what a shelf holds.
MAX_UNITS = 1_000_000_000

_REST = F("on_hand") - F("committed") - F("reserved") - F("damaged") - F("quality_control")


def lock_levels(*, location_id: int, sku_ids: Iterable[int]) -> None:
    """Make the levels of these SKUs at a location that are missing, then lock all of them by key.

    For acts that move several levels: one that takes them in an order of its own waits in a circle with orders, which
    take theirs by key.
    """
    lock_levels_at(location_ids=[location_id], sku_ids=sku_ids)


def lock_levels_at(*, location_ids: Iterable[int], sku_ids: Iterable[int]) -> list[Level]:
    """Do so at several locations at once, and return the levels as they are now: one order of keys over all of them."""
    places, wanted = sorted(set(location_ids)), sorted(set(sku_ids))
    levels = Level.objects.filter(location_id__in=places, sku_id__in=wanted)
    known = set(levels.values_list("location_id", "sku_id"))
    make_levels(
        [
            (sku_id, location_id)
            for location_id in places
            for sku_id in wanted
            if (location_id, sku_id) not in known
        ]
    )
    return locking.lock(levels.select_related("location", "sku"))


def make_levels(places: Sequence[tuple[int, int]]) -> None:
    """Make the levels of (SKU, location) pairs that do not exist. Raises KitHoldsNoStock; then none is made.

    The SKUs are shared meanwhile: whoever makes one a kit has its row for himself, so one of the two sees the other.
    """
    if not places:
        return
    sku_ids = {sku_id for sku_id, _ in places}
    with transaction.atomic():
        locking.share(Sku, sku_ids)
        Level.objects.bulk_create(
            [Level(sku_id=sku_id, location_id=location_id) for sku_id, location_id in places],
            ignore_conflicts=True,
        )
        kits = Sku.objects.filter(pk__in=sku_ids, kit__isnull=False)
        if codes := list(kits.order_by("code").values_list("code", flat=True)[:20]):
            raise errors.KitHoldsNoStock(
                f"A kit lies nowhere, its parts do: {', '.join(codes)}.", skus=codes
            )


def reachable(location_code: str, location_codes: frozenset[str] | None) -> int:
    """Return the key of a location within the caller's reach; one outside does not exist for him."""
    if location_codes is None or location_code in location_codes:
        found = Location.objects.filter(code=location_code).values_list("pk", flat=True).first()
        if found is not None:
            return found
    raise errors.UnknownPlace("There is no such location.")


def check_quantity(quantity: int) -> None:
    if not 1 <= quantity <= MAX_UNITS:
        raise errors.InvalidQuantity(f"A quantity is 1 to {MAX_UNITS}.")


def check_reason(reason: str) -> None:
    if not reason.strip():
        raise errors.ReasonRequired


def level_of(sku_id: int, location_id: int, *, create: bool) -> Level:
    """Return the level, made when it is missing and `create` says so."""
    key = {"sku_id": sku_id, "location_id": location_id}
    level = Level.objects.filter(**key).first()
    if level is not None:
        return level
    if not Sku.objects.filter(pk=sku_id).exists():
        raise errors.UnknownPlace("There is no such SKU.")
    if not Location.objects.filter(pk=location_id).exists():
        raise errors.UnknownPlace("There is no such location.")
    if not create:
        raise errors.InsufficientStock("There is none of it at this location.", available=0)
    make_levels([(sku_id, location_id)])
    return Level.objects.get(**key)


def is_repeat(cause: str, level: Level, *ends: str) -> bool:
    """Say whether a movement of `level` between `ends`, in either direction, has this cause already."""
    movement = Movement.objects.filter(cause=cause).first()
    if movement is None:
        return False
    if movement.level_id != level.pk or {movement.source, movement.target} != set(ends):
        raise errors.CauseReused(cause=cause)
    level.refresh_from_db()
    return True


def move(
    *,
    level: Level,
    kind: MovementKind,
    source: str,
    target: str,
    quantity: int,
    document: str,
    cause: str,
    actor: Actor,
    reason: str,
    expected: int | None = None,
    spots: Sequence[Spot] = (),
) -> bool:
    """Write the movement, then the counters of `level`, which is refreshed. Returns False when the cause is known.

    The movement goes first: of two rivals with one cause, the second waits at the unique key with nothing else locked.
    At a location with bins the contents of bins follow; `spots` name the bins or lots that are meant.
    """
    movement = Movement(
        level=level,
        kind=kind,
        source=source,
        target=target,
        quantity=quantity,
        document=document,
        cause=cause,
        actor=str(actor),
        reason=reason,
    )
    try:
        with transaction.atomic():
            movement.save(force_insert=True)
    except IntegrityError:
        _check_same(movement, Movement.objects.get(cause=movement.cause))
        level.refresh_from_db()
        return False
    _apply(level, source, target, quantity, expected)
    # Only now, with the level locked, is it certain whether its location has bins, and its SKU is tracked.
    level.refresh_from_db(from_queryset=Level.objects.select_related("location", "sku"))
    contents.follow(
        flows=[Flow(level, kind, source, target, quantity, cause, reason, spots)],
        document=document,
        actor=actor,
    )
    if target == Bucket.AVAILABLE:
        outbox.publish(
            events.StockReceived(
                sku_id=level.sku_id,
                location_id=level.location_id,
                quantity=quantity,
                document=document,
            )
        )
    return True


@dataclass(frozen=True, slots=True)
class Move:
    """Units of a level that come out of a bucket outside of it, under a cause that is new."""

    level: Level
    kind: MovementKind
    source: str
    target: str
    quantity: int
    cause: str
    reason: str = ""
    spots: Sequence[Spot] = ()

    @property
    def level_id(self) -> int:
        """Return the key of the level."""
        return self.level.pk


def move_all(*, moves: Sequence[Move], document: str, actor: Actor) -> None:
    """Write many movements out of outside buckets at once; the caller has locked the levels and made the causes.

    One UPDATE for all levels that change alike, whatever their number; the levels come from `lock_levels_at`, so that
    their locations are at hand. Raises LevelFull. Publishes StockReceived per level of which units became available.
    """
    if any(each.source in INSIDE for each in moves):
        raise ValueError("What lies at a location is moved one by one.")
    changes: defaultdict[int, dict[str, int]] = defaultdict(dict)
    available: defaultdict[int, int] = defaultdict(int)
    for each in moves:
        of_level = changes[each.level.pk]
        for column, change in rules.effect(each.source, each.target, each.quantity).items():
            of_level[column] = of_level.get(column, 0) + change
        if each.target == Bucket.AVAILABLE:
            available[each.level.pk] += each.quantity
    Movement.objects.bulk_create(
        Movement(
            level=each.level,
            kind=each.kind,
            source=each.source,
            target=each.target,
            quantity=each.quantity,
            document=document,
            cause=each.cause,
            actor=str(actor),
            reason=each.reason,
        )
        for each in moves
    )
    alike: defaultdict[tuple[tuple[str, int], ...], list[int]] = defaultdict(list)
    for level_id, of_level in changes.items():
        if of_level:
            alike[tuple(sorted(of_level.items()))].append(level_id)
    for columns, level_ids in alike.items():
        guarded = Level.objects.filter(
            pk__in=level_ids, on_hand__lte=MAX_UNITS - dict(columns)["on_hand"]
        )
        if guarded.update(**{name: F(name) + change for name, change in columns}) < len(level_ids):
            raise errors.LevelFull
    contents.follow(
        flows=[
            Flow(
                each.level,
                each.kind,
                each.source,
                each.target,
                each.quantity,
                each.cause,
                each.reason,
                each.spots,
            )
            for each in moves
        ],
        document=document,
        actor=actor,
    )
    levels = {each.level.pk: each.level for each in moves}
    outbox.publish(
        *(
            events.StockReceived(
                sku_id=levels[level_id].sku_id,
                location_id=levels[level_id].location_id,
                quantity=quantity,
                document=document,
            )
            for level_id, quantity in available.items()
        )
    )


def are_known(moves: Sequence[Move]) -> bool:
    """Say whether these very movements were made before; the caller has locked the levels.

    Raises CauseReused when their causes were those of something else.
    """
    known = Movement.objects.in_bulk([each.cause for each in moves], field_name="cause")
    for each in moves if known else ():
        _check_same(each, known.get(each.cause))
    return bool(known)


def _check_same(movement: Movement | Move, known: Movement | None) -> None:
    """Raise CauseReused unless the movement that has the cause already is the same act."""
    if known is None or _act(movement) != _act(known):
        raise errors.CauseReused(cause=movement.cause)


def _act(movement: Movement | Move) -> tuple[int, str, str, str, int]:
    return (
        movement.level_id,
        movement.kind,
        movement.source,
        movement.target,
        movement.quantity,
    )


def _apply(level: Level, source: str, target: str, quantity: int, expected: int | None) -> None:
    """Change the counters by one UPDATE that repeats every condition; say which one failed."""
    changes = rules.effect(source, target, quantity)
    if not changes:
        return  # from outside to outside: what was in transit is lost
    guarded = Level.objects.filter(pk=level.pk)
    if expected is not None:
        guarded = guarded.filter(on_hand=expected)
    if source == Bucket.AVAILABLE:
        guarded = guarded.alias(rest=_REST).filter(rest__gte=quantity)
    elif source in changes:
        guarded = guarded.filter(**{f"{source}__gte": quantity})
    if changes.get("on_hand", 0) > 0:
        guarded = guarded.filter(on_hand__lte=MAX_UNITS - quantity)
    if guarded.update(**{column: F(column) + change for column, change in changes.items()}):
        return
    level.refresh_from_db()
    if expected is not None and level.on_hand != expected:
        raise changed(level, expected)
    if changes.get("on_hand", 0) > 0:
        raise errors.LevelFull(on_hand=level.on_hand)
    present = level.available if source == Bucket.AVAILABLE else getattr(level, source)
    raise errors.InsufficientStock(
        f"{quantity} units are needed, {present} are {Bucket(source).label}.",
        requested=quantity,
        available=present,
    )


def changed(level: Level, expected: int) -> errors.QuantityChanged:
    return errors.QuantityChanged(
        f"{level.on_hand} units are on hand, not {expected}.",
        expected=expected,
        actual=level.on_hand,
    )
