"""Use-cases of stock: receive, adjust, count, change the state of goods, take goods back.

Each is one movement and one guarded UPDATE of the level in one transaction. `cause` names the act: the same cause again
moves nothing and returns the level as it is now.
"""

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
from inventory.stock.services.receiving import (
    Delivered,
    receive,
    receive_delivery,
    take_back,
    undo_receipt,
)

__all__ = [
    "MAX_UNITS",
    "Carry",
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
    "correct",
    "follow",
    "lock_levels",
    "lock_levels_at",
    "make_levels",
    "move",
    "move_all",
    "receive",
    "receive_delivery",
    "set_on_hand",
    "set_on_hand_at",
    "take_back",
    "undo_receipt",
]
