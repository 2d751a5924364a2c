"""Goods come, go, break and are counted; lots are recalled."""

from datetime import timedelta
from typing import Any

from fulfillment.recalls import services as recalls
from inventory.lots.models import Lot
from inventory.lots.rules import LotUnits
from inventory.stock import services as stock
from inventory.stock.states import STATE_CHANGES
from oms.core import clock
from tests.inventory.machine.world import (
    BINNED,
    BUCKETS,
    KEEPER,
    LIFE,
    LOTS,
    LOTTED,
    PLACES,
    SKUS,
    START,
    World,
    act,
    condition_of,
)


def _at(world: World, sku: int, place: int, **named: Any) -> dict[str, Any]:
    """Return what every act on a shelf is told."""
    return {
        "sku_id": world.sku(sku).pk,
        "location_id": world.place(place).pk,
        "document": "D-1",
        "cause": world.cause(),
        "actor": KEEPER,
        **named,
    }


@act(sku=SKUS, place=PLACES, units=(0, 20), into=(0, 3))
def receive(world: World, sku: int, place: int, units: int, into: int) -> None:
    """Receive goods without a purchase order, and without a lot."""
    bucket = BUCKETS[max(0, into - 1)]
    expected = None
    if not units:
        expected = "InvalidQuantity"
    elif bucket not in BUCKETS[:2]:
        expected = "IllegalStateChange"
    elif sku == LOTTED:
        expected = "LotNeeded"
    named = _at(world, sku, place, quantity=units, bucket=bucket)
    if world.do(expected, stock.receive, **named):
        world.books.shelves[sku, place].add(bucket, units)
        if place == BINNED:
            world.pile((sku, place), "DOCK", "", condition_of(bucket), units)
        world.last = ("receive", stock.receive, named)


@act(place=PLACES, units=(0, 20), lot=(0, 2), day=(0, 6))
def receive_lot(world: World, place: int, units: int, lot: int, day: int) -> None:
    """Receive goods of a lot."""
    number = LOTS[lot]
    is_another = day == 0 and number in world.books.lots
    expires_on = (START + timedelta(days=LIFE[number] + is_another)).date()
    status = world.books.lots.get(number, "released")
    refused = units < 1 or is_another or status != "released"
    done = world.do(
        "InvalidLots" if refused else None,
        stock.receive_delivery,
        location_code=world.place(place).code,
        lines=[
            stock.Delivered(
                world.sku(LOTTED).code, units, [LotUnits(number, units, expires_on=expires_on)]
            )
        ],
        document="D-1",
        cause=world.cause(),
        actor=KEEPER,
    )
    if done:
        world.books.lots.setdefault(number, "released")
        world.books.shelves[LOTTED, place].add("available", units)
        world.pile((LOTTED, place), "DOCK", number, "good", units)


@act(more=(0, 1))
def receive_again(world: World, more: int) -> None:
    """Send the same call twice; or another one under its name."""
    if world.last is None:
        return
    _, call, named = world.last
    changed = named | ({"quantity": named["quantity"] + 1} if more else {})
    world.do("CauseReused" if more else None, call, **changed)


@act(sku=SKUS, place=PLACES, units=(-12, 12))
def adjust(world: World, sku: int, place: int, units: int) -> None:
    """Find or miss units."""
    shelf = world.books.shelves[sku, place]
    expected = None
    if not units:
        expected = "InvalidQuantity"
    elif shelf.available + units < 0:
        expected = "InsufficientStock"
    if world.do(expected, stock.adjust, **_at(world, sku, place, delta=units, reason="found")):
        shelf.add("available", units)


@act(sku=SKUS, place=PLACES, counted=(-1, 25), off=(-4, 2))
def set_on_hand(world: World, sku: int, place: int, counted: int, off: int) -> None:
    """Say what is there, having seen what the books say, or something else."""
    shelf = world.books.shelves[sku, place]
    seen = shelf.on_hand + (max(0, off))
    change = counted - seen
    expected = None
    if counted < 0:
        expected = "InvalidQuantity"
    elif seen != shelf.on_hand:
        expected = "QuantityChanged"
    elif shelf.available + change < 0:
        expected = "InsufficientStock"
    named = _at(world, sku, place, counted=counted, expected=seen, reason="counted")
    if world.do(expected, stock.set_on_hand, **named):
        shelf.add("available", change)


@act(sku=SKUS, place=PLACES, counted=(0, 25), back=(-2, 15))
def set_on_hand_at(world: World, sku: int, place: int, counted: int, back: int) -> None:
    """Say what was there some minutes ago."""
    shelf = world.books.shelves[sku, place]
    at = clock.now() - timedelta(minutes=back)
    moved = [row for row in world.ledger if (row[1], row[2]) == (sku, place)]
    then = 0
    for instant, on_hand in world.books.history[sku, place]:
        then = on_hand if instant <= at else then
    if back <= 0:
        then = shelf.on_hand
    change = counted - then
    expected = None
    if back < 0:
        expected = "InstantInFuture"
    elif not moved or at < world.moments[moved[0][0]]:
        expected = "BeforeFirstMovement"
    elif shelf.available + change < 0:
        expected = "InsufficientStock"
    named = _at(world, sku, place, counted=counted, at=at, reason="counted before")
    if world.do(expected, stock.set_on_hand_at, **named):
        shelf.add("available", change)


@act(sku=SKUS, place=PLACES, units=(0, 8), source=(0, 4), goal=(0, 4))
def change_state(world: World, sku: int, place: int, units: int, source: int, goal: int) -> None:
    """Let goods break, be looked at, be sound again, be thrown away."""
    shelf = world.books.shelves[sku, place]
    ends = BUCKETS[source], BUCKETS[goal]
    level = world.level((sku, place))
    expected = None
    if not units:
        expected = "InvalidQuantity"
    elif ends not in STATE_CHANGES:
        expected = "IllegalStateChange"
    elif level is None:
        expected = "UnknownPlace"
    elif (shelf.available if source == 0 else getattr(shelf, ends[0])) < units:
        expected = "InsufficientStock"
    done = world.do(
        expected,
        stock.change_state,
        level_id=level.pk if level else 0,
        source=ends[0],
        target=ends[1],
        quantity=units,
        document="D-1",
        cause=world.cause(),
        actor=KEEPER,
        reason="looked at",
    )
    if done:
        shelf.add(ends[0], -units)
        if ends[1] != "adjustment":
            shelf.add(ends[1], units)


@act(sku=SKUS, place=PLACES, units=(0, 6), into=(0, 3))
def take_back(world: World, sku: int, place: int, units: int, into: int) -> None:
    """Take back what a customer sends."""
    bucket = BUCKETS[into]
    expected = None
    if not units:
        expected = "InvalidQuantity"
    elif into == 3:
        expected = "IllegalStateChange"
    named = _at(world, sku, place, quantity=units, bucket=bucket, reason="too big")
    if world.do(expected, stock.take_back, **named):
        world.books.shelves[sku, place].add(bucket, units)


@act(lot=(0, 2), what=(0, 5))
def judge_lot(world: World, lot: int, what: int) -> None:
    """Quarantine, release or recall a lot: what of it is free is set aside, or may be sold again."""
    number = LOTS[lot]
    row = Lot.objects.filter(number=number).first()
    if row is None:
        return
    action = "quarantine" if what < 2 else "release" if what < 5 else "recall"
    status = world.books.lots[number]
    allowed = {"quarantine": ("released",), "release": ("quarantined",)}
    legal = status in allowed.get(action, ("released", "quarantined"))
    call = getattr(recalls, action)
    expected = None if legal else "IllegalTransition"
    if not world.do(expected, call, lot_id=row.pk, reason="glass", actor=KEEPER):
        return
    world.books.lots[number] = {
        "quarantine": "quarantined",
        "release": "released",
        "recall": "recalled",
    }[action]
    before = "quality_control" if action == "release" else "good"
    for key, piles in world.piles.items():
        there = sum(n for (_, of, how), n in piles.items() if (of, how) == (number, before))
        shelf = world.books.shelves[key]
        if action == "release":
            shelf.quality_control -= there
        else:
            shelf.quality_control += min(there, shelf.available)
