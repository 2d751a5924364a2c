"""What waits, and who would get what comes."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, Sum

from inventory.catalog.models import Sku
from inventory.locations.models import Location
from inventory.reservations import queries as availability
from inventory.stock.models import Level
from oms.core import clock
from orders.holds.models import Hold
from orders.holds.states import HoldStatus
from orders.ordering import queries as ordering
from orders.ordering import rules as serving
from orders.ordering.models import Order, OrderLine
from orders.ordering.rules import Lasting, Waiter
from orders.ordering.services import lasting
from orders.ordering.services import stock as shelves
from orders.promising.models import PromisePart
from orders.releasing import rules as releasing
from orders.releasing.rules import Reason
from orders.routing.rules import Candidate

SHOWN = 100
MOST = 250  # of what a program reads


@dataclass(frozen=True, slots=True)
class WaitingSku:
    """A SKU that orders wait for. `days` are the first and the last promised one; `dayless` lines have none."""

    sku_id: int
    code: str
    name: str
    units: int
    lines: int
    pinned: int
    since: datetime
    first_on: date | None
    last_on: date | None
    dayless: int
    late: int


def skus(words: str = "") -> Sequence[WaitingSku]:
    """Return the SKUs that orders wait for, those with the oldest order first, at most SHOWN; one statement.

    `words` keep those whose code or name holds them.
    """
    rows = ordering.waiting()
    if words:
        rows = rows.filter(Q(sku_code__icontains=words) | Q(sku__name__icontains=words))
    return _summed(rows)[:SHOWN]


def waited_for(channel_ids: Collection[int]) -> "QuerySet[Sku]":
    """Return the SKUs that orders of some channels wait for, in no particular order.

    `is_late` and `lacks_day` say whether some of these lines were promised for a day that is over, or for none.
    """
    rows = ordering.waiting().filter(order__channel__in=channel_ids)
    of_sku = rows.filter(sku=OuterRef("pk"))
    return (
        Sku.objects.filter(pk__in=rows.values("sku_id"))
        .annotate(
            is_late=Exists(of_sku.filter(promised_on__lt=clock.today())),
            lacks_day=Exists(of_sku.filter(promised_on=None)),
        )
        .order_by()
    )


def summaries(sku_ids: Collection[int], channel_ids: Collection[int]) -> dict[int, WaitingSku]:
    """Return what orders of some channels wait for, by SKU; one statement."""
    rows = ordering.waiting().filter(sku__in=sku_ids, order__channel__in=channel_ids)
    return {one.sku_id: one for one in _summed(rows)}


def _summed(rows: "QuerySet[OrderLine]") -> Sequence[WaitingSku]:
    """Sum lines up by SKU. `late` are those whose promised day is over."""
    today = clock.now().date()
    found = (
        rows.values("sku_id", "sku__code", "sku__name")
        .annotate(
            units=Sum("backordered"),
            lines=Count("pk"),
            pinned_units=Sum("pinned"),
            since=Min("order__placed_at"),
            first_on=Min("promised_on"),
            last_on=Max("promised_on"),
            dayless=Count("pk", filter=Q(promised_on=None)),
            late=Count("pk", filter=Q(promised_on__lt=today)),
        )
        .order_by("since", "sku_id")[:MOST]
    )
    return [
        WaitingSku(
            sku_id=row["sku_id"],
            code=row["sku__code"],
            name=row["sku__name"],
            units=row["units"],
            lines=row["lines"],
            pinned=row["pinned_units"],
            since=row["since"],
            first_on=row["first_on"],
            last_on=row["last_on"],
            dayless=row["dayless"],
            late=row["late"],
        )
        for row in found
    ]


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """A line in the queue of a SKU, with its order and channel at hand, and why it comes when it comes, in words."""

    line: OrderLine
    told_on: date | None
    was_told: bool
    changes: int
    why: str


def queue(sku_id: int, *, limit: int = SHOWN) -> Sequence[WaitingLine]:
    """Return the first lines that wait for a SKU as they are served; three statements."""
    turn = list(dict.fromkeys(one.line for one in ordering.in_turn([sku_id])[sku_id]))[:limit]
    lines = OrderLine.objects.select_related("order__channel", "promise").in_bulk(turn)
    parts: defaultdict[int, list[PromisePart]] = defaultdict(list)
    for part in PromisePart.objects.filter(promise__line__in=turn).select_related("promise"):
        parts[part.promise.line_id].append(part)
    found = []
    for key in turn:
        if key not in lines:
            continue
        line = lines[key]
        promise = getattr(line, "promise", None)
        found.append(
            WaitingLine(
                line=line,
                told_on=promise.told_on if promise else None,
                was_told=bool(promise and promise.was_told),
                changes=max(0, promise.changes_made - 1) if promise else 0,
                why=_why(parts[key], promise.told_on if promise else None),
            )
        )
    return found


def waiting_units(sku_id: int) -> tuple[int, int]:
    """Return how many units of a SKU orders wait for, and in how many lines; one statement."""
    found = ordering.waiting().filter(sku=sku_id).aggregate(u=Sum("backordered"), n=Count("pk"))
    return found["u"] or 0, found["n"]


def _why(parts: Sequence[PromisePart], told: date | None) -> str:
    if not parts:
        return "about to be promised"
    missing = sum(part.units for part in parts if not part.supply and part.due_on is None)
    dayless = sum(part.units for part in parts if part.supply and part.due_on is None)
    words = []
    if missing:
        words.append(f"nothing is on its way for {missing}")
    if dayless:
        words.append(f"nobody knows the day of {dayless} that come")
    last = max((part.due_on for part in parts if part.due_on), default=None)
    if not words and last and told and last > told:
        words.append("its goods come later than it was told")
    return ", ".join(words) or "its goods are on their way"


@dataclass(frozen=True, slots=True)
class Served:
    """A line that would get units. `reasons` say what would still keep its order from the warehouse."""

    line: OrderLine
    units: int
    reasons: Sequence[Reason]

    @property
    def shippable(self) -> bool:
        """Whether the order could go to the warehouse then."""
        return not self.reasons


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Who would get units that arrive, in turn, and how many would be left."""

    units: int
    served: Sequence[Served]
    left: int


def what_if(sku: Sku, location: Location, units: int) -> WhatIf:
    """Say who would get `units` of a SKU if they arrived at a location now; nothing is locked or written.

    The same rule and the same stock as when waiting lines are filled, so units that lie free already are given as well.
    What arrives is taken to be fresh: it has its whole shelf life. A constant number of statements.
    """
    turn = ordering.in_turn([sku.pk])[sku.pk]
    orders = {
        order.pk: order
        for order in Order.objects.filter(pk__in={one.order for one in turn}).select_related(
            "channel"
        )
    }
    shelf = _shelf_with(sku, location, units)
    takes = serving.serve(
        turn,
        shelf,
        shelves.buyers_of(sku.pk, orders.values()),
        _lasting_with(sku, location, units, turn),
    )
    given: dict[int, int] = shelves.by_line(takes)
    lines = OrderLine.objects.in_bulk(list(given))
    for line in lines.values():
        line.order = orders[line.order_id]
    of_order: defaultdict[int, int] = defaultdict(int)
    for key, count in given.items():
        of_order[lines[key].order_id] += count
    facts = _facts([orders[key] for key in of_order], of_order)
    place = dict.fromkeys(one.line for one in turn)
    served = [
        Served(lines[key], given[key], releasing.reasons_not_to_release(facts[lines[key].order_id]))
        for key in place
        if key in given
    ]
    left = sum(one.quantity for one in shelf) - sum(given.values())
    return WhatIf(units=units, served=served, left=left)


def _shelf_with(sku: Sku, location: Location, units: int) -> list[Candidate]:
    """Return where the SKU could be taken from, were the units there."""
    shelf = {one.location_id: one for one in shelves.shelf_of(sku.pk).values()}
    if not (location.is_active and location.ships_orders):
        return list(shelf.values())
    here = next(
        (
            one
            for one in availability.availability(sku_ids=[sku.pk])
            if one.location_id == location.pk
        ),
        None,
    )
    safety = (
        Level.objects.filter(sku=sku, location=location)
        .values_list("safety_stock", flat=True)
        .first()
    )
    free = max(0, (here.available if here else 0) + units - (safety or 0))
    known = shelf.get(location.pk)
    if known:
        shelf[location.pk] = replace(known, quantity=free)
    elif free:
        shelf[location.pk] = Candidate(
            sku_id=sku.pk,
            location_id=location.pk,
            location_code=location.code,
            quantity=free,
            priority=location.priority,
            country=location.country,
            region=location.region,
            postcode=location.postcode,
        )
    return list(shelf.values())


def _lasting_with(
    sku: Sku, location: Location, units: int, turn: Sequence[Waiter]
) -> Mapping[int, Lasting]:
    """Return what lasts as long as those who wait demand, were the units there."""
    found = lasting.lasting_for(sku.pk, turn)
    if not found:
        return found
    lives = {waiter.life_days for waiter in turn if waiter.life_days}
    here = {
        life: found.get(location.pk, {}).get(life, 0)
        + (units if sku.shelf_life_days is None or sku.shelf_life_days >= life else 0)
        for life in lives
    }
    return {**found, location.pk: here}


def _facts(orders: Sequence[Order], given: Mapping[int, int]) -> Mapping[int, releasing.Facts]:
    """Return what releasing would look at once the units are theirs; two statements."""
    units = {
        order_id: (allocated, waiting)
        for order_id, allocated, waiting in OrderLine.objects.filter(order__in=orders)
        .order_by()
        .values_list("order_id")
        .annotate(a=Sum("allocated"), w=Sum(F("backordered") + F("unallocated")))
    }
    holds: defaultdict[int, list[str]] = defaultdict(list)
    active = Hold.objects.filter(order__in=orders, status=HoldStatus.ACTIVE)
    for order_id, reason in active.order_by("pk").values_list("order_id", "reason"):
        holds[order_id].append(reason)
    return {
        order.pk: releasing.Facts(
            status=order.status,
            holds=holds[order.pk],
            currency=order.currency,
            owed=order.total - order.credited_total,
            authorized=order.authorized_total,
            refunded=order.refunded_total,
            pays_on_terms=order.pays_on_terms,
            release_unpaid=order.channel.release_unpaid,
            ship_complete=order.ship_complete,
            allocated=units[order.pk][0] + given[order.pk],
            waiting=units[order.pk][1] - given[order.pk],
        )
        for order in orders
    }
