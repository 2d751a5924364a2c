from hypothesis import given
from hypothesis import strategies as st

from inventory.planning.rules.demand import LeadDemand
from inventory.planning.rules.levels import Levels
from inventory.planning.rules.replenishing import (
    Facts,
    Proposed,
    Source,
    Stand,
    Supply,
    decide,
    record,
)

PLAN = Levels(reorder=10, upto=30, safety=4.0, lead=LeadDemand(6, 9))
SELLER = Supply("purchase", "ACME", pack_size=12, minimum=24)


def test_above_the_reorder_point_nothing_is_proposed() -> None:
    assert decide(Stand(available=11), PLAN, [], SELLER).proposed == ()


def test_at_the_reorder_point_it_is_ordered_up_in_packs_and_from_the_minimum_on() -> None:
    found = decide(Stand(available=10), PLAN, [], SELLER)

    assert found.missing == 20
    assert found.proposed == [Proposed("purchase", "ACME", 24)]
    assert decide(Stand(), PLAN, [], SELLER).proposed == [Proposed("purchase", "ACME", 36)]


def test_what_comes_and_what_is_drafted_counts_and_what_waits_counts_against() -> None:
    assert not decide(Stand(incoming=6, drafted=5), PLAN, [], SELLER).proposed
    found = decide(Stand(available=11, waiting=1), PLAN, [], SELLER)
    assert found.missing == 20
    assert decide(Stand(available=11, leaving=1), PLAN, [], SELLER).missing == 20


def test_a_place_with_a_surplus_gives_before_anything_is_bought() -> None:
    rich = Source("HAM", on_hand=80, position=80, keeps=30)
    found = decide(Stand(available=4), PLAN, [rich], SELLER)

    assert found.proposed == [Proposed("transfer", "HAM", 26)]
    assert [each.origin for each in found.refused] == ["ACME"]


def test_a_place_gives_no_more_than_lies_there_and_it_can_spare() -> None:
    assert Source("HAM", on_hand=5, position=80, keeps=30).surplus == 5
    assert Source("HAM", on_hand=80, position=35, keeps=30).surplus == 5
    assert Source("HAM", on_hand=80, position=20, keeps=30).surplus == 0


def test_a_small_surplus_is_taken_and_the_rest_is_bought() -> None:
    poor = Source("HAM", on_hand=3, position=33, keeps=30)
    found = decide(Stand(available=4), PLAN, [poor], SELLER)

    assert found.proposed == [Proposed("transfer", "HAM", 3), Proposed("purchase", "ACME", 24)]


def test_the_largest_surplus_gives_first_and_only_what_is_needed_is_moved() -> None:
    places = [
        Source("HAM", on_hand=9, position=39, keeps=30),
        Source("MUC", on_hand=20, position=50, keeps=30),
    ]
    found = decide(Stand(available=4), PLAN, places, SELLER)

    assert found.proposed == [Proposed("transfer", "MUC", 20)]
    assert {each.origin: each.reason for each in found.refused} == {
        "HAM": "no more is needed for now",
        "ACME": "the transfer lifts the stock above the reorder point",
    }


def test_without_a_supplier_the_need_stays_visible() -> None:
    found = decide(Stand(available=4), PLAN, [], None)

    assert found.lacks_supply
    assert found.missing == 26


def test_a_policy_may_take_nothing_from_other_places() -> None:
    rich = Source("HAM", on_hand=80, position=80, keeps=30)
    found = decide(Stand(available=4), PLAN, [rich], SELLER, transfers=False)

    assert [each.kind for each in found.proposed] == ["purchase"]


@given(
    st.builds(
        Stand,
        available=st.integers(0, 60),
        incoming=st.integers(0, 60),
        drafted=st.integers(0, 60),
        leaving=st.integers(0, 60),
        waiting=st.integers(0, 60),
    ),
    st.lists(
        st.builds(
            Source,
            st.sampled_from(["A", "B", "C"]),
            st.integers(0, 50),
            st.integers(-20, 80),
            st.integers(0, 40),
        ),
        max_size=3,
        unique_by=lambda each: each.place,
    ),
    st.integers(1, 20),
)
def test_a_need_is_met_once_and_no_place_gives_what_it_needs(
    stand: Stand, sources: list[Source], pack: int
) -> None:
    found = decide(stand, PLAN, sources, Supply("purchase", "ACME", pack_size=pack))
    got = sum(each.quantity for each in found.proposed)
    surplus = {each.place: each.surplus for each in sources}

    for each in found.proposed:
        assert each.quantity > 0
        if each.kind == "transfer":
            assert each.quantity <= surplus[each.origin]
        else:
            assert each.quantity % pack == 0
    if found.proposed:
        assert stand.position <= PLAN.reorder < stand.position + got < PLAN.upto + pack
    else:
        assert stand.position > PLAN.reorder
    after = Stand(available=stand.position + got) if stand.position + got >= 0 else stand
    assert not decide(after, PLAN, sources, SELLER).proposed


def test_the_reasons_can_be_read() -> None:
    facts = Facts(
        per_week=7.5,
        spread=3.2,
        method="smoothing 0.2",
        lead_days=9,
        lead_spread=2,
        lead_known_from="14 receipts",
        policy="A items",
        target="fill rate",
        share=0.95,
        pack_size=12,
        minimum=24,
    )
    stand = Stand(available=6, incoming=3, waiting=2)
    decision = decide(stand, PLAN, [Source("HAM", 0, 0, 30)], SELLER)

    kept = record(facts, PLAN, stand, decision, decision.proposed[0])

    assert kept["words"] == [
        "Demand is 7.5 units a week, give or take 3.2 (smoothing 0.2).",
        "Supply takes 9.0 days, give or take 2.0 (14 receipts).",
        "Policy A items: fill rate 95.0%; reordered at 10, up to 30.",
        "The position is 7: 6 available + 3 coming - 2 that orders wait for. 23 units are missing.",
        "It comes in packs of 12, at least 24 units: 24.",
    ]
    assert kept["refused"] == [
        {"origin": "HAM", "reason": "it has 0 to give away and needs 30 itself"}
    ]
