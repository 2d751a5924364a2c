"""What a movement does to the counters of a level."""

from inventory.stock.states import INSIDE, STATE_CHANGES, Bucket, MovementKind


def effect(source: str, target: str, quantity: int) -> dict[str, int]:
    """Return what moving `quantity` units from `source` to `target` adds to each stored counter of a level.

    `available` is not stored: it is what is on hand and in no other bucket.
    """
    changes: dict[str, int] = {}
    for bucket, sign in ((source, -1), (target, 1)):
        if bucket not in INSIDE:
            continue
        changes["on_hand"] = changes.get("on_hand", 0) + sign * quantity
        if bucket != Bucket.AVAILABLE:
            changes[bucket] = changes.get(bucket, 0) + sign * quantity
    return {column: change for column, change in changes.items() if change}


def kind_of_state_change(source: str, target: str) -> MovementKind | None:
    """Return how a change of state by a person is called, None when a person may not make it."""
    return STATE_CHANGES.get((source, target))
