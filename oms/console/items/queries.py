"""Everything that the page of an item shows, in a constant number of statements."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Sum
from django.db.models.functions import TruncWeek

from inventory.catalog.models import Sku
from inventory.inbound.models import Inbound
from inventory.kits import queries as kits
from inventory.production.models import (
    ProductionByproduct,
    ProductionComponent,
    ProductionOrder,
)
from inventory.production.services.steps import BYPRODUCT, COMPONENT, GOODS
from inventory.purchasing.models import PurchaseLine
from inventory.purchasing.services.steps import BACKORDER, SUPPLY
from inventory.reservations.models import Allocation
from inventory.stock import queries as stock
from inventory.stock.models import Level, Movement
from inventory.stock.states import MovementKind
from inventory.transfers.models import TransferLine
from inventory.transfers.services.acting import LINE
from oms.core import clock
from orders.ordering.models import OrderLine
from orders.ordering.services.lines import DEMAND
from orders.promising import queries as promising
from orders.promising.rules import Part

ORDER = "admin:orders_order_change"
PURCHASE = "admin:inventory_purchaseorder_change"
TRANSFER = "admin:inventory_transferorder_change"
PRODUCTION = "admin:inventory_productionorder_change"
SHOWN = 50
WEEKS = 26


@dataclass(frozen=True, slots=True)
class Document:
    """What a line belongs to: its number, and the name of the page that shows it under `key`."""

    number: str
    page: str
    key: int


@dataclass(frozen=True, slots=True)
class Units:
    """Units at a location that a document brings (`on` is the day, if it is known) or holds."""

    quantity: int
    location: str
    document: Document | None
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Units of an order that wait for stock, and when they are expected."""

    quantity: int
    document: Document
    parts: Sequence[Part]


@dataclass(frozen=True, slots=True)
class ItemPage:
    """The item. Lists hold the first SHOWN rows; `weeks` are Mondays with the units shipped in the week."""

    sku: Sku
    levels: Sequence[Level]
    on_hand: int
    available: int
    coming: Sequence[Units]
    promised: Sequence[Units]
    waiting: Sequence[Waiting]
    free: Sequence[Part]
    weeks: Sequence[tuple[date, int]]


def item_page(sku: Sku, *, location_ids: frozenset[int] | None, zone: ZoneInfo) -> ItemPage:
    """Read the page of a SKU as seen from some locations (None: all); weeks are cut by the calendar of `zone`.

    What waits, and what can be promised, is the same for everyone.
    """
    parts = kits.parts_of([sku.pk])
    levels = list(stock.levels(location_ids=location_ids, sku_id=sku.pk))
    keys = [level.pk for level in levels]
    places = {level.pk: level.location.name for level in levels}
    coming = list(Inbound.objects.filter(level_id__in=keys).order_by("due_on", "pk")[:SHOWN])
    held = list(Allocation.objects.filter(level_id__in=keys).order_by("-pk")[:SHOWN])
    known = documents(
        [
            *((row.supply, row.supply_id) for row in coming),
            *((row.demand, row.demand_id) for row in held),
        ]
    )
    return ItemPage(
        sku=sku,
        levels=levels,
        on_hand=sum(level.on_hand for level in levels),
        available=sum(level.available for level in levels),
        coming=[
            Units(
                quantity=row.quantity,
                location=places[row.level_id],
                document=known.get((row.supply, row.supply_id)),
                on=row.due_on,
            )
            for row in coming
        ],
        promised=[
            Units(
                quantity=row.quantity,
                location=places[row.level_id],
                document=known.get((row.demand, row.demand_id)),
            )
            for row in held
        ],
        waiting=[
            Waiting(line.backordered, _order(line), parts)
            for line, parts in promising.queue(sku.pk, limit=SHOWN)
        ],
        free=promising.for_new_orders([sku.pk], parts=parts)[sku.pk],
        weeks=_weeks(keys, zone),
    )


def documents(lines: Iterable[tuple[str, int]]) -> Mapping[tuple[str, int], Document]:
    """Return what lines belong to, by kind of line and key; one statement for each kind that is asked for."""
    asked: defaultdict[str, set[int]] = defaultdict(set)
    for kind, key in lines:
        asked[kind].add(key)
    found: dict[tuple[str, int], Document] = {}
    if keys := asked[DEMAND]:
        for line in OrderLine.objects.filter(pk__in=keys).select_related("order"):
            found[DEMAND, line.pk] = _order(line)
    if keys := asked[LINE]:
        for move in TransferLine.objects.filter(pk__in=keys).select_related("transfer"):
            found[LINE, move.pk] = Document(move.transfer.number, TRANSFER, move.transfer_id)
    if keys := asked[GOODS]:
        for made in ProductionOrder.objects.filter(pk__in=keys):
            found[GOODS, made.pk] = Document(made.number, PRODUCTION, made.pk)
    for kind, rows in ((BYPRODUCT, ProductionByproduct), (COMPONENT, ProductionComponent)):
        if keys := asked[kind]:
            for part in rows.objects.filter(pk__in=keys).select_related("order"):
                found[kind, part.pk] = Document(part.order.number, PRODUCTION, part.order_id)
    if keys := asked[SUPPLY] | asked[BACKORDER]:
        for bought in PurchaseLine.objects.filter(pk__in=keys).select_related("order"):
            for kind in (SUPPLY, BACKORDER):
                found[kind, bought.pk] = Document(bought.order.number, PURCHASE, bought.order_id)
    return found


def _order(line: OrderLine) -> Document:
    return Document(line.order.number, ORDER, line.order_id)


def _weeks(level_ids: Sequence[int], zone: ZoneInfo) -> list[tuple[date, int]]:
    """Return the units shipped in each of the last weeks, this one included."""
    today = clock.today(zone.key)
    this_week = today - timedelta(days=today.weekday())
    first = this_week - timedelta(weeks=WEEKS - 1)
    rows = (
        Movement.objects.filter(
            level_id__in=level_ids,
            kind=MovementKind.SHIPMENT,
            at__gte=clock.now() - timedelta(weeks=WEEKS),
        )
        .order_by()
        .annotate(week=TruncWeek("at", tzinfo=zone))
        .values_list("week")
        .annotate(units=Sum("quantity"))
    )
    shipped = {monday.date(): units for monday, units in rows}
    weeks = [first + timedelta(weeks=number) for number in range(WEEKS)]
    return [(week, shipped.get(week, 0)) for week in weeks]
