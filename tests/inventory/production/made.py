"""Bills of materials, work centers, and production orders in the state that a test needs; made by the services."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from inventory.catalog.models import Sku
from inventory.locations.models import Location
from inventory.production import services as production
from inventory.production.models import BillOfMaterials, WorkCenter
from inventory.production.rules import Byproduct, Part, Way
from inventory.production.services import Content
from oms.core.actors import Actor
from tests.inventory.factories import LocationFactory, SkuFactory

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
