"""A step of the warehouse costs the same number of statements however many lines the order has."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fulfillment.shipping import services as shipping
from inventory.stock.models import Level
from tests.fulfillment import factories
from tests.fulfillment.factories import PICKER
from tests.inventory.factories import LocationFactory
from tests.orders.factories import stocked_sku

pytestmark = pytest.mark.django_db


def statements(step: Callable[[], Any]) -> tuple[int, Any]:
    """Return how many statements `step` sends, savepoints left out, and what it returns."""
    with CaptureQueriesContext(connection) as captured:
        result = step()
    sent = [each["sql"] for each in captured if "SAVEPOINT" not in each["sql"]]
    return len(sent), result


def story(lines: int) -> dict[str, int]:
    """Return the statements of each step, from taking the work to the delivery."""
    here = LocationFactory.create()
    skus = [stocked_sku() for _ in range(lines)]
    for sku in skus:
        Level.objects.create(sku=sku, location=here, on_hand=10)
    order = factories.released_order([(sku, 2) for sku in skus])
    counts: dict[str, int] = {}
    counts["take"], (work,) = statements(lambda: factories.take(order))
    open_lines = factories.lines_of(work)
    counts["pick"], _ = statements(
        lambda: factories.picking.confirm(
            fulfillment_order_id=work.pk,
            quantities={line.pk: 2 for line in open_lines},
            actor=PICKER,
        )
    )
    counts["pack"], shipment = statements(lambda: factories.pack(work))
    counts["label"], _ = statements(
        lambda: shipping.buy_label(
            shipment_id=shipment.pk, service="standard", key="k", actor=PICKER
        )
    )
    counts["ship"], _ = statements(lambda: shipping.ship(shipment_id=shipment.pk, actor=PICKER))
    shipment.refresh_from_db()
    counts["deliver"], _ = statements(lambda: factories.scan(shipment, "delivered"))
    return counts


def test_every_step_is_constant_in_lines() -> None:
    assert (
        story(1)
        == story(12)
        == {
            "take": 9,
            "pick": 12,
            "pack": 13,
            "label": 18,
            "ship": 25,
            "deliver": 19,
        }
    )
