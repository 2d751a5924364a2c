"""Bills with what they come to, production orders within someone's reach, and what can be promised to be made."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Prefetch, QuerySet, Sum

from inventory.catalog.models import Sku
from inventory.inbound.models import Inbound
from inventory.locations.models import Location
from inventory.production import errors, rules
from inventory.production.models import (
    BillByproduct,
    BillComponent,
    BillOfMaterials,
    PostedLot,
    ProductionByproduct,
    ProductionComponent,
    ProductionOrder,
    ProductionPosting,
    ProductionPostingLine,
    ProductionSlot,
    Routing,
    WorkCenter,
    WorkCenterClosure,
)
from inventory.production.rules import Byproduct, Calendar, Coming, Part, Recipe, Slot, Way
from inventory.production.states import OPEN, PRODUCTION_ORDER
from inventory.reservations import queries as reservations
from inventory.stock.models import Level
from oms.core import clock, numbering
from oms.core.errors import FieldProblem

Reach = frozenset[int] | None
"""Keys of the locations within reach; None is all."""

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


def way_at(bill: BillOfMaterials, location_id: int, *, code: str = "") -> Routing | None:
    """Return what a batch takes at a location: of the work center with this code, or of the first one there."""
    ways = ways_of(bill).filter(work_center__location_id=location_id, work_center__is_active=True)
    return (ways.filter(work_center__code=code) if code else ways).first()


# What can be made, and when -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Supply:
    """Units of a component that are needed, those that are free now, and the day from which all are there.

    `ready_on` None: nobody knows the day.
    """

    sku: Sku
    needed: int
    free: int
    ready_on: date | None

    @property
    def short(self) -> int:
        """Units that are not there now."""
        return max(0, self.needed - self.free)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capable:
    """How soon units can be made at a location; None where a day is not known.

    `components_on` is the day on which the last component is there; `slots` are the days of capacity that are free for
    it from then on.
    """

    bill: BillOfMaterials
    location: Location
    quantity: int
    supplies: Sequence[Supply]
    components_on: date | None
    work_center: WorkCenter | None
    slots: Sequence[Slot]
    starts_on: date | None
    finishes_on: date | None

    @property
    def missing(self) -> Sequence[Supply]:
        """Components of which nobody knows when there will be enough."""
        return [each for each in self.supplies if each.ready_on is None]


def capable_to_promise(
    bill: BillOfMaterials,
    location: Location,
    quantity: int,
    *,
    work_center: WorkCenter | None = None,
    not_before: date | None = None,
    order_id: int | None = None,
) -> Capable:
    """Say how soon `quantity` units can be made: components first, then capacity, then lead days. Nothing is stored.

    What is on its way counts for it as far as no other production order waits for it; goods that are on their way are
    not set aside for orders of customers. `order_id` leaves out what that order has booked and waits for itself.
    """
    today = clock.today(location.time_zone)
    wanted = [
        (
            part.sku,
            rules.needed(part.quantity, batch=bill.batch, units=quantity, scrap=part.scrap),
        )
        for part in parts_of(bill)
    ]
    supplies = _supplies(wanted, location, today=today, order_id=order_id)
    days = [each.ready_on for each in supplies]
    known = [day for day in days if day is not None]
    components_on = max(known, default=today) if len(known) == len(days) else None
    way = way_at(bill, location.pk, code=work_center.code if work_center else "")
    if components_on is None:
        plan: Plan | None = None
    else:
        start = max(components_on, not_before or today)
        plan = plan_of(bill, way, quantity, start=start, order_id=order_id)
    return Capable(
        bill=bill,
        location=location,
        quantity=quantity,
        supplies=supplies,
        components_on=components_on,
        work_center=way.work_center if way else None,
        slots=plan.slots if plan else (),
        starts_on=plan.starts_on if plan else None,
        finishes_on=plan.finishes_on if plan else None,
    )


def components_on(order: ProductionOrder, components: Sequence[ProductionComponent]) -> date | None:
    """Return the day on which the components that an order lacks are there; None when nobody knows it.

    The components have their SKUs at hand.
    """
    today = clock.today(order.location.time_zone)
    lacking = [(row.sku, row.missing) for row in components if row.missing]
    days = [
        each.ready_on for each in _supplies(lacking, order.location, today=today, order_id=order.pk)
    ]
    known = [day for day in days if day is not None]
    return max(known, default=today) if len(known) == len(days) else None


def capable(
    *,
    sku_code: str,
    location_code: str,
    quantity: int,
    location_codes: frozenset[str] | None = None,
) -> Capable:
    """Say so by the bill in force, naming SKU and location by their codes; `location_codes` is the caller's reach.

    Raises InvalidProduction with everything that is wrong.
    """
    location = Location.objects.filter(code=location_code, is_active=True).first()
    if location_codes is not None and location_code not in location_codes:
        location = None
    bill = (
        BillOfMaterials.objects.filter(sku__code=sku_code)
        .in_force(clock.today())
        .select_related("sku")
        .first()
    )
    problems = []
    if bill is None:
        problems.append(FieldProblem("/sku", "not_made", "No bill of materials is in force."))
    if location is None:
        problems.append(FieldProblem("/location", "unknown_reference", "No such location."))
    if not 1 <= quantity <= rules.MOST_UNITS:
        problems.append(
            FieldProblem("/quantity", "number_range", f"1 to {rules.MOST_UNITS} units.")
        )
    if bill is None or location is None or problems:
        raise errors.InvalidProduction(problems=problems)
    return capable_to_promise(bill, location, quantity)


def bill_of_sku(sku_code: str) -> BillOfMaterials:
    """Return the bill that is in force today for a SKU. Raises BillMissing."""
    found = BillOfMaterials.objects.filter(sku__code=sku_code).in_force(clock.today())
    bill = found.select_related("sku").first()
    if bill is None:
        raise errors.BillMissing
    return bill


@dataclass(frozen=True, slots=True)
class Plan:
    """Days of work, and the day on which the goods are finished."""

    slots: Sequence[Slot]
    starts_on: date
    finishes_on: date


def plan_of(
    bill: BillOfMaterials,
    way: Routing | None,
    units: int,
    *,
    start: date,
    order_id: int | None = None,
) -> Plan | None:
    """Return the earliest days of work for units from `start` on; None when the work center is full for two years.

    Where no work center says otherwise, work takes no capacity, and goods are finished after the bill's lead days.
    """
    if way is None:
        return Plan((), start, start + timedelta(days=bill.lead_days))
    slots = rules.schedule(
        rules.load_of(way.load, batch=bill.batch, units=units),
        start=start,
        calendar=calendar_of(way.work_center, since=start),
        booked=booked_at(way.work_center_id, since=start, order_id=order_id),
    )
    if slots is None:
        return None
    first, last = (slots[0].day, slots[-1].day) if slots else (start, start)
    return Plan(slots, first, last + timedelta(days=way.lead_days))


def calendar_of(center: WorkCenter, *, since: date) -> Calendar:
    """Return the days on which a work center works."""
    closed = WorkCenterClosure.objects.filter(work_center=center, day__gte=since)
    return Calendar(
        center.capacity,
        frozenset(center.work_days),
        frozenset(closed.values_list("day", flat=True)),
    )


def booked_at(
    work_center_id: int, *, since: date, order_id: int | None = None
) -> Mapping[date, int]:
    """Return what of a work center is taken by day, but for what `order_id` takes."""
    rows = ProductionSlot.objects.filter(work_center_id=work_center_id, day__gte=since)
    if order_id is not None:
        rows = rows.exclude(order_id=order_id)
    return dict(rows.order_by().values_list("day").annotate(load=Sum("load")))


def _supplies(
    wanted: Sequence[tuple[Sku, int]], location: Location, *, today: date, order_id: int | None
) -> list[Supply]:
    """Say when each component is there. Four statements, whatever their number."""
    sku_ids = [sku.pk for sku, _ in wanted]
    levels = {
        level.sku_id: level for level in Level.objects.filter(location=location, sku_id__in=sku_ids)
    }
    lapsed = reservations.overdue([level.pk for level in levels.values()], at=clock.now())
    coming: defaultdict[int, list[Coming]] = defaultdict(list)
    for sku_id, units, day in Inbound.objects.filter(
        level__location=location, level__sku_id__in=sku_ids
    ).values_list("level__sku_id", "quantity", "due_on"):
        coming[sku_id].append(Coming(units, day))
    claims = ProductionComponent.objects.filter(
        order__location=location,
        order__status__in=OPEN,
        sku_id__in=sku_ids,
        planned__gt=F("held") + F("consumed"),
    )
    if order_id is not None:
        claims = claims.exclude(order_id=order_id)
    claimed = dict(
        claims.order_by()
        .values_list("sku_id")
        .annotate(units=Sum(F("planned") - F("held") - F("consumed")))
    )
    found = []
    for sku, units in wanted:
        level = levels.get(sku.pk)
        free = free_of(level, lapsed.get(level.pk, 0)) if level else 0
        found.append(
            Supply(
                sku,
                units,
                free,
                rules.ready_on(
                    units,
                    free=free,
                    coming=coming[sku.pk],
                    claimed=claimed.get(sku.pk, 0),
                    today=today,
                ),
            )
        )
    return found


def free_of(level: Level, lapsed: int = 0) -> int:
    """Return the units of a level that production may set aside: its safety stock stays."""
    return max(0, level.available + lapsed - level.safety_stock)


# Production orders --------------------------------------------------------------------------------


def reach_of(location_codes: frozenset[str] | None) -> Reach:
    """Return the keys of the locations that an API client is bound to; None for all."""
    if location_codes is None:
        return None
    return frozenset(Location.objects.filter(code__in=location_codes).values_list("pk", flat=True))


def within(reach: Reach) -> "QuerySet[ProductionOrder]":
    """Return the orders within reach with everything that shows them at hand."""
    return (
        ProductionOrder.objects.at(reach)
        .select_related("bill__sku", "location", "work_center")
        .prefetch_related(
            Prefetch("components", ProductionComponent.objects.select_related("sku")),
            Prefetch("byproducts", ProductionByproduct.objects.select_related("sku")),
            "slots",
            Prefetch(
                "postings",
                ProductionPosting.objects.prefetch_related(
                    Prefetch("lines", ProductionPostingLine.objects.select_related("sku")),
                    Prefetch("lines__lots", PostedLot.objects.select_related("lot")),
                ),
            ),
        )
    )


def find(reference: str, *, reach: Reach) -> ProductionOrder:
    """Return the order with this id or number. Raises ProductionMissing, also beyond the reach."""
    try:
        wanted = within(reach).filter(uuid=UUID(reference))
    except ValueError:
        wanted = within(reach).filter(number=numbering.normalize(reference))
    found = wanted.first()
    if found is None:
        raise errors.ProductionMissing
    return found


def posting_of(order: ProductionOrder, number: str) -> ProductionPosting:
    """Return the posting of an order with this number. Raises PostingMissing."""
    for posting in order.postings.all():
        if posting.number == numbering.normalize(number) or posting.number == number:
            return posting
    raise errors.PostingMissing


def can_be_served(*, limit: int) -> list[int]:
    """Return the open orders that lack a component of which something is free, oldest first. One statement."""
    free = Level.objects.filter(
        sku_id=OuterRef("sku_id"),
        location_id=OuterRef("order__location_id"),
        on_hand__gt=F("committed")
        + F("reserved")
        + F("damaged")
        + F("quality_control")
        + F("safety_stock"),
    )
    lacking = ProductionComponent.objects.filter(
        Exists(free), order__status__in=OPEN, planned__gt=F("held") + F("consumed")
    )
    return list(lacking.order_by("order_id").values_list("order_id", flat=True).distinct()[:limit])


@dataclass(frozen=True, slots=True)
class Planned:
    """Units of components and of by-products by the plan, by SKU."""

    used: Mapping[str, int]
    byproducts: Mapping[str, int]


def planned_in(order: ProductionOrder, *, made: int) -> Planned:
    """Return what the plan takes and brings once `made` units have come out in all, beyond what it has by now."""
    quantity = order.quantity
    return Planned(
        {
            row.sku.code: rules.to_consume(
                row.planned, quantity=quantity, made=made, consumed=row.consumed
            )
            for row in order.components.all()
        },
        {
            row.sku.code: rules.to_yield(
                row.planned, quantity=quantity, made=made, produced=row.produced
            )
            for row in order.byproducts.all()
        },
    )


# Every act that a person or a program may ask for, and the moves of the table that it makes.
ACTS: Mapping[str, Sequence[str]] = {
    "edit": ("edit",),
    "confirm": ("confirm",),
    "start": ("start",),
    "post": ("start", "post"),
    "undo": ("undo",),
    "hold": ("hold",),
    "schedule": ("schedule",),
    "finish": ("finish",),
    "cancel": ("cancel",),
}


def refusal(act: str, order: ProductionOrder) -> str | None:
    """Return why the act is not possible now, in words; None when it is. The order was read by `within`."""
    if not any(PRODUCTION_ORDER.may(order.status, move) for move in ACTS[act]):
        return f"The order is {order.get_status_display()}."
    if act == "hold" and not any(row.missing for row in order.components.all()):
        return "No component is missing."
    if act == "schedule" and not order.open:
        return "Nothing is left to be made."
    if act == "undo" and not any(each.undone_at is None for each in order.postings.all()):
        return "Nothing was posted."
    return None
