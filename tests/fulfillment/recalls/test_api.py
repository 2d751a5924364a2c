"""Lots over HTTP."""

import pytest

from inventory.stock.models import Level
from tests.fulfillment.factories import shipped_shipment
from tests.fulfillment.recalls.made import bread_of
from tests.fulfillment.test_api import Caller
from tests.inventory.factories import Came, by_lot, lot_of, lots_level
from tests.orders.factories import ChannelFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def level() -> Level:
    """Return 4 units that expire in 10 days and 6 that expire in 90."""
    return lots_level({"LATE": Came(6, 90), "SOON": Came(4, 10)}, expires=True)


def test_a_delivery_names_lots_and_says_all_that_is_missing_at_once(level: Level) -> None:
    caller = Caller()
    line = {"sku": level.sku.code, "quantity": 3}
    body = {"location": level.location.code, "document": "DN-9"}

    refused = caller.post(
        "stock/receipts",
        {**body, "lines": [line, {**line, "lots": [{"number": "NEW", "quantity": 3}]}]},
    )
    assert refused.status_code == 422
    assert [(each["pointer"], each["code"]) for each in refused.json()["errors"]] == [
        ("/lines/0/lots", "lot_missing"),
        ("/lines/1/lots/0/expires_on", "expiry_missing"),
    ]
    assert by_lot(level) == {"LATE": 6, "SOON": 4}

    named = {"number": "NEW", "quantity": 3, "expires_on": "2130-01-01"}
    done = caller.post("stock/receipts", {**body, "lines": [{**line, "lots": [named]}]})
    assert done.status_code == 201
    assert by_lot(level) == {"LATE": 6, "NEW": 3, "SOON": 4}


def test_a_lot_is_found_traced_and_recalled(level: Level) -> None:
    channel = ChannelFactory.create()
    shipment = shipped_shipment([(level.sku, 5)], channel=channel)
    caller = Caller(channel)
    lot = lot_of(level.sku, "LATE")

    (found,) = caller.get("lots", sku=level.sku.code, number="LATE").json()["results"]
    assert found["id"] == str(lot.uuid)
    recalled = caller.post(f"lots/{lot.uuid}/recall", {"reason": "Glass in it."})
    assert recalled.status_code == 200, recalled.content
    assert recalled.json()["units"] == 5
    detail = caller.get(f"lots/{lot.uuid}").json()
    assert detail["status"] == "recalled"
    assert detail["lying"] == [
        {"location": level.location.code, "condition": "quality_control", "units": 5}
    ]
    assert (detail["shipped_units"], detail["shipped_orders"]) == (1, 1)
    (got,) = caller.get(f"lots/{lot.uuid}/recipients").json()["results"]
    assert (got["shipment"], got["units"], got["email"]) == (
        shipment.number,
        1,
        "ada@example.com",
    )
    steps = caller.get(f"lots/{lot.uuid}/trace").json()["steps"]
    assert [(each["source"], each["target"], each["quantity"]) for each in steps] == [
        ("good", "quality control", 5),
        ("good", "", 1),
        ("", "good", 6),
    ]


def test_a_component_is_traced_to_who_got_what_was_made_with_it() -> None:
    flour = lots_level({"F-1": 9})
    bread = bread_of(flour, 4)
    channel = ChannelFactory.create()
    shipped_shipment([(bread.sku, 3)], channel=channel)
    caller = Caller(channel)
    lot = lot_of(flour.sku, "F-1")
    (made,) = bread.sku.lots.all()

    detail = caller.get(f"lots/{lot.uuid}").json()
    assert (detail["shipped_units"], detail["shipped_goods"], detail["shipped_orders"]) == (0, 3, 1)
    (got,) = caller.get(f"lots/{lot.uuid}/recipients").json()["results"]
    assert (got["sku"], got["lot"], got["units"]) == (bread.sku.code, made.number, 3)
    (posting,) = caller.get(f"lots/{lot.uuid}/trace").json()["went_into"]
    went_in = {"sku": flour.sku.code, "lot": "F-1", "lot_id": str(lot.uuid), "quantity": 4}
    assert posting["consumed"] == [went_in]
    (posting,) = caller.get(f"lots/{made.uuid}/trace").json()["made_of"]
    assert posting["consumed"] == [went_in]
    assert [each["lot_id"] for each in posting["produced"]] == [str(made.uuid)]


def test_a_client_of_another_channel_does_not_see_who_got_it(level: Level) -> None:
    shipped_shipment([(level.sku, 1)], channel=ChannelFactory.create())
    lot = lot_of(level.sku, "SOON")

    caller = Caller(ChannelFactory.create())

    assert caller.get(f"lots/{lot.uuid}/recipients").json()["results"] == []


def test_a_lot_that_does_not_exist_is_not_found() -> None:
    assert Caller().get("lots/nonsense").status_code == 404
