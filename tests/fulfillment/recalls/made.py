"""Goods that were made with lots."""

from inventory.catalog.models import Tracking
from inventory.stock.models import Level
from tests.inventory.factories import SkuFactory
from tests.inventory.production.made import begun_order, posted, released_bill


def bread_of(parts: Level, units: int) -> Level:
    """Return the level of tracked goods, each made of one unit of what lies at a level."""
    bill = released_bill(SkuFactory.create(tracking=Tracking.LOT), parts={parts.sku: 1})
    posted(begun_order(location=parts.location, bill=bill, quantity=units), units)
    return Level.objects.select_related("sku", "location").get(
        sku=bill.sku, location=parts.location
    )
