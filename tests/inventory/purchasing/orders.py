"""Suppliers, and purchase orders in the state that a test needs; made by the services."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from inventory.catalog.models import Sku
from inventory.locations.models import Location
from inventory.purchasing import services as purchasing
from inventory.purchasing.models import (
    PriceBreak,
    PurchaseLine,
    PurchaseOrder,
    PurchaseReceipt,
    Supplier,
    SupplierSku,
)
from inventory.purchasing.services import Arrived, NewLine
from oms.core.actors import Actor
from oms.core.ids import uuid7

BUYER = Actor("staff", "7", "Bea Buyer")
ALL_WEEK = [0, 1, 2, 3, 4, 5, 6]


def supplier(**changes: Any) -> Supplier:
    """Return a supplier in Hamburg who ships on every day, a week after the order."""
    code = f"sup-{Supplier.objects.count() + 1}"
    values = {
        "code": code,
        "name": f"Supplier {code}",
        "street": "Kai 1",
        "city": "Hamburg",
        "postcode": "20457",
        "country": "DE",
        "email": f"{code}@example.com",
        "currency": "EUR",
        "ship_days": ALL_WEEK,
        **changes,
    }
    return Supplier.objects.create(**values)


def sells(
    seller: Supplier, sku: Sku, prices: Mapping[int, str] | None = None, **changes: Any
) -> SupplierSku:
    """Return terms on which the supplier sells the SKU; 2.50 a unit unless `prices` by quantity say otherwise."""
    terms = SupplierSku.objects.create(
        supplier=seller, sku=sku, **{"code": f"S-{sku.code}", **changes}
    )
    PriceBreak.objects.bulk_create(
        PriceBreak(terms=terms, quantity=quantity, unit_cost=Decimal(cost))
        for quantity, cost in (prices or {1: "2.50"}).items()
    )
    return terms


def drafted(
    location: Location, units: Mapping[Sku, int], *, seller: Supplier | None = None
) -> PurchaseOrder:
    """Return a draft for these units from a supplier who sells them all."""
    seller = seller or supplier()
    for sku in units:
        if not SupplierSku.objects.filter(supplier=seller, sku=sku).exists():
            sells(seller, sku)
    return purchasing.draft(
        supplier_code=seller.code,
        location_code=location.code,
        lines=[NewLine(sku.code, quantity) for sku, quantity in units.items()],
        actor=BUYER,
    )


def placed(
    location: Location, units: Mapping[Sku, int], *, seller: Supplier | None = None
) -> PurchaseOrder:
    """Return such an order, placed."""
    return purchasing.place(
        order_id=drafted(location, units, seller=seller).pk, actor=BUYER, below_minimum=True
    )


def receive(
    order: PurchaseOrder, came: Mapping[Sku, int] | Sequence[Arrived], **changes: Any
) -> PurchaseReceipt:
    """Receive units of an order."""
    return purchasing.receive(
        **{
            "order_id": order.pk,
            "units": [Arrived(sku.code, quantity) for sku, quantity in came.items()]
            if isinstance(came, Mapping)
            else came,
            "key": str(uuid7()),
            "actor": BUYER,
            **changes,
        }
    )


def line_of(order: PurchaseOrder, sku: Sku) -> PurchaseLine:
    """Return the line of a SKU as it is now."""
    return PurchaseLine.objects.get(order=order, sku=sku)
