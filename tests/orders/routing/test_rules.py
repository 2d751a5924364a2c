"""Routing beside brute force: no plan serves more, none needs fewer places, none is better placed."""

from itertools import chain, combinations

from hypothesis import given
from hypothesis import strategies as st

from orders.routing import rules
from orders.routing.rules import Candidate, Demand, Destination, Plan, Take

BERLIN = Destination("DE", "BE", "10119")


def shelf(
    location: int,
    sku: int,
    quantity: int,
    *,
    priority: int = 100,
    country: str = "DE",
    region: str = "BE",
    postcode: str = "10999",
) -> Candidate:
    """Return so many units of a SKU at a location, by default near Berlin's destination."""
    return Candidate(
        sku, location, f"wh-{location:02}", quantity, priority, country, region, postcode
    )


def served(plan: Plan) -> dict[tuple[int, int], int]:
    """Return units by (line, location)."""
    return {(take.line, take.location_id): take.quantity for take in plan.takes}


def places(plan: Plan) -> list[str]:
    """Return the codes of the chosen locations in the order of the explanation."""
    listed = plan.why["locations"]
    assert isinstance(listed, list)
    return [entry["location"] for entry in listed if entry["chosen"]]


# Known cases -------------------------------------------------------------------------------------


def test_one_place_that_has_everything_is_taken_before_two_that_are_nearer() -> None:
    plan = rules.plan(
        [Demand(0, 7, 2), Demand(1, 8, 1)],
        [
            shelf(1, 7, 2, priority=1),
            shelf(2, 8, 5, priority=1),
            shelf(3, 7, 9, country="FR"),
            shelf(3, 8, 9, country="FR"),
        ],
        BERLIN,
    )

    assert served(plan) == {(0, 3): 2, (1, 3): 1}
    assert plan.shortages == {}


def test_of_places_that_serve_alike_the_priority_decides_then_nearness_then_the_code() -> None:
    far = {"country": "DE", "region": "BY", "postcode": "80331"}
    near = {"country": "DE", "region": "BE", "postcode": "12043"}
    door = {"country": "DE", "region": "BE", "postcode": "10117"}

    def chosen(*candidates: Candidate) -> int:
        return rules.plan([Demand(0, 7, 1)], candidates, BERLIN).takes[0].location_id

    assert chosen(shelf(1, 7, 1, priority=2, **door), shelf(2, 7, 1, priority=1, **far)) == 2
    assert chosen(shelf(1, 7, 1, **far), shelf(2, 7, 1, **near)) == 2
    assert chosen(shelf(1, 7, 1, **near), shelf(2, 7, 1, **door)) == 2
    assert chosen(shelf(2, 7, 1, **near), shelf(1, 7, 1, **near)) == 1


def test_one_sku_on_two_lines_is_summed_before_anything_is_checked() -> None:
    plan = rules.plan([Demand(0, 7, 3), Demand(1, 7, 3)], [shelf(1, 7, 4)], BERLIN)

    assert served(plan) == {(0, 1): 3, (1, 1): 1}
    assert plan.shortages == {7: 2}


def test_one_sku_on_two_lines_is_not_promised_twice_from_two_places() -> None:
    plan = rules.plan(
        [Demand(0, 7, 3), Demand(1, 7, 3)], [shelf(1, 7, 4), shelf(2, 7, 4, priority=200)], BERLIN
    )

    assert served(plan) == {(0, 1): 3, (1, 1): 1, (1, 2): 2}
    assert plan.shortages == {}


def test_what_nobody_has_is_short_and_the_rest_is_still_served() -> None:
    plan = rules.plan([Demand(0, 7, 1), Demand(1, 8, 2)], [shelf(1, 7, 1)], BERLIN)

    assert plan.takes == (Take(0, 7, 1, 1),)
    assert plan.shortages == {8: 2}


def test_with_nothing_anywhere_there_is_no_place() -> None:
    plan = rules.plan([Demand(0, 7, 1)], [shelf(1, 7, 0), shelf(2, 9, 5)], BERLIN)

    assert plan.takes == ()
    assert plan.shortages == {7: 1}
    assert places(plan) == []


def test_four_places_are_used_where_four_are_needed() -> None:
    plan = rules.plan(
        [Demand(0, 7, 10)], [shelf(n, 7, units) for n, units in enumerate((1, 4, 3, 2, 1))], BERLIN
    )

    assert sum(take.quantity for take in plan.takes) == 10
    assert len({take.location_id for take in plan.takes}) == 4
    assert plan.shortages == {}


def test_many_places_are_planned_without_trying_all_of_their_combinations() -> None:
    plan = rules.plan(
        [Demand(n, n, 1) for n in range(200)],
        [shelf(location, location, 1) for location in range(200)],
        BERLIN,
    )

    assert len(plan.takes) == 200
    assert plan.why["combinations_tried"] == rules.MAX_TRIES + 1


def test_the_plan_says_why() -> None:
    plan = rules.plan(
        [Demand(0, 7, 1)],
        [shelf(1, 7, 1, priority=50, country="FR"), shelf(2, 7, 1, priority=50)],
        BERLIN,
    )

    assert plan.why == {
        "rule": "fewest locations, then priority, then distance",
        "combinations_tried": 2,
        "locations": [
            {"location": "wh-02", "chosen": True, "priority": 50, "distance": "same postcode area"},
            {"location": "wh-01", "chosen": False, "priority": 50, "distance": "abroad"},
        ],
    }


def test_a_postcode_means_something_within_its_country_only() -> None:
    abroad = shelf(1, 7, 1, country="FR", postcode="10119")
    nameless = shelf(2, 7, 1, region="", postcode="")

    assert rules.distance(abroad, BERLIN) == 3
    assert rules.distance(nameless, Destination("DE", "", "")) == 2


# Against brute force -----------------------------------------------------------------------------

demands = st.lists(st.tuples(st.integers(1, 3), st.integers(1, 6)), min_size=1, max_size=5).map(
    lambda rows: [Demand(line, sku, units) for line, (sku, units) in enumerate(rows)]
)


@st.composite
def shelves(draw: st.DrawFn) -> list[Candidate]:
    """Make up to five locations, each with its own place and priority, that have some of three SKUs."""
    rows = []
    for location in range(draw(st.integers(0, 5))):
        priority = draw(st.sampled_from([10, 20]))
        country = draw(st.sampled_from(["DE", "FR"]))
        region = draw(st.sampled_from(["BE", "BY", ""]))
        postcode = draw(st.sampled_from(["10119", "80331", ""]))
        rows += [
            shelf(
                location,
                sku,
                draw(st.integers(0, 6)),
                priority=priority,
                country=country,
                region=region,
                postcode=postcode,
            )
            for sku in (1, 2, 3)
            if draw(st.booleans())
        ]
    return draw(st.permutations(rows))


@given(demands, shelves())
def test_no_other_plan_is_better(wanted: list[Demand], candidates: list[Candidate]) -> None:
    plan = rules.plan(wanted, candidates, BERLIN)

    stock = {(c.location_id, c.sku_id): c.quantity for c in candidates}
    by_sku = {sku: sum(d.quantity for d in wanted if d.sku_id == sku) for sku in (1, 2, 3)}
    best = {
        sku: min(units, sum(n for (_, s), n in stock.items() if s == sku))
        for sku, units in by_sku.items()
    }

    # It can be done: nobody gives more than he has, no line gets more than it wants.
    for key, units in stock.items():
        taken = sum(t.quantity for t in plan.takes if (t.location_id, t.sku_id) == key)
        assert taken <= units
    for demand in wanted:
        given_to = [t for t in plan.takes if t.line == demand.line]
        assert all(t.sku_id == demand.sku_id and t.quantity > 0 for t in given_to)
        assert sum(t.quantity for t in given_to) <= demand.quantity
    # It serves as many units as anyone could; what is short is exactly the rest.
    for sku, units in best.items():
        assert sum(t.quantity for t in plan.takes if t.sku_id == sku) == units
        assert plan.shortages.get(sku, 0) == by_sku[sku] - units
    # It needs as few places as anyone could, up to three; then none of as many is better placed.
    used = {t.location_id for t in plan.takes}
    facts = {c.location_id: c for c in candidates}
    sufficient = [
        group
        for group in chain.from_iterable(combinations(sorted(facts), n) for n in range(6))
        if all(
            sum(stock.get((location, sku), 0) for location in group) >= units
            for sku, units in best.items()
        )
    ]
    fewest = min(len(group) for group in sufficient)
    if fewest <= 3:
        assert len(used) == fewest

        def merit(group: tuple[int, ...]) -> tuple[int, int]:
            return (
                sum(facts[location].priority for location in group),
                sum(rules.distance(facts[location], BERLIN) for location in group),
            )

        assert merit(tuple(used)) == min(merit(g) for g in sufficient if len(g) == fewest)
    assert set(places(plan)) == {facts[location].location_code for location in used}


@given(demands, shelves())
def test_the_order_in_which_candidates_come_decides_nothing(
    wanted: list[Demand], candidates: list[Candidate]
) -> None:
    assert rules.plan(wanted, candidates, BERLIN) == rules.plan(wanted, candidates[::-1], BERLIN)
