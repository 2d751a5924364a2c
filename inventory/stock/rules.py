"""What a movement does to the counters of a level, and from which bins units are taken. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from inventory.bins.states import BinKind
from inventory.locations.models import Removal
from inventory.stock.states import (
    CONDITION_OF,
    INSIDE,
    STATE_CHANGES,
    Bucket,
    Condition,
    MovementKind,
)

# Where units are looked for first: what is shipped comes from the outbound dock, where it was brought when it was
# picked; a receipt that was a mistake is still at the receiving dock; whatever is missing, broken, or sent to another
# location was in a picking face or in storage.
_LEAVES = (
    BinKind.OUTBOUND,
    BinKind.CROSSDOCK,
    BinKind.PICK_FACE,
    BinKind.STORAGE,
    BinKind.RECEIVING,
    BinKind.QUARANTINE,
)
_GOES_BACK = (
    BinKind.RECEIVING,
    BinKind.CROSSDOCK,
    BinKind.STORAGE,
    BinKind.PICK_FACE,
    BinKind.QUARANTINE,
    BinKind.OUTBOUND,
)
_IS_MISSED = (
    BinKind.PICK_FACE,
    BinKind.STORAGE,
    BinKind.RECEIVING,
    BinKind.QUARANTINE,
    BinKind.CROSSDOCK,
    BinKind.OUTBOUND,
)
_FAR = date.max


@dataclass(frozen=True, slots=True)
class Pile:
    """Units of one level in one bin, of one lot and in one condition; `since` is when the first of them came there."""

    bin_id: int
    kind: str
    walk_order: int
    bin_code: str
    lot_id: int | None
    condition: str
    quantity: int
    since: datetime
    expires_on: date | None = None

    @property
    def key(self) -> tuple[int, int | None]:
        """Return what tells it from the other piles of its level and condition."""
        return self.bin_id, self.lot_id


@dataclass(frozen=True, slots=True)
class Drawn:
    """Units taken from a pile."""

    pile: Pile
    quantity: int


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


def conditions(source: str, target: str) -> tuple[Condition | None, Condition | None]:
    """Return how units in bins are before and after a movement; None: they are not at the location."""
    return CONDITION_OF.get(source), CONDITION_OF.get(target)


def sought(kind: str) -> tuple[BinKind, ...]:
    """Return the kinds of bins in the order in which a movement of this kind takes units from them."""
    if kind == MovementKind.SHIPMENT:
        return _LEAVES
    return _GOES_BACK if kind == MovementKind.RECEIPT else _IS_MISSED


FETCHED_FROM = _IS_MISSED[:4]


def in_order(piles: Iterable[Pile], *, kinds: Sequence[str], removal: str) -> list[Pile]:
    """Return piles in the order of their bins' kinds, then by the removal rule of the location, then as one walks."""
    rank = {kind: place for place, kind in enumerate(kinds)}

    def key(pile: Pile) -> tuple[int | float, ...]:
        by_rule: tuple[int | float, ...] = ()
        if removal == Removal.FEFO:
            by_rule = ((pile.expires_on or _FAR).toordinal(),)
        elif removal in (Removal.FIFO, Removal.LIFO):
            moment = pile.since.timestamp()
            by_rule = (moment if removal == Removal.FIFO else -moment,)
        elif removal == Removal.FEWEST:
            by_rule = (-pile.quantity,)
        return (rank.get(pile.kind, len(rank)), *by_rule, pile.walk_order)

    return sorted(piles, key=lambda pile: (key(pile), pile.bin_code, pile.lot_id or 0))


def without(pile: Pile, units: int) -> Pile:
    """Return a pile that some units were taken from."""
    return replace(pile, quantity=pile.quantity - units)


def unclaimed(piles: Sequence[Pile], claims: Mapping[int | None, int]) -> list[Pile]:
    """Return piles without the units of each lot that are claimed; the last piles of a lot keep them."""
    left = dict(claims)
    free = []
    for pile in reversed(piles):
        kept = min(pile.quantity, left.get(pile.lot_id, 0))
        if kept:
            left[pile.lot_id] -= kept
        free.append(replace(pile, quantity=pile.quantity - kept))
    return free[::-1]


def draw(piles: Iterable[Pile], quantity: int) -> list[Drawn]:
    """Take `quantity` units from piles in the order given, or what there is."""
    drawn = []
    for pile in piles:
        units = min(quantity, pile.quantity)
        if units > 0:
            drawn.append(Drawn(pile, units))
            quantity -= units
    return drawn
