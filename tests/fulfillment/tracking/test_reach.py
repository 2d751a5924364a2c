"""Who may report on which parcel."""

import json
from typing import Any

import pytest
from django.test import Client

from fulfillment.packing.models import Shipment
from fulfillment.tracking.models import Scan
from oms.accounts.models import Scope
from tests.fulfillment import factories
from tests.orders.factories import ChannelFactory, api_key

pytestmark = pytest.mark.django_db


def report(key: str, *numbers: str) -> Any:
    """Tell that parcels were delivered."""
    scans = [
        {"tracking_number": number, "status": "delivered", "occurred_at": "2026-01-02T10:00:00Z"}
        for number in numbers
    ]
    return Client().post(
        "/api/v1/tracking/scans",
        json.dumps({"carrier": "house", "scans": scans}),
        content_type="application/json",
        headers={"Authorization": f"Bearer {key}"},
    )


def foreign_key(shipment: Shipment, binding: str) -> str:
    """Return a key that is bound to another channel or another place than the parcel's."""
    if binding == "channel":
        return api_key(ChannelFactory.create(), scopes=[Scope.TRACKING_WRITE])
    if binding == "location":
        return api_key(location_codes=["elsewhere"], scopes=[Scope.TRACKING_WRITE])
    return api_key(
        shipment.fulfillment_order.order.channel,
        location_codes=["elsewhere"],
        scopes=[Scope.TRACKING_WRITE],
    )


@pytest.mark.parametrize("binding", ["channel", "location", "both"])
def test_a_foreign_parcel_is_answered_like_a_number_that_nobody_has(binding: str) -> None:
    shipment = factories.shipped_shipment()
    key = foreign_key(shipment, binding)

    answers = [report(key, number) for number in (shipment.tracking_number, "CA999")]

    bodies = [{**answer.json(), "request_id": ""} for answer in answers]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert bodies[0] == bodies[1]
    assert bodies[0]["errors"][0]["pointer"] == "/scans/0/tracking_number"
    assert not Scan.objects.exists()
    shipment.refresh_from_db()
    assert (shipment.status, shipment.tracking_status) == ("shipped", "unknown")


def test_a_foreign_parcel_among_own_ones_refuses_the_whole_report() -> None:
    mine, theirs = factories.shipped_shipment(), factories.shipped_shipment()
    key = api_key(mine.fulfillment_order.order.channel)

    answer = report(key, mine.tracking_number, theirs.tracking_number)

    assert [each["pointer"] for each in answer.json()["errors"]] == ["/scans/1/tracking_number"]
    assert not Scan.objects.exists()


def test_a_report_that_was_told_before_says_nothing_of_a_foreign_parcel() -> None:
    shipment = factories.shipped_shipment()
    carrier = api_key(scopes=[Scope.TRACKING_WRITE])
    assert report(carrier, shipment.tracking_number).status_code == 200

    answer = report(foreign_key(shipment, "channel"), shipment.tracking_number)

    assert answer.status_code == 422


def test_the_channel_and_the_place_of_a_parcel_report_on_it() -> None:
    for bound_to in ("channel", "location"):
        shipment = factories.shipped_shipment()
        work = shipment.fulfillment_order
        key = (
            api_key(work.order.channel)
            if bound_to == "channel"
            else api_key(location_codes=[work.location.code])
        )
        assert report(key, shipment.tracking_number).json()["recorded"] == 1
        shipment.refresh_from_db()
        assert shipment.status == "delivered"


def test_a_longer_number_is_not_the_one_that_it_begins_with() -> None:
    number = "X" * 40
    shipment = factories.shipped_shipment()
    Shipment.objects.filter(pk=shipment.pk).update(tracking_number=number)
    carrier = api_key(scopes=[Scope.TRACKING_WRITE])

    answer = report(carrier, f"{number}Y")

    assert (answer.status_code, answer.json()["parked"]) == (202, 1)
    shipment.refresh_from_db()
    assert shipment.status == "shipped"
    assert report(carrier, number).json()["recorded"] == 1
    assert Scan.objects.filter(shipment=shipment).count() == 1
