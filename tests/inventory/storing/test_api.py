"""Bins over HTTP."""

import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from inventory.bins.states import BinKind
from inventory.stock.models import Level
from tests.inventory.factories import LevelFactory, lying, with_bins
from tests.orders.factories import api_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def level() -> Level:
    """Return ten TEA at berlin, at the dock."""
    found: Level = LevelFactory.create(sku__code="TEA", location__code="berlin")
    with_bins(found.location, FACE=BinKind.PICK_FACE)
    return found


@pytest.fixture
def key() -> str:
    return api_key()


def get(key: str, path: str, **asked: Any) -> HttpResponse:
    return Client().get(f"/api/v1/{path}", asked, headers={"Authorization": f"Bearer {key}"})


def move(key: str, intention: str = "first", **changes: Any) -> HttpResponse:
    body = {
        "location": "berlin",
        "sku": "TEA",
        "quantity": 4,
        "source": "DOCK",
        "target": "B:FACE",
        **changes,
    }
    return Client().post(
        "/api/v1/bins/moves",
        json.dumps(body),
        content_type="application/json",
        headers={"Authorization": f"Bearer {key}", "Idempotency-Key": intention},
    )


def test_units_are_moved_once_and_the_bins_tell(level: Level, key: str) -> None:
    first, again = move(key, kind="put_away"), move(key, kind="put_away")

    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    (moved,) = first.json()["moves"]
    assert (moved["source"], moved["target"], moved["quantity"]) == ("DOCK", "FACE", 4)
    assert lying(level) == {"DOCK": 6, "FACE": 4}
    found = get(key, "bins/contents", location="berlin", sku="TEA").json()["results"]
    assert {(each["bin"], each["quantity"]) for each in found} == {("DOCK", 6), ("FACE", 4)}
    (only,) = get(key, "bins/contents", location="berlin", bin="face").json()["results"]
    assert only["sku"] == "TEA"
    moves = get(key, "bins/moves", location="berlin", bin="FACE", limit=1).json()
    assert [each["kind"] for each in moves["results"]] == ["put_away"]


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"quantity": 11}, 409, "not_in_bin"),
        ({"target": "OUT", "kind": "put_away"}, 409, "wrong_bin"),
        ({"target": "DOCK"}, 422, "same_bin"),
        ({"target": "X"}, 404, "bin_not_found"),
        ({"location": "paris"}, 404, "not_found"),
        ({"sku": "X"}, 422, "unknown_sku"),
        ({"quantity": 0}, 422, "invalid"),
    ],
)
def test_what_cannot_be_moved_is_refused(
    level: Level, key: str, changes: dict[str, Any], status: int, code: str
) -> None:
    refused = move(key, **changes)

    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert lying(level) == {"DOCK": 10}


@pytest.mark.usefixtures("level")
def test_bins_are_listed_page_by_page(key: str) -> None:
    page = get(key, "bins", location="berlin", limit=2).json()
    rest = get(key, "bins", location="berlin", limit=2, cursor=page["next"]).json()

    assert [each["code"] for each in page["results"] + rest["results"]] == ["OUT", "FACE", "DOCK"]
    assert rest["next"] is None
    assert get(key, "bins", location="berlin", zone="Z").json()["results"] == []


@pytest.mark.usefixtures("level")
def test_a_proposal_says_why(key: str) -> None:
    answer = get(key, "bins/proposals", location="berlin", sku="TEA", quantity="3").json()

    assert answer == {
        "proposals": [{"bin": "FACE", "quantity": 3, "why": "it is empty"}],
        "passed_over": [],
        "left": 0,
    }
    for asked in ({"quantity": "0"}, {"quantity": "x"}, {"quantity": "1", "colour": "red"}):
        refused = get(key, "bins/proposals", location="berlin", sku="TEA", **asked)
        assert refused.status_code == 422


@pytest.mark.usefixtures("level")
def test_a_client_of_another_place_sees_none(key: str) -> None:
    other = LevelFactory.create().location
    bound = api_key(location_codes=[other.code])

    for path in ("bins", "bins/contents", "bins/moves"):
        assert get(bound, path, location="berlin").status_code == 404
    assert move(bound).status_code == 404
