"""Costs in tests: a policy, goods bought at a price, the books of a SKU as plain values."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from inventory.catalog.models import Sku
from inventory.costing import services as costing
from inventory.costing.models import (
    Consumption,
    Correction,
    CostEntry,
    CostLayer,
    CostPolicy,
    LandedCharge,
    SkuCost,
)
from inventory.costing.services import NewCharge
from inventory.locations.models import Location
from inventory.purchasing.models import PurchaseOrder, Supplier
from oms.core.actors import Actor
from oms.core.ids import uuid7
from tests.inventory.purchasing import orders as buying

KEEPER = Actor("staff", "9", "Carla Costs")


def decided(method: str = "fifo", currency: str = "EUR") -> CostPolicy:
    """Decide how goods are valued."""
    return costing.set_policy(
        method=method, currency=currency, reason="as agreed with the auditor", actor=KEEPER
    )


def bought(
    sku: Sku,
    units: int,
    unit_cost: str,
    location: Location,
    *,
    seller: Supplier | None = None,
) -> PurchaseOrder:
    """Buy units at a price and receive all of them."""
    seller = seller or buying.supplier()
    buying.sells(seller, sku, {1: unit_cost})
    order = buying.placed(location, {sku: units}, seller=seller)
    buying.receive(order, {sku: units})
    order.refresh_from_db()
    return order


def charged(order: PurchaseOrder, amount: str, **changes: Any) -> LandedCharge:
    """Note freight in euro for a purchase order, split by value."""
    values: dict[str, Any] = {
        "kind": "freight",
        "amount": Decimal(amount),
        "currency": "EUR",
        "basis": "value",
        **changes,
    }
    return costing.add_charge(
        order_id=order.pk, charge=NewCharge(**values), key=uuid7().hex, actor=KEEPER
    )


def books(sku: Sku) -> SkuCost:
    """Cost everything that has moved, and return the books of a SKU."""
    costing.run()
    return SkuCost.objects.get(sku=sku)


def cost_of(cause: str) -> CostEntry:
    """Return what the movement cost whose cause begins like this."""
    return CostEntry.objects.get(movement__cause__startswith=cause)


def written(sku: Sku) -> Mapping[str, Any]:
    """Return everything that is written of a SKU, without keys of rows."""
    kept = SkuCost.objects.get(sku=sku)
    return {
        "books": (kept.units, kept.known, kept.value, kept.last_cost, kept.last_movement_id),
        "entries": list(
            CostEntry.objects.filter(sku=sku)
            .order_by("movement_id")
            .values_list("movement_id", "incoming", "units", "cost", "unknown", "short", "line_id")
        ),
        "layers": list(
            CostLayer.objects.filter(sku=sku)
            .order_by("movement_id")
            .values_list("movement_id", "units", "left", "value", "held")
        ),
        "consumptions": list(
            Consumption.objects.filter(layer__sku=sku)
            .order_by("layer__movement_id", "first")
            .values_list("entry__movement_id", "layer__movement_id", "first", "units", "value")
        ),
        "corrections": list(
            Correction.objects.filter(consumption__layer__sku=sku)
            .order_by("change_id", "consumption__layer__movement_id", "consumption__first")
            .values_list("change_id", "consumption__entry__movement_id", "amount")
        ),
    }
