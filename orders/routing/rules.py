"""Which location serves what: pure functions.

Goal, in this order: serve as many units as possible; from as few locations as possible; then the best locations by
priority and nearness. The search tries single locations, then pairs, then triples; with more than three locations
needed, or too many candidates to try, it takes the location that serves most of the rest, again and again.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

MAX_TRIES = 10_000


@dataclass(frozen=True, slots=True)
class Demand:
    """Units of one SKU wanted by one line; `line` is the caller's key of the line."""

    line: int
    sku_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """What one location can give of one SKU."""

    sku_id: int
    location_id: int
    location_code: str
    quantity: int
    priority: int
    country: str
    region: str
    postcode: str


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the goods go."""

    country: str
    region: str
    postcode: str


@dataclass(frozen=True, slots=True)
class Take:
    """Units of one line from one location."""

    line: int
    sku_id: int
    location_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Who gives what, what nobody can give (by SKU), and why."""

    takes: tuple[Take, ...]
    shortages: Mapping[int, int]
    why: Mapping[str, object]


def distance(candidate: Candidate, destination: Destination) -> int:
    """Return how far apart, coarsely: 0 same postcode area, 1 same region, 2 same country, 3 abroad."""
    if candidate.country != destination.country:
        return 3
    near = candidate.postcode[:2].upper()
    if near and near == destination.postcode[:2].upper():
        return 0
    if candidate.region and candidate.region == destination.region:
        return 1
    return 2


def plan(
    demands: Sequence[Demand], candidates: Iterable[Candidate], destination: Destination
) -> Plan:
    """Plan the serving of `demands`. Units of one SKU on several lines are summed before anything is checked."""
    wanted: defaultdict[int, int] = defaultdict(int)
    for demand in demands:
        wanted[demand.sku_id] += demand.quantity

    stock: defaultdict[int, dict[int, int]] = defaultdict(dict)
    facts: dict[int, Candidate] = {}
    for candidate in candidates:
        if candidate.quantity > 0 and candidate.sku_id in wanted:
            stock[candidate.location_id][candidate.sku_id] = candidate.quantity
            facts[candidate.location_id] = candidate

    reachable = {
        sku: min(units, sum(shelf.get(sku, 0) for shelf in stock.values()))
        for sku, units in wanted.items()
    }
    merit = {
        location: (fact.priority, distance(fact, destination), fact.location_code)
        for location, fact in facts.items()
    }
    ordered = sorted(facts, key=merit.__getitem__)
    chosen, tried = _choose(ordered, stock, reachable, merit)
    takes = _deal(demands, chosen, stock, reachable)
    shortages = {
        sku: wanted[sku] - reachable[sku] for sku in wanted if wanted[sku] > reachable[sku]
    }
    return Plan(
        takes=takes, shortages=shortages, why=_explain(chosen, ordered, facts, merit, tried)
    )


def _choose(
    ordered: Sequence[int],
    stock: Mapping[int, Mapping[int, int]],
    reachable: Mapping[int, int],
    merit: Mapping[int, tuple[int, int, str]],
) -> tuple[tuple[int, ...], int]:
    tried = 0
    if not any(reachable.values()):
        return (), tried
    for size in (1, 2, 3):
        best: tuple[int, ...] | None = None
        for group in combinations(ordered, size):
            tried += 1
            if tried > MAX_TRIES:
                break
            if all(
                sum(stock[location].get(sku, 0) for location in group) >= units
                for sku, units in reachable.items()
            ) and (best is None or _group_rank(group, merit) < _group_rank(best, merit)):
                best = group
        if best is not None:
            return best, tried
        if tried > MAX_TRIES:
            break
    return _greedy(ordered, stock, reachable), tried


def _group_rank(
    group: Sequence[int], merit: Mapping[int, tuple[int, int, str]]
) -> tuple[int, int, list[str]]:
    ranks = [merit[location] for location in group]
    return sum(r[0] for r in ranks), sum(r[1] for r in ranks), [r[2] for r in ranks]


def _greedy(
    ordered: Sequence[int],
    stock: Mapping[int, Mapping[int, int]],
    reachable: Mapping[int, int],
) -> tuple[int, ...]:
    rest = {sku: units for sku, units in reachable.items() if units}
    left = list(ordered)
    chosen: list[int] = []
    while rest:
        gains = {
            location: sum(min(units, stock[location].get(sku, 0)) for sku, units in rest.items())
            for location in left
        }
        location = max(left, key=gains.__getitem__)  # the first of equals: best merit
        chosen.append(location)
        left.remove(location)
        rest = {
            sku: units - stock[location].get(sku, 0)
            for sku, units in rest.items()
            if units > stock[location].get(sku, 0)
        }
    return tuple(chosen)


def _deal(
    demands: Sequence[Demand],
    chosen: Sequence[int],
    stock: Mapping[int, Mapping[int, int]],
    reachable: Mapping[int, int],
) -> tuple[Take, ...]:
    shelf = {location: dict(stock[location]) for location in chosen}
    budget = dict(reachable)
    takes = []
    for demand in demands:
        want = min(demand.quantity, budget[demand.sku_id])
        budget[demand.sku_id] -= want
        for location in chosen:
            units = min(want, shelf[location].get(demand.sku_id, 0))
            if units:
                shelf[location][demand.sku_id] -= units
                want -= units
                takes.append(Take(demand.line, demand.sku_id, location, units))
    return tuple(takes)


def _explain(
    chosen: Sequence[int],
    ordered: Sequence[int],
    facts: Mapping[int, Candidate],
    merit: Mapping[int, tuple[int, int, str]],
    tried: int,
) -> dict[str, object]:
    words = ("same postcode area", "same region", "same country", "abroad")
    return {
        "rule": "fewest locations, then priority, then distance",
        "combinations_tried": tried,
        "locations": [
            {
                "location": facts[location].location_code,
                "chosen": location in chosen,
                "priority": facts[location].priority,
                "distance": words[merit[location][1]],
            }
            for location in ordered[:20]
        ],
    }
