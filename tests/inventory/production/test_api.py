"""Production over HTTP."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from inventory.catalog.models import Tracking
from inventory.locations.models import Location
from inventory.production.models import BillOfMaterials, ProductionOrder
from inventory.stock.models import Level
from oms.core import clock
from tests.inventory.factories import LocationFactory, SkuFactory, by_lot, lots_level
from tests.inventory.production.made import (
    begun_order,
    center,
    component,
    confirmed_order,
    posted,
    released_bill,
    stocked,
)
from tests.orders.factories import api_key

pytestmark = pytest.mark.django_db

ORDERS = "/api/v1/production/orders"
CAPABLE = "/api/v1/production/capable-to-promise"


@pytest.fixture
def key() -> str:
    """Give the key of a client that works everywhere."""
    return api_key()


@pytest.fixture
def berlin() -> Location:
    return LocationFactory.create(code="berlin")


@pytest.fixture
def mug(berlin: Location) -> BillOfMaterials:
    """Give the bill of MUG: two of a part of which 30 lie at berlin, made at a bench that takes 4 a day."""
    return released_bill(
        SkuFactory.create(code="MUG"),
        {stocked(berlin, 30): 2},
        at=center(berlin, capacity=4, code="bench"),
        way_days=2,
    )


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


def act(order: ProductionOrder, name: str, key: str, body: Any, **more: Any) -> HttpResponse:
    return post(f"{ORDERS}/{order.number}/{name}", key, body, **more)


def codes(answer: HttpResponse) -> list[tuple[str, str]]:
    return [(each["pointer"], each["code"]) for each in answer.json()["errors"]]


def days_from_now(written: str) -> int:
    return (date.fromisoformat(written) - clock.today("Europe/Berlin")).days


def test_how_soon_units_can_be_made_follows_from_components_and_capacity(
    key: str, mug: BillOfMaterials
) -> None:
    answer = get(CAPABLE, key, sku="MUG", quantity=10, location="berlin").json()

    assert days_from_now(answer["finishes_on"]) == 4
    assert (answer["work_center"], answer["revision"]) == ("bench", 1)
    assert [slot["load"] for slot in answer["slots"]] == [4, 4, 2]
    assert [(each["needed"], each["free"]) for each in answer["components"]] == [(20, 30)]
    short = get(CAPABLE, key, sku="MUG", quantity=16, location="berlin").json()
    assert (short["components_on"], short["finishes_on"], short["slots"]) == (None, None, [])


def test_senseless_questions_are_told_at_once(key: str, mug: BillOfMaterials) -> None:
    answer = get(CAPABLE, key, sku="TEA", quantity="many", location="nowhere")

    assert answer.status_code == 422
    assert codes(answer) == [
        ("/sku", "not_made"),
        ("/location", "unknown_reference"),
        ("/quantity", "number_range"),
    ]
    assert codes(get(CAPABLE, key, quantity=1, location="berlin")) == [("/sku", "required")]


def test_an_order_goes_its_way_over_the_api(key: str, mug: BillOfMaterials) -> None:
    made = post(ORDERS, key, {"sku": "MUG", "location": "berlin", "quantity": 8, "confirm": True})
    assert made.status_code == 201
    assert made.json()["actions"] == ["start", "post", "schedule", "cancel"]
    order = ProductionOrder.objects.get()
    part = component(order).sku.code

    assert act(order, "start", key, {}).json()["status"] == "in_progress"
    body = {"produced": 3, "scrapped": 1, "used": [{"sku": part, "quantity": 9}], "reason": "spilt"}
    shown = act(order, "post", key, body).json()
    assert (shown["produced"], shown["scrapped"], shown["open"]) == (3, 1, 4)
    assert shown["components"] == [
        {"sku": part, "planned": 16, "held": 7, "missing": 0, "consumed": 9}
    ]
    number = shown["postings"][0]["number"]
    undone = act(order, "undo", key, {"posting": number, "reason": "miscounted"}).json()
    assert undone["produced"] == 0
    last = act(order, "post", key, {"produced": 8, "finish": True}, intention="second").json()

    assert (last["status"], last["actions"]) == ("done", [])
    assert get(f"{ORDERS}/{order.uuid}", key).json() == last


def test_a_call_that_is_sent_twice_posts_once(key: str, berlin: Location) -> None:
    order = begun_order(location=berlin)

    first = act(order, "post", key, {"produced": 2})
    again = act(order, "post", key, {"produced": 2})

    assert first.json() == again.json()
    assert ProductionOrder.objects.get().produced == 2


def test_refusals_are_problems(key: str, berlin: Location) -> None:
    order = confirmed_order(location=berlin)

    assert act(order, "finish", key, {}).json()["code"] == "invalid_transition"
    assert act(order, "post", key, {"produced": 11}).json()["code"] == "production_reason_required"
    assert act(order, "post", key, {"made": 1}).status_code == 422
    assert act(order, "undo", key, {"posting": "x", "reason": "y"}).status_code == 404
    short = post(
        ORDERS,
        key,
        {"sku": order.bill.sku.code, "location": "berlin", "quantity": 41, "confirm": True},
        intention="other",
    )
    assert (short.status_code, short.json()["code"]) == (409, "components_short")
    assert ProductionOrder.objects.count() == 1


def test_an_order_is_planned_anew_and_cancelled(key: str, mug: BillOfMaterials) -> None:
    berlin = Location.objects.get(code="berlin")
    order = confirmed_order(location=berlin, bill=mug, quantity=4)
    day = clock.today("Europe/Berlin") + timedelta(days=6)

    planned = act(order, "schedule", key, {"start": day.isoformat(), "reason": "ill"}).json()
    assert (planned["starts_on"], days_from_now(planned["finishes_on"])) == (day.isoformat(), 8)
    assert act(order, "cancel", key, {"reason": "no"}).json()["status"] == "cancelled"


def test_lists_are_narrowed(key: str, berlin: Location) -> None:
    late = confirmed_order(location=berlin, due_on=clock.today() - timedelta(days=1))
    short = confirmed_order(location=berlin, stock=1, with_shortages=True)

    def numbers(**query: Any) -> list[str]:
        return [each["number"] for each in get(ORDERS, key, **query).json()["results"]]

    assert numbers() == [short.number, late.number]
    assert numbers(waiting="late") == [late.number]
    assert numbers(waiting="short") == [short.number]
    assert numbers(sku=late.bill.sku.code) == [late.number]
    assert numbers(status="done") == []
    assert get(ORDERS, key, waiting="never").status_code == 422


def test_a_client_sees_its_locations_alone(berlin: Location) -> None:
    own, foreign = confirmed_order(location=berlin), confirmed_order()
    bound = api_key(location_codes=["berlin"])

    assert get(f"{ORDERS}/{own.number}", bound).status_code == 200
    assert get(f"{ORDERS}/{foreign.number}", bound).status_code == 404
    assert act(foreign, "start", bound, {}).status_code == 404
    query = {"sku": own.bill.sku.code, "quantity": 1, "location": foreign.location.code}
    assert codes(get(CAPABLE, bound, **query)) == [("/location", "unknown_reference")]


def test_scopes_are_asked_for(berlin: Location) -> None:
    order = confirmed_order(location=berlin)
    reader = api_key(scopes=["production:read"])

    assert get(ORDERS, reader).status_code == 200
    assert act(order, "start", reader, {}).status_code == 403
    assert get(ORDERS, api_key(scopes=["inventory:read"])).status_code == 403


def test_the_bill_in_force_is_told(key: str, mug: BillOfMaterials) -> None:
    shown = get("/api/v1/production/bills/MUG", key).json()

    assert (shown["revision"], shown["status"], shown["batch"]) == (1, "active", 1)
    assert [part["quantity"] for part in shown["components"]] == [2]
    assert shown["routings"] == [
        {"work_center": "bench", "location": "berlin", "load": 1, "lead_days": 2}
    ]
    assert get("/api/v1/production/bills/TEA", key).status_code == 404


def test_the_list_costs_the_same_whatever_it_shows(
    key: str, berlin: Location, statements: Any
) -> None:
    posted(begun_order(location=berlin), 1)
    get(ORDERS, key)
    with statements() as few:
        get(ORDERS, key)
    for _ in range(3):
        posted(begun_order(location=berlin), 1)
    with statements() as many:
        get(ORDERS, key)

    assert len(many) == len(few)


def test_lots_are_named_over_the_api(key: str) -> None:
    parts = lots_level({"L-1": 5, "L-2": 5})
    goods = SkuFactory.create(tracking=Tracking.LOT)
    order = begun_order(
        location=parts.location, bill=released_bill(goods, {parts.sku: 1}), quantity=5
    )
    used = [{"sku": parts.sku.code, "quantity": 2, "lots": [{"number": "L-9", "quantity": 2}]}]
    body = {"produced": 2, "lots": [{"number": "B-1", "quantity": 2}], "used": used}

    refused = act(order, "post", key, body)
    assert (refused.status_code, refused.json()["code"]) == (409, "production_lots_refused")
    used[0]["lots"] = [{"number": "L-2", "quantity": 2}]
    done = act(order, "post", key, body, intention="second")
    assert done.status_code == 200

    (posting,) = done.json()["postings"]
    assert [line["lots"] for line in posting["lines"]] == [
        [{"number": "L-2", "quantity": 2}],
        [{"number": "B-1", "quantity": 2}],
    ]
    assert by_lot(parts) == {"L-1": 5, "L-2": 3}
    assert by_lot(Level.objects.get(sku=goods)) == {"B-1": 2}
