"""Bills with what they come to, production orders within someone's reach, and what can be promised to be made."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from inventory.catalog.models import Sku
from inventory.production import rules
from inventory.production.models import (
    BillByproduct,
    BillComponent,
    BillOfMaterials,
    Routing,
)
from inventory.production.rules import Byproduct, Part, Recipe, Way

SHOWN = 50
_GROUND = 1_000  # SKUs that an explosion is shown of


# Bills --------------------------------------------------------------------------------------------


def bill_for(sku_id: int, *, on: date) -> BillOfMaterials | None:
    """Return the revision that is used for a SKU on that day, with its SKU; None when it is not made."""
    return BillOfMaterials.objects.filter(sku_id=sku_id).in_force(on).select_related("sku").first()


def parts_of(bill: BillOfMaterials) -> "QuerySet[BillComponent]":
    """Return the components of a bill in their order, with their SKUs."""
    return BillComponent.objects.filter(bill=bill).select_related("sku").order_by("position")


def byproducts_of(bill: BillOfMaterials) -> "QuerySet[BillByproduct]":
    """Return the by-products of a bill in their order, with their SKUs."""
    return BillByproduct.objects.filter(bill=bill).select_related("sku").order_by("position")


def ways_of(bill: BillOfMaterials) -> "QuerySet[Routing]":
    """Return where a bill is made, the work center to use first at the top."""
    return (
        Routing.objects.filter(bill=bill)
        .select_related("work_center__location")
        .order_by("position")
    )


def said_parts(bill: BillOfMaterials) -> list[Part]:
    """Return the components as they were written."""
    return [Part(row.sku.code, row.quantity, row.scrap) for row in parts_of(bill)]


def said_byproducts(bill: BillOfMaterials) -> list[Byproduct]:
    """Return the by-products as they were written."""
    return [Byproduct(row.sku.code, row.quantity) for row in byproducts_of(bill)]


def said_ways(bill: BillOfMaterials) -> list[Way]:
    """Return the work centers as they were written."""
    return [Way(row.work_center.code, row.load, row.lead_days) for row in ways_of(bill)]


@dataclass(frozen=True, slots=True)
class Ground:
    """Units of a SKU that is bought, not made, in a batch of something, on whatever level."""

    sku: Sku
    quantity: int


def ground_of(bill: BillOfMaterials, *, on: date) -> Sequence[Ground]:
    """Return what a batch comes to when everything in it that is made is exploded by the bills of that day."""
    recipes = dict(recipes_on(on))
    recipes[bill.sku.code] = Recipe(bill.batch, said_parts(bill))
    wanted = rules.explode(recipes, bill.sku.code, bill.batch)
    bought = {code: units for code, units in wanted.items() if code not in recipes}
    skus = Sku.objects.filter(code__in=list(bought)[:_GROUND]).order_by("code")
    return [Ground(sku, bought[sku.code]) for sku in skus]


def recipes_on(day: date) -> Mapping[str, Recipe]:
    """Return the recipe of every SKU that is made on a day. Two statements."""
    bills: dict[int, BillOfMaterials] = {}
    for bill in BillOfMaterials.objects.in_force(day).select_related("sku"):
        bills.setdefault(bill.sku_id, bill)
    used = {bill.pk: bill for bill in bills.values()}
    parts: defaultdict[int, list[Part]] = defaultdict(list)
    rows = BillComponent.objects.filter(bill__in=BillOfMaterials.objects.in_force(day).order_by())
    for row in rows.select_related("sku").order_by("bill_id", "position"):
        if row.bill_id in used:
            parts[row.bill_id].append(Part(row.sku.code, row.quantity, row.scrap))
    return {bill.sku.code: Recipe(bill.batch, parts[bill.pk]) for bill in used.values()}
