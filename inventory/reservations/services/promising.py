"""Promise stock to demand, give it back, hand it out."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F

from inventory.reservations import errors, statements
from inventory.reservations.models import Allocation
from inventory.reservations.services import holding
from inventory.reservations.statements import Change, Promise
from inventory.stock import services as stock
from inventory.stock.models import Level, Movement
from inventory.stock.services import Flow, Spot
from inventory.stock.states import Bucket, MovementKind
from oms.core import bulk, clock, locking
from oms.core.actors import Actor
from oms.core.bulk import Insertion
from oms.core.errors import Raced


@dataclass(frozen=True, slots=True)
class Held:
    """Units of one demand line that were held at one location."""

    demand_id: int
    sku_id: int
    location_id: int
    quantity: int


def allocate(
    *,
    demand: str,
    promises: Sequence[Promise],
    document: str,
    cause: str,
    actor: Actor,
    reservation_id: int | None = None,
    along: Sequence[Insertion] = (),
) -> None:
    """Commit units to demand lines, all or nothing.

    `promises` is a plan over levels read before; when a rival took from them in the meantime, Raced is raised, the
    transaction is rolled back by it and the whole unit may be planned again. Units that only expired reservations hold
    are taken from them. `cause` names the act: the same cause twice is refused by the database.

    `reservation_id` is turned into these allocations: its units are theirs first, what they do not need is free, and it
    ends. Raced as well when it has ended or expired since it was read.

    `along` are rows of the demand that go in with the same statement.
    """
    at = clock.now()
    wanted = _summed(promises)
    if reservation_id is not None:
        wanted = holding.spend(
            reservation_id=reservation_id,
            promises=wanted,
            demand=demand,
            document=document,
            cause=cause,
            actor=actor,
            at=at,
        )
    if not wanted:
        bulk.run(along)
        return

    def take(rows: Sequence[Insertion] = ()) -> bool:
        return statements.allocate(
            wanted,
            demand=demand,
            document=document,
            cause=cause,
            actor=str(actor),
            at=at,
            along=rows,
        )

    # The first try has locked the levels, so that what has expired there can be taken off.
    if not take(along) and not (holding.lapse(wanted, at=at) and take()):
        raise Raced


def release(
    *, demand: str, quantities: Mapping[int, int], document: str, cause: str, actor: Actor
) -> list[Held]:
    """Give units of demand lines back to `available`, the latest allocation first.

    `quantities` maps a demand line to units. Raises NotAllocated when a line holds fewer. Returns what was held where.
    """
    with transaction.atomic():
        allocations = _locked_allocations(demand, quantities)
        wanted = dict(quantities)
        taken: list[tuple[Allocation, int]] = []
        for allocation in sorted(allocations, key=lambda a: -a.pk):
            units = min(wanted[allocation.demand_id], allocation.quantity)
            if units:
                wanted[allocation.demand_id] -= units
                taken.append((allocation, units))
        if any(wanted.values()):
            raise errors.NotAllocated(missing={k: n for k, n in wanted.items() if n})
        return _take_off(
            taken,
            kind=MovementKind.DEALLOCATION,
            target=Bucket.AVAILABLE,
            document=document,
            cause=cause,
            actor=actor,
        )


def release_at(
    *, demand: str, units: Sequence[Promise], document: str, cause: str, actor: Actor
) -> list[Held]:
    """Give units back at named locations. Raises NotAllocated when they are not held there."""
    with transaction.atomic():
        return _take_off(
            _held_there(demand, units),
            kind=MovementKind.DEALLOCATION,
            target=Bucket.AVAILABLE,
            document=document,
            cause=cause,
            actor=actor,
        )


def issue(
    *,
    demand: str,
    units: Sequence[Promise],
    document: str,
    cause: str,
    actor: Actor,
    spots: Mapping[int, Sequence[Spot]] | None = None,
) -> list[Held]:
    """Hand allocated units out of the house: on hand falls, here and nowhere else.

    At a location with bins they are taken from the outbound dock first, or from where `spots` of a demand line say.
    Raises NotAllocated when the units are not held at that location: nothing ships from where it is not committed.
    """
    with transaction.atomic():
        return _take_off(
            _held_there(demand, units),
            kind=MovementKind.SHIPMENT,
            target=Bucket.CUSTOMER,
            document=document,
            cause=cause,
            actor=actor,
            spots=spots,
        )


def send(
    *,
    demand: str,
    units: Sequence[Promise],
    document: str,
    cause: str,
    actor: Actor,
    spots: Mapping[int, Sequence[Spot]] | None = None,
) -> list[Held]:
    """Put allocated units on their way to another of our locations: they leave the level and are in transit.

    Raises NotAllocated when the units are not held at that location.
    """
    with transaction.atomic():
        return _take_off(
            _held_there(demand, units),
            kind=MovementKind.TRANSFER_OUT,
            target=Bucket.TRANSIT,
            document=document,
            cause=cause,
            actor=actor,
            spots=spots,
        )


def consume(
    *,
    demand: str,
    units: Sequence[Promise],
    document: str,
    cause: str,
    actor: Actor,
    spots: Mapping[int, Sequence[Spot]] | None = None,
) -> list[Held]:
    """Use up allocated units in production: they leave the level; `spots` of a demand line say which lots.

    Raises NotAllocated when the units are not held at that location.
    """
    with transaction.atomic():
        return _take_off(
            _held_there(demand, units),
            kind=MovementKind.PRODUCTION_CONSUME,
            target=Bucket.PRODUCTION,
            document=document,
            cause=cause,
            actor=actor,
            spots=spots,
        )


def restore(
    *,
    demand: str,
    units: Sequence[Promise],
    document: str,
    cause: str,
    actor: Actor,
    spots: Mapping[int, Sequence[Spot]] | None = None,
) -> None:
    """Take back what was consumed: the exact opposite, so that the units lie there, allocated to their lines again.

    `spots` of a demand line say of which lots they are; at a location with bins they come to lie at the receiving dock.
    The caller has locked the levels, which exist since units were taken from them.
    """
    with transaction.atomic():
        wanted = _summed(units)
        levels = {
            (level.sku_id, level.location_id): level
            for level in Level.objects.filter(
                sku_id__in={unit.sku_id for unit in wanted},
                location_id__in={unit.location_id for unit in wanted},
            ).select_related("sku", "location")
        }
        placed = [(unit, levels[unit.sku_id, unit.location_id].pk) for unit in wanted]
        by_level: defaultdict[int, int] = defaultdict(int)
        for unit, level_id in placed:
            by_level[level_id] += unit.quantity
        statements.change_levels(
            [Change(level_id, count, count) for level_id, count in sorted(by_level.items())]
        )
        statements.add_allocations(
            [(unit.demand_id, level_id, unit.quantity) for unit, level_id in placed],
            demand=demand,
            at=clock.now(),
        )
        Movement.objects.bulk_create(
            Movement(
                level_id=level_id,
                kind=MovementKind.PRODUCTION_CONSUME,
                source=Bucket.PRODUCTION,
                target=Bucket.COMMITTED,
                quantity=unit.quantity,
                document=document,
                cause=f"{cause}:{unit.demand_id}:{level_id}",
                actor=str(actor),
                at=clock.now(),
            )
            for unit, level_id in placed
        )
        stock.follow(
            flows=[
                Flow(
                    levels[unit.sku_id, unit.location_id],
                    MovementKind.PRODUCTION_CONSUME,
                    Bucket.PRODUCTION,
                    Bucket.COMMITTED,
                    unit.quantity,
                    f"{cause}:{unit.demand_id}:{level_id}",
                    spots=(spots or {}).get(unit.demand_id, ()),
                )
                for unit, level_id in placed
            ],
            document=document,
            actor=actor,
        )


def _summed(promises: Iterable[Promise]) -> list[Promise]:
    """Return `promises` with units of one line at one place in one entry."""
    units: defaultdict[tuple[int, int, int, int], int] = defaultdict(int)
    for promise in promises:
        key = (promise.demand_id, promise.sku_id, promise.location_id, promise.keep)
        units[key] += promise.quantity
    return [
        Promise(demand_id, sku_id, location_id, quantity, keep)
        for (demand_id, sku_id, location_id, keep), quantity in units.items()
    ]


def _locked_allocations(demand: str, demand_ids: Iterable[int]) -> list[Allocation]:
    ids = list(demand_ids)
    held = Allocation.objects.filter(demand=demand, demand_id__in=ids)
    locking.lock(Level.objects.filter(pk__in=held.values("level_id")))
    # A new statement, so that it sees what a rival committed while we waited for the levels.
    return list(held.select_related("level__location", "level__sku").order_by("pk"))


def _held_there(demand: str, units: Sequence[Promise]) -> list[tuple[Allocation, int]]:
    allocations = {
        (a.demand_id, a.level.sku_id, a.level.location_id): a
        for a in _locked_allocations(demand, {u.demand_id for u in units})
    }
    taken = []
    for unit in _summed(units):
        allocation = allocations.get((unit.demand_id, unit.sku_id, unit.location_id))
        if allocation is None or allocation.quantity < unit.quantity:
            raise errors.NotAllocated(
                demand_id=unit.demand_id,
                location_id=unit.location_id,
                asked=unit.quantity,
                held=allocation.quantity if allocation else 0,
            )
        taken.append((allocation, unit.quantity))
    return taken


def _take_off(
    taken: Sequence[tuple[Allocation, int]],
    *,
    kind: MovementKind,
    target: Bucket,
    document: str,
    cause: str,
    actor: Actor,
    spots: Mapping[int, Sequence[Spot]] | None = None,
) -> list[Held]:
    if not taken:
        return []
    leaves = target != Bucket.AVAILABLE
    by_level: defaultdict[int, int] = defaultdict(int)
    for allocation, units in taken:
        by_level[allocation.level_id] += units
    statements.change_levels(
        [
            Change(level_id, -units if leaves else 0, -units)
            for level_id, units in sorted(by_level.items())
        ]
    )
    whole = [allocation.pk for allocation, units in taken if units == allocation.quantity]
    if whole:
        Allocation.objects.filter(pk__in=whole).delete()
    for allocation, units in taken:
        if units < allocation.quantity:
            Allocation.objects.filter(pk=allocation.pk).update(quantity=F("quantity") - units)
    at = clock.now()
    Movement.objects.bulk_create(
        Movement(
            level_id=allocation.level_id,
            kind=kind,
            source=Bucket.COMMITTED,
            target=target,
            quantity=units,
            document=document,
            cause=f"{cause}:{allocation.demand_id}:{allocation.level_id}",
            actor=str(actor),
            at=at,
        )
        for allocation, units in taken
    )
    stock.follow(
        flows=[
            Flow(
                allocation.level,
                kind,
                Bucket.COMMITTED,
                target,
                units,
                f"{cause}:{allocation.demand_id}:{allocation.level_id}",
                spots=(spots or {}).get(allocation.demand_id, ()),
            )
            for allocation, units in taken
        ],
        document=document,
        actor=actor,
    )
    return [
        Held(allocation.demand_id, allocation.level.sku_id, allocation.level.location_id, units)
        for allocation, units in taken
    ]
