"""Files to import, made on the spot."""

import csv
import io
from collections.abc import Mapping

from django.apps import apps

from inventory.catalog.models import Sku
from orders.channels.models import Channel
from tests.orders.factories import ChannelFactory, PriceFactory, stocked_sku

ROW: Mapping[str, str] = {
    "external_id": "A-1",
    "customer_name": "Ada Lovelace",
    "email": "ada@example.com",
    "street": "Torstr. 12",
    "city": "Berlin",
    "postcode": "10119",
    "country": "DE",
    "sku": "MUG",
    "quantity": "1",
    "unit_price": "12.50",
}


def upload(*rows: Mapping[str, str]) -> io.BytesIO:
    """Return a file of rows given as changes to a good one."""
    names = list(dict.fromkeys([*ROW, *(name for row in rows for name in row)]))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, restval="")
    writer.writeheader()
    writer.writerows({**ROW, **row} for row in rows)
    return io.BytesIO(text.getvalue().encode())


def shop(*, units: int = 10, **changes: object) -> Channel:
    """Return a channel that sells MUG, of which `units` lie in one warehouse."""
    channel: Channel = ChannelFactory.create(**changes)
    sku = stocked_sku(units, code="MUG")
    PriceFactory.create(price_list=channel.price_list, sku=sku)
    return channel


def mug() -> Sku:
    """Return the article."""
    return Sku.objects.get(code="MUG")


def everything() -> dict[str, int]:
    """Return how many rows each table of ours holds."""
    ours = ("core", "accounts", "messaging", "customers", "inventory", "orders", "fulfillment")
    return {
        model._meta.label: model._default_manager.count()
        for app in ours
        for model in apps.get_app_config(app).get_models()
    }
