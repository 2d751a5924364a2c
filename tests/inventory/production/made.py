"""Bills of materials, work centers, and production orders in the state that a test needs; made by the services."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from inventory.catalog.models import Sku
from inventory.locations.models import Location
from inventory.production import services as production
from inventory.production.models import (
    BillOfMaterials,
    ProductionComponent,
    ProductionOrder,
    ProductionPosting,
    WorkCenter,
)
from inventory.production.rules import Byproduct, Part, Way
from inventory.production.services import Content, Demand, Report, Wish
from inventory.stock.models import Level
from oms.core.actors import Actor
from oms.core.ids import uuid7
from tests.inventory.factories import LevelFactory, LocationFactory, SkuFactory

MAKER = Actor("staff", "9", "Max Maker")
ALL_WEEK = [0, 1, 2, 3, 4, 5, 6]


def center(location: Location | None = None, **changes: Any) -> WorkCenter:
    """Return a work center that takes 10 on every day of the week."""
    code = f"wc-{WorkCenter.objects.count() + 1}"
    values = {
        "code": code,
        "name": f"Bench {code}",
        "location": location or LocationFactory.create(),
        "capacity": 10,
        "work_days": ALL_WEEK,
        **changes,
    }
    return WorkCenter.objects.create(**values)


def content(
    parts: Mapping[Sku, int],
    *,
    scrap: str = "0",
    byproducts: Mapping[Sku, int] | None = None,
    at: WorkCenter | None = None,
    load: int = 1,
    way_days: int = 0,
    **more: Any,
) -> Content:
    """Return what a bill says: units of the parts for a batch of one, `scrap` percent of each spoilt."""
    return Content(
        parts=[Part(sku.code, quantity, Decimal(scrap)) for sku, quantity in parts.items()],
        byproducts=[Byproduct(sku.code, units) for sku, units in (byproducts or {}).items()],
        ways=[Way(at.code, load, way_days)] if at else [],
        **more,
    )


def drafted_bill(
    sku: Sku | None = None, parts: Mapping[Sku, int] | None = None, **more: Any
) -> BillOfMaterials:
    """Return a draft: two of one part in a SKU, both new, unless said otherwise."""
    return production.write_bill(
        sku_code=(sku or SkuFactory.create()).code,
        content=content(parts or {SkuFactory.create(): 2}, **more),
        actor=MAKER,
    )


def released_bill(
    sku: Sku | None = None, parts: Mapping[Sku, int] | None = None, **more: Any
) -> BillOfMaterials:
    """Return such a bill, released."""
    return production.release_bill(bill_id=drafted_bill(sku, parts, **more).pk, actor=MAKER)


def stocked(location: Location, units: int = 100, **changes: Any) -> Sku:
    """Return a new SKU of which units lie at a location."""
    level: Level = LevelFactory.create(location=location, on_hand=units, **changes)
    return level.sku


def drafted_order(
    *,
    location: Location | None = None,
    quantity: int = 10,
    bill: BillOfMaterials | None = None,
    stock: int = 100,
    demand: Demand | None = None,
    **wish: Any,
) -> ProductionOrder:
    """Return a draft of 10 units, each of two parts of which 100 lie there, unless said otherwise."""
    location = location or LocationFactory.create()
    if bill is None:
        bill = released_bill(parts={stocked(location, stock): 2})
    return production.create(
        wish=Wish(sku_code=bill.sku.code, location_code=location.code, quantity=quantity, **wish),
        actor=MAKER,
        demand=demand,
    )


def confirmed_order(*, with_shortages: bool = False, **more: Any) -> ProductionOrder:
    """Return such an order, confirmed."""
    order = drafted_order(**more)
    return production.confirm(order_id=order.pk, with_shortages=with_shortages, actor=MAKER)


def begun_order(**more: Any) -> ProductionOrder:
    """Return such an order, started."""
    return production.start(order_id=confirmed_order(**more).pk, actor=MAKER)


def posted(order: ProductionOrder, produced: int = 4, **more: Any) -> ProductionPosting:
    """Post units of an order."""
    finish = more.pop("finish", False)
    return production.post(
        order_id=order.pk,
        report=Report(produced=produced, **more),
        key=uuid7().hex,
        actor=MAKER,
        finish=finish,
    )


def component(order: ProductionOrder) -> ProductionComponent:
    """Return the only component as it is now."""
    return ProductionComponent.objects.select_related("sku").get(order=order)
