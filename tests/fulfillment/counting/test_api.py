"""Counts over HTTP: make, record blind, recount by somebody else, post; idempotency, scopes, own locations."""

import json
from typing import Any

import pytest
from django.test import Client

from inventory.counting.models import CountEntry, CountLine, CountOrder
from inventory.stock.models import Level
from tests.inventory.counting.counts import reviewed, started
from tests.inventory.factories import LevelFactory, LocationFactory, SkuFactory
from tests.orders.factories import api_key, place_order

pytestmark = pytest.mark.django_db

COUNTS = "/api/v1/counts"


@pytest.fixture
def key() -> str:
    """Give the key of a client that works everywhere."""
    return api_key()


@pytest.fixture
def level() -> Level:
    """Give ten units of TEA at berlin."""
    level: Level = LevelFactory.create(sku__code="TEA", location__code="berlin")
    return level


def post(path: str, key: str, body: Any, *, intention: str = "first") -> Any:
    return Client().post(
        path,
        json.dumps(body),
        content_type="application/json",
        headers={"Authorization": f"Bearer {key}", "Idempotency-Key": intention},
    )


def get(path: str, key: str, **query: str) -> Any:
    return Client().get(path, query, headers={"Authorization": f"Bearer {key}"})


def wanted(**changes: Any) -> dict[str, Any]:
    return {"location": "berlin", "by": "skus", "skus": ["TEA"], "start": True, **changes}


def figures(units: int, **changes: Any) -> dict[str, Any]:
    return {"figures": [{"sku": "TEA", "counted": units}], "counter": "anna", **changes}


def test_the_whole_life_of_a_count(key: str, level: Level) -> None:
    place_order([(level.sku, 9)])
    made = post(COUNTS, key, wanted())
    here = f"{COUNTS}/{made.json()['number']}"

    first = post(f"{here}/record", key, figures(7), intention="1")
    same = post(f"{here}/record", key, figures(7), intention="2")
    blind = get(here, key).json()["lines"][0]
    second = post(f"{here}/record", key, figures(7, counter="ben"), intention="3")
    finished = post(f"{here}/finish", key, {}, intention="4")
    posted = post(f"{here}/post", key, {}, intention="5")
    again = post(f"{here}/post", key, {}, intention="5")

    assert (made.status_code, made.json()["status"]) == (201, "open")
    assert first.json() == {"figures": [{"sku": "TEA", "accepted": False}], "left": 1}
    assert (same.status_code, same.json()["code"]) == (403, "same_person")
    assert (blind["counted"], blind["book"], blind["difference"], blind["picked"]) == (
        7,
        None,
        None,
        None,
    )
    assert second.json() == {"figures": [{"sku": "TEA", "accepted": True}], "left": 0}
    assert finished.json()["lines"][0]["difference"] == -3
    assert (posted.json()["rerouted"], posted.json()["backordered"]) == (0, 2)
    assert posted.json()["count"]["status"] == "posted"
    assert again.json() == posted.json()
    level.refresh_from_db()
    assert (level.on_hand, level.committed) == (7, 7)


@pytest.mark.parametrize(
    ("changes", "status", "problems"),
    [
        ({"location": "nowhere"}, 422, [("/location", "unknown_reference")]),
        (
            {"skus": ["tea", "TEA"], "tolerance": {"kind": "percent", "value": 101}},
            422,
            [("/tolerance/value", "number_range"), ("/skus/0", "unknown_sku")],
        ),
        ({"skus": []}, 422, [("/skus", "no_lines")]),
        ({"by": "moon", "color": 1}, 422, [("/by", "unknown_choice"), ("/color", "unknown_field")]),
        ({"by": "bins", "bins": "Z"}, 409, []),
        ({"by": "age", "days": 0}, 422, [("/days", "number_range")]),
    ],
)
def test_a_senseless_count_is_refused_as_a_whole(
    key: str, level: Level, changes: dict[str, Any], status: int, problems: list[tuple[str, str]]
) -> None:
    answer = post(COUNTS, key, wanted(**changes))

    assert answer.status_code == status
    found = [(each["pointer"], each["code"]) for each in answer.json().get("errors", [])]
    assert sorted(found) == sorted(problems)
    assert not CountOrder.objects.exists()


def test_figures_are_noted_all_or_none(key: str, level: Level) -> None:
    mug = LevelFactory.create(sku__code="MUG", location=level.location)
    order = started(level, mug)
    body = {
        "figures": [
            {"sku": "TEA", "counted": 10},
            {"sku": "tea", "counted": 1},
        ]
    }

    answer = post(f"{COUNTS}/{order.uuid}/record", key, body)

    assert answer.status_code == 422
    assert [(each["pointer"], each["code"]) for each in answer.json()["errors"]] == [
        ("/figures/1/sku", "unknown_sku")
    ]
    assert not CountEntry.objects.exists()


def test_what_is_not_expected_is_refused_until_it_is_said_to_be_found(
    key: str, level: Level
) -> None:
    SkuFactory.create(code="MUG")
    here = f"{COUNTS}/{started(level).number}/record"
    body = {"figures": [{"sku": "MUG", "counted": 2}]}

    refused = post(here, key, body, intention="1")
    body["figures"][0]["found"] = True
    noted = post(here, key, body, intention="2")

    assert (refused.status_code, refused.json()["code"]) == (409, "not_expected_here")
    assert refused.json()["sku"] == "MUG"
    assert noted.status_code == 200
    assert CountLine.objects.get(sku__code="MUG").is_expected is False


def test_the_same_key_notes_once(key: str, level: Level) -> None:
    here = f"{COUNTS}/{started(level).number}/record"

    answers = [post(here, key, figures(10)) for _ in range(2)]

    assert answers[0].json() == answers[1].json()
    assert CountEntry.objects.count() == 1


def test_a_client_sees_the_counts_of_its_locations_only(level: Level) -> None:
    LocationFactory.create(code="paris")
    order = reviewed(level, 7)
    bound = api_key(location_codes=["paris"])
    here = f"{COUNTS}/{order.number}"

    assert get(COUNTS, bound).json()["results"] == []
    assert get(here, bound).status_code == 404
    assert post(f"{here}/post", bound, {}).status_code == 404
    assert post(f"{here}/cancel", bound, {"reason": "x"}).status_code == 404
    assert post(COUNTS, bound, wanted()).status_code == 422
    order.refresh_from_db()
    assert order.status == "to_review"


def test_a_reader_writes_nothing(level: Level) -> None:
    order = reviewed(level, 7)
    reader = api_key(scopes=["inventory:read"])

    answer = post(f"{COUNTS}/{order.number}/post", reader, {})

    assert answer.status_code == 403
    assert get(f"{COUNTS}/{order.number}", reader).status_code == 200
    level.refresh_from_db()
    assert level.on_hand == 10


def test_counts_are_listed_and_narrowed(key: str, level: Level) -> None:
    order = reviewed(level, 7)

    shown = get(COUNTS, key, status="to_review", location="berlin").json()["results"]
    none = get(COUNTS, key, status="posted").json()["results"]

    assert [(each["number"], each["actions"]) for each in shown] == [
        (order.number, ["explain", "recount", "post", "cancel"])
    ]
    assert none == []
    assert get(COUNTS, key, status="lost").status_code == 422


def test_a_doubted_line_is_counted_again(key: str, level: Level) -> None:
    order = reviewed(level, 7)
    here = f"{COUNTS}/{order.number}"

    doubted = post(f"{here}/recount", key, {"skus": ["TEA"], "reason": "really?"})
    wrong = post(f"{here}/recount", key, {"skus": ["TEA"], "reason": "x"}, intention="2")

    assert doubted.json()["status"] == "open"
    assert (wrong.status_code, wrong.json()["code"]) == (409, "invalid_transition")
