from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from inventory.catalog.models import Sku
from inventory.locations.models import Location
from inventory.planning import errors
from inventory.planning import services as planning
from inventory.planning.models import DemandWaiting, Policy, Proposal
from inventory.planning.policies import Policies
from inventory.purchasing import services as purchasing
from inventory.purchasing.models import PurchaseLine, PurchaseOrder
from inventory.stock.models import Level
from inventory.transfers import services as transfers
from inventory.transfers.models import TransferLine
from oms.core import clock
from oms.core.jobs.models import JobRow
from oms.core.outbox.models import Event
from oms.core.timeline.models import Entry
from tests.inventory.factories import LevelFactory, LocationFactory, ProductFactory, SkuFactory
from tests.inventory.planning.plans import PLANNER, forecast, policy, proposals, propose
from tests.inventory.purchasing.orders import placed, sells, supplier

pytestmark = pytest.mark.django_db


def needed(
    *, on_hand: int = 1, per_week: float = 7.0, location: Location | None = None, **terms: Any
) -> Level:
    """Return a level that lies far below what a week wants, of a SKU that somebody sells."""
    level = LevelFactory.create(
        on_hand=on_hand, location=location or LocationFactory.create(code="ber")
    )
    forecast(level.sku, level.location, per_week)
    sells(supplier(), level.sku, **terms)
    return level


def only() -> Proposal:
    (found,) = proposals()
    return found


# Proposing ------------------------------------------------------------------------------------------


def test_a_need_is_proposed_in_packs_with_its_reasons() -> None:
    level = needed(on_hand=1, pack_size=12, minimum_quantity=24)
    rule = policy()

    job = propose()

    found = only()
    assert (found.kind, found.sku, found.location) == ("purchase", level.sku, level.location)
    assert found.supplier is not None
    assert found.quantity % 12 == 0
    assert found.quantity >= 24
    assert found.days_left == 1
    assert found.why["inputs"]["policy"] == rule.name
    assert found.why["stand"]["position"] == 1
    assert found.why["levels"]["reorder"] >= 7
    assert found.why["words"][0] == "Demand is 7.0 units a week, give or take 2.6 (smoothing 0.2)."
    assert "terms of Supplier" in found.why["words"][1]
    row = JobRow.objects.get(job=job)
    assert row.message == f"purchase of {found.quantity} for ber"


def test_with_enough_there_nothing_is_proposed() -> None:
    needed(on_hand=100)
    policy()

    job = propose()

    assert proposals() == []
    assert JobRow.objects.get(job=job).message == "Nothing is needed."


def test_without_a_policy_nothing_is_proposed_and_that_is_said() -> None:
    needed()

    job = propose()

    assert proposals() == []
    assert (job.skipped, JobRow.objects.get(job=job).code) == (1, "no_policy")


def test_a_second_run_proposes_nothing_twice() -> None:
    needed()
    policy()
    propose()
    before = Proposal.objects.values().get()

    propose()

    assert Proposal.objects.values().get() == before


def test_what_comes_counts() -> None:
    level = needed()
    policy()
    placed(level.location, {level.sku: 100})

    propose()

    assert proposals() == []


def test_what_orders_wait_for_counts_against() -> None:
    level = needed(on_hand=40)
    policy()
    propose()
    assert proposals() == []
    DemandWaiting.objects.create(sku=level.sku, location=level.location, units=35)

    propose()

    assert only().why["stand"]["position"] == 5


def test_a_proposal_follows_its_need_and_goes_with_it() -> None:
    level = needed(on_hand=1)
    policy()
    propose()
    first = only()

    Level.objects.filter(pk=level.pk).update(on_hand=4)
    propose()
    second = only()
    assert (second.pk, second.quantity, second.version) == (first.pk, first.quantity - 3, 2)

    Level.objects.filter(pk=level.pk).update(on_hand=90)
    propose()
    assert proposals() == []
    (gone,) = proposals(status="withdrawn")
    assert gone.pk == first.pk
    assert Entry.objects.filter(kind="proposal.withdrawn", document_id=gone.pk).exists()


def test_a_place_with_a_surplus_gives_first_and_its_own_need_stays() -> None:
    level = needed(on_hand=1)
    rich = LevelFactory.create(sku=level.sku, location__code="ham", on_hand=60)
    forecast(level.sku, rich.location, 7)
    policy()

    propose()

    found = only()
    assert (found.kind, found.source, found.location) == (
        "transfer",
        rich.location,
        level.location,
    )
    assert found.supplier is None
    refused = {each["origin"] for each in found.why["refused"]}
    assert len(refused) == 1  # the supplier


def test_two_places_do_not_take_the_same_surplus() -> None:
    level = needed(on_hand=0)
    other = LevelFactory.create(sku=level.sku, location__code="muc", on_hand=1)
    forecast(level.sku, other.location, 7)
    LevelFactory.create(sku=level.sku, location__code="ham", on_hand=12)  # nothing is wanted there
    policy()

    propose()

    moved = [each for each in proposals() if each.kind == "transfer"]
    assert sum(each.quantity for each in moved) == 12
    bought = [each for each in proposals() if each.kind == "purchase"]
    assert {each.location.code for each in bought} == {"muc"}  # Berlin has got enough for now


def test_a_policy_may_buy_only() -> None:
    level = needed(on_hand=1)
    LevelFactory.create(sku=level.sku, location__code="ham", on_hand=60)
    policy(takes_transfers=False)

    propose()

    assert only().kind == "purchase"


def test_what_nobody_sells_is_shown_and_cannot_be_approved() -> None:
    level = LevelFactory.create(on_hand=0)
    forecast(level.sku, level.location)
    policy()
    propose()
    found = only()
    assert found.supplier is None
    assert "Nobody sells it" in found.why["words"][-1]

    with pytest.raises(errors.NotDecidable) as caught:
        planning.approve(proposal_ids=[found.pk], actor=PLANNER)

    assert [each.code for each in caught.value.problems] == ["no_supplier"]
    assert proposals() == [found]


def test_lead_times_are_those_that_receipts_teach() -> None:
    level = needed(on_hand=0)
    seller = level.sku.supplier_terms.get().supplier
    for days in (20, 22, 24):
        with clock.travelled(clock.now() - timedelta(days=days)):
            order = placed(level.location, {level.sku: 1}, seller=seller)
        purchasing.receive(
            order_id=order.pk,
            units=[purchasing.Arrived(level.sku.code, 1)],
            key=f"r{days}",
            actor=PLANNER,
        )
    policy()

    propose()

    assert only().why["inputs"]["lead_days"] == 22
    assert only().why["inputs"]["lead_spread"] == 2


def test_the_policy_that_says_most_counts() -> None:
    sku = SkuFactory.create(product=ProductFactory.create(category="Mugs"))
    here, there = LocationFactory.create(), LocationFactory.create()
    of = {"sku_id": sku.pk, "category": "Mugs"}
    rows = [
        policy(name="all"),
        policy(name="all here", location=here),
        policy(name="mugs", category="Mugs"),
        policy(name="mugs here", category="Mugs", location=here),
        policy(name="it", sku=sku),
        policy(name="it here", sku=sku, location=here),
    ]
    found = []
    while rows:
        best = Policies([sku.pk]).of(**of, location_id=here.pk)
        other = Policies([sku.pk]).of(**of, location_id=there.pk)
        assert best is not None
        found.append((best.name, other.name if other else None))
        Policy.objects.filter(pk=best.pk).update(is_active=False)
        rows.pop()

    assert found == [
        ("it here", "it"),
        ("it", "it"),
        ("mugs here", "mugs"),
        ("mugs", "mugs"),
        ("all here", "all"),
        ("all", "all"),
    ]


def test_many_skus_cost_no_more_statements_than_few(
    statements: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    place, seller = LocationFactory.create(), supplier()
    policy()
    counted = []
    for count in (2, 20):
        for _ in range(count):
            level = LevelFactory.create(on_hand=0, location=place)
            forecast(level.sku, place)
            sells(seller, level.sku)
        with statements() as seen:
            propose()
        counted.append(len(seen))

    assert counted[0] == counted[1]


# Deciding -------------------------------------------------------------------------------------------


def test_approved_purchases_of_one_supplier_for_one_place_are_one_draft() -> None:
    place, seller = LocationFactory.create(), supplier()
    policy()
    for _ in range(2):
        level = LevelFactory.create(on_hand=0, location=place)
        forecast(level.sku, place)
        sells(seller, level.sku)
    needed(location=place)
    propose()

    done = planning.approve(proposal_ids=[each.pk for each in proposals()], actor=PLANNER)

    assert len(done.purchase_orders) == 2
    assert PurchaseOrder.objects.filter(status="draft", location=place).count() == 2
    for each in proposals(status="approved"):
        line = PurchaseLine.objects.get(sku=each.sku)
        assert (line.order.number, line.ordered) == (each.document_number, each.quantity)
        assert each.decided_by == "staff:Paula Planner"
    names = Event.objects.filter(name="inventory.proposal_approved.v1")
    assert names.count() == 3


def test_an_approved_transfer_is_a_draft_from_the_place_that_has_more() -> None:
    level = needed(on_hand=1)
    rich = LevelFactory.create(sku=level.sku, location__code="ham", on_hand=60)
    policy()
    propose()

    done = planning.approve(proposal_ids=[only().pk], actor=PLANNER)

    (move,) = done.transfers
    assert (move.source, move.destination, move.status) == (rich.location, level.location, "draft")
    assert TransferLine.objects.get(transfer=move).quantity == done.proposals[0].quantity


def test_what_is_approved_is_not_proposed_again_until_its_draft_is_given_up() -> None:
    level = needed()
    policy()
    propose()
    (order,) = planning.approve(proposal_ids=[only().pk], actor=PLANNER).purchase_orders

    propose()
    assert proposals() == []

    purchasing.place(order_id=order.pk, actor=PLANNER, below_minimum=True)
    propose()
    assert proposals() == []

    purchasing.cancel(order_id=order.pk, reason="They have none.", actor=PLANNER)
    propose()
    assert only().sku == level.sku


def test_a_draft_transfer_counts_at_both_ends() -> None:
    level = needed(on_hand=1)
    rich = LevelFactory.create(sku=level.sku, location__code="ham", on_hand=60)
    policy()
    propose()
    (move,) = planning.approve(proposal_ids=[only().pk], actor=PLANNER).transfers
    propose()
    assert proposals() == []

    transfers.release(transfer_id=move.pk, actor=PLANNER)
    propose()
    assert proposals() == []
    rich.refresh_from_db()
    assert rich.committed > 0


def test_approving_twice_is_refused_and_makes_nothing() -> None:
    needed()
    policy()
    propose()
    key = only().pk
    planning.approve(proposal_ids=[key], actor=PLANNER)

    with pytest.raises(errors.NotDecidable) as caught:
        planning.approve(proposal_ids=[key], actor=PLANNER)

    assert [each.code for each in caught.value.problems] == ["not_open"]
    assert PurchaseOrder.objects.count() == 1


def test_one_that_cannot_be_approved_keeps_all_from_it() -> None:
    needed()
    level = LevelFactory.create(on_hand=0)
    forecast(level.sku, level.location)
    policy()
    propose()

    with pytest.raises(errors.NotDecidable):
        planning.approve(proposal_ids=[each.pk for each in proposals()], actor=PLANNER)

    assert len(proposals()) == 2
    assert not PurchaseOrder.objects.exists()


def test_a_rejected_need_is_quiet_for_a_while() -> None:
    needed()
    policy()
    propose()

    planning.reject(
        proposal_ids=[only().pk], reason="End of the range", quiet_days=10, actor=PLANNER
    )
    propose()
    assert proposals() == []
    (rejected,) = proposals(status="rejected")
    assert (rejected.reason, rejected.quiet_until) == (
        "End of the range",
        clock.today() + timedelta(days=10),
    )

    with clock.travelled(clock.now() + timedelta(days=11)):
        propose()
    assert len(proposals()) == 1


@pytest.mark.parametrize(("reason", "days"), [("", 5), ("why", -1), ("why", 1000)])
def test_a_rejection_says_why_and_for_how_long(reason: str, days: int) -> None:
    needed()
    policy()
    propose()

    with pytest.raises(errors.RejectionInvalid):
        planning.reject(proposal_ids=[only().pk], reason=reason, quiet_days=days, actor=PLANNER)
    assert len(proposals()) == 1


def test_proposals_of_other_locations_do_not_exist_for_who_is_bound() -> None:
    needed()
    policy()
    propose()
    elsewhere = frozenset({LocationFactory.create().pk})

    with pytest.raises(errors.ProposalMissing):
        planning.approve(proposal_ids=[only().pk], actor=PLANNER, reach=elsewhere)
    with pytest.raises(errors.TooManyProposals):
        planning.approve(proposal_ids=[], actor=PLANNER)


def test_a_stock_of_zero_with_nothing_wanted_is_left_alone() -> None:
    level = LevelFactory.create(on_hand=0)
    forecast(level.sku, level.location, 0.0, spread=0.0)
    sells(supplier(), level.sku)
    policy(percent=Decimal("99.0"))

    propose()

    assert proposals() == []


def test_a_least_stock_is_kept_whatever_is_wanted() -> None:
    sku: Sku = SkuFactory.create()
    level = LevelFactory.create(sku=sku, on_hand=2)
    sells(supplier(), sku)
    policy(sku=sku, least=5, lot=10)

    propose()

    assert (only().location, only().quantity) == (level.location, 13)
