"""Units are promised to lines, given back, handed out; held for carts until a time."""

from datetime import timedelta

from inventory.reservations import services as reservations
from inventory.reservations.services import Promise, Units
from inventory.reservations.states import Purpose
from oms.core import clock
from tests.inventory.machine.model import Cart, Key, Promised
from tests.inventory.machine.world import KEEPER, PLACES, SKUS, World, act, picked

DEMAND = "machine.line"
DEMANDS = (1, 6)


def promise(world: World, demand: int, key: Key, units: int) -> Promise:
    return Promise(demand, world.sku(key[0]).pk, world.place(key[1]).pk, units)


def _named(world: World, **named: object) -> dict[str, object]:
    return {
        "demand": DEMAND,
        "document": "O-1",
        "cause": world.cause(),
        "actor": KEEPER,
        **named,
    }


def _take(world: World, wanted: dict[Key, int]) -> str | None:
    """Say whether free units suffice; take off what has expired where only that makes them suffice."""
    at = clock.now()
    is_short, still = world.books.short(wanted, at)
    if still:
        return "Raced"
    if is_short:
        world.books.lapse(set(wanted), at)
    return None


@act(demand=DEMANDS, sku=SKUS, place=PLACES, units=(1, 8), other=(0, 5))
def allocate(world: World, demand: int, sku: int, place: int, units: int, other: int) -> None:
    """Promise a line units, at one place or two."""
    wanted = {(sku, place): units}
    if other <= PLACES[1] and other != place:
        wanted[sku, other] = 1
    promises = [promise(world, demand, key, n) for key, n in wanted.items()]
    expected = _take(world, wanted)
    named = _named(world, promises=promises)
    if world.do(expected, reservations.allocate, **named):
        level_order = wanted  # each is a row of its own, and the database numbers them as it likes
        for key in level_order:
            world.books.promise(demand, key, wanted[key])


@act(demand=DEMANDS, units=(1, 8))
def release(world: World, demand: int, units: int) -> None:
    """Give units of a line back, wherever they are."""
    held = [p for p in world.books.promised if p.demand == demand]
    if len(held) > 1:
        return  # which of the two is the later row is the database's choice
    enough = sum(p.units for p in held) >= units
    named = _named(world, quantities={demand: units})
    if world.do(None if enough else "NotAllocated", reservations.release, **named):
        world.books.take_off(held[0], units, leaves=False)


def _there(world: World, demand: int, key: Key, units: int) -> tuple[Promised | None, str | None]:
    found = world.books.held(demand, key)
    return found, None if found and found.units >= units else "NotAllocated"


def _any_held(world: World, which: int) -> tuple[int, Key]:
    """Return a line and a place, mostly of those that hold something."""
    if world.books.promised:
        found = world.books.promised[which % len(world.books.promised)]
        return found.demand, found.key
    return 1, (0, 0)


@act(which=(0, 20), units=(1, 8))
def release_at(world: World, which: int, units: int) -> None:
    """Give units of a line at a place back."""
    demand, key = _any_held(world, which)
    found, expected = _there(world, demand, key, units)
    named = _named(world, units=[promise(world, demand, key, units)])
    if world.do(expected, reservations.release_at, **named) and found:
        world.books.take_off(found, units, leaves=False)


@act(which=(0, 20), units=(1, 8))
def issue(world: World, which: int, units: int) -> None:
    """Hand units of a line out of the house."""
    demand, key = _any_held(world, which)
    found, expected = _there(world, demand, key, units)
    named = _named(world, units=[promise(world, demand, key, units)])
    if world.do(expected, reservations.issue, **named) and found:
        world.books.take_off(found, units, leaves=True)


@act(sku=SKUS, place=PLACES, units=(0, 6), more=(0, 6), minutes=(-1, 15))
def reserve(world: World, sku: int, place: int, units: int, more: int, minutes: int) -> None:
    """Hold units for a cart, of one SKU or of two."""
    wanted = {(sku, place): units}
    if more > 3:
        wanted[(sku + 1) % 3, place] = more
    expires_at = clock.now() + timedelta(minutes=minutes)
    if minutes <= 0 or not units:
        expected: str | None = "InvalidReservation"
    else:
        expected = _take(world, wanted)
    done = world.do(
        expected,
        reservations.reserve,
        purpose=Purpose.CART,
        units=[Units(world.sku(key[0]).pk, world.place(key[1]).pk, n) for key, n in wanted.items()],
        expires_at=expires_at,
        actor=KEEPER,
    )
    if done:
        for key, count in wanted.items():
            world.books.shelves[key].reserved += count
        world.books.carts.append(Cart(done.pk, wanted, expires_at))


@act(sku=SKUS, place=PLACES, units=(1, 9), reason=(0, 4))
def reserve_for_person(world: World, sku: int, place: int, units: int, reason: int) -> None:
    """Set units aside for a person."""
    key = sku, place
    level = world.level(key)
    free = world.books.shelves[key].available + world.books.overdue(key, clock.now())
    expires_at = clock.now() + timedelta(minutes=20)
    if not reason:
        expected: str | None = "ReasonRequired"
    elif level is None:
        expected = "UnknownPlace"
    elif units > free:
        expected = "Insufficient"
    else:
        expected = _take(world, {key: units})
    done = world.do(
        expected,
        reservations.reserve_for_person,
        level_id=level.pk if level else 0,
        quantity=units,
        person="Ada",
        reason="asked" if reason else " ",
        expires_at=expires_at,
        actor=KEEPER,
    )
    if done:
        world.books.shelves[key].reserved += units
        world.books.carts.append(Cart(done.pk, {key: units}, expires_at))


@act(which=(0, 3), minutes=(-1, 30))
def extend(world: World, which: int, minutes: int) -> None:
    """Hold a cart longer."""
    cart = picked(world.books.carts, which, "active")
    if cart is None:
        return
    until = clock.now() + timedelta(minutes=minutes)
    expected = None
    if cart.status != "active":
        expected = "IllegalTransition"
    elif cart.expires_at <= clock.now():
        expected = "ReservationExpired"
    elif minutes <= 0:
        expected = "InvalidReservation"
    named = {"reservation_id": cart.pk, "expires_at": until, "actor": KEEPER}
    if world.do(expected, reservations.extend, **named):
        cart.expires_at = max(cart.expires_at, until)


@act(which=(0, 3))
def empty(world: World, which: int) -> None:
    """Give a cart up."""
    cart = picked(world.books.carts, which, "active")
    if cart is None:
        return
    expected = None if cart.status == "active" else "IllegalTransition"
    named = {"reservation_id": cart.pk, "reason": "left", "actor": KEEPER}
    if world.do(expected, reservations.release_reservation, **named):
        world.books.end(cart, "released")


@act(minutes=(0, 20))
def wait_and_sweep(world: World, minutes: int) -> None:
    """Let time pass, and mostly take off what has expired."""
    world.clock.shift(timedelta(minutes=minutes))
    at = clock.now()
    due = [c for c in world.books.carts if c.status == "active" and c.expires_at <= at]
    if minutes % 2:
        assert world.do(None, reservations.expire_due) == len(due)
        for cart in due:
            world.books.end(cart, "expired")


@act(which=(0, 3), demand=DEMANDS, more=(-2, 3))
def order(world: World, which: int, demand: int, more: int) -> None:
    """Turn a cart into an order of as many units, or a few more or fewer."""
    cart = picked(world.books.carts, which, "active")
    if cart is None:
        return
    at = clock.now()
    wanted = {key: n + more for key, n in cart.units.items() if n + more > 0}
    if not wanted:
        return
    rest = {key: n - cart.units[key] for key, n in wanted.items() if n > cart.units[key]}
    held = dict(cart.units)
    expected: str | None = "Raced"
    if cart.status == "active" and cart.expires_at > at:
        expected = _take(world, rest) if rest else None
    named = _named(
        world,
        promises=[promise(world, demand, key, n) for key, n in wanted.items()],
        reservation_id=cart.pk,
    )
    if world.do(expected, reservations.allocate, **named):
        cart.units = held
        world.books.end(cart, "ordered")
        for key, count in wanted.items():
            world.books.promise(demand, key, count)
