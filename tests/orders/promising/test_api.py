"""Promises over HTTP."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from inventory.inbound import services as inbound
from inventory.inbound.services import Expected
from oms.core import clock
from orders.channels.models import Channel
from tests.inventory.factories import LevelFactory, SkuFactory
from tests.orders.factories import ChannelFactory, api_key, lines_of, place_order

pytestmark = pytest.mark.django_db


def get(channel: Channel, path: str, **query: Any) -> Any:
    """Ask as the channel's client."""
    headers = {"Authorization": f"Bearer {api_key(channel)}"}
    return Client().get(f"/api/v1/{path}", query, headers=headers)


def test_the_waiting_lines_of_an_order_and_their_days() -> None:
    channel = ChannelFactory.create(backorders=True)
    level = LevelFactory.create(on_hand=0)
    there = LevelFactory.create(on_hand=5)
    order = place_order([(level.sku, 3), (there.sku, 1)], channel=channel)
    friday = clock.now().date() + timedelta(days=4)
    inbound.expect(
        supply="inventory.purchaseline",
        lines=[Expected(1, level.sku_id, level.location_id, 2, friday)],
    )

    answer = get(channel, f"orders/{order.number}/promises")

    line = next(line for line in lines_of(order) if line.sku_id == level.sku_id)
    assert answer.status_code == 200
    assert answer.json() == {
        "number": order.number,
        "lines": [
            {
                "line_id": str(line.uuid),
                "sku": level.sku.code,
                "backordered": 3,
                "promises": [
                    {"units": 2, "on": friday.isoformat()},
                    {"units": 1, "on": None},
                ],
            }
        ],
    }


def test_an_order_of_another_channel_is_not_there() -> None:
    order = place_order()

    assert get(ChannelFactory.create(), f"orders/{order.number}/promises").status_code == 404


def test_what_a_new_order_could_be_promised() -> None:
    level = LevelFactory.create(on_hand=4, sku=SkuFactory.create(code="Mug"))
    friday = clock.now().date() + timedelta(days=4)
    inbound.expect(
        supply="inventory.purchaseline",
        lines=[Expected(1, level.sku_id, level.location_id, 2, friday)],
    )

    answer = get(ChannelFactory.create(), "promises", sku=["Mug", "mug"])

    assert answer.status_code == 200
    assert answer.json() == {
        "results": [
            {
                "sku": "Mug",
                "promises": [
                    {"units": 4, "on": clock.now().date().isoformat()},
                    {"units": 2, "on": friday.isoformat()},
                ],
            }
        ],
        "unknown": ["mug"],
    }


def test_nothing_asked_is_refused() -> None:
    answer = get(ChannelFactory.create(), "promises")

    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"pointer": "/sku", "code": "required", "message": "Name at least one SKU."}
    ]
