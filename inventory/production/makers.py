"""Which SKUs can be made where, how many days it takes there, and what making them needs: for whoever plans."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, Q, QuerySet, Sum

from inventory.production import rules
from inventory.production.models import (
    BillComponent,
    BillOfMaterials,
    ProductionComponent,
    ProductionOrder,
    ProductionSlot,
    Routing,
    WorkCenter,
    WorkCenterClosure,
)
from inventory.production.rules import Calendar
from inventory.production.states import OPEN, BillStatus, ProductionStatus

Key = tuple[int, int]
"""SKU and location."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """A work center that makes a SKU by the bill in force, `load` of it for a batch, and what of it is booked."""

    work_center: WorkCenter
    revision: int
    batch: int
    load: int
    lead_days: int
    calendar: Calendar
    booked: Mapping[date, int]

    def days_for(self, units: int, *, today: date) -> int | None:
        """Return the days until units are finished that nobody has ordered yet; None when it is full for two years."""
        slots = rules.schedule(
            rules.load_of(self.load, batch=self.batch, units=units),
            start=today,
            calendar=self.calendar,
            booked=self.booked,
        )
        if slots is None:
            return None
        return (slots[-1].day - today).days + self.lead_days if slots else self.lead_days


def makers(sku_ids: Collection[int], *, on: date) -> dict[Key, Maker]:
    """Return who makes SKUs, by SKU and location: the first work center there of the bill in force. Four statements."""
    bills = _in_force(sku_ids, on=on)
    if not bills:
        return {}
    ways: dict[Key, Routing] = {}
    sku_of = {bill.pk: bill.sku_id for bill in bills.values()}
    rows = Routing.objects.filter(bill__in=sku_of, work_center__is_active=True)
    for way in rows.select_related("work_center").order_by("bill_id", "position"):
        ways.setdefault((sku_of[way.bill_id], way.work_center.location_id), way)
    centers = {way.work_center_id for way in ways.values()}
    closed: defaultdict[int, set[date]] = defaultdict(set)
    closures = WorkCenterClosure.objects.filter(work_center_id__in=centers, day__gte=on)
    for center_id, day in closures.values_list("work_center_id", "day"):
        closed[center_id].add(day)
    booked: defaultdict[int, dict[date, int]] = defaultdict(dict)
    slots = ProductionSlot.objects.filter(work_center_id__in=centers, day__gte=on).order_by()
    for center_id, day, load in slots.values_list("work_center_id", "day").annotate(Sum("load")):
        booked[center_id][day] = load
    return {
        key: Maker(
            work_center=way.work_center,
            revision=bills[key[0]].revision,
            batch=bills[key[0]].batch,
            load=way.load,
            lead_days=way.lead_days,
            calendar=Calendar(
                way.work_center.capacity,
                frozenset(way.work_center.work_days),
                closed[way.work_center_id],
            ),
            booked=booked[way.work_center_id],
        )
        for key, way in ways.items()
    }


def drafted(sku_ids: Collection[int]) -> dict[Key, int]:
    """Return the units that drafts would make, by SKU and location: one statement."""
    rows = (
        ProductionOrder.objects.filter(bill__sku_id__in=sku_ids, status=ProductionStatus.DRAFT)
        .order_by()
        .values_list("bill__sku_id", "location_id")
        .annotate(units=Sum("quantity"))
    )
    return {(sku_id, location_id): units for sku_id, location_id, units in rows}


_NEEDED = Q(
    order__status__in=(ProductionStatus.DRAFT, *OPEN), planned__gt=F("held") + F("consumed")
)


def missing(sku_ids: Collection[int]) -> dict[Key, int]:
    """Return the units that drafts and open orders need and have not set aside, by SKU and location: one statement."""
    rows = (
        ProductionComponent.objects.filter(_NEEDED, sku_id__in=sku_ids)
        .order_by()
        .values_list("sku_id", "order__location_id")
        .annotate(units=Sum(F("planned") - F("held") - F("consumed")))
    )
    return {(sku_id, location_id): units for sku_id, location_id, units in rows}


def skus_missing_after(sku_id: int, *, limit: int) -> list[int]:
    """Return the next SKUs after `sku_id` that an order lacks, by key: one statement."""
    rows = ProductionComponent.objects.filter(_NEEDED, sku_id__gt=sku_id, sku__is_active=True)
    return list(rows.order_by("sku_id").values_list("sku_id", flat=True).distinct()[:limit])


def parts_after(sku_id: int, goods: "QuerySet[Any, Any]", *, limit: int) -> list[int]:
    """Return the next SKUs after `sku_id` that are components of goods, by key: one statement."""
    rows = BillComponent.objects.filter(
        bill__status=BillStatus.ACTIVE,
        bill__sku_id__in=goods,
        sku_id__gt=sku_id,
        sku__is_active=True,
    )
    return list(rows.order_by("sku_id").values_list("sku_id", flat=True).distinct()[:limit])


def goods_of(sku_ids: Collection[int]) -> set[int]:
    """Return the SKUs that have some of these as a component in an active bill: one statement."""
    rows = BillComponent.objects.filter(sku_id__in=sku_ids, bill__status=BillStatus.ACTIVE)
    return set(rows.values_list("bill__sku_id", flat=True))


def parts_for(units: Mapping[Key, int], *, on: date) -> Mapping[Key, int]:
    """Return the components of units of goods, by SKU and location, by the bills in force: two statements."""
    bills = _in_force({sku_id for sku_id, _ in units}, on=on)
    parts: defaultdict[int, list[BillComponent]] = defaultdict(list)
    for part in BillComponent.objects.filter(bill__in=[bill.pk for bill in bills.values()]):
        parts[part.bill_id].append(part)
    found: Counter[Key] = Counter()
    for (sku_id, location_id), count in units.items():
        if sku_id in bills:
            bill = bills[sku_id]
            for part in parts[bill.pk]:
                found[part.sku_id, location_id] += rules.needed(
                    part.quantity, batch=bill.batch, units=count, scrap=part.scrap
                )
    return found


def _in_force(sku_ids: Collection[int], *, on: date) -> dict[int, BillOfMaterials]:
    found: dict[int, BillOfMaterials] = {}
    for bill in BillOfMaterials.objects.filter(sku_id__in=sku_ids).in_force(on):
        found.setdefault(bill.sku_id, bill)
    return found
