"""Transfers over HTTP."""

import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from inventory.stock.models import Level
from inventory.transfers.models import TransferLine, TransferOrder, TransferStep
from oms.core.api.models import IdempotencyKey
from tests.inventory.factories import (
    LevelFactory,
    LocationFactory,
    draft_transfer,
    released_transfer,
    shipped_transfer,
    transfer_line,
)
from tests.orders.factories import api_key

pytestmark = pytest.mark.django_db

TRANSFERS = "/api/v1/transfers"


@pytest.fixture
def key() -> str:
    """Give the key of a client that works everywhere."""
    return api_key()


def post(path: str, key: str, body: Any, *, intention: str = "first") -> HttpResponse:
    answer: HttpResponse = Client().post(
        path,
        json.dumps(body),
        content_type="application/json",
        headers={"Authorization": f"Bearer {key}", "Idempotency-Key": intention},
    )
    return answer


def get(path: str, key: str, **query: Any) -> HttpResponse:
    answer: HttpResponse = Client().get(path, query, headers={"Authorization": f"Bearer {key}"})
    return answer


def act(transfer: TransferOrder, name: str, key: str, body: Any, **more: Any) -> HttpResponse:
    return post(f"{TRANSFERS}/{transfer.number}/{name}", key, body, **more)


def codes(answer: HttpResponse) -> list[tuple[str, str]]:
    return [(each["pointer"], each["code"]) for each in answer.json()["errors"]]


def code_of(transfer: TransferOrder) -> str:
    return transfer_line(transfer).sku.code


@pytest.fixture
def level() -> Level:
    """Give ten units of TEA at berlin, and a store at hamburg."""
    LocationFactory.create(code="hamburg")
    level: Level = LevelFactory.create(sku__code="TEA", location__code="berlin")
    return level


def wish(**changes: Any) -> dict[str, Any]:
    return {
        "source": "berlin",
        "destination": "hamburg",
        "lines": [{"sku": "TEA", "quantity": 4}],
        **changes,
    }


def test_a_transfer_goes_its_way_over_the_api(key: str, level: Level) -> None:
    made = post(TRANSFERS, key, wish(note="fair", wanted_on="2026-12-01", release=True))
    assert made.status_code == 201
    body = made.json()
    assert (body["status"], body["actions"]) == ("released", ["ship", "cancel"])
    assert (body["source"], body["destination"], body["wanted_on"]) == (
        "berlin",
        "hamburg",
        "2026-12-01",
    )
    path = f"{TRANSFERS}/{body['number']}"

    part = post(f"{path}/ship", key, {"units": [{"sku": "TEA", "quantity": 3}]})
    assert part.json()["lines"][0]["in_transit"] == 3
    rest = post(f"{path}/ship", key, {}, intention="second")
    assert rest.json()["lines"][0] == {
        "sku": "TEA",
        "name": level.sku.name,
        "barcode": level.sku.barcode,
        "quantity": 4,
        "cancelled": 0,
        "open": 0,
        "shipped": 4,
        "in_transit": 4,
        "received": 0,
        "lost": 0,
    }
    units = [
        {"sku": "TEA", "quantity": 2},
        {"sku": "TEA", "quantity": 1, "bucket": "damaged"},
    ]
    short = post(f"{path}/receive", key, {"units": units, "complete": True})
    assert (short.json()["status"], short.json()["actions"]) == ("received", ["receive", "settle"])
    settled = post(
        f"{path}/settle",
        key,
        {"units": [{"sku": "TEA", "quantity": 1, "outcome": "lost"}], "reason": "not in the box"},
    )

    assert settled.json()["status"] == "closed"
    arrived = Level.objects.get(sku__code="TEA", location__code="hamburg")
    assert (arrived.on_hand, arrived.damaged, arrived.available) == (3, 1, 2)


def test_everything_wrong_is_told_at_once_and_nothing_is_kept(key: str, level: Level) -> None:
    lines = [
        {"sku": "TEA", "quantity": 1},
        {"sku": "TEA", "quantity": 1},
        {"sku": "NO", "quantity": 1},
    ]

    answer = post(TRANSFERS, key, wish(source="nowhere", lines=lines))

    assert (answer.status_code, answer.json()["code"]) == (422, "transfer_invalid")
    assert codes(answer) == [
        ("/source", "unknown_reference"),
        ("/lines/1/sku", "repeated"),
        ("/lines/2/sku", "unknown_sku"),
    ]
    assert not TransferOrder.objects.exists()
    assert not IdempotencyKey.objects.exists()


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"lines": []}, ("/lines", "no_lines")),
        ({"lines": [{"sku": "TEA", "quantity": 0}]}, ("/lines/0/quantity", "number_range")),
        ({"lines": [{"sku": "TEA", "quantity": "4"}]}, ("/lines/0/quantity", "not_plain_integer")),
        ({"status": "closed"}, ("/status", "unknown_field")),
        ({"wanted_on": "2026-02-30"}, ("/wanted_on", "not_date")),
        ({"note": "\u202ex"}, ("/note", "control_char")),
        ({"destination": "berlin"}, ("/destination", "same_location")),
    ],
)
def test_a_senseless_transfer_is_refused(
    key: str, level: Level, changes: dict[str, Any], problem: tuple[str, str]
) -> None:
    answer = post(TRANSFERS, key, wish(**changes))

    assert (answer.status_code, codes(answer)) == (422, [problem])
    assert not TransferOrder.objects.exists()


def test_a_shortage_leaves_no_draft_behind(key: str, level: Level) -> None:
    answer = post(TRANSFERS, key, wish(lines=[{"sku": "TEA", "quantity": 11}], release=True))

    assert (answer.status_code, answer.json()["code"]) == (409, "insufficient_stock")
    assert answer.json()["shortages"] == [{"sku": "TEA", "asked": 11, "available": 10}]
    assert not TransferOrder.objects.exists()


def test_the_same_call_twice_ships_and_receives_once(key: str) -> None:
    transfer = released_transfer()
    one = {"units": [{"sku": code_of(transfer), "quantity": 1}]}

    for name in ("ship", "receive"):
        first = act(transfer, name, key, one)
        IdempotencyKey.objects.all().delete()  # forgotten after a week
        again = act(transfer, name, key, one)
        assert (first.status_code, again.status_code) == (200, 200), again.content

    assert TransferStep.objects.count() == 2
    line = transfer_line(transfer)
    assert (line.shipped, line.received) == (1, 1)


@pytest.mark.parametrize(
    ("name", "body", "status", "code"),
    [
        ("ship", {}, 409, "invalid_transition"),
        ("receive", {"units": []}, 409, "invalid_transition"),
        ("release", {"x": 1}, 422, "invalid"),
        ("settle", {"units": []}, 422, "invalid"),
        ("cancel", {}, 422, "invalid"),
        ("fly", {}, 404, "not_found"),
    ],
)
def test_what_a_draft_cannot_do_is_refused(
    key: str, name: str, body: Any, status: int, code: str
) -> None:
    transfer = draft_transfer()

    answer = act(transfer, name, key, body)

    assert answer.status_code == status
    if status != 404:
        assert answer.json()["code"] == code
    transfer.refresh_from_db()
    assert (transfer.status, transfer.version) == ("draft", 1)


def test_more_than_came_is_refused_and_accepted_with_a_reason(key: str) -> None:
    transfer = shipped_transfer()
    units = [{"sku": code_of(transfer), "quantity": 5}]

    refused = act(transfer, "receive", key, {"units": units})
    assert (refused.status_code, codes(refused)) == (
        409,
        [("/units/0/quantity", "more_than_in_transit")],
    )
    assert transfer_line(transfer).received == 0
    accepted = act(transfer, "receive", key, {"units": units, "found_reason": "one too many"})

    assert accepted.json()["status"] == "closed"
    assert Level.objects.get(location=transfer.destination).on_hand == 5


def test_the_list_is_filtered_and_paged(key: str) -> None:
    drafted, released, shipped = draft_transfer(), released_transfer(), shipped_transfer()

    def listed(**query: Any) -> list[str]:
        return [each["number"] for each in get(TRANSFERS, key, **query).json()["results"]]

    assert listed() == [shipped.number, released.number, drafted.number]
    assert listed(status="draft") == [drafted.number]
    assert listed(waiting="to_ship") == [released.number]
    assert listed(waiting="to_receive") == [shipped.number]
    assert listed(waiting="to_settle") == []
    assert listed(source=released.source.code) == [released.number]
    assert listed(destination=drafted.destination.code) == [drafted.number]
    first = get(TRANSFERS, key, limit=2).json()
    assert listed(limit=2, cursor=first["next"]) == [drafted.number]
    for query in ({"waiting": "x"}, {"colour": "red"}, {"status": "gone"}):
        assert get(TRANSFERS, key, **query).status_code == 422


def test_the_list_takes_the_same_statements_for_one_and_many(
    key: str, django_assert_max_num_queries: Any
) -> None:
    for _ in range(5):
        released_transfer()

    with django_assert_max_num_queries(4):
        get(TRANSFERS, key)


# Bound to locations -------------------------------------------------------------------------------


def test_a_client_bound_to_locations_sees_its_own_transfers() -> None:
    own, other = released_transfer(), released_transfer()
    bound = api_key(location_codes=[own.destination.code])

    assert [each["number"] for each in get(TRANSFERS, bound).json()["results"]] == [own.number]
    assert get(f"{TRANSFERS}/{own.number.lower()}", bound).status_code == 200
    for reference in (other.number, str(other.uuid)):
        answer = get(f"{TRANSFERS}/{reference}", bound)
        assert (answer.status_code, answer.json()["code"]) == (404, "transfer_not_found")
    assert act(other, "ship", bound, {}).status_code == 404
    assert transfer_line(other).shipped == 0


ENDS = [
    ("release", {}, "source"),
    ("ship", {}, "source"),
    ("cancel", {"reason": "no"}, "source"),
    ("receive", {"units": [], "complete": True}, "destination"),
    ("settle", {"units": [{"outcome": "lost", "quantity": 1}], "reason": "gone"}, "both"),
]


@pytest.mark.parametrize(("name", "body", "end"), ENDS)
def test_each_act_belongs_to_an_end(name: str, body: dict[str, Any], end: str) -> None:
    makes = {"release": draft_transfer, "ship": released_transfer, "cancel": released_transfer}
    transfer = makes.get(name, shipped_transfer)()
    if name == "settle":
        body = {**body, "units": [{**body["units"][0], "sku": code_of(transfer)}]}
    places = {"source": transfer.source.code, "destination": transfer.destination.code}
    before = list(TransferLine.objects.values())

    for place, code in places.items():
        if place != end:
            answer = act(transfer, name, api_key(location_codes=[code]), body)
            assert (answer.status_code, answer.json()["code"]) == (403, "not_at_this_end")
    assert list(TransferLine.objects.values()) == before

    own = list(places.values()) if end == "both" else [places[end]]
    assert act(transfer, name, api_key(location_codes=own), body).status_code == 200


def test_a_bound_client_drafts_for_its_own_location_alone(level: Level) -> None:
    LocationFactory.create(code="munich")

    asked = post(TRANSFERS, api_key(location_codes=["hamburg"]), wish())
    foreign = post(TRANSFERS, api_key(location_codes=["munich"]), wish())

    assert asked.status_code == 201
    assert (foreign.status_code, foreign.json()["code"]) == (403, "not_at_this_end")
    assert TransferOrder.objects.count() == 1
