"""Where goods should be put; which articles are picked most; what should lie nearer."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from inventory.bins.rules import Goods, Limits, room
from inventory.storing import rules
from inventory.storing.rules import Lying, Place, Preference

MUG = Goods(sku_id=1, lot_id=None, quantity=10, weight_g=400, volume_mm3=1_000_000)
PEN = Goods(sku_id=2, lot_id=None, quantity=5, weight_g=10, volume_mm3=20_000)


def place(number: int, kind: str = "storage", lying: Any = (), **changes: Any) -> Place:
    """Return an empty storage bin in zone A, or as `changes` say; its code and its place in the walk are `number`."""
    limits = changes.pop("limits", Limits())
    return Place(number, f"B{number}", kind, changes.pop("zone", "A"), number, limits, tuple(lying))


def advised(*places: Place, **changes: Any) -> list[tuple[str, int]]:
    advice = rules.advise(places, changes.pop("coming", MUG), **changes)
    return [(each.code, each.units) for each in advice.proposals]


def test_goods_go_to_the_nearest_bin_that_is_free() -> None:
    assert advised(place(3), place(1, lying=[PEN]), place(2)) == [("B2", 10)]


def test_goods_go_where_they_lie_already_although_it_is_farther() -> None:
    advice = rules.advise([place(1), place(9, lying=[MUG])], MUG)

    assert [(each.code, each.why) for each in advice.proposals] == [
        ("B9", "10 of it lie there already")
    ]


def test_a_rule_comes_before_the_way() -> None:
    zone = Preference("C", "", "zone C is for class A")

    advice = rules.advise([place(1), place(5, zone="C")], MUG, preferences=[zone])

    assert (advice.proposals[0].code, advice.proposals[0].why) == (
        "B5",
        "zone C is for class A, it is empty",
    )


def test_what_one_bin_does_not_take_goes_to_the_next_and_it_is_said_why() -> None:
    small = Limits(max_weight_g=1200)
    taken = place(1, lying=[PEN], limits=Limits(one_sku=True))

    advice = rules.advise([taken, place(2, limits=small), place(3, limits=small)], MUG)

    assert [(each.code, each.units) for each in advice.proposals] == [("B2", 3), ("B3", 3)]
    assert advice.left == 4
    assert [(each.code, each.why) for each in advice.passed_over] == [
        ("B1", "another SKU lies there, and it holds one only")
    ]


def test_what_is_damaged_goes_to_quarantine_and_what_is_sound_does_not() -> None:
    places = place(1), place(2, "quarantine"), place(3, "outbound"), place(4, "receiving")

    assert advised(*places, condition="damaged") == [("B2", 10)]
    assert advised(*places) == [("B1", 10)]
    assert advised(place(2, "quarantine")) == []


def test_some_bins_are_refused_with_words() -> None:
    assert rules.objection("outbound", "good", putting_away=True) is not None
    assert rules.objection("outbound", "good", putting_away=False) is None
    assert rules.objection("pick_face", "damaged", putting_away=False) is not None
    assert rules.objection("quarantine", "damaged", putting_away=True) is None
    assert rules.objection("quarantine", "good", putting_away=True) is not None
    assert rules.objection("storage", "good", putting_away=True) is None


lots = st.none() | st.integers(1, 2)
goods = st.builds(
    Goods,
    st.integers(1, 3),
    lots,
    st.integers(1, 30),
    st.integers(0, 900),
    st.integers(0, 3_000_000),
)
limits = st.builds(
    Limits,
    st.none() | st.integers(0, 20_000),
    st.none() | st.integers(0, 50_000),
    st.booleans(),
    st.booleans(),
)
kinds = st.sampled_from(
    ["receiving", "storage", "pick_face", "quarantine", "outbound", "crossdock"]
)
some_places = st.lists(
    st.tuples(kinds, st.lists(goods, max_size=3), limits, st.sampled_from("ABC")), max_size=6
).map(
    lambda rows: [
        place(number, kind, lying, limits=limit, zone=zone)
        for number, (kind, lying, limit, zone) in enumerate(rows, start=1)
    ]
)


@given(some_places, goods, st.sampled_from(["good", "damaged"]), st.sampled_from("ABC"))
def test_no_proposal_breaks_a_limit_and_no_unit_is_lost(
    places: list[Place], coming: Goods, condition: str, zone: str
) -> None:
    advice = rules.advise(
        places, coming, condition=condition, preferences=[Preference(zone, "", "")]
    )
    by_id = {each.bin_id: each for each in places}

    assert sum(each.units for each in advice.proposals) + advice.left == coming.quantity
    assert len({each.bin_id for each in advice.proposals}) == len(advice.proposals)
    for each in advice.proposals:
        target = by_id[each.bin_id]
        free = room(target.limits, target.lying, coming).units
        assert each.units > 0
        assert free is None or each.units <= free
        assert rules.objection(target.kind, condition, putting_away=True) is None


# Classes ------------------------------------------------------------------------------------------


def test_most_picks_are_class_a_and_what_nobody_picks_is_class_c() -> None:
    assert rules.classes({1: 80, 2: 10, 3: 6, 4: 4, 5: 0}) == {
        1: "A",
        2: "B",
        3: "B",
        4: "C",
        5: "C",
    }


def test_who_is_picked_alike_is_of_one_class() -> None:
    assert set(rules.classes(dict.fromkeys(range(10), 3)).values()) == {"A"}
    assert rules.classes({}) == {}
    assert rules.classes({1: 0}) == {1: "C"}


@given(st.dictionaries(st.integers(1, 50), st.integers(0, 99), max_size=20))
def test_who_is_picked_more_is_never_in_a_worse_class(picks: dict[int, int]) -> None:
    found = rules.classes(picks)

    assert found.keys() == picks.keys()
    ordered = sorted(picks, key=lambda sku: -picks[sku])
    letters = [found[sku] for sku in ordered]
    assert letters == sorted(letters)
    if any(picks.values()):
        assert letters[0] == "A"


def test_what_is_picked_most_is_moved_nearer_each_into_a_bin_of_its_own() -> None:
    places = {
        each.bin_id: each
        for each in (
            place(1, "pick_face"),
            place(2),
            place(8, lying=[MUG]),
            place(9, lying=[PEN]),
        )
    }
    lying = [Lying(1, 8, 10), Lying(2, 9, 5)]

    moves = rules.slotting(places, lying, {1: MUG, 2: PEN}, {1: 3, 2: 40}, {1: "A", 2: "A"})

    assert [(each.sku_id, each.source_id, each.target_id) for each in moves] == [
        (2, 9, 1),
        (1, 8, 2),
    ]
    assert moves[0].why == "picked 40 times, and B1 is nearer than B9"
    assert rules.slotting(places, lying, {1: MUG, 2: PEN}, {}, {1: "B", 2: "C"}) == []
