"""Hold units for a cart, a quote or a person until a time; turn them into allocations; let them go.

Order of locks: the reservation, then levels by key. What has expired is taken off by the sweeper, or at once by whoever
needs the units: he has the levels already, so he takes only reservations that nobody holds, and never waits.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import connection, transaction

from inventory.reservations import errors, queries, statements
from inventory.reservations.models import Reservation, ReservationLine
from inventory.reservations.statements import Change, Promise
from inventory.reservations.states import RESERVATION, Purpose, ReservationStatus
from inventory.stock import errors as stock_errors
from inventory.stock.models import Level, Movement
from inventory.stock.states import Bucket, MovementKind
from oms.core import clock, locking
from oms.core.actors import SYSTEM, Actor
from oms.core.errors import Busy, FieldProblem, Raced
from oms.core.timeline import services as timeline

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Units:
    """Units of a SKU at a location; `keep` more have to stay free there for others."""

    sku_id: int
    location_id: int
    quantity: int
    keep: int = 0


@transaction.atomic
def reserve(
    *,
    purpose: Purpose,
    units: Sequence[Units],
    expires_at: datetime,
    actor: Actor,
    channel_code: str = "",
    owner: str = "",
    note: str = "",
) -> Reservation:
    """Hold `units` until `expires_at`, all or nothing.

    `units` is a plan over levels read before; when a rival took from them in the meantime, Raced is raised and the
    whole unit may be planned again. Raises InvalidReservation (nothing to hold, or the time is over).
    """
    at = clock.now()
    _check(units, expires_at, at)
    reservation = Reservation.objects.create(
        purpose=purpose,
        channel_code=channel_code,
        owner=owner,
        expires_at=expires_at,
        note=note,
        placed_by=str(actor),
        created_at=at,
    )
    summed: defaultdict[tuple[int, int, int], int] = defaultdict(int)
    for unit in units:
        summed[unit.sku_id, unit.location_id, unit.keep] += unit.quantity
    promises = [
        Promise(reservation.pk, sku_id, location_id, quantity, keep)
        for (sku_id, location_id, keep), quantity in summed.items()
    ]

    def take() -> bool:
        return statements.reserve(
            promises,
            document=str(reservation.uuid),
            cause="reserve",
            actor=str(actor),
            at=at,
        )

    # The first try has locked the levels, so that what has expired there can be taken off.
    if not take() and not (lapse(promises, at=at) and take()):
        raise Raced
    timeline.record(
        reservation,
        "reservation.made",
        actor=actor,
        after={"status": reservation.status, "expires_at": _told(expires_at)},
        reason=note,
        data={"purpose": purpose, "units": sum(promise.quantity for promise in promises)},
    )
    return reservation


@transaction.atomic
def reserve_for_person(
    *,
    level_id: int,
    quantity: int,
    person: str,
    reason: str,
    expires_at: datetime,
    actor: Actor,
) -> Reservation:
    """Hold units of one level for a person who is named, saying why.

    Raises UnknownPlace, InvalidReservation, ReasonRequired, Insufficient.
    """
    if not reason.strip():
        raise stock_errors.ReasonRequired
    level = locking.lock_one(
        Level.objects.filter(pk=level_id).select_related("sku", "location"),
        missing=stock_errors.UnknownPlace,
    )
    at = clock.now()
    overdue = queries.overdue([level.pk], at=at).get(level.pk, 0)
    free = max(0, level.available + overdue - level.safety_stock)
    if quantity > free:
        raise errors.Insufficient(
            f"Not in stock at {level.location.name}: {level.sku.code} ({free} of {quantity})",
            shortages=[{"sku": level.sku.code, "asked": quantity, "available": free}],
        )
    return reserve(
        purpose=Purpose.PERSON,
        units=[Units(level.sku_id, level.location_id, quantity)],
        expires_at=expires_at,
        actor=actor,
        owner=person,
        note=reason,
    )


@transaction.atomic
def extend(*, reservation_id: int, expires_at: datetime, actor: Actor) -> Reservation:
    """Hold the units until `expires_at`, or as long as before when that is later.

    Raises ReservationMissing, IllegalTransition (it has ended), ReservationExpired, InvalidReservation.
    """
    reservation = _locked(reservation_id)
    RESERVATION.target(reservation.status, "extend")
    at = clock.now()
    if reservation.has_expired(at):
        raise errors.ReservationExpired(expires_at=reservation.expires_at.isoformat())
    if expires_at <= at:
        raise _too_early()
    before = reservation.expires_at
    if expires_at <= before:
        return reservation
    RESERVATION.move(reservation, "extend", expires_at=expires_at)
    timeline.record(
        reservation,
        "reservation.extended",
        actor=actor,
        before={"expires_at": _told(before)},
        after={"expires_at": _told(expires_at)},
    )
    return reservation


@transaction.atomic
def release(*, reservation_id: int, reason: str, actor: Actor) -> Reservation:
    """Give all units back at once. Raises ReservationMissing, IllegalTransition (it has ended)."""
    reservation = _locked(reservation_id)
    _end(reservation, "release", reason=reason, actor=actor)
    return reservation


def expire_due(*, batch: int = 200) -> int:
    """End the reservations whose time has come, one transaction each; return how many.

    One that somebody holds is left to the next call.
    """
    due = Reservation.objects.overdue(clock.now()).order_by("expires_at", "pk")
    ended = 0
    for reservation_id in list(due.values_list("pk", flat=True)[:batch]):
        try:
            ended += _expire(reservation_id)
        except Busy as error:
            log.warning("reservation_left_unswept", reservation=reservation_id, error=error.code)
    return ended


@transaction.atomic
def _expire(reservation_id: int) -> bool:
    """End a reservation that was found overdue; say whether it still was."""
    reservation = _locked(reservation_id)
    # Someone may have extended, ordered or released it since it was found.
    if reservation.status != ReservationStatus.ACTIVE or not reservation.has_expired(clock.now()):
        return False
    _end(reservation, "expire", reason="Its time has come.", actor=SYSTEM)
    return True


def spend(
    *,
    reservation_id: int,
    promises: Sequence[Promise],
    demand: str,
    document: str,
    cause: str,
    actor: Actor,
    at: datetime,
) -> list[Promise]:
    """End a reservation by handing its units to `promises`; return the promises that it could not keep.

    Units that nobody of them needs are available again. All levels of both are locked by key before anything is
    written. Raises Raced when it holds nothing at `at`.
    """
    reservation = _locked(reservation_id)
    if reservation.status != ReservationStatus.ACTIVE or reservation.has_expired(at):
        raise Raced
    lines = ReservationLine.objects.filter(reservation=reservation)
    places = {(promise.sku_id, promise.location_id) for promise in promises}
    near = Level.objects.filter(
        sku_id__in={sku for sku, _ in places}, location_id__in={place for _, place in places}
    )
    wanted = {
        (sku_id, location_id): pk
        for pk, sku_id, location_id in near.values_list("pk", "sku_id", "location_id")
        if (sku_id, location_id) in places
    }
    locking.lock(
        Level.objects.filter(pk__in=[*wanted.values(), *lines.values_list("level_id", flat=True)])
    )
    held = {line.level_id: line for line in lines}
    left = {level_id: line.quantity for level_id, line in held.items()}
    given: defaultdict[tuple[int, int], int] = defaultdict(int)
    rest = []
    for promise in promises:
        level_id = wanted.get((promise.sku_id, promise.location_id), 0)
        units = min(left.get(level_id, 0), promise.quantity)
        if units:
            left[level_id] -= units
            given[promise.demand_id, level_id] += units
        if units < promise.quantity:
            rest.append(
                Promise(
                    promise.demand_id,
                    promise.sku_id,
                    promise.location_id,
                    promise.quantity - units,
                    promise.keep,
                )
            )
    statements.change_levels(
        [
            Change(level_id, 0, held[level_id].quantity - left[level_id], -held[level_id].quantity)
            for level_id in sorted(held)
        ]
    )
    lines.delete()
    statements.add_allocations(
        [(*key, units) for key, units in given.items()], demand=demand, at=at
    )
    Movement.objects.bulk_create(
        [
            *(
                Movement(
                    level_id=level_id,
                    kind=MovementKind.ALLOCATION,
                    source=Bucket.RESERVED,
                    target=Bucket.COMMITTED,
                    quantity=units,
                    document=document,
                    cause=f"{cause}:held:{demand_id}:{level_id}",
                    actor=str(actor),
                    at=at,
                )
                for (demand_id, level_id), units in given.items()
            ),
            *(
                _freed(line, left[level_id], document=str(reservation.uuid), actor=actor, at=at)
                for level_id, line in held.items()
                if left[level_id]
            ),
        ]
    )
    before = RESERVATION.move(reservation, "order", ended_at=at, order_number=document)
    timeline.record(
        reservation,
        "reservation.ordered",
        actor=actor,
        before={"status": before},
        after={"status": reservation.status},
        data={
            "order": document,
            "units": sum(given.values()),
            "given_back": sum(left.values()),
        },
    )
    return rest


def lapse(promises: Iterable[Promise], *, at: datetime) -> bool:
    """Take what has expired until `at` off the levels of `promises`, which the caller has locked; say if anything was.

    The reservations themselves are ended by the sweeper. One that a rival holds (to extend, order or end it) is left
    out: waiting for it with levels in hand would be waiting in a circle.
    """
    places = {(promise.sku_id, promise.location_id) for promise in promises}
    near = ReservationLine.objects.filter(
        reservation__in=Reservation.objects.overdue(at),
        level__sku_id__in={sku for sku, _ in places},
        level__location_id__in={place for _, place in places},
    )
    overdue = Reservation.objects.overdue(at).filter(pk__in=near.values("reservation_id"))
    if connection.features.has_select_for_update_skip_locked:
        overdue = overdue.select_for_update(skip_locked=True, no_key=True, of=("self",))
    ended = list(overdue)
    lines = [
        line
        for line in near.filter(reservation__in=ended).select_related("reservation", "level")
        if (line.level.sku_id, line.level.location_id) in places
    ]
    _free(lines, actor=SYSTEM, at=at)
    return bool(lines)


def _check(units: Sequence[Units], expires_at: datetime, at: datetime) -> None:
    if expires_at <= at:
        raise _too_early()
    if not units or any(unit.quantity < 1 for unit in units):
        raise errors.InvalidReservation(
            problems=[FieldProblem("/lines", "number_range", "At least one unit is reserved.")]
        )


def _told(instant: datetime) -> str:
    """Write an instant for the timeline."""
    return f"{instant:%Y-%m-%d %H:%M} UTC"


def _too_early() -> errors.InvalidReservation:
    return errors.InvalidReservation(
        problems=[FieldProblem("/expires_at", "in_the_past", "It must end in the future.")]
    )


def _locked(reservation_id: int) -> Reservation:
    return locking.lock_one(
        Reservation.objects.filter(pk=reservation_id), missing=errors.ReservationMissing
    )


def _end(reservation: Reservation, action: str, *, reason: str, actor: Actor) -> None:
    """End a locked reservation and give back what it holds."""
    at = clock.now()
    RESERVATION.target(reservation.status, action)
    lines = ReservationLine.objects.filter(reservation=reservation)
    locking.lock(Level.objects.filter(pk__in=lines.values("level_id")))
    # Read after the levels are locked: whoever needed expired units may have taken them off.
    held = list(lines.select_related("reservation").order_by("level_id"))
    _free(held, actor=actor, at=at)
    before = RESERVATION.move(reservation, action, ended_at=at)
    timeline.record(
        reservation,
        f"reservation.{reservation.status}",
        actor=actor,
        before={"status": before},
        after={"status": reservation.status},
        reason=reason,
        data={"given_back": sum(line.quantity for line in held)},
    )


def _free(lines: Sequence[ReservationLine], *, actor: Actor, at: datetime) -> None:
    """Make the units of `lines`, whose levels are locked, available again."""
    if not lines:
        return
    units: defaultdict[int, int] = defaultdict(int)
    for line in lines:
        units[line.level_id] += line.quantity
    statements.change_levels(
        [Change(level_id, 0, 0, -quantity) for level_id, quantity in sorted(units.items())]
    )
    Movement.objects.bulk_create(
        _freed(line, line.quantity, document=str(line.reservation.uuid), actor=actor, at=at)
        for line in lines
    )
    ReservationLine.objects.filter(pk__in=[line.pk for line in lines]).delete()


def _freed(
    line: ReservationLine, units: int, *, document: str, actor: Actor, at: datetime
) -> Movement:
    return Movement(
        level_id=line.level_id,
        kind=MovementKind.RESERVATION_RELEASE,
        source=Bucket.RESERVED,
        target=Bucket.AVAILABLE,
        quantity=units,
        document=document,
        cause=f"reservation-release:{line.pk}",
        actor=str(actor),
        at=at,
    )
