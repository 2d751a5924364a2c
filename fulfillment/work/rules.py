"""What becomes work, what can still be stopped, and when work is done. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Place = tuple[int, int]  # order line, location


@dataclass(frozen=True, slots=True)
class Held:
    """Units of an order line that one fulfillment line still has to pick."""

    fulfillment_line_id: int
    order_line_id: int
    location_id: int
    to_pick: int
    started: bool


@dataclass(frozen=True, slots=True)
class Stop:
    """What a cancellation takes off: from which fulfillment lines, and freed at which places."""

    off_lines: Mapping[int, int]
    off_places: Mapping[Place, int]
    refused: Mapping[int, int]

    @property
    def stopped(self) -> dict[int, int]:
        """Return the units that are stopped, by order line."""
        found: defaultdict[int, int] = defaultdict(int)
        for (line, _), units in self.off_places.items():
            found[line] += units
        return dict(found)


@dataclass(frozen=True, slots=True)
class Tally:
    """The units of one fulfillment line, by where they are."""

    quantity: int
    cancelled: int
    short: int
    picked: int
    packed: int
    shipped: int

    @property
    def unfinished(self) -> int:
        """Return the units on which something is still to be done."""
        return self.quantity - self.cancelled - self.short - self.shipped


def untaken(allocated: Mapping[Place, int], held: Mapping[Place, int]) -> dict[Place, int]:
    """Return the allocated units that no work holds yet, by order line and location.

    `held` counts what lies in work and has neither shipped nor been taken off. Nothing is left to take when the same
    facts are asked again after the work was made: taking is idempotent by its nature.
    """
    rest = {place: units - held.get(place, 0) for place, units in allocated.items()}
    return {place: units for place, units in sorted(rest.items()) if units > 0}


def stop(requested: Mapping[int, int], free: Mapping[Place, int], held: Sequence[Held]) -> Stop:
    """Decide which of the `requested` units (by order line) can still be stopped.

    Units that no work holds (`free`) go first, then work that nobody has begun, then work in progress, the latest
    first. What is picked or further cannot be stopped and is refused.
    """
    off_lines: dict[int, int] = {}
    off_places: defaultdict[Place, int] = defaultdict(int)
    refused: dict[int, int] = {}
    for line, wanted in sorted(requested.items()):
        left = wanted
        for place in sorted(place for place in free if place[0] == line):
            units = min(left, free[place])
            if units:
                off_places[place] += units
                left -= units
        candidates = sorted(
            (h for h in held if h.order_line_id == line),
            key=lambda h: (h.started, -h.fulfillment_line_id),
        )
        for candidate in candidates:
            units = min(left, candidate.to_pick)
            if units:
                off_lines[candidate.fulfillment_line_id] = units
                off_places[line, candidate.location_id] += units
                left -= units
        if left:
            refused[line] = left
    return Stop(off_lines, dict(off_places), refused)


def ending(tallies: Iterable[Tally]) -> str | None:
    """Return the action that ends work of these lines, or None while something is left to do.

    `close` when everything that was not cancelled has shipped, `close_incomplete` when units were short, `cancel` when
    every unit was cancelled.
    """
    lines = list(tallies)
    if any(line.unfinished for line in lines):
        return None
    if any(line.short for line in lines):
        return "close_incomplete"
    return "close" if any(line.shipped for line in lines) else "cancel"
