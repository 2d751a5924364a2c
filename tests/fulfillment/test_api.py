"""Fulfillment over HTTP: an outside warehouse reports progress, shops and carriers see and tell only their part."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fulfillment.packing.models import Shipment
from fulfillment.shipping.models import Label
from fulfillment.work.models import FulfillmentOrder
from inventory.locations.models import Location
from inventory.stock.models import Level, Movement
from oms.accounts.models import Scope
from orders.channels.models import Channel
from tests.fulfillment import factories
from tests.fulfillment.carriers import MoodyCarrier
from tests.fulfillment.factories import PARCEL
from tests.orders.factories import ChannelFactory, api_key, stocked_sku

pytestmark = pytest.mark.django_db

Body = dict[str, Any]


class Caller:
    """An API client: bound to nothing, so to all locations, unless told otherwise."""

    def __init__(self, *channels: Channel, **changes: Any) -> None:
        self.key = api_key(*channels, **changes)
        self.http = Client()
        self._keys = 0

    def get(self, path: str, **query: Any) -> Any:
        """Read."""
        return self.http.get(
            f"/api/v1/{path}", query, headers={"Authorization": f"Bearer {self.key}"}
        )

    def post(self, path: str, body: Body | None = None, *, key: str | None = None) -> Any:
        """Call, under a new key unless one is named."""
        self._keys += 1
        return self.http.post(
            f"/api/v1/{path}",
            json.dumps(body or {}),
            content_type="application/json",
            headers={
                "Authorization": f"Bearer {self.key}",
                "Idempotency-Key": key or f"key-{self._keys}",
            },
        )


def warehouse_of(location: Location) -> Caller:
    """Return the system of one site."""
    return Caller(location_codes=[location.code])


@pytest.fixture
def work() -> FulfillmentOrder:
    """Return open work: two cups."""
    return factories.open_work([(stocked_sku(10, code="CUP", barcode="4006381333931"), 2)])


def problem(response: Any) -> tuple[int, str]:
    """Return status and code of a problem."""
    assert response.headers["Content-Type"] == "application/problem+json"
    return response.status_code, response.json()["code"]


def field_codes(response: Any) -> list[tuple[str, str]]:
    """Return pointer and code of each field's problem."""
    assert response.status_code == 422, response.content
    return [(each["pointer"], each["code"]) for each in response.json()["errors"]]


# The story ------------------------------------------------------------------------------------------------------------


def test_an_outside_warehouse_takes_an_order_from_work_to_shipment(work: FulfillmentOrder) -> None:
    caller = warehouse_of(work.location)
    (listed,) = caller.get("fulfillment-orders").json()["results"]
    assert listed["number"] == work.number
    assert [(line["sku"], line["to_pick"]) for line in listed["lines"]] == [("CUP", 2)]

    path = f"fulfillment-orders/{listed['id']}"
    picked = caller.post(f"{path}/pick", {"scans": ["4006381333931", "CUP"]})
    assert picked.status_code == 200, picked.content
    assert picked.json()["lines"][0]["picked"] == 2

    packed = caller.post(f"{path}/pack", PARCEL)
    assert packed.status_code == 201, packed.content
    shipment = packed.json()
    assert (shipment["number"], shipment["status"]) == (f"{work.order.number}-P1", "packed")

    path = f"shipments/{shipment['id']}"
    assert caller.get(f"{path}/rates").json()["rates"][0]["service"] == "standard"
    labelled = caller.post(f"{path}/label", {"service": "standard"})
    assert labelled.status_code == 200, labelled.content
    number = labelled.json()["tracking_number"]
    assert caller.get(f"{path}/label.pdf").content.startswith(b"%PDF")
    assert number in caller.get(f"{path}/label.zpl").content.decode()
    assert caller.get(f"{path}/slip.pdf").headers["Content-Type"] == "application/pdf"

    shipped = caller.post(f"{path}/ship")
    assert shipped.status_code == 200, shipped.content
    assert shipped.json()["status"] == "shipped"
    assert Level.objects.get().on_hand == 8

    scans = {
        "carrier": "house",
        "scans": [
            {
                "tracking_number": number.lower(),
                "status": "delivered",
                "occurred_at": "2026-01-02T10:00:00Z",
            }
        ],
    }
    assert caller.post("tracking/scans", scans).json() == {
        "recorded": 1,
        "duplicates": 0,
        "parked": 0,
    }
    tracking = caller.get(f"{path}/tracking").json()
    assert tracking["tracking_status"] == "delivered"
    assert [scan["status"] for scan in tracking["scans"]] == ["delivered"]
    assert caller.get("fulfillment-orders").json()["results"] == []
    (done,) = caller.get("fulfillment-orders", status="closed").json()["results"]
    assert done["lines"][0]["shipped"] == 2


# Keys -----------------------------------------------------------------------------------------------------------------


def test_a_repeated_pick_is_one_pick(work: FulfillmentOrder) -> None:
    caller = Caller()
    path, body = f"fulfillment-orders/{work.number}/pick", {"scans": ["CUP"]}
    first = caller.post(path, body, key="same")
    again = caller.post(path, body, key="same")
    assert again.json() == first.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    (line,) = factories.lines_of(work)
    assert factories.units_of(line) == {"to_pick": 1, "picked": 1}


def test_a_repeated_pack_is_one_parcel() -> None:
    work = factories.picked_work()
    caller = Caller()
    first, again = (
        caller.post(f"fulfillment-orders/{work.uuid}/pack", PARCEL, key="same") for _ in range(2)
    )
    assert first.json() == again.json()
    assert Shipment.objects.count() == 1


def test_a_repeated_label_is_one_label() -> None:
    shipment = factories.packed_shipment()
    caller = Caller()
    first, again = (
        caller.post(f"shipments/{shipment.uuid}/label", {"service": "standard"}, key="same")
        for _ in range(2)
    )
    assert first.json() == again.json()
    assert Label.objects.count() == 1


def test_keys_of_two_clients_are_independent() -> None:
    shipment = factories.packed_shipment()
    body = {"service": "standard"}
    assert Caller().post(f"shipments/{shipment.uuid}/label", body, key="same").status_code == 200
    stranger = Caller().post(f"shipments/{shipment.uuid}/label", body, key="same")
    assert problem(stranger) == (409, "invalid_transition")


def test_a_key_for_another_service_is_refused() -> None:
    shipment = factories.packed_shipment()
    caller = Caller()
    path = f"shipments/{shipment.uuid}/label"
    caller.post(path, {"service": "standard"}, key="same")
    assert problem(caller.post(path, {"service": "express"}, key="same")) == (
        422,
        "label_key_reused",
    )


def test_a_repeated_ship_ships_once() -> None:
    shipment = factories.labelled_shipment()
    caller = Caller()
    first, again = (caller.post(f"shipments/{shipment.uuid}/ship", key="same") for _ in range(2))
    assert first.json() == again.json()
    other_key = caller.post(f"shipments/{shipment.uuid}/ship")
    assert problem(other_key) == (409, "invalid_transition")
    assert Movement.objects.filter(kind="shipment").count() == 1


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("fulfillment-orders/{work}/pick", {"scans": ["CUP"]}),
        ("shipments/{shipment}/label", {"service": "standard"}),
        ("shipments/{shipment}/ship", {}),
    ],
)
def test_a_call_without_key_is_refused(path: str, body: Body) -> None:
    shipment = factories.labelled_shipment()
    caller = Caller()
    response = caller.http.post(
        "/api/v1/" + path.format(work=shipment.fulfillment_order.uuid, shipment=shipment.uuid),
        json.dumps(body),
        content_type="application/json",
        headers={"Authorization": f"Bearer {caller.key}"},
    )
    assert problem(response) == (400, "idempotency_key_missing")


# Bad input ------------------------------------------------------------------------------------------------------------


def test_everything_wrong_with_a_pick_is_said_at_once(work: FulfillmentOrder) -> None:
    caller = Caller()
    path = f"fulfillment-orders/{work.uuid}/pick"
    (foreign,) = factories.lines_of(factories.open_work())
    line = {"line_id": str(factories.lines_of(work)[0].order_line.uuid), "quantity": 1}
    assert field_codes(caller.post(path, {})) == [("", "either_or")]
    assert field_codes(caller.post(path, {"lines": []})) == [("/lines", "no_lines")]
    assert field_codes(
        caller.post(path, {"lines": [{"line_id": "x", "quantity": 0}], "pric": 1})
    ) == [
        ("/lines/0/line_id", "not_uuid"),
        ("/lines/0/quantity", "number_range"),
        ("/pric", "unknown_field"),
    ]
    assert field_codes(
        caller.post(
            path,
            {
                "lines": [
                    line,
                    {"line_id": str(foreign.order_line.uuid), "quantity": 1},
                    line,
                ]
            },
        )
    ) == [("/lines/1/line_id", "unknown_reference"), ("/lines/2/line_id", "repeated")]
    assert factories.units_of(factories.lines_of(work)[0]) == {"to_pick": 2}


def test_wrong_item_and_wrong_count_are_conflicts_that_name_them(work: FulfillmentOrder) -> None:
    caller = Caller()
    path = f"fulfillment-orders/{work.uuid}/pick"
    wrong = caller.post(path, {"scans": ["POT"]})
    assert problem(wrong) == (409, "wrong_item")
    assert wrong.json()["codes"] == ["POT"]
    many = caller.post(path, {"scans": ["CUP"] * 3})
    assert problem(many) == (409, "wrong_count")
    assert many.json()["surplus"] == {"CUP": 1}


def test_a_parcel_without_weight_is_refused() -> None:
    work = factories.picked_work()
    body = {**PARCEL, "weight_g": 0, "height_mm": "10"}
    assert field_codes(Caller().post(f"fulfillment-orders/{work.uuid}/pack", body)) == [
        ("/weight_g", "number_range"),
        ("/height_mm", "not_plain_integer"),
    ]


def test_a_short_is_reported_with_its_reason() -> None:
    sku = stocked_sku(2, 2)
    work = factories.open_work([(sku, 2)])
    caller = Caller()
    path = f"fulfillment-orders/{work.uuid}/short"
    line = str(factories.lines_of(work)[0].order_line.uuid)
    assert field_codes(caller.post(path, {"line_id": line, "quantity": 1})) == [
        ("/reason", "required")
    ]
    short = caller.post(path, {"line_id": line, "quantity": 1, "reason": "broken"})
    assert short.status_code == 200, short.content
    assert (short.json()["rerouted"], short.json()["backordered"]) == (1, 0)
    assert short.json()["work"]["lines"][0]["short"] == 1


def test_a_silent_carrier_is_503_with_the_time_to_come_back(moody: type[MoodyCarrier]) -> None:
    moody.reset("silent")
    shipment = factories.packed_shipment()
    body = {"carrier": "moody", "service": "slow"}
    caller = Caller()
    response = caller.post(f"shipments/{shipment.uuid}/label", body, key="same")
    assert problem(response) == (503, "carrier_unreachable")
    assert response.headers["Retry-After"] == "60"
    again = caller.post(f"shipments/{shipment.uuid}/label", body, key="same")
    assert again.json()["status"] == "labelled"


def test_a_label_is_voided_and_the_parcel_taken_apart() -> None:
    shipment = factories.labelled_shipment()
    caller = Caller()
    path = f"shipments/{shipment.uuid}"
    assert problem(caller.post(f"{path}/unpack")) == (409, "label_live")
    assert caller.post(f"{path}/void-label").json()["status"] == "packed"
    assert problem(caller.get(f"{path}/label.pdf")) == (404, "label_not_found")
    assert caller.post(f"{path}/unpack", {"reason": "torn"}).json()["status"] == "cancelled"
    work = f"fulfillment-orders/{shipment.fulfillment_order.uuid}"
    line = str(factories.lines_of(shipment.fulfillment_order)[0].order_line.uuid)
    unpicked = caller.post(f"{work}/unpick", {"lines": [{"line_id": line, "quantity": 2}]})
    assert unpicked.json()["lines"][0]["to_pick"] == 2
    assert caller.get(f"{work}/pick-list.pdf").content.startswith(b"%PDF")


def test_a_label_of_another_carrier_is_recorded() -> None:
    shipment = factories.packed_shipment()
    response = Caller().post(
        f"shipments/{shipment.uuid}/record-label", {"carrier": "ups", "tracking_number": "1z 9"}
    )
    assert response.json()["tracking_number"] == "1Z9"
    assert response.json()["status"] == "labelled"


# Scans ----------------------------------------------------------------------------------------------------------------


def scans(*told: Body) -> Body:
    return {
        "carrier": "house",
        "scans": [
            {
                "tracking_number": "CA1",
                "status": "in_transit",
                "occurred_at": "2026-01-02T10:00:00Z",
                **each,
            }
            for each in told
        ],
    }


def test_scans_of_unknown_numbers_are_accepted_and_parked() -> None:
    caller = Caller(scopes=[Scope.TRACKING_WRITE])
    response = caller.post("tracking/scans", scans({}))
    assert (response.status_code, response.json()["parked"]) == (202, 1)
    again = caller.post("tracking/scans", scans({}))
    assert (again.status_code, again.json()["duplicates"]) == (200, 1)


def test_bad_scans_are_refused_together() -> None:
    body = scans(
        {"occurred_at": "2026-01-02T10:00:00"},
        {"status": ""},
        {"occurred_at": "2026-02-30T10:00:00Z", "extra": 1},
    )
    assert field_codes(Caller().post("tracking/scans", {**body, "carrier": "Ups!"})) == [
        ("/carrier", "wrong_form"),
        ("/scans/0/occurred_at", "offset_required"),
        ("/scans/1/status", "blank"),
        ("/scans/2/occurred_at", "not_instant"),
        ("/scans/2/extra", "unknown_field"),
    ]
    future = Caller().post("tracking/scans", scans({"occurred_at": "2199-01-01T00:00:00Z"}))
    assert field_codes(future) == [("/scans/0/occurred_at", "in_future")]
    assert field_codes(Caller().post("tracking/scans", {"carrier": "house", "scans": []})) == [
        ("/scans", "no_scans")
    ]


# Lists ----------------------------------------------------------------------------------------------------------------


def test_parcels_are_listed_newest_first_page_by_page() -> None:
    numbers = [factories.packed_shipment().number for _ in range(3)]
    caller = Caller()
    first = caller.get("shipments", limit=2).json()
    assert [each["number"] for each in first["results"]] == numbers[:0:-1]
    second = caller.get("shipments", limit=2, cursor=first["next"]).json()
    assert [each["number"] for each in second["results"]] == numbers[:1]
    assert second["next"] is None


def test_parcels_are_found_by_order_status_and_number() -> None:
    shipped, packed = factories.shipped_shipment(), factories.packed_shipment()
    caller = Caller()

    def found(**query: str) -> list[str]:
        return [each["number"] for each in caller.get("shipments", **query).json()["results"]]

    order = shipped.fulfillment_order.order.number
    assert found(order=order) == [shipped.number]
    assert found(order=order.replace("-", "").lower()) == [shipped.number]
    assert found(status="packed") == [packed.number]
    assert found(tracking_number=shipped.tracking_number.lower()) == [shipped.number]
    assert found(location=packed.fulfillment_order.location.code) == [packed.number]
    assert found(order="NOTHING") == []
    assert caller.get(f"shipments/{shipped.number}").json()["id"] == str(shipped.uuid)


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("shipments", {"status": "draft"}),
        ("shipments", {"status__regex": "."}),
        ("shipments", {"limit": "-1"}),
        ("shipments", {"cursor": "forged"}),
        ("fulfillment-orders", {"status": "x"}),
    ],
)
def test_bad_filters_are_refused(path: str, query: Body) -> None:
    assert Caller().get(path, **query).status_code == 422


def test_a_list_costs_the_same_however_many_rows_it_has() -> None:
    def statements(path: str) -> int:
        caller = Caller()
        caller.get(path)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert caller.get(path).status_code == 200
        return len(captured)

    factories.packed_shipment()
    before = {path: statements(path) for path in ("shipments", "fulfillment-orders")}
    for _ in range(5):
        factories.packed_shipment()
    assert {path: statements(path) for path in before} == before
    assert max(before.values()) <= 4


# Reach ----------------------------------------------------------------------------------------------------------------


READS = [
    "shipments/{shipment}",
    "shipments/{shipment}/rates",
    "shipments/{shipment}/label.pdf",
    "shipments/{shipment}/label.zpl",
    "shipments/{shipment}/slip.pdf",
    "shipments/{shipment}/tracking",
    "fulfillment-orders/{work}",
    "fulfillment-orders/{work}/pick-list.pdf",
]
CALLS: list[tuple[str, Body]] = [
    ("shipments/{shipment}/label", {"service": "standard"}),
    ("shipments/{shipment}/record-label", {"carrier": "ups", "tracking_number": "1"}),
    ("shipments/{shipment}/void-label", {}),
    ("shipments/{shipment}/unpack", {}),
    ("shipments/{shipment}/ship", {}),
    ("fulfillment-orders/{work}/pick", {"scans": ["X"]}),
    (
        "fulfillment-orders/{work}/unpick",
        {"lines": [{"line_id": "01a20190-8514-77a8-a02f-c6d48c0ec831", "quantity": 1}]},
    ),
    (
        "fulfillment-orders/{work}/short",
        {
            "line_id": "01a20190-8514-77a8-a02f-c6d48c0ec831",
            "quantity": 1,
            "reason": "x",
        },
    ),
    ("fulfillment-orders/{work}/pack", PARCEL),
]
NOBODYS = "01a20190-8514-77a8-a02f-c6d48c0ec831"


def without_request_id(response: Any) -> Body:
    """Return the body as far as it does not differ with every call."""
    body: Body = response.json()
    body.pop("request_id")
    body.pop("instance", None)
    return body


BEYOND = [
    *(("location", path, None) for path in READS),
    *(("channel", path, None) for path in READS),
    *(("reader bound to nothing", path, None) for path in READS),
    *(("location", path, body) for path, body in CALLS),
    *(("channel", path, body) for path, body in CALLS),
]


def stranger_to(shipment: Shipment, kind: str) -> Caller:
    """Return a client that has nothing to do with the parcel."""
    if kind == "location":
        return warehouse_of(factories.open_work().location)
    if kind == "channel":
        return Caller(ChannelFactory.create())
    return Caller(scopes=[Scope.FULFILLMENT_READ])


@pytest.mark.parametrize(("kind", "path", "body"), BEYOND)
def test_what_lies_beyond_reach_is_answered_like_what_does_not_exist(
    kind: str, path: str, body: Body | None
) -> None:
    shipment = factories.labelled_shipment()
    work = shipment.fulfillment_order
    stranger = stranger_to(shipment, kind)
    real = path.format(shipment=shipment.uuid, work=work.uuid)
    nothing = path.format(shipment=NOBODYS, work=NOBODYS)
    answers = [
        stranger.get(each) if body is None else stranger.post(each, body)
        for each in (real, nothing)
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert without_request_id(answers[0]) == without_request_id(answers[1])
    shipment.refresh_from_db()
    assert shipment.status == "labelled"


def test_lists_hold_what_is_within_reach() -> None:
    mine, theirs = factories.packed_shipment(), factories.packed_shipment()
    work = mine.fulfillment_order
    for caller in (
        warehouse_of(work.location),
        Caller(work.order.channel),
        Caller(work.order.channel, location_codes=[work.location.code]),
    ):
        for path in ("shipments", "fulfillment-orders"):
            assert len(caller.get(path).json()["results"]) == 1
    neither = Caller(work.order.channel, location_codes=[theirs.fulfillment_order.location.code])
    assert neither.get("shipments").json()["results"] == []
    assert len(Caller().get("shipments").json()["results"]) == 2


def test_a_client_whose_channel_is_switched_off_sees_nothing() -> None:
    shipment = factories.packed_shipment()
    channel = shipment.fulfillment_order.order.channel
    caller = Caller(channel)
    Channel.objects.filter(pk=channel.pk).update(is_active=False)
    assert caller.get("shipments").json()["results"] == []


def test_an_empty_parcel_is_nobodys_business() -> None:
    work = factories.picked_work()
    draft = factories.packing.open_parcel(fulfillment_order_id=work.pk, actor=factories.PICKER)
    caller = Caller()
    assert caller.get("shipments").json()["results"] == []
    assert problem(caller.get(f"shipments/{draft.uuid}")) == (404, "shipment_not_found")
