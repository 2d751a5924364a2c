"""Kits over HTTP: say of what one consists, read it, dissolve it; what can be promised and reserved of it."""

from typing import Any

import pytest
from django.test import Client

from inventory.catalog.models import Sku
from inventory.kits.models import Kit
from inventory.reservations.models import ReservationLine
from oms.core import clock
from tests.inventory.factories import LevelFactory, LocationFactory, SkuFactory, kit_of
from tests.orders.factories import ChannelFactory, api_key

pytestmark = pytest.mark.django_db


class Caller:
    """A client with every scope on one channel."""

    def __init__(self) -> None:
        self.channel = ChannelFactory.create()
        self.key = api_key(self.channel)
        self.http = Client()
        self.calls = 0

    def post(self, path: str, body: dict[str, Any]) -> Any:
        self.calls += 1
        return self.http.post(
            f"/api/v1/{path}",
            body,
            content_type="application/json",
            headers={"Authorization": f"Bearer {self.key}", "Idempotency-Key": f"k-{self.calls}"},
        )

    def get(self, path: str) -> Any:
        return self.http.get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {self.key}"})


@pytest.fixture
def caller() -> Caller:
    return Caller()


def test_a_kit_is_defined_read_and_dissolved(caller: Caller) -> None:
    for code in ("SET/1", "CUP", "PLATE"):
        SkuFactory.create(code=code, name=code.lower())
    body = {
        "sku": "SET/1",
        "parts": [
            {"sku": "CUP", "units": 2, "price_share": 3},
            {"sku": "PLATE", "units": 1, "price_share": 1},
        ],
        "taxed_as": "kit",
    }

    made = caller.post("kits", body)

    assert made.status_code == 200
    assert made.json() == caller.get("kits/SET/1").json()
    assert made.json()["parts"] == [
        {"sku": "CUP", "name": "cup", "units": 2, "price_share": 3},
        {"sku": "PLATE", "name": "plate", "units": 1, "price_share": 1},
    ]
    assert caller.post("kits/SET/1/dissolve", {"reason": "over"}).status_code == 204
    assert caller.get("kits/SET/1").json()["code"] == "kit_not_found"
    assert caller.post("kits/NOPE/dissolve", {"reason": "over"}).status_code == 404


def test_everything_that_is_wrong_is_told_at_once(caller: Caller) -> None:
    sku = SkuFactory.create(code="SET")
    inner = kit_of({SkuFactory.create(): 1}, code="INNER")

    unknown = caller.post("kits", {"sku": "NO", "parts": [{"sku": "NOR", "units": 1}]})
    wrong = caller.post(
        "kits",
        {"sku": "SET", "parts": [{"sku": "SET", "units": 1}, {"sku": "INNER", "units": 20_000}]},
    )

    assert [(e["pointer"], e["code"]) for e in unknown.json()["errors"]] == [
        ("/sku", "unknown_sku"),
        ("/parts/0/sku", "unknown_sku"),
    ]
    assert [(e["pointer"], e["code"]) for e in wrong.json()["errors"]] == [
        ("/parts/0/sku", "kit_in_itself"),
        ("/parts/1/sku", "kit_in_kit"),
        ("/parts/1/units", "number_range"),
    ]
    assert list(Kit.objects.values_list("pk", flat=True)) == [inner.pk]
    assert sku.pk != inner.pk


def shelf() -> tuple[Sku, Sku]:
    """Lay out cups (five here, one there) and plates (one here, seven there); SET is two cups and a plate."""
    near, far = (
        LocationFactory.create(code="near", priority=1),
        LocationFactory.create(code="far", priority=2),
    )
    cup, plate = SkuFactory.create(code="CUP"), SkuFactory.create(code="PLATE")
    for sku, place, units in ((cup, near, 5), (plate, near, 1), (cup, far, 1), (plate, far, 7)):
        LevelFactory.create(sku=sku, location=place, on_hand=units)
    kit_of({cup: 2, plate: 1}, code="SET")
    return cup, plate


def test_availability_and_promises_of_a_kit_follow_its_parts(caller: Caller) -> None:
    shelf()

    (found,) = caller.get("availability?sku=SET").json()["results"]
    (promised,) = caller.get("promises?sku=SET").json()["results"]

    assert (found["is_kit"], found["available_to_sell"]) == (True, 3)
    assert [(at["location"], at["available_to_sell"]) for at in found["locations"]] == [
        ("near", 1),
        ("far", 0),
    ]
    today = clock.now().date().isoformat()
    assert promised["promises"] == [{"units": 3, "on": today}]


def test_a_cart_holds_the_parts_of_a_kit(caller: Caller) -> None:
    cup, plate = shelf()
    made = caller.post(
        "reservations",
        {"lines": [{"sku": "SET", "quantity": 2}, {"sku": "CUP", "quantity": 2}]},
    )
    more = caller.post("reservations", {"lines": [{"sku": "SET", "quantity": 1}]})

    assert made.status_code == 201
    held = ReservationLine.objects.values_list("level__sku_id", "quantity")
    assert sum(units for sku, units in held if sku == cup.pk) == 6
    assert sum(units for sku, units in held if sku == plate.pk) == 2
    assert (more.status_code, more.json()["shortages"][0]["sku"]) == (409, "CUP")
    Sku.objects.filter(pk=plate.pk).update(is_active=False)
    refused = caller.post("reservations", {"lines": [{"sku": "SET", "quantity": 1}]})
    assert [(e["pointer"], e["code"]) for e in refused.json()["errors"]] == [
        ("/lines/0/sku", "kit_not_sold")
    ]
