"""Where goods should be put, and why; which articles are picked most. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inventory.bins.rules import Goods, Limits, room
from inventory.bins.states import BinKind

_STORES = (BinKind.PICK_FACE, BinKind.STORAGE)
# Where goods may be carried, by how they are; docks take everything.
_DOCKS = (BinKind.RECEIVING, BinKind.OUTBOUND, BinKind.CROSSDOCK)
GOOD = "good"


@dataclass(frozen=True, slots=True)
class Preference:
    """A storage rule that fits the goods, best first in a sequence of them; `why` says which one in words."""

    zone: str
    kind: str
    why: str

    def fits(self, place: "Place") -> bool:
        """Say whether a place is what is preferred."""
        return self.zone in ("", place.zone) and self.kind in ("", place.kind)


@dataclass(frozen=True, slots=True)
class Place:
    """A bin with what lies there."""

    bin_id: int
    code: str
    kind: str
    zone: str
    walk_order: int
    limits: Limits
    lying: Sequence[Goods] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """Units that should go into a bin, and why there."""

    bin_id: int
    code: str
    units: int
    why: str


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A bin that takes none of it although it would have been a better one, and why."""

    code: str
    why: str


@dataclass(frozen=True, slots=True)
class Advice:
    """Where units should go. `left` are units that no bin takes."""

    proposals: Sequence[Proposal]
    passed_over: Sequence[PassedOver]
    left: int


def advise(
    places: Sequence[Place],
    coming: Goods,
    *,
    condition: str = GOOD,
    preferences: Sequence[Preference] = (),
) -> Advice:
    """Divide goods among bins: where they lie already, then where rules prefer them, then the nearest that is free.

    Good units go to picking faces and storage, others to quarantine. No proposal breaks a limit of its bin.
    """
    kinds = _STORES if condition == GOOD else (BinKind.QUARANTINE,)
    ranked = sorted(
        (place for place in places if place.kind in kinds),
        key=lambda place: _rank(place, coming, preferences),
    )
    proposals: list[Proposal] = []
    passed: list[PassedOver] = []
    left = coming.quantity
    for place in ranked:
        if not left:
            break
        free = room(place.limits, place.lying, coming)
        units = left if free.units is None else min(left, free.units)
        if units:
            proposals.append(
                Proposal(place.bin_id, place.code, units, _why(place, coming, preferences))
            )
            left -= units
        elif len(passed) < _PASSED_SHOWN:
            passed.append(PassedOver(place.code, free.why))
    return Advice(proposals, passed, left)


_PASSED_SHOWN = 5


def _rank(
    place: Place, coming: Goods, preferences: Sequence[Preference]
) -> tuple[bool, int, bool, int, str]:
    own = _own(place, coming)
    others = any(each.quantity and each.sku_id != coming.sku_id for each in place.lying)
    return (not own, _preferred(place, preferences), others, place.walk_order, place.code)


def _own(place: Place, coming: Goods) -> int:
    return sum(each.quantity for each in place.lying if each.sku_id == coming.sku_id)


def _preferred(place: Place, preferences: Sequence[Preference]) -> int:
    return next(
        (rank for rank, each in enumerate(preferences) if each.fits(place)), len(preferences)
    )


def _why(place: Place, coming: Goods, preferences: Sequence[Preference]) -> str:
    words = []
    if own := _own(place, coming):
        words.append(f"{own} of it lie there already")
    rank = _preferred(place, preferences)
    if rank < len(preferences):
        words.append(preferences[rank].why)
    if not own:
        empty = not any(each.quantity for each in place.lying)
        words.append("it is empty" if empty else "there is room beside what lies there")
    return ", ".join(words)


def objection(kind: str, condition: str, *, putting_away: bool) -> str | None:
    """Return why goods in this condition may not be carried into a bin of this kind, None when they may."""
    if putting_away and kind in _DOCKS:
        return "what is put away goes to a shelf, not to a dock"
    if condition == GOOD and kind == BinKind.QUARANTINE and putting_away:
        return "sound goods do not go to quarantine"
    if condition != GOOD and kind in (*_STORES, BinKind.OUTBOUND, BinKind.CROSSDOCK):
        return "what is damaged or to be inspected goes to quarantine"
    return None


def to_cross_dock(quantity: int, *, waiting: int, available: int, safety_stock: int) -> int:
    """Return how many of `quantity` units that come go straight to where orders leave.

    Those that orders wait for and that are not served by what is available already; what the safety stock lacks is
    filled up first, as nobody is served from it.
    """
    free = available - safety_stock
    unserved = max(0, waiting - max(0, free))
    return max(0, min(quantity, unserved, free + quantity))


# Classes ------------------------------------------------------------------------------------------

_A_SHARE, _B_SHARE = 80, 95  # percent of all picks


def classes(picks: Mapping[int, int]) -> dict[int, str]:
    """Return the class of each SKU by how often it was picked.

    From the most picked on, A are those that make 80 % of all picks together, B the next up to 95 %, C the rest and
    whatever nobody picked. SKUs that are picked equally often are of one class, the better one.
    """
    total = sum(picks.values())
    found: dict[int, str] = {}
    before = 0
    start, last = 0, -1
    for sku_id, count in sorted(picks.items(), key=lambda item: (-item[1], item[0])):
        if count != last:
            start, last = before, count
        share = start * 100
        if not count or share >= _B_SHARE * total:
            found[sku_id] = "C"
        else:
            found[sku_id] = "A" if share < _A_SHARE * total else "B"
        before += count
    return found


@dataclass(frozen=True, slots=True)
class Lying:
    """Units of a SKU in a bin, for slotting."""

    sku_id: int
    bin_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Slotting:
    """A move that brings what is picked often nearer."""

    sku_id: int
    source_id: int
    target_id: int
    quantity: int
    nearer: int
    why: str


def slotting(
    places: Mapping[int, Place],
    lying: Sequence[Lying],
    goods: Mapping[int, Goods],
    picks: Mapping[int, int],
    letters: Mapping[int, str],
    *,
    most: int = 50,
) -> list[Slotting]:
    """Return moves of class A goods that lie in storage to empty bins nearer by, the most picked first.

    An empty bin is given once, and only what it takes as a whole is moved into it. A picking face is nearer than any
    storage.
    """
    filled = {
        place.bin_id for place in places.values() if any(each.quantity for each in place.lying)
    }
    free = sorted(
        (p for p in places.values() if p.kind in _STORES and p.bin_id not in filled),
        key=_nearness,
    )
    moves: list[Slotting] = []
    candidates = sorted(
        (
            each
            for each in lying
            if letters.get(each.sku_id) == "A" and places[each.bin_id].kind in _STORES
        ),
        key=lambda each: (-picks.get(each.sku_id, 0), each.sku_id, each.bin_id),
    )
    for each in candidates:
        here = places[each.bin_id]
        coming = goods[each.sku_id]
        target = next(
            (
                place
                for place in free
                if _nearness(place)[:2] < _nearness(here)[:2]
                and _takes(place, coming, each.quantity)
            ),
            None,
        )
        if target is None:
            continue
        free.remove(target)
        count = picks.get(each.sku_id, 0)
        moves.append(
            Slotting(
                each.sku_id,
                each.bin_id,
                target.bin_id,
                each.quantity,
                max(0, here.walk_order - target.walk_order),
                f"picked {count} times, and {target.code} is nearer than {here.code}",
            )
        )
        if len(moves) == most:
            break
    return moves


def _nearness(place: Place) -> tuple[bool, int, str]:
    return (place.kind != BinKind.PICK_FACE, place.walk_order, place.code)


def _takes(place: Place, coming: Goods, quantity: int) -> bool:
    units = room(place.limits, place.lying, coming).units
    return units is None or units >= quantity
