"""What was there: balances at any instant, the running balance, and counts that were made then."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from inventory.reservations import services as reservations
from inventory.reservations.services import Promise
from inventory.stock import errors, queries, services
from inventory.stock.models import Level, Movement
from inventory.stock.queries import Balance
from inventory.stock.states import Bucket
from oms.accounts import roles
from oms.core import clock
from oms.core.actors import SYSTEM, Actor
from oms.core.errors import DomainError
from oms.core.timeline.models import Entry
from tests.accounts.factories import signed_in
from tests.inventory.factories import LevelFactory, LocationFactory, SkuFactory
from tests.orders.factories import api_key

pytestmark = pytest.mark.django_db

CLERK = Actor("staff", "7", "Grace Clerk")
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
BALANCE = "/api/v1/stock/balance"
HISTORY = "/api/v1/stock/history"
ADJUSTMENTS = "/api/v1/stock/adjustments"


def at(minutes: int) -> datetime:
    """Return an instant after nine."""
    return NINE + timedelta(minutes=minutes)


@pytest.fixture
def level() -> Level:
    """Give a level: 10 come at 9:00, 3 are promised at 9:10, 2 break at 9:20, the 3 leave at 9:30."""
    with clock.travelled(NINE):
        level: Level = LevelFactory.create(sku__code="TEA", location__code="berlin", on_hand=0)
        services.receive(
            sku_id=level.sku_id,
            location_id=level.location_id,
            quantity=10,
            document="PO-1",
            cause="r1",
            actor=CLERK,
        )
    promise = [Promise(1, level.sku_id, level.location_id, 3)]
    with clock.travelled(at(10)):
        reservations.allocate(
            demand="test", promises=promise, document="O-1", cause="a1", actor=SYSTEM
        )
    with clock.travelled(at(20)):
        services.change_state(
            level_id=level.pk,
            source=Bucket.AVAILABLE,
            target=Bucket.DAMAGED,
            quantity=2,
            document="",
            cause="s1",
            actor=CLERK,
            reason="dropped",
        )
    with clock.travelled(at(30)):
        reservations.issue(demand="test", units=promise, document="O-1", cause="i1", actor=SYSTEM)
    level.refresh_from_db()
    return level


def then(level: Level, minutes: int) -> Balance:
    """Return what was there some minutes after nine."""
    return queries.balance(
        sku_id=level.sku_id, location_id=level.location_id, at=at(minutes) + timedelta(seconds=5)
    )


def recount(level: Level, **changes: Any) -> Level:
    """Say that at 9:15 there were 12, or as `changes` say."""
    arguments: dict[str, Any] = {
        "sku_id": level.sku_id,
        "location_id": level.location_id,
        "counted": 12,
        "at": at(15),
        "document": "",
        "cause": "count-1",
        "actor": CLERK,
        "reason": "counted in the morning",
    }
    return services.set_on_hand_at(**{**arguments, **changes})


def test_every_bucket_is_known_at_every_instant(level: Level) -> None:
    assert [then(level, minutes) for minutes in (-1, 0, 10, 20, 30)] == [
        Balance(),
        Balance(on_hand=10),
        Balance(on_hand=10, committed=3),
        Balance(on_hand=10, committed=3, damaged=2),
        Balance(on_hand=7, damaged=2),
    ]
    assert then(level, 20).available == 5


def test_the_movements_of_the_instant_itself_are_in_it(level: Level) -> None:
    moved = Movement.objects.get(cause="r1")

    assert queries.balance_of(level.pk, at=moved.at).on_hand == 10
    assert queries.balance_of(level.pk, at=moved.at - timedelta(microseconds=1)).on_hand == 0


def test_the_balance_now_is_the_level(level: Level) -> None:
    now = queries.balance_of(level.pk, at=clock.now())

    assert now == Balance(on_hand=level.on_hand, damaged=level.damaged)


def test_a_balance_is_one_statement(level: Level, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        queries.balance_of(level.pk, at=at(15))


def test_where_nothing_ever_lay_there_was_nothing() -> None:
    sku, place = SkuFactory.create(), LocationFactory.create()

    assert queries.balance(sku_id=sku.pk, location_id=place.pk, at=NINE) == Balance()


def test_what_will_be_there_is_not_told(level: Level) -> None:
    with pytest.raises(errors.InstantInFuture):
        queries.balance(
            sku_id=level.sku_id,
            location_id=level.location_id,
            at=clock.now() + timedelta(minutes=1),
        )


def test_random_movements_fold_to_the_same_balance_forwards_and_backwards() -> None:
    chance = random.Random(7)
    with clock.travelled(NINE):
        level = LevelFactory.create(on_hand=0)
    folded: list[tuple[datetime, int, int]] = []
    on_hand = damaged = 0
    for number in range(40):
        act = chance.choice(["in", "out", "break"])
        units = chance.randint(1, 9)
        with clock.travelled(at(number)):
            try:
                if act == "break":
                    services.change_state(
                        level_id=level.pk,
                        source=Bucket.AVAILABLE,
                        target=Bucket.DAMAGED,
                        quantity=units,
                        document="",
                        cause=f"c{number}",
                        actor=CLERK,
                        reason="x",
                    )
                    damaged += units
                else:
                    delta = units if act == "in" else -units
                    services.adjust(
                        sku_id=level.sku_id,
                        location_id=level.location_id,
                        delta=delta,
                        document="",
                        cause=f"c{number}",
                        actor=CLERK,
                        reason="x",
                    )
                    on_hand += delta
            except errors.InsufficientStock:
                pass
        folded.append((at(number) + timedelta(seconds=30), on_hand, damaged))

    seen = [
        (each, balance.on_hand, balance.damaged)
        for each, _, _ in folded
        for balance in [queries.balance_of(level.pk, at=each)]
    ]

    assert seen == folded
    assert on_hand > 0
    pages = []
    before = None
    while True:
        page = queries.ledger(level.pk, before=before, limit=7)
        pages += page.entries
        before = page.before
        if before is None:
            break
    assert [entry.after.on_hand for entry in pages] == [
        queries.balance_of(level.pk, at=entry.movement.at).on_hand for entry in pages
    ]


# Counted then -------------------------------------------------------------------------------------


def test_a_count_of_the_past_keeps_what_moved_since(level: Level) -> None:
    after = recount(level)

    assert after.on_hand == 9  # 12 then, 3 have left since
    assert then(level, 15).on_hand == 10  # the ledger is not rewritten
    moved = Movement.objects.get(cause="count-1")
    assert (moved.kind, moved.source, moved.quantity) == ("adjustment", "adjustment", 2)
    assert Entry.objects.get(kind="stock_adjusted").after == {"on_hand": 9}


def test_what_was_counted_right_writes_nothing(level: Level) -> None:
    assert recount(level, counted=10).on_hand == 7

    assert not Movement.objects.filter(cause="count-1").exists()
    assert not Entry.objects.filter(kind="stock_adjusted").exists()


def test_the_same_count_twice_corrects_once(level: Level) -> None:
    recount(level)
    again = recount(level)

    assert again.on_hand == 9


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"at": datetime(2090, 1, 1, tzinfo=UTC)}, errors.InstantInFuture),
        ({"at": NINE - timedelta(seconds=1)}, errors.BeforeFirstMovement),
        ({"counted": 4}, errors.InsufficientStock),  # six are missing, five are available
        ({"counted": -1}, errors.InvalidQuantity),
        ({"counted": 10**10}, errors.InvalidQuantity),
        ({"reason": " "}, errors.ReasonRequired),
    ],
)
def test_a_count_that_cannot_be_changes_nothing(
    level: Level, changes: dict[str, Any], refusal: type[DomainError]
) -> None:
    with pytest.raises(refusal):
        recount(level, **changes)

    level.refresh_from_db()
    assert (level.on_hand, level.damaged) == (7, 2)
    assert Movement.objects.filter(level=level).count() == 4


def test_a_count_down_to_the_last_available_unit_is_taken(level: Level) -> None:
    assert recount(level, counted=5).available == 0


def test_nothing_can_be_counted_where_nothing_ever_moved() -> None:
    level = LevelFactory.create(on_hand=0)

    with pytest.raises(errors.BeforeFirstMovement):
        recount(level)

    assert not Movement.objects.exists()


# The API ------------------------------------------------------------------------------------------


def get(path: str, key: str, **query: str) -> Any:
    """Ask."""
    return Client().get(path, query, headers={"Authorization": f"Bearer {key}"})


def test_the_api_tells_the_balance_at_an_instant(level: Level) -> None:
    answer = get(BALANCE, api_key(), sku="TEA", location="berlin", at="2026-03-02T09:25:00Z")

    assert answer.status_code == 200
    assert answer.json() == {
        "sku": "TEA",
        "location": "berlin",
        "at": "2026-03-02T09:25:00Z",
        "on_hand": 10,
        "committed": 3,
        "reserved": 0,
        "damaged": 2,
        "quality_control": 0,
        "available": 5,
    }


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({"at": "2090-01-01T00:00:00Z"}, ("instant_in_future", [])),
        ({"at": "yesterday"}, ("invalid", [("/at", "not_instant")])),
        (
            {"at": "2026-03-02T09:25:00", "sku": "", "depth": "1"},
            (
                "invalid",
                [
                    ("/depth", "unknown_filter"),
                    ("/sku", "blank"),
                    ("/at", "offset_required"),
                ],
            ),
        ),
    ],
)
def test_the_api_says_everything_that_is_wrong(
    level: Level, changes: dict[str, str], problems: tuple[str, list[tuple[str, str]]]
) -> None:
    query = {"sku": "TEA", "location": "berlin", "at": "2026-03-02T09:25:00Z", **changes}

    answer = get(BALANCE, api_key(), **query)

    assert answer.status_code == 422
    body = answer.json()
    assert body["code"] == problems[0]
    assert [(each["pointer"], each["code"]) for each in body.get("errors", [])] == problems[1]


@pytest.mark.parametrize("path", [BALANCE, HISTORY])
def test_the_stock_of_another_place_is_not_there(level: Level, path: str) -> None:
    LocationFactory.create(code="hamburg")
    key = api_key(location_codes=["hamburg"])
    query = {"sku": "TEA", "location": "berlin"}
    if path == BALANCE:
        query["at"] = "2026-03-02T09:25:00Z"

    assert get(path, key, **query).status_code == 404


def test_the_history_runs_backwards_with_the_balance_after_each_movement(level: Level) -> None:
    key = api_key()

    first = get(HISTORY, key, sku="TEA", location="berlin", limit="3").json()
    second = get(HISTORY, key, sku="TEA", location="berlin", limit="3", cursor=first["next"]).json()

    shown = [
        (row["kind"], row["quantity"], row["after"]["on_hand"], row["after"]["available"])
        for row in first["results"] + second["results"]
    ]
    assert shown == [
        ("shipment", 3, 7, 5),
        ("state_change", 2, 10, 5),
        ("allocation", 3, 10, 7),
        ("receipt", 10, 10, 10),
    ]
    assert second["next"] is None


def test_the_api_takes_a_count_of_the_past(level: Level) -> None:
    def post(key: str, body: dict[str, Any], intention: str) -> Any:
        return Client().post(
            ADJUSTMENTS,
            body,
            content_type="application/json",
            headers={"Authorization": f"Bearer {key}", "Idempotency-Key": intention},
        )

    key = api_key()
    body = {
        "location": "berlin",
        "sku": "TEA",
        "on_hand": 12,
        "as_of": "2026-03-02T09:15:00Z",
        "reason": "counted",
    }

    taken = post(key, body, "one")
    both = post(key, {**body, "expected": 10}, "two")
    delta = post(key, {**body, "on_hand": None, "delta": 1}, "three")

    assert (taken.status_code, taken.json()["on_hand"]) == (201, 9)
    assert (both.status_code, both.json()["code"]) == (422, "delta_or_on_hand")
    assert delta.status_code == 422
    level.refresh_from_db()
    assert level.on_hand == 9


# The console --------------------------------------------------------------------------------------


def test_the_page_of_a_level_shows_what_was_there(level: Level) -> None:
    client = signed_in(roles.WAREHOUSE, at=[level.location])
    page = reverse("admin:inventory_level_change", args=(level.pk,))

    shown = client.get(page, {"at": "2026-03-02T09:25:00"}).content.decode()
    nothing = client.get(page).content.decode()
    future = client.get(page, {"at": "2090-01-01T00:00:00"}).content.decode()

    assert "2 Mar 2026, 09:25:00" in shown
    assert "2 Mar 2026, 09:25:00" not in nothing
    assert "This instant is not over yet." in future


@pytest.mark.parametrize(
    ("moment", "left"), [("", 12), ("2026-03-02T09:15:00", 9)], ids=["now", "then"]
)
def test_a_person_sets_what_was_counted(level: Level, moment: str, left: int) -> None:
    client = signed_in(roles.WAREHOUSE, at=[level.location])
    page = reverse("admin:inventory_level_press", args=(level.pk, "count"))
    shown = client.get(page).content.decode()
    assert 'name="seen" value="7"' in shown
    key = shown.split('name="press_key" value="')[1].split('"')[0]

    client.post(
        page, {"press_key": key, "counted": "12", "at": moment, "seen": "7", "reason": "counted"}
    )

    level.refresh_from_db()
    assert level.on_hand == left


def test_a_count_of_what_has_changed_since_it_was_seen_is_refused(level: Level) -> None:
    client = signed_in(roles.WAREHOUSE, at=[level.location])
    page = reverse("admin:inventory_level_press", args=(level.pk, "count"))
    key = client.get(page).content.decode().split('name="press_key" value="')[1].split('"')[0]

    answer = client.post(
        page, {"press_key": key, "counted": "12", "at": "", "seen": "8", "reason": "counted"}
    )

    assert answer.status_code == 409
    level.refresh_from_db()
    assert level.on_hand == 7
