"""Returns over HTTP, from opening to the refund."""

import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from inventory.stock.models import Level
from oms.core.api.models import IdempotencyKey
from orders.ordering.models import Order
from orders.payments.models import Transaction
from returns.authorizations.models import Return
from returns.receiving.models import Receipt
from tests.inventory.factories import LocationFactory
from tests.orders.factories import ChannelFactory, api_key, lines_of
from tests.returns.factories import open_return, receive_return, shipped_order

pytestmark = pytest.mark.django_db


class Desk:
    """A client of one channel, with a shipped and paid order of three units at 11.90."""

    def __init__(self, **client: Any) -> None:
        self.order: Order = shipped_order(3)
        self.key = api_key(self.order.channel, **client)
        self.line = lines_of(self.order)[0]
        self.calls = 0
        LocationFactory(code="berlin")

    def get(self, path: str = "", query: Any = None) -> HttpResponse:
        """Read below /returns."""
        answer: HttpResponse = Client().get(
            f"/api/v1/returns{path}", query, headers={"Authorization": f"Bearer {self.key}"}
        )
        return answer

    def post(self, path: str, body: Any, *, intention: str | None = None) -> HttpResponse:
        """Send a command below /returns, under a new key unless one is given."""
        self.calls += 1
        answer: HttpResponse = Client().post(
            f"/api/v1/returns{path}",
            json.dumps(body),
            content_type="application/json",
            headers={
                "Authorization": f"Bearer {self.key}",
                "Idempotency-Key": intention or f"call-{self.calls}",
            },
        )
        return answer

    def opening(self, **changes: Any) -> dict[str, Any]:
        """Return a good body for a return of two units."""
        return {
            "order": self.order.number,
            "lines": [{"line_id": str(self.line.uuid), "quantity": 2, "reason": "late"}],
            **changes,
        }

    def receipt(self, quantity: int = 1, **changes: Any) -> dict[str, Any]:
        """Return a good body for a receipt."""
        unit = {"line_id": str(self.line.uuid), "grade": "restock", "quantity": quantity}
        return {"location": "berlin", "units": [{**unit, **changes}]}


def codes(answer: HttpResponse) -> list[tuple[str, str]]:
    """Return pointers and codes of a problem."""
    return [(each["pointer"], each["code"]) for each in answer.json()["errors"]]


def test_a_return_goes_from_the_request_to_the_refund() -> None:
    desk = Desk()

    opened = desk.post("", desk.opening(approve=False))
    assert opened.status_code == 201
    shown = opened.json()
    assert (shown["number"], shown["status"]) == (f"{desk.order.number}-R1", "requested")
    assert shown["actions"] == ["approve", "cancel", "decline"]
    path = f"/{shown['number']}"
    assert desk.post(f"{path}/approve", {}).json()["status"] == "approved"

    received = desk.post(f"{path}/receive", desk.receipt(2)).json()
    assert (received["status"], received["lines"][0]["restocked"]) == ("received", 2)
    assert Level.objects.get(location__code="berlin").available == 2

    settled = desk.post(f"{path}/settle", {}).json()
    assert (settled["credited"], settled["refund"]) == ("23.80", "23.80")
    assert settled["settled"]["status"] == "closed"
    assert desk.get(f"/{shown['id']}").json() == settled["settled"]
    assert settled["settled"]["lines"][0] == {
        "line_id": str(desk.line.uuid),
        "sku": desk.line.sku_code,
        "name": desk.line.name,
        "quantity": 2,
        "reason": "late",
        "outstanding": 0,
        "restocked": 2,
        "damaged": 0,
        "credited": "23.80",
    }
    assert str(Transaction.objects.get(kind="refund").amount) == "23.8000"


@pytest.mark.parametrize(
    ("changes", "status", "expected"),
    [
        ({"lines": []}, 422, [("/lines", "no_lines")]),
        ({"order": "WEB-22222-22222"}, 404, []),
        ({"refund": "5.00"}, 422, [("/refund", "unknown_field")]),
        ({"lines": "quantity=4"}, 409, [("/lines/0/quantity", "not_returnable")]),
        ({"lines": "quantity=0"}, 422, [("/lines/0/quantity", "number_range")]),
        ({"lines": "reason=because"}, 422, [("/lines/0/reason", "unknown_choice")]),
        (
            {"lines": "twice"},
            422,
            [("/lines/0/line_id", "repeated"), ("/lines/1/line_id", "repeated")],
        ),
        ({"lines": "foreign"}, 422, [("/lines/0/line_id", "unknown_reference")]),
    ],
)
def test_a_bad_return_is_refused(
    changes: dict[str, Any], status: int, expected: list[tuple[str, str]]
) -> None:
    desk = Desk()
    body = desk.opening()
    (line,) = body["lines"]
    match changes.get("lines"):
        case "quantity=4":
            line["quantity"] = 4
        case "quantity=0":
            line["quantity"] = 0
        case "reason=because":
            line["reason"] = "because"
        case "twice":
            body["lines"].append(dict(line))
        case "foreign":
            line["line_id"] = str(lines_of(shipped_order())[0].uuid)
        case _:
            body |= changes

    answer = desk.post("", body)

    assert (answer.status_code, codes(answer)) == (status, expected)
    assert not Return.objects.exists()


@pytest.mark.parametrize(
    ("changes", "status", "expected"),
    [
        ({"quantity": 3}, 409, [("/units/0/quantity", "more_than_expected")]),
        ({"grade": "shiny"}, 422, [("/units/0/grade", "unknown_choice")]),
        (
            {"line_id": "0190a6b0-0000-7000-8000-000000000000"},
            422,
            [("/units/0/line_id", "unknown_reference")],
        ),
    ],
)
def test_a_bad_receipt_is_refused(
    changes: dict[str, Any], status: int, expected: list[tuple[str, str]]
) -> None:
    desk = Desk()
    opened = open_return(desk.order, 2)

    answer = desk.post(f"/{opened.number}/receive", desk.receipt(**changes))

    assert (answer.status_code, codes(answer)) == (status, expected)
    assert not Receipt.objects.exists()


def test_an_unknown_or_foreign_location_is_not_found() -> None:
    desk = Desk(location_codes=["berlin"])
    LocationFactory(code="paris")
    opened = open_return(desk.order, 2)

    for code in ("nowhere", "paris"):
        answer = desk.post(f"/{opened.number}/receive", {**desk.receipt(), "location": code})
        assert answer.status_code == 404

    assert desk.post(f"/{opened.number}/receive", desk.receipt()).status_code == 200


def test_the_same_receipt_again_restocks_nothing_even_when_answers_are_forgotten() -> None:
    desk = Desk()
    opened = open_return(desk.order, 2)
    path = f"/{opened.number}/receive"
    first = desk.post(path, desk.receipt(), intention="truck-7")

    replayed = desk.post(path, desk.receipt(), intention="truck-7")
    IdempotencyKey.objects.all().delete()
    repeated = desk.post(path, desk.receipt(), intention="truck-7")

    assert first.status_code == replayed.status_code == repeated.status_code == 200
    assert first.json() == replayed.json() == repeated.json()
    assert Receipt.objects.count() == 1
    assert Level.objects.get(location__code="berlin").available == 1


def test_acts_that_the_state_does_not_allow_name_what_it_does() -> None:
    desk = Desk()
    opened = open_return(desk.order, 2)

    answer = desk.post(f"/{opened.number}/approve", {})

    assert answer.status_code == 409
    assert answer.json()["code"] == "invalid_transition"
    assert answer.json()["current"] == "approved"
    assert desk.post(f"/{opened.number}/settle", {}).json()["code"] == "nothing_to_settle"
    assert desk.post(f"/{opened.number}/decline", {"reason": "no"}).status_code == 409
    assert desk.post(f"/{opened.number}/cancel", {}).status_code == 422
    assert desk.post(f"/{opened.number}/cancel", {"reason": "kept"}).json()["status"] == "cancelled"


def test_the_list_is_narrowed_and_paged() -> None:
    desk = Desk()
    numbers = [open_return(desk.order, 1).number for _ in range(3)]

    page = desk.get("", {"limit": 2}).json()
    assert [each["number"] for each in page["results"]] == numbers[:0:-1]
    rest = desk.get("", {"limit": 2, "cursor": page["next"]}).json()
    assert [each["number"] for each in rest["results"]] == numbers[:1]
    assert rest["next"] is None
    assert len(desk.get("", {"order": desk.order.number.lower()}).json()["results"]) == 3
    assert desk.get("", {"status": "closed"}).json()["results"] == []
    assert desk.get("", {"status": "lost"}).status_code == 422
    assert desk.get("", {"order__email": "x"}).status_code == 422


def test_returns_of_other_channels_do_not_exist() -> None:
    desk = Desk()
    foreign = open_return(shipped_order(), 1)
    other = foreign.order

    assert desk.get(f"/{foreign.number}").status_code == 404
    assert desk.get(f"/{foreign.uuid}").status_code == 404
    assert desk.get("").json()["results"] == []
    assert desk.post(f"/{foreign.number}/cancel", {"reason": "x"}).status_code == 404
    assert desk.post("", desk.opening(order=other.number)).status_code == 404
    foreign.refresh_from_db()
    assert foreign.status == "approved"


def test_a_client_without_channels_is_a_warehouse_only_when_it_may_write() -> None:
    opened = open_return(shipped_order(), 1)
    ChannelFactory()
    headers = {"Authorization": f"Bearer {api_key(scopes=['returns:read'])}"}
    assert Client().get(f"/api/v1/returns/{opened.number}", headers=headers).status_code == 404

    both = api_key(scopes=["returns:read", "returns:write"])
    headers = {"Authorization": f"Bearer {both}"}
    assert Client().get(f"/api/v1/returns/{opened.number}", headers=headers).status_code == 200


def test_every_call_needs_its_scope() -> None:
    desk = Desk(scopes=["returns:read"])
    opened = open_return(desk.order, 1)

    assert desk.get("").status_code == 200
    assert desk.post("", desk.opening()).status_code == 403
    for act in ("approve", "decline", "cancel", "receive", "settle"):
        assert desk.post(f"/{opened.number}/{act}", {}).status_code == 403


def test_a_longer_list_costs_no_more_statements(django_assert_num_queries: Any) -> None:
    desk = Desk()
    open_return(desk.order, 1)
    desk.get("")

    for _ in range(2):
        with django_assert_num_queries(3):
            desk.get("")
        open_return(desk.order, 1)


def test_only_calls_that_exist_are_named_as_legal() -> None:
    desk = Desk()
    found = open_return(desk.order, 2)

    coming = desk.get(f"/{found.number}").json()["actions"]
    receive_return(found, restock=2)
    come = desk.get(f"/{found.number}").json()["actions"]

    assert (coming, come) == (["cancel", "receive"], [])
    for action in coming:
        assert reverse(f"return-{action}", args=(found.number,)).endswith(f"/{action}")
