"""Write and change drafts: no stock is touched and no day is booked."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction

from inventory.catalog.models import Sku
from inventory.locations.models import Location
from inventory.production import errors, queries, rules
from inventory.production.models import (
    BillOfMaterials,
    ProductionByproduct,
    ProductionComponent,
    ProductionOrder,
    WorkCenter,
)
from inventory.production.queries import Reach
from inventory.production.rules import Fault
from inventory.production.services import steps
from inventory.production.states import PRODUCTION_ORDER, BillStatus
from oms.core import clock, numbering
from oms.core.actors import Actor
from oms.core.errors import Stale
from oms.core.timeline import services as timeline

PREFIX = "MO"


@dataclass(frozen=True, slots=True)
class Demand:
    """A line of something that the goods are made for: the kind of line, its key, and the number of its document."""

    kind: str
    line_id: int
    document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be made where. Without a revision, the one in force is used; without a work center, the first one.

    `due_on` is when it is wanted, `not_before` the first day on which work may begin.
    """

    sku_code: str
    location_code: str
    quantity: int
    revision: int | None = None
    work_center: str = ""
    due_on: date | None = None
    not_before: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Checked:
    bill: BillOfMaterials
    location: Location
    work_center: WorkCenter | None


@transaction.atomic
def create(
    *, wish: Wish, actor: Actor, demand: Demand | None = None, reach: Reach = None
) -> ProductionOrder:
    """Draft a production order; `demand` says for which line it is made.

    Raises InvalidProduction with everything that is wrong.
    """
    found = _checked(wish, reach)
    order = ProductionOrder.objects.create(
        number=numbering.new_number(PREFIX),
        bill=found.bill,
        location=found.location,
        work_center=found.work_center,
        quantity=wish.quantity,
        due_on=wish.due_on,
        not_before=wish.not_before,
        note=wish.note[:500],
        demand=demand.kind if demand else "",
        demand_id=demand.line_id if demand else None,
        demand_document=demand.document if demand else "",
        created_by=str(actor),
    )
    _fill(order)
    timeline.record(
        order,
        "production.drafted",
        actor=actor,
        after={"status": str(order.status)},
        data={**_told(order), **({"for": demand.document} if demand else {})},
    )
    return order


@transaction.atomic
def edit(
    *, order_id: int, wish: Wish, actor: Actor, version: int | None = None, reach: Reach = None
) -> ProductionOrder:
    """Replace what a draft says, but for whom it is made; `version` is the one that the caller has seen.

    Raises ProductionMissing, Stale, IllegalTransition, InvalidProduction.
    """
    order = steps.lock(order_id, reach=reach)
    if version is not None and version != order.version:
        raise Stale
    PRODUCTION_ORDER.target(order.status, "edit")
    found = _checked(wish, reach)
    said = _told(order)
    PRODUCTION_ORDER.move(
        order,
        "edit",
        bill=found.bill,
        location=found.location,
        work_center=found.work_center,
        quantity=wish.quantity,
        due_on=wish.due_on,
        not_before=wish.not_before,
        note=wish.note[:500],
    )
    ProductionComponent.objects.filter(order=order).delete()
    ProductionByproduct.objects.filter(order=order).delete()
    _fill(order)
    timeline.record(order, "production.edited", actor=actor, before=said, after=_told(order))
    return order


def _checked(wish: Wish, reach: Reach) -> _Checked:
    """Return what the wish names. Raises InvalidProduction with everything that is wrong."""
    location = Location.objects.filter(code=wish.location_code, is_active=True).first()
    if location is not None and reach is not None and location.pk not in reach:
        location = None
    bill, faults = _bill(wish)
    if location is None:
        faults.append(Fault("/location", "unknown_reference", "There is no such location."))
    if not 1 <= wish.quantity <= rules.MOST_UNITS:
        faults.append(Fault("/quantity", "number_range", f"1 to {rules.MOST_UNITS} units."))
    if bill is None or location is None:
        raise errors.InvalidProduction(problems=steps.problems(faults))
    center = queries.way_at(bill, location.pk, code=wish.work_center)
    if center is None and wish.work_center:
        faults.append(
            Fault("/work_center", "unknown_reference", "The bill names no such work center here.")
        )
    steps.check(faults)
    return _Checked(bill, location, center.work_center if center else None)


def _bill(wish: Wish) -> tuple[BillOfMaterials | None, list[Fault]]:
    sku = Sku.objects.filter(code=wish.sku_code).first()
    if sku is None:
        return None, [Fault("/sku", "unknown_sku", "There is no such SKU.")]
    if wish.revision is None:
        bill = queries.bill_for(sku.pk, on=max(clock.today(), wish.not_before or clock.today()))
        words = "No bill of materials is in force for this SKU."
        return bill, [] if bill else [Fault("/sku", "not_made", words)]
    bill = (
        BillOfMaterials.objects.filter(sku=sku, revision=wish.revision, status=BillStatus.ACTIVE)
        .select_related("sku")
        .first()
    )
    words = "There is no such active revision."
    return bill, [] if bill else [Fault("/revision", "unknown_reference", words)]


def _fill(order: ProductionOrder) -> None:
    """Write what the order needs and brings, by its bill."""
    bill = order.bill
    parts = [
        ProductionComponent(
            order=order,
            sku_id=part.sku_id,
            planned=rules.needed(
                part.quantity, batch=bill.batch, units=order.quantity, scrap=part.scrap
            ),
        )
        for part in queries.parts_of(bill)
    ]
    ProductionComponent.objects.bulk_create(parts)
    brought = (
        (each.sku_id, rules.yielded(each.quantity, batch=bill.batch, units=order.quantity))
        for each in queries.byproducts_of(bill)
    )
    ProductionByproduct.objects.bulk_create(
        ProductionByproduct(order=order, sku_id=sku_id, planned=units)
        for sku_id, units in brought
        if units
    )


def _told(order: ProductionOrder) -> dict[str, str]:
    return {
        "sku": order.bill.sku.code,
        "revision": str(order.bill.revision),
        "quantity": str(order.quantity),
        "location": order.location.code,
        "work_center": order.work_center.code if order.work_center else "",
        "due_on": str(order.due_on or ""),
        "not_before": str(order.not_before or ""),
    }
