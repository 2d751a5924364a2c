"""Production orders: from the draft to the last posting."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import models, transaction

from inventory.catalog.models import Sku
from inventory.inbound.models import Inbound
from inventory.locations.models import Location
from inventory.production import errors, queries
from inventory.production import services as production
from inventory.production.models import (
    ProductionByproduct,
    ProductionComponent,
    ProductionOrder,
    ProductionPosting,
    ProductionPostingLine,
    ProductionSlot,
)
from inventory.production.rules import Used
from inventory.production.services import Demand, Report, Wish
from inventory.reservations.models import Allocation, Reservation
from inventory.stock import services as stock
from inventory.stock.models import Level, Movement
from inventory.stock.states import INSIDE, Bucket
from oms.core import clock, numbering
from oms.core.errors import Stale
from oms.core.flows import IllegalTransition
from oms.core.outbox.models import Event
from oms.core.timeline.models import Entry
from oms.reporting.invariants import services as invariants
from tests.inventory.factories import LevelFactory, LocationFactory, SkuFactory
from tests.inventory.production.made import (
    MAKER,
    begun_order,
    center,
    component,
    confirmed_order,
    drafted_order,
    posted,
    released_bill,
    stocked,
)

pytestmark = pytest.mark.django_db

WATCHED = (
    ProductionOrder,
    ProductionComponent,
    ProductionByproduct,
    ProductionPosting,
    ProductionPostingLine,
    ProductionSlot,
    Level,
    Movement,
    Allocation,
    Inbound,
    Reservation,
)


@pytest.fixture
def place() -> Location:
    return LocationFactory.create()


def contents(model: type[models.Model]) -> list[dict[str, Any]]:
    return list(model._default_manager.order_by("pk").values())


def assert_refused(error: type[Exception], act: Callable[[], Any]) -> Any:
    """Assert that `act` raises `error` and leaves every table as it was."""
    before, entries = [contents(model) for model in WATCHED], Entry.objects.count()
    with pytest.raises(error) as raised, transaction.atomic():
        act()
    assert [contents(model) for model in WATCHED] == before
    assert Entry.objects.count() == entries
    return raised.value


def told(error: Any) -> list[tuple[str, str]]:
    return [(problem.pointer, problem.code) for problem in error.problems]


def level(order: ProductionOrder, sku: Sku) -> dict[str, int]:
    """Return what the level of a SKU counts at the order's location, zeros left out."""
    found = Level.objects.filter(sku=sku, location=order.location).first()
    names = ("on_hand", "committed", "reserved", "quality_control", "incoming")
    return {name: getattr(found, name) for name in names if found and getattr(found, name)}


def in_bucket(sku: Sku, bucket: str) -> int:
    """Return the units of a SKU that its movements have put into a bucket."""
    return sum(
        move.quantity * ((move.target == bucket) - (move.source == bucket))
        for move in Movement.objects.filter(level__sku=sku)
    )


def counters(order: ProductionOrder) -> tuple[int, int, int]:
    """Return what of the only component is held, consumed and missing."""
    row = component(order)
    return row.held, row.consumed, row.missing


def now(order: ProductionOrder) -> ProductionOrder:
    return ProductionOrder.objects.select_related("bill__sku", "location").get(pk=order.pk)


def events(name: str) -> int:
    return Event.objects.filter(name=f"inventory.{name}.v1").count()


def assert_books_agree() -> None:
    assert [result.check.name for result in invariants.run() if not result.holds] == []


# Drafts -------------------------------------------------------------------------------------------


def test_a_draft_touches_no_stock_and_says_what_it_needs(place: Location) -> None:
    part, rest = stocked(place), SkuFactory.create()
    bill = released_bill(parts={part: 3}, scrap="5", byproducts={rest: 1}, batch=4)

    order = drafted_order(location=place, bill=bill, quantity=10)

    assert (order.status, order.number[:3]) == ("draft", "MO-")
    assert numbering.is_valid(order.number)
    assert component(order).planned == 8  # 7.5 and a twentieth more is 7.875
    assert ProductionByproduct.objects.get(order=order).planned == 2
    assert level(order, part) == {"on_hand": 100}
    assert not Inbound.objects.exists()


def test_everything_wrong_with_a_draft_is_told_at_once() -> None:
    error = assert_refused(
        errors.InvalidProduction,
        lambda: production.create(
            wish=Wish(sku_code="NONE", location_code="nowhere", quantity=0), actor=MAKER
        ),
    )

    assert told(error) == [
        ("/sku", "unknown_sku"),
        ("/location", "unknown_reference"),
        ("/quantity", "number_range"),
    ]


def test_what_no_bill_makes_and_what_no_work_center_does_is_refused(place: Location) -> None:
    bill = released_bill()

    def draft(**changes: Any) -> Any:
        wish = {"sku_code": bill.sku.code, "location_code": place.code, "quantity": 1, **changes}
        return assert_refused(
            errors.InvalidProduction, lambda: production.create(wish=Wish(**wish), actor=MAKER)
        )

    bought = SkuFactory.create().code
    assert told(draft(sku_code=bought)) == [("/sku", "not_made")]
    assert told(draft(revision=2)) == [("/revision", "unknown_reference")]
    assert told(draft(work_center="moon")) == [("/work_center", "unknown_reference")]


def test_a_draft_follows_what_is_wanted_until_it_is_confirmed() -> None:
    order = drafted_order(quantity=10)

    def edit(version: int) -> ProductionOrder:
        return production.edit(
            order_id=order.pk,
            wish=Wish(sku_code=order.bill.sku.code, location_code=order.location.code, quantity=3),
            version=version,
            actor=MAKER,
        )

    assert_refused(Stale, lambda: edit(order.version + 1))
    edit(order.version)

    assert component(order).planned == 6


def test_an_order_of_another_location_is_not_there(place: Location) -> None:
    order = drafted_order()

    assert_refused(
        errors.ProductionMissing,
        lambda: production.confirm(order_id=order.pk, actor=MAKER, reach=frozenset({place.pk})),
    )


# Confirming ---------------------------------------------------------------------------------------


def test_confirming_sets_components_aside_and_expects_the_goods() -> None:
    order = confirmed_order()

    assert order.status == "confirmed"
    assert counters(order) == (20, 0, 0)
    assert level(order, component(order).sku) == {"on_hand": 100, "committed": 20}
    assert level(order, order.bill.sku) == {"incoming": 10}
    coming = Inbound.objects.get(supply="inventory.productionorder")
    assert (coming.supply_id, coming.due_on) == (order.pk, order.finishes_on)
    assert events("production_confirmed") == 1
    assert_books_agree()


def test_short_components_are_told_all_at_once_or_waited_for(place: Location) -> None:
    first, second = stocked(place, 7), stocked(place, 0, safety_stock=0)
    bill = released_bill(parts={first: 1, second: 1})
    order = drafted_order(location=place, bill=bill, quantity=10)

    error = assert_refused(
        errors.ComponentsShort, lambda: production.confirm(order_id=order.pk, actor=MAKER)
    )
    assert error.fields["shortages"] == [
        {"sku": first.code, "asked": 10, "available": 7},
        {"sku": second.code, "asked": 10, "available": 0},
    ]

    production.confirm(order_id=order.pk, with_shortages=True, actor=MAKER)

    assert [(row.held, row.missing) for row in order.components.order_by("pk")] == [(7, 3), (0, 10)]
    assert list(ProductionOrder.objects.short()) == [order]
    assert_books_agree()


def test_the_safety_stock_stays(place: Location) -> None:
    bill = released_bill(parts={stocked(place, 20, safety_stock=1): 2})
    order = drafted_order(location=place, bill=bill)

    assert_refused(
        errors.ComponentsShort, lambda: production.confirm(order_id=order.pk, actor=MAKER)
    )


def test_a_draft_of_a_revision_that_was_retired_is_not_confirmed() -> None:
    order = drafted_order()
    production.retire_bill(bill_id=order.bill_id, reason="cracks", actor=MAKER)

    error = assert_refused(
        errors.InvalidProduction, lambda: production.confirm(order_id=order.pk, actor=MAKER)
    )

    assert told(error) == [("/revision", "bill_retired")]


def test_components_that_come_later_are_set_aside_for_who_waits(place: Location) -> None:
    part = stocked(place, 5)
    bill = released_bill(parts={part: 1})
    order = confirmed_order(location=place, bill=bill, with_shortages=True)
    assert production.hold_what_is_missing() == 0
    stock.receive(
        sku_id=part.pk, location_id=place.pk, quantity=3, document="x", cause="x", actor=MAKER
    )

    assert production.hold_what_is_missing() == 1

    assert counters(order) == (8, 0, 2)
    assert production.hold_what_is_missing() == 0
    assert_books_agree()


# Days ---------------------------------------------------------------------------------------------


def test_orders_share_the_days_of_a_work_center(place: Location) -> None:
    bench = center(place, capacity=8)
    bill = released_bill(parts={stocked(place): 1}, at=bench, load=2, way_days=3)
    today = clock.today(place.time_zone)

    first = confirmed_order(location=place, bill=bill, quantity=6)  # 12 of 8 a day
    second = confirmed_order(location=place, bill=bill, quantity=4)

    def days(order: ProductionOrder) -> list[tuple[int, int]]:
        return [((slot.day - today).days, slot.load) for slot in order.slots.order_by("day")]

    assert days(first) == [(0, 8), (1, 4)]
    assert days(second) == [(1, 4), (2, 4)]
    assert first.finishes_on == today + timedelta(days=4)
    assert (second.starts_on, second.finishes_on) == (
        today + timedelta(days=1),
        today + timedelta(days=5),
    )


def test_without_a_work_center_only_the_lead_days_count(place: Location) -> None:
    bill = released_bill(parts={stocked(place): 1}, lead_days=4)

    order = confirmed_order(location=place, bill=bill)

    assert order.finishes_on == clock.today(place.time_zone) + timedelta(days=4)
    assert not order.slots.exists()


def test_a_work_center_without_days_refuses(place: Location) -> None:
    bench = center(place, capacity=1)
    bill = released_bill(parts={stocked(place, 2000): 1}, at=bench)
    order = drafted_order(location=place, bill=bill, quantity=731)

    assert_refused(errors.NoCapacity, lambda: production.confirm(order_id=order.pk, actor=MAKER))


def test_what_is_left_is_planned_anew(place: Location) -> None:
    bench = center(place, capacity=5)
    bill = released_bill(parts={stocked(place): 1}, at=bench)
    order = confirmed_order(location=place, bill=bill, quantity=10)
    today = clock.today(place.time_zone)
    posted(order, 3)

    production.reschedule(
        order_id=order.pk, start=today + timedelta(days=7), reason="ill", actor=MAKER
    )

    slots = [((slot.day - today).days, slot.load) for slot in order.slots.order_by("day")]
    assert slots == [(7, 5), (8, 2)]
    coming = Inbound.objects.get(supply="inventory.productionorder")
    assert (coming.quantity, coming.due_on) == (7, today + timedelta(days=8))


def test_the_soonest_day_follows_from_components_and_capacity(place: Location) -> None:
    bench = center(place, capacity=5)
    part = stocked(place, 4)
    bill = released_bill(parts={part: 1}, at=bench, way_days=1)
    today = clock.today(place.time_zone)
    Inbound.objects.create(
        level=Level.objects.get(sku=part),
        supply="x",
        supply_id=1,
        quantity=6,
        due_on=today + timedelta(days=5),
    )

    def asked(quantity: int) -> tuple[int | None, int | None]:
        found = queries.capable_to_promise(bill, place, quantity)
        return tuple(
            None if day is None else (day - today).days
            for day in (found.components_on, found.finishes_on)
        )

    assert asked(4) == (0, 1)
    assert asked(10) == (5, 7)
    assert asked(11) == (None, None)
    confirmed_order(location=place, bill=bill, quantity=6, with_shortages=True)
    assert asked(4) == (
        5,
        7,
    )  # four are set aside, two that come are waited for; the days are taken
    assert asked(5) == (None, None)


# Posting ------------------------------------------------------------------------------------------


def test_a_posting_uses_components_and_brings_goods_at_once(place: Location) -> None:
    part, rest = stocked(place), SkuFactory.create()
    bill = released_bill(parts={part: 2}, byproducts={rest: 1})
    order = begun_order(location=place, bill=bill)

    posting = posted(order, 4, inspect=1, scrapped=1)

    assert counters(order) == (8, 12, 0)
    assert level(order, part) == {"on_hand": 88, "committed": 8}
    assert level(order, bill.sku) == {"on_hand": 5, "quality_control": 1, "incoming": 4}
    assert level(order, rest) == {"on_hand": 6, "incoming": 4}
    assert (now(order).produced, now(order).scrapped, now(order).open) == (5, 1, 4)
    assert in_bucket(part, Bucket.PRODUCTION) == 12
    assert in_bucket(bill.sku, Bucket.PRODUCTION) == -6
    assert in_bucket(bill.sku, Bucket.ADJUSTMENT) == 1
    kinds = Movement.objects.filter(document=order.number).exclude(kind="allocation")
    assert sorted(kinds.values_list("kind", "quantity")) == [
        ("production_consume", 12),
        ("production_output", 1),
        ("production_output", 4),
        ("production_output", 6),
        ("scrap", 1),
    ]
    assert posting.number == f"{order.number}-1"
    assert events("production_posted") == 1
    assert_books_agree()


def test_the_units_of_every_sku_sum_to_nothing_over_all_buckets() -> None:
    order = begun_order()
    posted(order, 3, scrapped=2)
    production.undo(
        order_id=order.pk, posting_id=posted(order, 2).pk, reason="miscounted", actor=MAKER
    )
    posted(order, 5)
    production.finish(order_id=order.pk, actor=MAKER)

    for sku in (order.bill.sku, component(order).sku):
        sums = {bucket: in_bucket(sku, bucket) for bucket in Bucket.values}
        assert sum(sums.values()) == 0
        inside = sum(sums[bucket] for bucket in INSIDE)
        assert inside == Level.objects.get(sku=sku).on_hand
    assert in_bucket(component(order).sku, Bucket.PRODUCTION) == 20
    assert_books_agree()


def test_many_small_postings_use_what_one_would(place: Location) -> None:
    bill = released_bill(parts={stocked(place): 1}, batch=3)
    order = confirmed_order(location=place, bill=bill, quantity=9)

    for _ in range(9):
        posted(order, 1)

    assert component(order).planned == 3
    assert counters(order) == (0, 3, 0)
    assert now(order).status == "in_progress"


def test_a_posting_that_is_sent_twice_counts_once() -> None:
    order = confirmed_order()

    def post(units: int) -> ProductionPosting:
        return production.post(
            order_id=order.pk, report=Report(produced=units), key="k", actor=MAKER
        )

    first = post(4)

    assert post(4) == first
    assert now(order).produced == 4
    assert_refused(errors.PostingKeyReused, lambda: post(5))


def test_what_differs_from_the_plan_says_why() -> None:
    order = begun_order()
    part = component(order).sku

    def post(**more: Any) -> ProductionPosting:
        return posted(order, 4, used=[Used(part.code, 9)], **more)

    error = assert_refused(errors.ReasonNeeded, post)
    assert told(error) == [("/used/0/quantity", "differs_from_plan")]
    error = assert_refused(errors.ReasonNeeded, lambda: posted(order, 11))
    assert told(error) == [("/produced", "more_than_ordered")]

    post(reason="one was cracked")

    assert counters(order) == (11, 9, 0)
    posted(order, 6)  # what was used too much before is used less now
    assert counters(order) == (0, 20, 0)
    assert_books_agree()


def test_more_components_than_were_set_aside_come_out_of_what_is_available() -> None:
    order = begun_order(stock=22)
    part = component(order).sku

    error = assert_refused(
        errors.ComponentsShort,
        lambda: posted(order, 10, used=[Used(part.code, 23)], reason="spilt"),
    )
    assert error.fields["shortages"] == [{"sku": part.code, "asked": 23, "available": 22}]

    posting = posted(order, 10, used=[Used(part.code, 22)], reason="spilt")

    assert counters(order) == (0, 22, 0)
    assert level(order, part) == {}
    line = posting.lines.get(kind="consume")
    assert (line.quantity, line.held) == (22, 20)
    assert_books_agree()


def test_senseless_postings_are_refused_with_everything_wrong() -> None:
    order = begun_order()

    error = assert_refused(
        errors.InvalidProduction,
        lambda: posted(order, -1, used=[Used("NONE", 1)], byproducts=[Used("NONE", 1)]),
    )

    assert told(error) == [
        ("/produced", "number_range"),
        ("/used/0/sku", "unknown_reference"),
        ("/byproducts/0/sku", "unknown_reference"),
    ]
    assert told(assert_refused(errors.InvalidProduction, lambda: posted(order, 0))) == [
        ("/produced", "no_units")
    ]


def test_nothing_is_posted_on_a_draft() -> None:
    order = drafted_order()

    assert_refused(IllegalTransition, lambda: posted(order, 1))


# Taking back --------------------------------------------------------------------------------------


def test_a_posting_is_taken_back_by_its_exact_opposite(place: Location) -> None:
    part, rest = stocked(place, 21), SkuFactory.create()
    bill = released_bill(parts={part: 2}, byproducts={rest: 1})
    order = begun_order(location=place, bill=bill)
    skus = (part, rest, bill.sku)
    before = [level(order, sku) for sku in skus], counters(order)

    posting = posted(order, 7, inspect=1, scrapped=2, used=[Used(part.code, 21)], reason="spilt")
    production.undo(order_id=order.pk, posting_id=posting.pk, reason="miscounted", actor=MAKER)

    assert ([level(order, sku) for sku in skus], counters(order)) == before
    assert all(in_bucket(sku, Bucket.PRODUCTION) == 0 for sku in skus)
    assert (now(order).produced, now(order).scrapped) == (0, 0)
    assert_refused(
        errors.PostingUndone,
        lambda: production.undo(
            order_id=order.pk, posting_id=posting.pk, reason="again", actor=MAKER
        ),
    )
    assert_books_agree()


def test_goods_that_are_gone_are_not_taken_back() -> None:
    order = begun_order()
    posting = posted(order, 4)
    stock.adjust(
        sku_id=order.bill.sku_id,
        location_id=order.location_id,
        delta=-1,
        document="",
        cause="lost",
        actor=MAKER,
        reason="lost",
    )

    error = assert_refused(
        errors.GoodsGone,
        lambda: production.undo(
            order_id=order.pk, posting_id=posting.pk, reason="miscounted", actor=MAKER
        ),
    )

    assert told(error) == [("/posting", "goods_gone")]


def test_nothing_is_taken_back_once_the_order_is_done() -> None:
    order = begun_order()
    posting = posted(order, 10, finish=True)

    assert_refused(
        IllegalTransition,
        lambda: production.undo(
            order_id=order.pk, posting_id=posting.pk, reason="miscounted", actor=MAKER
        ),
    )


# The end ------------------------------------------------------------------------------------------


def test_finishing_frees_what_is_left(place: Location) -> None:
    bench = center(place, capacity=2)
    bill = released_bill(parts={stocked(place): 2}, at=bench)
    order = begun_order(location=place, bill=bill)
    posted(order, 4)

    error = assert_refused(
        errors.ReasonNeeded, lambda: production.finish(order_id=order.pk, actor=MAKER)
    )
    assert told(error) == [("/reason", "fewer_than_ordered")]
    production.finish(order_id=order.pk, reason="clay is out", actor=MAKER)

    assert now(order).status == "done"
    assert counters(order)[0] == 0
    assert level(order, component(order).sku) == {"on_hand": 92}
    assert level(order, bill.sku) == {"on_hand": 4}
    assert [slot.day for slot in order.slots.all()] == [clock.today(place.time_zone)]
    assert events("production_done") == 1
    assert_books_agree()


def test_cancelling_before_the_start_frees_everything(place: Location) -> None:
    bench = center(place)
    bill = released_bill(parts={stocked(place): 2}, byproducts={SkuFactory.create(): 1}, at=bench)
    order = confirmed_order(location=place, bill=bill)

    production.cancel(order_id=order.pk, reason="not wanted", actor=MAKER)

    assert now(order).status == "cancelled"
    assert level(order, component(order).sku) == {"on_hand": 100}
    assert not Inbound.objects.exists()
    assert not Allocation.objects.exists()
    assert not order.slots.exists()
    assert Event.objects.filter(name="inventory.stock_received.v1").exists()
    assert_books_agree()


def test_what_was_begun_is_not_cancelled() -> None:
    order = begun_order()

    assert_refused(
        IllegalTransition,
        lambda: production.cancel(order_id=order.pk, reason="not wanted", actor=MAKER),
    )


# For a line ---------------------------------------------------------------------------------------


def test_what_is_made_for_a_line_is_kept_for_it() -> None:
    order = begun_order(demand=Demand("orders.orderline", 7, "WEB-1"))

    posted(order, 3, inspect=1)

    kept = Reservation.objects.get()
    assert (kept.purpose, kept.owner, kept.lines.get().quantity) == ("made", "WEB-1", 3)
    assert level(order, order.bill.sku)["reserved"] == 3
    event = Event.objects.get(name="inventory.production_posted.v1")
    assert event.payload["reservation_id"] == kept.pk
    assert_books_agree()


def test_where_no_order_is_shipped_from_nothing_is_kept() -> None:
    workshop = LocationFactory.create(closed_to_orders=True)
    order = begun_order(location=workshop, demand=Demand("orders.orderline", 7, "WEB-1"))

    posted(order, 3)

    assert not Reservation.objects.exists()


# Cost ---------------------------------------------------------------------------------------------


def test_a_posting_costs_the_same_for_many_components(
    place: Location, statements: Callable[[], Any]
) -> None:
    """But for two statements on each component, of which one changes a counter of its row."""

    def cost(parts: int) -> int:
        bill = released_bill(parts={stocked(place): 1 for _ in range(parts)})
        order = begun_order(location=place, bill=bill)
        with statements() as seen:
            posted(order, 1)
        return len(seen)

    few, many = cost(2), cost(8)

    assert (many - few) / 6 <= 2


def test_levels_that_do_not_exist_are_made(place: Location) -> None:
    part = SkuFactory.create()
    LevelFactory.create(location=place)
    bill = released_bill(parts={part: 1})

    order = confirmed_order(location=place, bill=bill, with_shortages=True)

    assert counters(order) == (0, 0, 10)
