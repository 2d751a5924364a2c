"""What all acts on a production order share: the lock, the reach, the levels, what is expected, the record."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from inventory import events
from inventory.inbound import services as inbound
from inventory.inbound.services import Expected
from inventory.production import errors
from inventory.production.models import (
    ProductionByproduct,
    ProductionComponent,
    ProductionOrder,
)
from inventory.production.queries import Reach
from inventory.production.rules import Fault
from inventory.production.states import OPEN
from inventory.stock import services as stock
from inventory.stock.models import Level
from oms.core import locking
from oms.core.actors import Actor
from oms.core.errors import FieldProblem, Raced
from oms.core.timeline import services as timeline

# What components are called where units are promised to them, and where goods and by-products are expected from.
COMPONENT = "inventory.productioncomponent"
GOODS = "inventory.productionorder"
BYPRODUCT = "inventory.productionbyproduct"


def lock(order_id: int, *, reach: Reach) -> ProductionOrder:
    """Lock the order and return it as it is now. Raises ProductionMissing, also for one of another location."""
    order = locking.lock_one(
        ProductionOrder.objects.select_related("bill__sku", "location", "work_center").filter(
            pk=order_id
        ),
        missing=errors.ProductionMissing,
    )
    if reach is not None and order.location_id not in reach:
        raise errors.ProductionMissing
    return order


def components_of(order: ProductionOrder) -> list[ProductionComponent]:
    """Return the components as they are now, with their SKUs."""
    rows = ProductionComponent.objects.filter(order=order)
    return list(rows.select_related("sku").order_by("pk"))


def byproducts_of(order: ProductionOrder) -> list[ProductionByproduct]:
    """Return the by-products as they are now, with their SKUs."""
    rows = ProductionByproduct.objects.filter(order=order)
    return list(rows.select_related("sku").order_by("pk"))


def lock_levels(order: ProductionOrder, sku_ids: Iterable[int]) -> dict[int, Level]:
    """Lock the levels of SKUs at the order's location by key, made where they are missing; return them by SKU."""
    levels = stock.lock_levels_at(location_ids=[order.location_id], sku_ids=sku_ids)
    return {level.sku_id: level for level in levels}


def change_component(component: ProductionComponent, **changes: int) -> None:
    """Change a component whose counters are still those that were read. Raises Raced."""
    guarded = ProductionComponent.objects.filter(
        pk=component.pk,
        planned=component.planned,
        held=component.held,
        consumed=component.consumed,
    )
    if not guarded.update(**changes):
        raise Raced
    for name, value in changes.items():
        setattr(component, name, value)


def say_expected(order: ProductionOrder) -> None:
    """Say what the order still brings, and when."""
    is_open = order.status in OPEN
    inbound.expect(
        supply=GOODS,
        lines=[
            Expected(
                supply_id=order.pk,
                sku_id=order.bill.sku_id,
                location_id=order.location_id,
                quantity=order.open if is_open else 0,
                due_on=order.finishes_on,
            )
        ],
    )
    inbound.expect(
        supply=BYPRODUCT,
        lines=[
            Expected(
                supply_id=row.pk,
                sku_id=row.sku_id,
                location_id=order.location_id,
                quantity=row.to_come if is_open and order.open else 0,
                due_on=order.finishes_on,
            )
            for row in byproducts_of(order)
        ],
    )


def check(faults: Sequence[Fault]) -> None:
    """Raise InvalidProduction with every fault."""
    if faults:
        raise errors.InvalidProduction(problems=problems(faults))


def problems(faults: Iterable[Fault]) -> list[FieldProblem]:
    """Return faults as the API and forms tell them."""
    return [FieldProblem(fault.pointer, fault.code, fault.words) for fault in faults]


def record(
    order: ProductionOrder,
    what: str,
    *,
    before: str,
    actor: Actor,
    reason: str = "",
    data: Mapping[str, Any] | None = None,
) -> None:
    """Append to the timeline."""
    timeline.record(
        order,
        f"production.{what}",
        actor=actor,
        before={"status": str(before)},
        after={"status": str(order.status)},
        reason=reason,
        data=data,
    )


def fact(
    event: type[events.ProductionEvent], order: ProductionOrder, **more: Any
) -> events.ProductionEvent:
    """Return the event of an order."""
    return event(
        production_id=order.pk,
        number=order.number,
        sku_id=order.bill.sku_id,
        location_id=order.location_id,
        **more,
    )
