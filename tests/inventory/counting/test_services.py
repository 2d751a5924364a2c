"""Draft, start, count blind, count again, review, post."""

from datetime import timedelta
from typing import Any

import pytest

from inventory.counting import errors, queries, services
from inventory.counting.models import CountEntry, CountLine, CountOrder
from inventory.counting.rules import Choice, Tolerance
from inventory.reservations import services as reservations
from inventory.stock import services as stock
from inventory.stock.models import Level, Movement
from oms.core import clock
from oms.core.actors import SYSTEM
from oms.core.errors import DomainError, Raced, Stale
from oms.core.flows import IllegalTransition
from oms.core.outbox.models import Event
from oms.core.timeline.models import Entry
from tests.inventory.counting.counts import (
    ANNA,
    BEN,
    BOSS,
    count,
    count_twice,
    draft,
    reviewed,
    started,
)
from tests.inventory.factories import LevelFactory, LocationFactory, SkuFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def level() -> Level:
    """Give ten units of TEA at berlin."""
    level: Level = LevelFactory.create(sku__code="TEA", location__code="berlin", bin_code="A-01")
    return level


def line_of(order: CountOrder) -> CountLine:
    """Return the only line."""
    return CountLine.objects.get(count=order)


def post(order: CountOrder, **changes: Any) -> CountOrder:
    """Let the boss post it."""
    return services.post(**{"count_id": order.pk, "actor": BOSS, **changes})


def move_units(level: Level, delta: int, *, minutes: int = 0) -> None:
    """Receive or ship units, as orders flow."""
    with clock.travelled(clock.now() + timedelta(minutes=minutes)):
        if delta > 0:
            stock.receive(
                sku_id=level.sku_id,
                location_id=level.location_id,
                quantity=delta,
                document="PO",
                cause=f"in:{Movement.objects.count()}",
                actor=SYSTEM,
            )
            return
        promise = [reservations.Promise(1, level.sku_id, level.location_id, -delta)]
        cause = f"out:{Movement.objects.count()}"
        reservations.allocate(
            demand="test", promises=promise, document="O", cause=f"{cause}:a", actor=SYSTEM
        )
        reservations.issue(
            demand="test", units=promise, document="O", cause=f"{cause}:i", actor=SYSTEM
        )


# Choosing -----------------------------------------------------------------------------------------


def chosen(level: Level, choice: Choice) -> list[str]:
    """Return the codes of a draft by `choice` at the location of `level`."""
    order = draft(level, choice=choice)
    return list(order.lines.order_by("pk").values_list("sku__code", flat=True))


@pytest.fixture
def shelves(level: Level) -> Level:
    """Add MUG in B-01, and CUP in A-02 that much was shipped of."""
    place = level.location
    LevelFactory.create(sku__code="MUG", location=place, bin_code="B-01")
    cup = LevelFactory.create(sku__code="CUP", location=place, bin_code="A-02", on_hand=100)
    move_units(cup, -90)
    move_units(level, -5)
    LevelFactory.create(sku__code="FAR", bin_code="A-01")
    return level


@pytest.mark.parametrize(
    ("choice", "codes"),
    [
        (Choice("skus", skus=["MUG", "TEA", "MUG"]), ["MUG", "TEA"]),
        (Choice("bins", bins="A-"), ["TEA", "CUP"]),
        (Choice("abc", abc="A"), ["CUP"]),
        (Choice("abc", abc="B"), ["TEA"]),
        (Choice("abc", abc="C"), ["MUG"]),
        (Choice("age", days=30), ["TEA", "CUP", "MUG"]),
    ],
)
def test_skus_are_chosen_in_walking_order(shelves: Level, choice: Choice, codes: list[str]) -> None:
    assert chosen(shelves, choice) == codes


def test_what_was_counted_lately_is_not_old(shelves: Level) -> None:
    post(reviewed(shelves, 5))

    assert chosen(shelves, Choice("age", days=30)) == ["CUP", "MUG"]
    with clock.travelled(clock.now() + timedelta(days=31)):
        assert chosen(shelves, Choice("age", days=30)) == ["TEA", "CUP", "MUG"]


def test_movements_of_long_ago_make_no_class(shelves: Level) -> None:
    with clock.travelled(clock.now() + timedelta(days=91)):
        assert chosen(shelves, Choice("abc", abc="C")) == ["TEA", "CUP", "MUG"]


def test_a_choice_by_rule_leaves_out_what_is_being_counted(shelves: Level) -> None:
    started(shelves)

    assert chosen(shelves, Choice("bins", bins="A-")) == ["CUP"]


@pytest.mark.parametrize(
    ("changes", "refusal", "codes"),
    [
        ({"location_code": "nowhere"}, errors.InvalidCount, ["unknown_reference"]),
        ({"location_codes": frozenset({"paris"})}, errors.InvalidCount, ["unknown_reference"]),
        (
            {
                "location_code": "nowhere",
                "choice": Choice("skus", skus=["TEA", "tea"]),
                "tolerance": Tolerance("percent", 101),
            },
            errors.InvalidCount,
            ["number_range", "unknown_reference", "unknown_sku"],
        ),
        ({"choice": Choice("bins", bins="Z")}, errors.NothingToCount, []),
    ],
)
def test_a_senseless_draft_is_refused_as_a_whole(
    level: Level, changes: dict[str, Any], refusal: type[DomainError], codes: list[str]
) -> None:
    with pytest.raises(refusal) as caught:
        draft(level, **changes)

    assert [problem.code for problem in caught.value.problems] == codes
    assert not CountOrder.objects.exists()


def test_a_draft_is_changed_and_chosen_anew(shelves: Level) -> None:
    order = draft(shelves)

    edited = services.edit(
        count_id=order.pk, choice=Choice("bins", bins="B"), note="soon", version=1, actor=BOSS
    )

    assert (edited.chosen_by, edited.choice, edited.note, edited.version) == (
        "bins",
        "B",
        "soon",
        2,
    )
    assert list(order.lines.values_list("sku__code", flat=True)) == ["MUG"]
    with pytest.raises(Stale):
        services.edit(count_id=order.pk, choice=Choice("bins", bins="A"), version=1, actor=BOSS)


def test_a_sku_is_in_one_running_count_per_location(level: Level) -> None:
    first, second = started(level), draft(level)

    with pytest.raises(errors.BeingCounted) as caught:
        services.start(count_id=second.pk, actor=BOSS)

    assert caught.value.fields == {"skus": {"TEA": first.number}}
    second.refresh_from_db()
    assert second.status == "draft"
    services.cancel(count_id=first.pk, reason="not now", actor=BOSS)
    assert services.start(count_id=second.pk, actor=BOSS).status == "open"


# Counting -----------------------------------------------------------------------------------------


def test_a_count_within_the_tolerance_is_accepted(level: Level) -> None:
    order = started(level, tolerance=Tolerance("units", 1))

    noted = count(order, level, 9)

    assert (noted.is_accepted, noted.left) == (True, 0)
    line = line_of(order)
    assert (line.state, line.counted, line.book, line.difference) == ("counted", 9, 10, -1)
    assert line.counted_by == "staff:Anna Aisle"


def test_outside_the_tolerance_somebody_else_counts_again(level: Level) -> None:
    order = started(level)

    first = count(order, level, 7)
    with pytest.raises(errors.SamePerson):
        count(order, level, 7)
    second = count(order, level, 8, actor=BEN)

    assert (first.is_accepted, second.is_accepted) == (False, True)
    assert line_of(order).difference == -2
    assert list(CountEntry.objects.values_list("counted", "by")) == [
        (7, "staff:Anna Aisle"),
        (8, "staff:Ben Bin"),
    ]


def test_a_client_that_speaks_for_several_names_them(level: Level) -> None:
    order = started(level)
    count(order, level, 7, counter="anna")

    with pytest.raises(errors.SamePerson):
        count(order, level, 7, counter="anna")

    assert count(order, level, 7, counter="ben").is_accepted


def test_what_is_picked_is_not_on_the_shelf_and_not_missing(level: Level) -> None:
    order = started(level)

    noted = count(order, level, 7, off_shelf=lambda _sku, _place: 3)

    assert noted.is_accepted
    assert line_of(order).difference == 0


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"sku_code": "MUG"}, errors.NotExpected),
        ({"sku_code": "MUG", "counted": 0, "found": True}, errors.InvalidCount),
        ({"sku_code": "tea"}, errors.InvalidCount),
        ({"counted": -1}, errors.InvalidCount),
        ({"counted": 1_000_001}, errors.InvalidCount),
        ({"count_id": 0}, errors.CountMissing),
    ],
)
def test_a_count_that_cannot_be_is_refused(
    level: Level, changes: dict[str, Any], refusal: type[DomainError]
) -> None:
    SkuFactory.create(code="MUG")
    order = started(level)

    with pytest.raises(refusal):
        count(order, level, 10, **changes)

    assert not CountEntry.objects.exists()
    assert line_of(order).state == "to_count"


def test_what_was_not_expected_can_be_found(level: Level) -> None:
    mug = SkuFactory.create(code="MUG")
    order = started(level, tolerance=Tolerance("units", 5))
    count(order, level, 10)

    noted = count(order, level, 3, sku_code="MUG", found=True)
    post(services.finish(count_id=order.pk, actor=ANNA))

    assert noted.line.is_expected is False
    assert Level.objects.get(sku=mug, location=level.location).on_hand == 3


def test_what_another_count_holds_is_not_found_here(level: Level) -> None:
    mug = LevelFactory.create(sku__code="MUG", location=level.location)
    started(mug)
    order = started(level)

    with pytest.raises(errors.BeingCounted):
        count(order, mug, 3, found=True)

    assert order.lines.count() == 1


def test_nobody_counts_twice_what_is_accepted(level: Level) -> None:
    order = started(level)
    count(order, level, 10)

    with pytest.raises(errors.AlreadyCounted):
        count(order, level, 9, actor=BEN)

    assert line_of(order).counted == 10


def test_nothing_is_counted_before_the_start(level: Level) -> None:
    order = draft(level)

    with pytest.raises(IllegalTransition):
        count(order, level, 10)

    assert not CountEntry.objects.exists()


def test_a_count_is_handed_over_when_every_line_is_counted(level: Level) -> None:
    order = started(level)
    count(order, level, 7)

    with pytest.raises(errors.StillToCount) as caught:
        services.finish(count_id=order.pk, actor=ANNA)

    assert caught.value.fields == {"skus": ["TEA"]}
    count(order, level, 7, actor=BEN)
    assert services.finish(count_id=order.pk, actor=BEN).status == "to_review"


# Reviewing and posting ----------------------------------------------------------------------------


def test_posting_makes_the_books_say_what_was_counted(level: Level) -> None:
    order = reviewed(level, 7)
    services.explain(count_id=order.pk, causes={"TEA": "stolen"}, actor=BOSS)

    posted = post(order)

    level.refresh_from_db()
    assert (posted.status, level.on_hand) == ("posted", 7)
    moved = Movement.objects.get(kind="count")
    assert (moved.source, moved.target, moved.quantity) == ("available", "adjustment", 3)
    assert (moved.document, moved.cause, moved.reason) == (
        order.number,
        f"count-line:{line_of(order).pk}",
        "stolen",
    )
    assert line_of(order).is_live is False
    assert Entry.objects.get(kind="count.posted").data == {"more": 0, "less": 3}


def test_found_units_serve_who_waits(level: Level) -> None:
    post(reviewed(level, 12))

    level.refresh_from_db()
    assert level.on_hand == 12
    assert Event.objects.get(name="inventory.stock_received.v1").payload["quantity"] == 2


def test_what_moves_while_counting_goes_on_is_kept(level: Level) -> None:
    order = started(level)
    move_units(level, -2)  # 8 by the books
    count_twice(order, level, 7)  # one is missing
    move_units(level, +5)
    move_units(level, -3)
    services.finish(count_id=order.pk, actor=ANNA)
    move_units(level, -1)

    post(order)

    level.refresh_from_db()
    assert level.on_hand == 10 - 2 - 1 + 5 - 3 - 1


def test_a_count_without_difference_moves_nothing(level: Level) -> None:
    assert post(reviewed(level, 10)).status == "posted"

    assert Movement.objects.count() == 1


def test_what_was_corrected_after_the_count_is_to_be_counted_again(level: Level) -> None:
    order = reviewed(level, 7)
    stock.adjust(
        sku_id=level.sku_id,
        location_id=level.location_id,
        delta=-3,
        document="",
        cause="by hand",
        actor=ANNA,
        reason="three are missing",
    )

    with pytest.raises(errors.CorrectedSince) as caught:
        post(order)

    assert caught.value.fields == {"skus": ["TEA"]}
    level.refresh_from_db()
    assert level.on_hand == 7
    services.doubt(count_id=order.pk, sku_codes=["TEA"], actor=BOSS)
    count(order, level, 7, actor=ANNA)
    services.finish(count_id=order.pk, actor=ANNA)
    post(order)
    level.refresh_from_db()
    assert level.on_hand == 7


def test_a_doubted_line_is_counted_by_somebody_else(level: Level) -> None:
    order = reviewed(level, 7)  # Ben counted last

    services.doubt(count_id=order.pk, sku_codes=["TEA"], reason="really?", actor=BOSS)

    order.refresh_from_db()
    assert (order.status, line_of(order).state) == ("open", "to_recount")
    with pytest.raises(errors.SamePerson):
        count(order, level, 9, actor=BEN)
    assert count(order, level, 9).is_accepted


@pytest.mark.parametrize("codes", [[], ["TEA", "MUG"]])
def test_only_lines_of_the_count_are_doubted(level: Level, codes: list[str]) -> None:
    order = reviewed(level, 7)

    with pytest.raises(errors.InvalidCount):
        services.doubt(count_id=order.pk, sku_codes=codes, actor=BOSS)

    assert line_of(order).state == "counted"


def test_a_cause_is_one_of_the_known_ones(level: Level) -> None:
    order = reviewed(level, 7)

    with pytest.raises(errors.InvalidCount) as caught:
        services.explain(count_id=order.pk, causes={"TEA": "aliens", "MUG": "stolen"}, actor=BOSS)

    assert [problem.code for problem in caught.value.problems] == [
        "unknown_choice",
        "unknown_reference",
    ]
    assert line_of(order).cause == "unexplained"


def test_goods_that_are_promised_are_not_taken_behind_the_back_of_orders(level: Level) -> None:
    reservations.allocate(
        demand="test",
        promises=[reservations.Promise(1, level.sku_id, level.location_id, 9)],
        document="O",
        cause="a",
        actor=SYSTEM,
    )
    order = reviewed(level, 7)

    with pytest.raises(Raced):
        post(order)

    level.refresh_from_db()
    order.refresh_from_db()
    assert (level.on_hand, order.status) == (10, "to_review")


def test_nothing_is_posted_twice(level: Level) -> None:
    order = reviewed(level, 7)
    post(order)

    with pytest.raises(IllegalTransition):
        post(order)

    level.refresh_from_db()
    assert level.on_hand == 7


def test_a_cancelled_count_leaves_the_stock_alone(level: Level) -> None:
    order = reviewed(level, 7)

    services.cancel(count_id=order.pk, reason="wrong aisle", actor=BOSS)

    level.refresh_from_db()
    assert level.on_hand == 10
    assert Entry.objects.get(kind="count.cancelled").reason == "wrong aisle"
    with pytest.raises(IllegalTransition):
        post(order)


def test_a_count_is_found_by_number_and_id_within_reach(level: Level) -> None:
    order = draft(level)

    assert queries.find(order.number) == order
    assert queries.find(str(order.uuid), location_codes=frozenset({"berlin"})) == order
    for reference in (order.number, "CT-NO", str(SkuFactory.create().uuid)):
        with pytest.raises(errors.CountMissing):
            queries.find(reference, location_codes=frozenset({"paris"}))


def test_nothing_is_counted_at_a_location_that_is_switched_off() -> None:
    place = LocationFactory.create(inactive=True)
    level = LevelFactory.create(location=place)

    with pytest.raises(errors.InvalidCount):
        draft(level)

    assert not CountOrder.objects.exists()
