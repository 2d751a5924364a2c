"""All acts, a history of them, and its end."""

import random

from fulfillment.recalls import services as recalls
from inventory.reservations import services as reservations
from oms.reporting.invariants import services as invariants
from tests.inventory.machine import promise_acts, shelf_acts, stock_acts, supply_acts
from tests.inventory.machine.world import ACTS, KEEPER, World, drawn

__all__ = ["ACTS", "TOPICS", "World", "history", "settle"]

TOPICS = (promise_acts, shelf_acts, stock_acts, supply_acts)

# What orders, parcels and returns say of the stock that moves for them: they are not of this house.
OF_OTHERS = {
    "ordered_reservation_names_its_order",
    "restock_comes_from_a_receipt",
    "stock_leaves_in_a_parcel",
}


def history(chance: random.Random, steps: int) -> World:
    """Do so many acts in a new world, and settle it."""
    world = World()
    try:
        world.open()
        for _ in range(steps):
            name, numbers = drawn(chance)
            world.run(name, **numbers)
        settle(world)
    finally:
        world.close()
    return world


def settle(world: World) -> None:
    """Let lines give back what they are promised and set aside what must not be sold; then every invariant holds."""
    world.expected_piles.clear()
    for number, held in enumerate(list(world.books.promised)):
        reservations.release_at(
            demand=promise_acts.DEMAND,
            units=[promise_acts.promise(world, held.demand, held.key, held.units)],
            document="O-1",
            cause=f"machine:end:{number}",
            actor=KEEPER,
        )
        world.books.take_off(held, held.units, leaves=False)
    world.verify()
    recalls.sweep()
    broken = [
        (result.check.name, result.offenders[0])
        for result in invariants.run()
        if not result.holds and result.check.name not in OF_OTHERS
    ]
    assert broken == []
