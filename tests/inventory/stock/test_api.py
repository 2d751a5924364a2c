"""Stock over HTTP: receive, adjust, refuse."""

import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from inventory.stock.models import Level, Movement
from oms.core.api.models import IdempotencyKey
from oms.core.timeline.models import Entry
from tests.inventory.factories import LevelFactory, LocationFactory, SkuFactory
from tests.orders.factories import api_key

pytestmark = pytest.mark.django_db

RECEIPTS = "/api/v1/stock/receipts"
ADJUSTMENTS = "/api/v1/stock/adjustments"


@pytest.fixture
def key() -> str:
    """Give the key of a client that works everywhere."""
    return api_key()


@pytest.fixture
def level() -> Level:
    """Give ten units of TEA at berlin."""
    level: Level = LevelFactory.create(sku__code="TEA", location__code="berlin", on_hand=10)
    return level


def post(path: str, key: str, body: Any, *, intention: str | None = "first") -> HttpResponse:
    """Send a command."""
    headers = {"Authorization": f"Bearer {key}"}
    if intention is not None:
        headers["Idempotency-Key"] = intention
    answer: HttpResponse = Client().post(
        path, json.dumps(body), content_type="application/json", headers=headers
    )
    return answer


def receipt(**changes: Any) -> dict[str, Any]:
    """Return a good delivery of five units."""
    return {
        "location": "berlin",
        "document": "PO-7",
        "lines": [{"sku": "TEA", "quantity": 5}],
        **changes,
    }


def adjustment(**changes: Any) -> dict[str, Any]:
    """Return a good correction by minus three; a change of None leaves the member out."""
    body = {"location": "berlin", "sku": "TEA", "delta": -3, "reason": "broken", **changes}
    return {name: value for name, value in body.items() if value is not None}


def codes(answer: HttpResponse) -> list[tuple[str, str]]:
    """Return pointers and codes of a problem."""
    return [(each["pointer"], each["code"]) for each in answer.json()["errors"]]


def on_hand() -> int:
    """Return what is on hand of TEA at berlin."""
    return Level.objects.get(sku__code="TEA", location__code="berlin").on_hand


def test_a_delivery_is_received_with_its_document(key: str, level: Level) -> None:
    SkuFactory(code="MUG")
    lines = [
        {"sku": "TEA", "quantity": 5},
        {"sku": "MUG", "quantity": 2},
        {"sku": "TEA", "quantity": 1},
    ]

    answer = post(RECEIPTS, key, receipt(lines=lines))

    assert answer.status_code == 201
    shown = answer.json()
    assert shown["document"] == "PO-7"
    assert [(each["sku"], each["on_hand"], each["available"]) for each in shown["levels"]] == [
        ("TEA", 16, 16),
        ("MUG", 2, 2),
        ("TEA", 16, 16),
    ]
    movements = Movement.objects.filter(document="PO-7").order_by("pk")
    assert sorted(movement.quantity for movement in movements) == [1, 2, 5]


def test_the_same_delivery_again_answers_alike_and_moves_nothing(key: str, level: Level) -> None:
    first = post(RECEIPTS, key, receipt())
    second = post(RECEIPTS, key, receipt())

    assert (second.status_code, second.content) == (201, first.content)
    assert second["Idempotent-Replayed"] == "true"
    assert on_hand() == 15


def test_the_key_still_names_the_act_after_the_answer_is_forgotten(key: str, level: Level) -> None:
    post(RECEIPTS, key, receipt())
    IdempotencyKey.objects.all().delete()

    answer = post(RECEIPTS, key, receipt())

    assert (answer.status_code, answer.json()["levels"][0]["on_hand"]) == (201, 15)
    assert on_hand() == 15


@pytest.mark.parametrize(
    ("changes", "status", "expected"),
    [
        ({"lines": []}, 422, [("/lines", "no_lines")]),
        ({"lines": [{"sku": "TEA", "quantity": 0}]}, 422, [("/lines/0/quantity", "number_range")]),
        (
            {"lines": [{"sku": "TEA", "quantity": "5"}]},
            422,
            [("/lines/0/quantity", "not_plain_integer")],
        ),
        (
            {
                "lines": [
                    {"sku": "TEA", "quantity": 5},
                    {"sku": "tea", "quantity": 1},
                    {"sku": "X", "quantity": 1},
                ]
            },
            422,
            [("/lines/1/sku", "unknown_sku"), ("/lines/2/sku", "unknown_sku")],
        ),
        ({"document": " "}, 422, [("/document", "blank")]),
        ({"price": 1}, 422, [("/price", "unknown_field")]),
        ({"location": "nowhere"}, 404, []),
    ],
)
def test_a_bad_delivery_is_refused_whole(
    key: str, level: Level, changes: dict[str, Any], status: int, expected: list[tuple[str, str]]
) -> None:
    answer = post(RECEIPTS, key, receipt(**changes))

    assert answer.status_code == status
    assert codes(answer) == expected
    assert on_hand() == 10
    assert not Movement.objects.filter(document="PO-7").exists()


def test_a_delivery_needs_a_key_and_the_right(level: Level) -> None:
    assert post(RECEIPTS, api_key(), receipt(), intention=None).status_code == 400
    assert post(RECEIPTS, "oms_no_key", receipt()).status_code == 401
    assert post(RECEIPTS, api_key(scopes=["inventory:read"]), receipt()).status_code == 403
    assert on_hand() == 10


def test_a_client_works_at_its_own_locations_only(level: Level) -> None:
    LocationFactory(code="paris")
    bound = api_key(location_codes=["paris"])

    assert post(RECEIPTS, bound, receipt()).status_code == 404
    assert post(ADJUSTMENTS, bound, adjustment()).status_code == 404
    assert on_hand() == 10
    assert post(RECEIPTS, bound, receipt(location="paris")).status_code == 201


def test_a_correction_says_why_and_is_on_the_timeline(key: str, level: Level) -> None:
    answer = post(ADJUSTMENTS, key, adjustment())

    assert answer.status_code == 201
    assert (answer.json()["on_hand"], answer.json()["available"]) == (7, 7)
    entry = Entry.objects.get(document="inventory.level")
    assert (entry.reason, entry.actor_kind) == ("broken", "api")


def test_a_count_is_set_when_it_was_seen_right(key: str, level: Level) -> None:
    body = adjustment(delta=None, on_hand=0, expected=10)

    answer = post(ADJUSTMENTS, key, body)

    assert (answer.status_code, answer.json()["on_hand"]) == (201, 0)


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"delta": None, "on_hand": 7}, 428, "expected_required"),
        ({"delta": None, "on_hand": 7, "expected": 9}, 409, "quantity_changed"),
        ({"delta": -11}, 409, "insufficient_stock"),
        ({"delta": None}, 422, "delta_or_on_hand"),
        ({"on_hand": 7, "expected": 10}, 422, "delta_or_on_hand"),
        ({"delta": 0}, 422, "number_range"),
        ({"reason": None}, 422, "invalid"),
        ({"reason": ""}, 422, "invalid"),
        ({"sku": "NOPE"}, 422, "unknown_sku"),
        ({"location": "nowhere"}, 404, "not_found"),
        ({"delta": 10**30}, 422, "invalid"),
        ({"delta": True}, 422, "invalid"),
    ],
)
def test_a_bad_correction_changes_nothing(
    key: str, level: Level, changes: dict[str, Any], status: int, code: str
) -> None:
    answer = post(ADJUSTMENTS, key, adjustment(**changes))

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert on_hand() == 10
    assert not Movement.objects.filter(kind="adjustment").exists()


def test_a_refused_count_tells_the_actual_quantity(key: str, level: Level) -> None:
    answer = post(ADJUSTMENTS, key, adjustment(delta=None, on_hand=7, expected=9))

    assert (answer.json()["expected"], answer.json()["actual"]) == (9, 10)
