"""Use-cases of stock: receive, adjust, count, change the state of goods, take goods back.

Each is one movement and one guarded UPDATE of the level in one transaction. `cause` names the act: the same cause again
moves nothing and returns the level as it is now.
"""

from inventory.stock.services.claiming import (
    Claimed,
    claim,
    claimed_units,
    claims_of,
    free_batches,
    lock_and_read,
    lots_in,
    unclaim,
)
from inventory.stock.services.contents import Carry, Flow, Spot, carry, follow
from inventory.stock.services.correcting import (
    Counted,
    CountedAt,
    Delta,
    adjust,
    change_state,
    correct,
    set_on_hand,
    set_on_hand_at,
)
from inventory.stock.services.moving import (
    MAX_UNITS,
    Move,
    lock_levels,
    lock_levels_at,
    make_levels,
    move,
    move_all,
)
from inventory.stock.services.naming import (
    Ask,
    in_transit,
    last_left,
    name_lots,
    spots_of_cause,
    take_spots,
    with_lots,
)
from inventory.stock.services.receiving import (
    Delivered,
    receive,
    receive_delivery,
    take_back,
    undo_receipt,
)
from inventory.stock.services.tracking import name_units, piles_of, track

__all__ = [
    "MAX_UNITS",
    "Ask",
    "Carry",
    "Claimed",
    "Counted",
    "CountedAt",
    "Delivered",
    "Delta",
    "Flow",
    "Move",
    "Spot",
    "adjust",
    "carry",
    "change_state",
    "claim",
    "claimed_units",
    "claims_of",
    "correct",
    "follow",
    "free_batches",
    "in_transit",
    "last_left",
    "lock_and_read",
    "lock_levels",
    "lock_levels_at",
    "lots_in",
    "make_levels",
    "move",
    "move_all",
    "name_lots",
    "name_units",
    "piles_of",
    "receive",
    "receive_delivery",
    "set_on_hand",
    "set_on_hand_at",
    "spots_of_cause",
    "take_back",
    "take_spots",
    "track",
    "unclaim",
    "undo_receipt",
    "with_lots",
]
